/**
 * Writes a value as the JSON of a `Node`, and runs no guest code on the way: no getter, trap, toString, toJSON, species
 * or inspection hook. It writes the text itself, as `JSON.stringify` would look for `toJSON` on objects, and a tree in
 * between would cost as much again.
 */
import type { HostFunction, InspectLimits } from './contract.js';
import { writeHead } from './head.js';
import {
  charCode,
  dataViewBuffer,
  getPrototypeOf,
  mapEntries,
  NativeUint8Array,
  nextMapEntry,
  nextSetValue,
  ownKeys,
  prototypes,
  quote,
  setValues,
  toText,
  typedArrayLength,
} from './intrinsics.js';
import {
  field,
  nameField,
  numberField,
  writeAccessor,
  writeKey,
  writeName,
  writePrimitive,
} from './json-text.js';
import { kindOf, type Effort, type Kind } from './kind.js';
import { lineageOf, ownData, ownProperty } from './lineage.js';
import { isProxy, proxyTarget } from './proxies.js';
import { slotsOf } from './web/slots.js';

/** Arrays longer than this are not searched for properties beside their elements: that means to list all keys. */
const maxLengthForExtras = 10_000;

/** When this many keys are left that will not be shown, they are counted without a look at each. */
const maxCountedKeys = 1000;

/** Properties with longer keys (UTF-16 units) are only counted: a key that is cut would be another key. */
const maxKeyLength = 10_000;

const shownBytes = 100;

/** The objects around the one being written, innermost first. */
interface Enclosing {
  readonly object: object;
  readonly outer: Enclosing | undefined;
}

/** Is this key made of digits, as that of an element? */
function isIndex(key: string | symbol): boolean {
  if (typeof key !== 'string' || key === '' || key.length > 10) return false;
  for (let i = 0; i < key.length; i++) {
    const code = charCode(key, i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

/** Stands for an export of a module that was not evaluated yet: even to look at it is a ReferenceError. */
const uninitialized: PropertyDescriptor = { enumerable: true };

function readProperty(object: object, key: string | symbol): PropertyDescriptor | undefined {
  try {
    return ownProperty(object, key);
  } catch {
    return uninitialized;
  }
}

function isAccessor(descriptor: PropertyDescriptor | undefined): boolean {
  return descriptor !== undefined && (descriptor.get !== undefined || descriptor.set !== undefined);
}

/**
 * Of an error whose message only a getter knows, what it has besides says what happened, also where it is not
 * enumerable. What begins with an underscore is nobody else's business by custom.
 */
function tells(key: string | symbol, descriptor: PropertyDescriptor): boolean {
  if (typeof key !== 'string' || charCode(key, 0) === 95 || isAccessor(descriptor)) return false;
  return key !== 'name' && key !== 'stack' && key !== 'cause' && key !== 'errors';
}

/** One walk over one value. */
export class Inspection {
  private nodesLeft: number;

  constructor(
    private readonly limits: InspectLimits,
    private readonly host: HostFunction,
    /** Whether the value itself is looked at thoroughly: what is inside it never is. */
    private readonly effort: Effort,
  ) {
    this.nodesLeft = limits.nodes;
  }

  /** @returns the JSON of the value's `Node` */
  write(value: unknown): string {
    return this.node(value, 0, undefined);
  }

  private node(value: unknown, depth: number, enclosing: Enclosing | undefined): string {
    this.nodesLeft--;
    return writePrimitive(value, this.limits.string) ?? this.object(value as object, depth, enclosing);
  }

  private object(value: object, depth: number, enclosing: Enclosing | undefined): string {
    let object = value;
    while (isProxy(object)) {
      const target = proxyTarget(object);
      if (target === null) return '{"kind":"revoked-proxy"}';
      object = target;
    }
    let up = 1;
    for (let outer = enclosing; outer !== undefined; outer = outer.outer, up++) {
      if (outer.object === object) return '{"kind":"circular"' + numberField('up', up) + '}';
    }
    const lineage = lineageOf(object);
    const kind = kindOf(object, lineage, enclosing === undefined ? this.effort : 'usual', this.host);
    const tag = lineage.tag === '' ? '' : nameField('tag', lineage.tag);
    const common = field('class', lineage.name === null ? 'null' : writeName(lineage.name)) + tag;
    const head = writeHead(object, kind, this.host, this.limits.string) + common;
    if (depth >= this.limits.depth) return head + '}';
    const inside = { object, outer: enclosing };
    return (
      head +
      this.content(object, kind, depth + 1, inside) +
      this.properties(object, kind, depth + 1, inside) +
      '}'
    );
  }

  /** What an object holds beside properties. */
  private content(object: object, kind: Kind, depth: number, inside: Enclosing): string {
    switch (kind) {
      case 'array': {
        const length = ownData(object, 'length') as number;
        return field('items', '[' + this.items(object, length, depth, inside) + ']');
      }
      case 'typedarray':
        return field('items', '[' + this.items(object, typedArrayLength(object), depth, inside) + ']');
      case 'map':
        return field('entries', '[' + this.mapEntries(object, depth, inside) + ']');
      case 'set':
        return field('values', '[' + this.setValues(object, depth, inside) + ']');
      case 'error':
        return (
          this.hiddenSlot(object, 'cause', depth, inside) + this.hiddenSlot(object, 'errors', depth, inside)
        );
      case 'ArrayBuffer':
      case 'SharedArrayBuffer':
        return this.bytes(object as ArrayBuffer);
      case 'dataview':
        return field('buffer', this.node(dataViewBuffer(object), depth, inside));
      case 'promise': {
        const details = this.host('promise', object);
        if (details === undefined || details[0] === 'pending') return '';
        return field('result', this.node(details[1], depth, inside));
      }
      default:
        return '';
    }
  }

  private bytes(buffer: ArrayBuffer): string {
    let bytes: Uint8Array;
    try {
      bytes = new NativeUint8Array(buffer);
    } catch {
      return ''; // detached
    }
    const length = typedArrayLength(bytes);
    let list = '';
    for (let i = 0; i < length && i < shownBytes; i++) list += (i === 0 ? '' : ',') + toText(bytes[i]);
    return field('bytes', '[' + list + ']');
  }

  /** What a property holds, unless only its getter knows. */
  private slot(descriptor: PropertyDescriptor, depth: number, inside: Enclosing): string {
    if (descriptor.get === undefined && descriptor.set === undefined) {
      return this.node(descriptor.value, depth, inside);
    }
    this.nodesLeft--;
    return writeAccessor(descriptor);
  }

  /** A property that is shown although it is not enumerable. */
  private hiddenSlot(object: object, name: string, depth: number, inside: Enclosing): string {
    const descriptor = ownProperty(object, name);
    return descriptor?.enumerable === false ? field(name, this.slot(descriptor, depth, inside)) : '';
  }

  /** Elements of an array or typed array up to the first hole; from there on, by its keys. */
  private items(object: object, length: number, depth: number, inside: Enclosing): string {
    let text = '';
    for (let i = 0; i < length && i < this.limits.entries && this.nodesLeft > 0; i++) {
      const descriptor = ownProperty(object, i);
      if (descriptor === undefined) return this.sparseItems(object, length, i, text, depth, inside);
      text += (i === 0 ? '' : ',') + this.slot(descriptor, depth, inside);
    }
    return text;
  }

  /** @param start index of the first hole @param before the items up to there */
  private sparseItems(
    object: object,
    length: number,
    start: number,
    before: string,
    depth: number,
    inside: Enclosing,
  ): string {
    const keys = ownKeys(object); // indices come first, in order
    let text = before;
    let index = start;
    let listed = start;
    const hole = (end: number): void => {
      text += (listed === 0 ? '' : ',') + '{"kind":"hole"' + numberField('count', end - index) + '}';
      index = end;
      listed++;
    };
    for (let i = start; i < keys.length && listed < this.limits.entries && this.nodesLeft > 0; i++) {
      const key = keys[i];
      if (key === undefined || !isIndex(key) || +(key as string) >= length) break;
      if (+(key as string) > index) hole(+(key as string));
      const descriptor = ownProperty(object, key);
      if (descriptor === undefined || listed >= this.limits.entries) return text;
      text += (listed === 0 ? '' : ',') + this.slot(descriptor, depth, inside);
      index++;
      listed++;
    }
    if (index < length && listed < this.limits.entries && this.nodesLeft > 0) hole(length);
    return text;
  }

  private mapEntries(object: object, depth: number, inside: Enclosing): string {
    const entries = mapEntries(object as Map<unknown, unknown>);
    let text = '';
    for (let i = 0; i < this.limits.entries && this.nodesLeft > 0; i++) {
      const { done, value: entry } = nextMapEntry(entries);
      if (done === true) break;
      const key = this.node(entry[0], depth, inside);
      text += (i === 0 ? '[' : ',[') + key + ',' + this.node(entry[1], depth, inside) + ']';
    }
    return text;
  }

  private setValues(object: object, depth: number, inside: Enclosing): string {
    const values = setValues(object as Set<unknown>);
    let text = '';
    for (let i = 0; i < this.limits.entries && this.nodesLeft > 0; i++) {
      const { done, value } = nextSetValue(values);
      if (done === true) break;
      text += (i === 0 ? '' : ',') + this.node(value, depth, inside);
    }
    return text;
  }

  /** The enumerable own properties, but for elements. */
  private properties(object: object, kind: Kind, depth: number, inside: Enclosing): string {
    let elements = 0;
    if (kind === 'array' || kind === 'String') elements = ownData(object, 'length') as number;
    if (kind === 'typedarray') elements = typedArrayLength(object);
    if (elements > maxLengthForExtras) return field('properties', '[]');
    const keys = ownKeys(object);
    const isUntold = kind === 'error' && isAccessor(ownProperty(object, 'message'));
    let text = '';
    let count = 0;
    let more = 0;
    const slots = kind === 'object' && getPrototypeOf(object) !== prototypes.object ? slotsOf(object) : [];
    for (let i = 0; slots !== undefined && i < slots.length; i++) {
      const slot = slots[i];
      if (slot === undefined) continue;
      text += (count++ === 0 ? '[' : ',[') + quote(slot[0]) + ',' + this.node(slot[1], depth, inside) + ']';
    }
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if ((count >= this.limits.entries || this.nodesLeft <= 0) && keys.length - i > maxCountedKeys) {
        more += keys.length - i;
        break;
      }
      if (key === undefined || (elements > 0 && isIndex(key) && +(key as string) < elements)) continue;
      const descriptor = readProperty(object, key);
      if (descriptor === undefined) continue;
      if (descriptor.enumerable !== true && !(isUntold && tells(key, descriptor))) continue;
      const isLong = typeof key === 'string' && key.length > maxKeyLength;
      if (isLong || count >= this.limits.entries || this.nodesLeft <= 0) {
        more++;
        continue;
      }
      const value =
        descriptor === uninitialized ? '{"kind":"uninitialized"}' : this.slot(descriptor, depth, inside);
      text += (count++ === 0 ? '[' : ',[') + writeKey(key) + ',' + value + ']';
    }
    return field('properties', '[' + text + ']') + (more === 0 ? '' : numberField('moreProperties', more));
  }
}

/**
 * Lists what may follow a dot: the names along the prototype chain of a value that is found without running code. It
 * looks at a bounded number of keys, and never at those of a long array.
 */
import type { HostFunction, InspectLimits } from './contract.js';
import { type Found, objectOf } from './heap-path.js';
import { Inspection } from './inspector.js';
import {
  getPrototypeOf,
  isArray,
  mapGet,
  mapSet,
  NativeMap,
  ownKeys,
  parseJson,
  prototypes,
  quote,
  slice,
  toLowerCase,
  toText,
  typedArrayLength,
  typedArrayType,
} from './intrinsics.js';
import { field, numberField, writeAccessor } from './json-text.js';
import { ownData, ownProperty } from './lineage.js';

import { declarationOf, globalObject, originOf } from './session-globals.js';

const detailLimits: InspectLimits = { depth: 1, entries: 4, nodes: 8, string: 60 };

/** Chains longer than this are not followed to their end. */
const maxChain = 1000;
/** Of keys, for one list. */
const maxLookedAt = 20_000;
const maxNameLength = 200;
/** Longer arrays have no list of their keys made. */
const maxElements = 10_000;

/** What code may write down, by the prototype of its value. */
const literals = new NativeMap<string, object>([
  ['string', prototypes.string],
  ['number', prototypes.number],
  ['boolean', prototypes.boolean],
  ['bigint', prototypes.bigint],
  ['symbol', prototypes.symbol],
  ['array', prototypes.array],
  ['regexp', prototypes.regexp],
  ['function', prototypes.function],
  ['object', prototypes.object],
]);

/** Takes a {@link MembersRequest}. @returns {@link Members}; both as JSON. 'null': not known */
export function listMembers(json: string, host: HostFunction): string {
  const request = parseJson(json) as readonly [string, readonly string[], string, number];
  const literal = request[0];
  const path = request[1];
  const start = literal === '' ? globalObject : mapGet(literals, literal);
  const found = start === undefined ? undefined : walk(start, path);
  const holder = found && holderOf(found.value);
  if (found === undefined || holder === undefined) return 'null';
  const list = new MemberList(request[2], request[3], host);
  // What a literal inherits is known, but not how long it is.
  const isLiteral = literal !== '' && path.length === 0;
  if (typeof found.value === 'string') list.addLength(toText(found.value.length));
  else if (isLiteral && (literal === 'string' || literal === 'array')) list.addLength(undefined);
  list.addChain(holder, literal === '' && path.length === 0 ? 'globals' : 'members');
  return list.json();
}

/** @returns the value at the path; undefined when it is not known */
function walk(start: object, path: readonly string[]): Found | undefined {
  let found: Found = { value: start };
  for (let i = 0; i < path.length; i++) {
    const key = path[i] ?? '';
    const holder = holderOf(found.value);
    if (holder === undefined) return undefined;
    if (typeof found.value === 'string' && key === 'length') found = { value: found.value.length };
    else {
      const descriptor = propertyOnChain(holder, key);
      if (descriptor === undefined || descriptor.get !== undefined || descriptor.set !== undefined)
        return undefined;
      found = { value: descriptor.value as unknown };
    }
  }
  return found;
}

/** Where the members of a value begin: itself, or the prototype of a primitive. */
function holderOf(value: unknown): object | undefined {
  return objectOf(value) ?? (value === null ? undefined : mapGet(literals, primitiveType(value)));
}

function primitiveType(value: unknown): string {
  const type = typeof value;
  return type === 'object' || type === 'function' ? '' : type;
}

function propertyOnChain(object: object, key: string): PropertyDescriptor | undefined {
  let holder = objectOf(object);
  for (let i = 0; holder !== undefined && i < maxChain; i++) {
    const descriptor = readProperty(holder, key);
    if (descriptor !== undefined) return descriptor;
    holder = objectOf(getPrototypeOf(holder));
  }
  return undefined;
}

/** @returns undefined for an export of a module that was not evaluated yet, too */
function readProperty(object: object, key: string): PropertyDescriptor | undefined {
  try {
    return ownProperty(object, key);
  } catch {
    return undefined;
  }
}

class MemberList {
  private items = '';
  private count = 0;
  private lookedAt = 0;
  private isCut = false;
  private readonly seen = new NativeMap<string, true>();
  private readonly prefix: string;

  constructor(
    prefix: string,
    private readonly limit: number,
    private readonly host: HostFunction,
  ) {
    this.prefix = toLowerCase(prefix);
  }

  /** @param value JSON; undefined when it is not known */
  addLength(value: string | undefined): void {
    if (!this.isWanted('length')) return;
    this.write('length', (value === undefined ? '' : field('value', value)) + ',"distance":0');
  }

  addChain(start: object, what: 'globals' | 'members'): void {
    let holder: object | undefined = start;
    for (let distance = 0; holder !== undefined && !this.isCut; distance++) {
      if (distance >= maxChain) this.isCut = true;
      else this.addOwn(holder, distance, what === 'globals' && distance === 0 ? 'globals' : 'members');
      holder = objectOf(getPrototypeOf(holder));
    }
  }

  json(): string {
    return '{"items":[' + this.items + ']' + field('isCut', this.isCut ? 'true' : 'false') + '}';
  }

  private addOwn(object: object, distance: number, what: 'globals' | 'members'): void {
    if (elementsOf(object) > maxElements) {
      this.add(object, 'length', distance, what);
      return;
    }
    const keys = ownKeys(object);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (++this.lookedAt > maxLookedAt) this.isCut = true;
      if (this.isCut) return;
      if (typeof key === 'string') this.add(object, key, distance, what);
    }
  }

  private add(object: object, key: string, distance: number, what: 'globals' | 'members'): void {
    if (!this.isWanted(key)) return;
    if (this.count >= this.limit) {
      this.isCut = true;
      return;
    }
    const declaration = what === 'globals' ? declarationOf(key) : undefined;
    this.write(
      key,
      field('value', this.detail(object, key)) +
        numberField('distance', distance) +
        (what === 'globals' ? ',"origin":"' + originOf(key) + '"' : '') +
        (declaration === undefined ? '' : ',"declaration":"' + declaration + '"'),
    );
  }

  private isWanted(key: string): boolean {
    if (key === '' || key.length > maxNameLength || isIndexLike(key)) return false;
    if (toLowerCase(slice(key, 0, this.prefix.length)) !== this.prefix) return false;
    return mapGet(this.seen, key) !== true;
  }

  /** @param fields as JSON, each with a comma before it */
  private write(key: string, fields: string): void {
    mapSet(this.seen, key, true);
    this.items += (this.count++ === 0 ? '{' : ',{') + '"name":' + quote(key) + fields + '}';
  }

  private detail(object: object, key: string): string {
    const descriptor = readProperty(object, key);
    if (descriptor === undefined) return '{"kind":"uninitialized"}';
    if (descriptor.get !== undefined || descriptor.set !== undefined) return writeAccessor(descriptor);
    return new Inspection(detailLimits, this.host, 'usual').write(descriptor.value);
  }
}

function elementsOf(object: object): number {
  if (isArray(object)) return ownData(object, 'length') as number;
  return typedArrayType(object) === undefined ? 0 : typedArrayLength(object);
}

/** Keys of elements are no names that anybody would want to complete. */
function isIndexLike(key: string): boolean {
  const index = +key;
  return index >= 0 && toText(index) === key && key !== 'Infinity';
}

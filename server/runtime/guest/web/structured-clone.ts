/** structuredClone, as the HTML standard has it, for what a session can hold. Transfers array buffers. */
import type { HostFunction } from '../contract.js';
import { define, defineAll } from '../define.js';
import {
  arrayBufferLength,
  bigintValue,
  booleanValue,
  dataViewBuffer,
  dataViewLength,
  dataViewOffset,
  dateTime,
  defineProperty,
  functionToText,
  getPrototypeOf,
  isArray,
  mapEntries,
  mapGet,
  mapSet,
  NativeError,
  NativeMap,
  NativeTypeError,
  nextMapEntry,
  nextSetValue,
  numberValue,
  objectToText,
  ownKeys,
  regexpFlags,
  regexpSource,
  setValues,
  slice,
  stringValue,
  toText,
  typedArrayLength,
  typedArrayType,
} from '../intrinsics.js';
import { kindOf, type Kind } from '../kind.js';
import { dataProperty, lineageOf, ownProperty } from '../lineage.js';
import { isProxy } from '../proxies.js';
import { DOMException, exceptionOf } from './dom-exception.js';
import {
  isDetached,
  iteratorPrototype,
  iteratorSymbol,
  NativeArray,
  NativeDataView,
  NativeDate,
  NativeObject,
  NativeRegExp,
  NativeSet,
  NativeWeakRef,
  newList,
  setAdd,
  sliceBuffer,
  transferBuffer,
  typedArrayBuffer,
  typedArrayByteOffset,
} from './intrinsics.js';
import { isWebObject } from './slots.js';
import { isObject, requireArguments, toDictionary } from './webidl.js';

type ViewConstructor = new (buffer: ArrayBufferLike, offset: number, length: number) => object;
type ErrorConstructor = new (message?: string) => Error;

const viewConstructors = new NativeMap<string, ViewConstructor>();
const errorConstructors = new NativeMap<string, ErrorConstructor>();

function rememberConstructors(): void {
  const globals = globalThis as unknown as Record<string, unknown>;
  for (const name of [
    'Int8Array',
    'Uint8Array',
    'Uint8ClampedArray',
    'Int16Array',
    'Uint16Array',
    'Int32Array',
    'Uint32Array',
    'BigInt64Array',
    'BigUint64Array',
    'Float16Array',
    'Float32Array',
    'Float64Array',
  ]) {
    mapSet(viewConstructors, name, globals[name] as ViewConstructor);
  }
  for (const name of [
    'Error',
    'EvalError',
    'RangeError',
    'ReferenceError',
    'SyntaxError',
    'TypeError',
    'URIError',
  ]) {
    mapSet(errorConstructors, name, globals[name] as ErrorConstructor);
  }
}

/** Objects of these prototypes have a state that no clone can take over, although nothing else tells them. */
const stateful = newList<object>();

function rememberStateful(): void {
  const generator = Object.getPrototypeOf(function* () {}.prototype as object) as object;
  const asyncGenerator = Object.getPrototypeOf(async function* () {}.prototype as object) as object;
  stateful[0] = generator;
  stateful[1] = asyncGenerator;
  stateful[2] = iteratorPrototype;
  stateful[3] = NativeWeakRef.prototype;
  stateful[4] = FinalizationRegistry.prototype;
}

function isStateful(object: object): boolean {
  let holder = getPrototypeOf(object) as object | null;
  for (let depth = 0; holder !== null && depth < 50 && !isProxy(holder); depth++) {
    for (let i = 0; i < stateful.length; i++) if (stateful[i] === holder) return true;
    holder = getPrototypeOf(holder) as object | null;
  }
  return false;
}

function refuse(what: string): never {
  throw new DOMException(what + ' could not be cloned.', 'DataCloneError');
}

function element(target: object, key: PropertyKey, value: unknown): void {
  defineProperty(target, key, {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  } as PropertyDescriptor);
}

class Cloning {
  private readonly done = new NativeMap<object, unknown>();

  constructor(private readonly host: HostFunction) {}

  clone(value: unknown): unknown {
    if (typeof value === 'symbol') return refuse(toText(value));
    if (typeof value === 'function') return refuse(functionToText(value));
    if (!isObject(value)) return value;
    const known = mapGet(this.done, value);
    if (known !== undefined) return known;
    if (isProxy(value)) return refuse('#<Object>');
    const exception = exceptionOf(value);
    if (exception !== undefined) {
      return this.remember(value, new DOMException(exception.message, exception.name));
    }
    if (isWebObject(value)) return refuse(nameOf(value));
    return this.object(value, kindOf(value, lineageOf(value), 'thorough', this.host));
  }

  private remember<Copy extends object>(original: object, copy: Copy): Copy {
    mapSet(this.done, original, copy);
    return copy;
  }

  private object(object: object, kind: Kind): unknown {
    switch (kind) {
      case 'Number':
        return this.remember(object, NativeObject(numberValue(object)));
      case 'String':
        return this.remember(object, NativeObject(stringValue(object)));
      case 'Boolean':
        return this.remember(object, NativeObject(booleanValue(object)));
      case 'BigInt':
        return this.remember(object, NativeObject(bigintValue(object)));
      case 'date':
        return this.remember(object, new NativeDate(dateTime(object)));
      case 'regexp':
        return this.remember(object, new NativeRegExp(regexpSource(object), regexpFlags(object)));
      case 'ArrayBuffer':
        if (isDetached(object)) return refuse('#<ArrayBuffer>');
        return this.remember(object, sliceBuffer(object, 0, arrayBufferLength(object)));
      case 'typedarray':
        return this.typedArray(object);
      case 'dataview': {
        const buffer = this.clone(dataViewBuffer(object)) as ArrayBuffer;
        return this.remember(
          object,
          new NativeDataView(buffer, dataViewOffset(object), dataViewLength(object)),
        );
      }
      case 'map':
        return this.map(object as Map<unknown, unknown>);
      case 'set':
        return this.set(object as Set<unknown>);
      case 'error':
        return this.error(object as Error);
      case 'array':
        return this.properties(object, this.remember(object, this.array(object)));
      case 'object':
        if (isStateful(object)) return refuse(objectToText(object));
        return this.properties(object, this.remember(object, {}));
      case 'Symbol':
      default:
        return refuse('#<' + nameOf(object) + '>');
    }
  }

  private array(object: object): unknown[] {
    return new NativeArray(dataProperty(object, 'length') as number) as unknown[];
  }

  private typedArray(object: object): object {
    const type = typedArrayType(object) ?? '';
    const View = mapGet(viewConstructors, type);
    const buffer = typedArrayBuffer(object);
    if (View === undefined || !isPlainBuffer(buffer) || isDetached(buffer)) return refuse('#<' + type + '>');
    const offset = typedArrayByteOffset(object);
    const length = typedArrayLength(object);
    const copy = this.clone(buffer) as ArrayBuffer;
    return this.remember(object, new View(copy, offset, length));
  }

  /** Entries are read before any of them is cloned, as cloning may run getters. */
  private map(map: Map<unknown, unknown>): Map<unknown, unknown> {
    const copy = this.remember(map, new NativeMap<unknown, unknown>());
    const list = newList<unknown>();
    const entries = mapEntries(map);
    for (;;) {
      const { done, value: entry } = nextMapEntry(entries);
      if (done === true) break;
      list[list.length] = entry[0];
      list[list.length] = entry[1];
    }
    for (let i = 0; i < list.length; i += 2) mapSet(copy, this.clone(list[i]), this.clone(list[i + 1]));
    return copy;
  }

  private set(set: Set<unknown>): Set<unknown> {
    const copy = this.remember(set, new NativeSet<unknown>());
    const list = newList<unknown>();
    const values = setValues(set);
    for (;;) {
      const { done, value } = nextSetValue(values);
      if (done === true) break;
      list[list.length] = value;
    }
    for (let i = 0; i < list.length; i++) setAdd(copy, this.clone(list[i]));
    return copy;
  }

  private error(error: Error): Error {
    const { name } = error as { name?: unknown };
    const Constructor = mapGet(errorConstructors, name === undefined ? 'Error' : toText(name)) ?? NativeError;
    const message = ownProperty(error, 'message');
    const hasMessage = message !== undefined && message.get === undefined && message.set === undefined;
    const text = hasMessage ? toText(message.value) : undefined;
    const copy = this.remember(error, text === undefined ? new Constructor() : new Constructor(text));
    const stack: unknown = ownProperty(error, 'stack')?.value;
    if (typeof stack === 'string') define(copy, 'stack', stack);
    const cause = ownProperty(error, 'cause');
    if (cause !== undefined && cause.get === undefined && cause.set === undefined) {
      define(copy, 'cause', this.clone(cause.value));
    }
    return copy;
  }

  private properties(object: object, copy: object): object {
    const keys = ownKeys(object);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (typeof key !== 'string' || ownProperty(object, key)?.enumerable !== true) continue;
      element(copy, key, this.clone((object as Record<string, unknown>)[key]));
    }
    return copy;
  }
}

function isPlainBuffer(buffer: object): boolean {
  try {
    arrayBufferLength(buffer);
    return true;
  } catch {
    return false;
  }
}

function nameOf(object: object): string {
  const text = objectToText(object);
  const { name } = lineageOf(object);
  return name === null || name === 'Object' ? slice(text, 8, text.length - 1) : name;
}

/** @throws DataCloneError, TypeError */
function readTransfer(list: unknown): object[] {
  const buffers = newList<object>();
  if (list === undefined) return buffers;
  if (!isObject(list) || !(iteratorSymbol in list)) throw new NativeTypeError('transfer must be a sequence');
  for (const each of list as Iterable<unknown>) {
    if (!isObject(each) || isProxy(each) || isArray(each) || !isPlainBuffer(each)) {
      throw new DOMException('Value not transferable', 'DataCloneError');
    }
    for (let i = 0; i < buffers.length; i++) {
      if (buffers[i] === each) throw new DOMException('ArrayBuffer occurs twice', 'DataCloneError');
    }
    if (isDetached(each)) throw new DOMException('ArrayBuffer is detached', 'DataCloneError');
    buffers[buffers.length] = each;
  }
  return buffers;
}

/** Defines the global. */
export function installStructuredClone(host: HostFunction): void {
  rememberConstructors();
  rememberStateful();
  defineAll(globalThis, {
    structuredClone(value: unknown, options: unknown = undefined): unknown {
      requireArguments(arguments.length, 1, 'structuredClone');
      const transfer = readTransfer(toDictionary(options, 'structuredClone')['transfer']);
      const copy = new Cloning(host).clone(value);
      // What went over is a copy; that the original is empty from now on makes it a transfer.
      for (let i = 0; i < transfer.length; i++) transferBuffer(transfer[i]);
      return copy;
    },
  });
}

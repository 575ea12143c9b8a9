/**
 * The engine's own functions, taken before any guest code ran. The guest may replace or spy on every global and every
 * prototype; the kernel calls nothing but these, defines properties instead of assigning them, and never iterates,
 * because iteration looks up `Array.prototype[Symbol.iterator]`.
 */

// Methods are taken off their objects here on purpose; each is called with an explicit `this`.
/* eslint-disable @typescript-eslint/unbound-method */

export type Getter<Result> = (self: unknown) => Result;

/** Turns a method into a function that takes `this` first. A bound `call` is the fastest way in the engine, too. */
export function uncurryThis<This, Args extends unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
): (self: This, ...args: Args) => Result {
  const { call } = Function.prototype;
  return call.bind(method) as (self: This, ...args: Args) => Result;
}

/** The getter of a property of a built-in prototype, as a function that takes `this` first. */
export function getterOf(prototype: object, key: PropertyKey): Getter<unknown> {
  const getter = Object.getOwnPropertyDescriptor(prototype, key)?.get;
  if (getter === undefined) throw new TypeError('the engine lacks a getter: ' + String(key));
  return uncurryThis(getter as (this: unknown) => unknown);
}

/** `next` of this kind of iterator; what it returns has its two properties itself. */
function nextOf<Value>(
  iterator: Iterator<unknown>,
): (iterator: Iterator<Value>) => IteratorResult<Value, Value> {
  return uncurryThis(iterator.next) as (iterator: unknown) => IteratorResult<Value, Value>;
}

export const {
  getOwnPropertyDescriptor,
  getPrototypeOf,
  setPrototypeOf,
  defineProperty,
  freeze,
  is: isSameValue,
} = Object;
/** `defineOwn` and `deleteOwn` say by their result that they could not, and throw nothing. */
export const { ownKeys, apply, defineProperty: defineOwn, deleteProperty: deleteOwn } = Reflect;
export const { isArray } = Array;
export const { isView } = ArrayBuffer;
export const parseJson = JSON.parse as (text: string) => unknown;
/** Only for strings: on objects it would look for `toJSON`. */
export const quote = JSON.stringify as (text: string) => string;
/** Runs `toJSON` and getters of what it is given: for the guest's own calls only. */
export const toJson = JSON.stringify as (value: unknown) => string;
export const now = Date.now;
export const toNumber = Number;
export const toText = String;
export const NativeError = Error;
export const NativeTypeError = TypeError;
export const NativeRangeError = RangeError;
export const NativeSyntaxError = SyntaxError;
export const toStringTag: typeof Symbol.toStringTag = Symbol.toStringTag;

/** Not yet in the language's type library. */
const { isError: nativeIsError } = Error as typeof Error & { isError(value: unknown): boolean };
export const isError = nativeIsError;

export const bind = uncurryThis(Function.prototype.bind) as <Args extends unknown[], Result>(
  fn: (...args: Args) => Result,
  self: unknown,
) => (...args: Args) => Result;
export const functionToText = uncurryThis(Function.prototype.toString);
export const objectToText = uncurryThis(Object.prototype.toString);
export const isEnumerable = uncurryThis(Object.prototype.propertyIsEnumerable);

export const slice = uncurryThis(String.prototype.slice);
export const startsWith = uncurryThis(String.prototype.startsWith);
/** Takes a string, never an object: that might be asked whether it is a regular expression. */
export const includes = uncurryThis<unknown, [part: string], boolean>(String.prototype.includes);
export const toLowerCase = uncurryThis<unknown, [], string>(String.prototype.toLowerCase);
export const padStart = uncurryThis(String.prototype.padStart);
export const charCode = uncurryThis(String.prototype.charCodeAt);
export const toFixed = uncurryThis(Number.prototype.toFixed);
export const symbolDescription = getterOf(Symbol.prototype, 'description') as Getter<string | undefined>;
export const bigintToText = uncurryThis(BigInt.prototype.toString);

export const numberValue = uncurryThis<unknown, [], number>(Number.prototype.valueOf);
export const stringValue = uncurryThis<unknown, [], string>(String.prototype.valueOf);
export const booleanValue = uncurryThis<unknown, [], boolean>(Boolean.prototype.valueOf);
export const bigintValue = uncurryThis<unknown, [], bigint>(BigInt.prototype.valueOf);
export const symbolValue = uncurryThis<unknown, [], symbol>(Symbol.prototype.valueOf);

export const dateTime = uncurryThis<unknown, [], number>(Date.prototype.getTime);
export const dateToIso = uncurryThis<unknown, [], string>(Date.prototype.toISOString);
export const regexpSource = getterOf(RegExp.prototype, 'source') as Getter<string>;
const flagGetters = {
  hasIndices: getterOf(RegExp.prototype, 'hasIndices') as Getter<boolean>,
  global: getterOf(RegExp.prototype, 'global') as Getter<boolean>,
  ignoreCase: getterOf(RegExp.prototype, 'ignoreCase') as Getter<boolean>,
  multiline: getterOf(RegExp.prototype, 'multiline') as Getter<boolean>,
  dotAll: getterOf(RegExp.prototype, 'dotAll') as Getter<boolean>,
  unicode: getterOf(RegExp.prototype, 'unicode') as Getter<boolean>,
  unicodeSets: getterOf(RegExp.prototype, 'unicodeSets') as Getter<boolean>,
  sticky: getterOf(RegExp.prototype, 'sticky') as Getter<boolean>,
};

/** The `flags` getter of the engine reads the single flags as properties, which the guest may have replaced. */
export function regexpFlags(regexp: unknown): string {
  return (
    (flagGetters.hasIndices(regexp) ? 'd' : '') +
    (flagGetters.global(regexp) ? 'g' : '') +
    (flagGetters.ignoreCase(regexp) ? 'i' : '') +
    (flagGetters.multiline(regexp) ? 'm' : '') +
    (flagGetters.dotAll(regexp) ? 's' : '') +
    (flagGetters.unicode(regexp) ? 'u' : '') +
    (flagGetters.unicodeSets(regexp) ? 'v' : '') +
    (flagGetters.sticky(regexp) ? 'y' : '')
  );
}

/** Sorts in place an array that the engine has just made: nothing of it is the guest's. */
export const sort = uncurryThis(Array.prototype.sort) as <Item>(
  items: Item[],
  compare: (a: Item, b: Item) => number,
) => void;

export const NativeMap = Map;
export const mapSize = getterOf(Map.prototype, 'size') as Getter<number>;
export const mapGet = uncurryThis(Map.prototype.get) as <Key, Value>(
  map: Map<Key, Value>,
  key: Key,
) => Value | undefined;
export const mapSet = uncurryThis(Map.prototype.set) as <Key, Value>(
  map: Map<Key, Value>,
  key: Key,
  value: Value,
) => void;
export const mapDelete = uncurryThis(Map.prototype.delete) as <Key>(
  map: Map<Key, unknown>,
  key: Key,
) => boolean;
export const mapForEach = uncurryThis(Map.prototype.forEach) as <Key, Value>(
  map: Map<Key, Value>,
  visit: (value: Value, key: Key) => void,
) => void;
export const mapEntries = uncurryThis(Map.prototype.entries) as (
  map: Map<unknown, unknown>,
) => Iterator<readonly [key: unknown, value: unknown]>;
export const setForEach = uncurryThis(Set.prototype.forEach) as <Value>(
  set: Set<Value>,
  visit: (value: Value, key: Value) => void,
) => void;
export const setSize = getterOf(Set.prototype, 'size') as Getter<number>;
export const setValues = uncurryThis(Set.prototype.values) as (set: Set<unknown>) => Iterator<unknown>;
export const nextMapEntry = nextOf<readonly [key: unknown, value: unknown]>(new Map().entries());
export const nextSetValue = nextOf<unknown>(new Set().values());
export const NativeWeakMap = WeakMap;
export const weakMapHas = uncurryThis(WeakMap.prototype.has) as (
  map: WeakMap<object, unknown>,
  key: object,
) => boolean;
export const weakMapGet = uncurryThis(WeakMap.prototype.get) as <Value>(
  map: WeakMap<object, Value>,
  key: object,
) => Value | undefined;
export const weakMapSet = uncurryThis(WeakMap.prototype.set) as <Value>(
  map: WeakMap<object, Value>,
  key: object,
  value: Value,
) => void;
export const weakSetHas = uncurryThis(WeakSet.prototype.has) as (
  set: WeakSet<object>,
  key: object,
) => boolean;

const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object;
/** Name of a typed array's type; undefined for everything else. */
export const typedArrayType = getterOf(typedArrayPrototype, Symbol.toStringTag) as Getter<string | undefined>;
export const typedArrayLength = getterOf(typedArrayPrototype, 'length') as Getter<number>;
export const arrayBufferLength = getterOf(ArrayBuffer.prototype, 'byteLength') as Getter<number>;
export const sharedArrayBufferLength = getterOf(SharedArrayBuffer.prototype, 'byteLength') as Getter<number>;
export const dataViewLength = getterOf(DataView.prototype, 'byteLength') as Getter<number>;
export const dataViewOffset = getterOf(DataView.prototype, 'byteOffset') as Getter<number>;
export const dataViewBuffer = getterOf(DataView.prototype, 'buffer') as Getter<object>;
export const NativeUint8Array = Uint8Array;
export const typedArrayOffset = getterOf(typedArrayPrototype, 'byteOffset') as Getter<number>;
export const typedArrayByteLength = getterOf(typedArrayPrototype, 'byteLength') as Getter<number>;
export const typedArrayBuffer = getterOf(typedArrayPrototype, 'buffer') as Getter<object>;

export const NativePromise = Promise;
export const promiseThen = uncurryThis(Promise.prototype.then) as (
  promise: object,
  onFulfilled: (value: unknown) => void,
) => object;
/** Without a constructor, `then` does not look for a species, which would be guest code. */
const settledPromise = Object.defineProperty(Promise.resolve(), 'constructor', { value: undefined });

/** Runs a function as a job of its own, after what the engine does now. */
export function afterThisJob(run: () => void): void {
  promiseThen(settledPromise, run);
}

/** Prototypes that tell by identity what an object most likely is. */
export const prototypes = {
  object: Object.prototype,
  function: Function.prototype,
  array: Array.prototype,
  generatorFunction: Object.getPrototypeOf(function* () {}) as object,
  asyncFunction: Object.getPrototypeOf(async function () {}) as object,
  asyncGeneratorFunction: Object.getPrototypeOf(async function* () {}) as object,
  map: Map.prototype,
  set: Set.prototype,
  weakMap: WeakMap.prototype,
  weakSet: WeakSet.prototype,
  promise: Promise.prototype,
  arrayBuffer: ArrayBuffer.prototype,
  sharedArrayBuffer: SharedArrayBuffer.prototype,
  string: String.prototype,
  number: Number.prototype,
  boolean: Boolean.prototype,
  bigint: BigInt.prototype,
  symbol: Symbol.prototype,
  regexp: RegExp.prototype,
} as const;

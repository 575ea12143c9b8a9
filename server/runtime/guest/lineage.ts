/** What the prototype chain of an object says about it, read by data properties only. */
import {
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isEnumerable,
  mapGet,
  NativeMap,
  prototypes,
  setPrototypeOf,
  toStringTag,
} from './intrinsics.js';
import { isProxy } from './proxies.js';

/**
 * A descriptor of an own property. The engine makes it an ordinary object, on which a missing field would be looked for
 * in `Object.prototype`, where the guest may have put a getter.
 */
export function ownProperty(object: object, key: PropertyKey): PropertyDescriptor | undefined {
  const descriptor = getOwnPropertyDescriptor(object, key);
  if (descriptor !== undefined) setPrototypeOf(descriptor, null);
  return descriptor;
}

/** Longer chains are not followed to their end. */
const maxChain = 50;

/** What an object most likely is, by a built-in prototype in its chain. */
type Hint =
  | 'map'
  | 'set'
  | 'weakmap'
  | 'weakset'
  | 'promise'
  | 'ArrayBuffer'
  | 'SharedArrayBuffer'
  | 'BigInt'
  | 'Symbol';

const hints = new NativeMap<object, Hint>([
  [prototypes.map, 'map'],
  [prototypes.set, 'set'],
  [prototypes.weakMap, 'weakmap'],
  [prototypes.weakSet, 'weakset'],
  [prototypes.promise, 'promise'],
  [prototypes.arrayBuffer, 'ArrayBuffer'],
  [prototypes.sharedArrayBuffer, 'SharedArrayBuffer'],
  [prototypes.bigint, 'BigInt'],
  [prototypes.symbol, 'Symbol'],
]);

export interface Lineage {
  /** Name of the constructor whose instance it is; null without any prototype. */
  readonly name: string | null;
  /** Its `Symbol.toStringTag` unless that is an enumerable property of its own; '' for none. */
  readonly tag: string;
  /** `Object.prototype.toString` may be asked about it: it would find no accessor and no proxy on its way. */
  readonly hasNoTag: boolean;
  readonly hint: Hint | undefined;
  /** An ordinary object as a literal makes it. */
  readonly isPlain: boolean;
}

const plain: Lineage = { name: 'Object', tag: '', hasNoTag: true, hint: undefined, isPlain: true };

/** The common case, ten times as fast: nothing on the way says anything else. */
function isPlain(object: object): boolean {
  return (
    getPrototypeOf(object) === prototypes.object &&
    getOwnPropertyDescriptor(object, 'constructor') === undefined &&
    getOwnPropertyDescriptor(object, toStringTag) === undefined &&
    getOwnPropertyDescriptor(prototypes.object, toStringTag) === undefined
  );
}

/** Reads a property along the chain. @returns undefined for accessors, beyond a proxy, and when there is none */
export function dataProperty(object: object, key: PropertyKey): unknown {
  let holder: object | null = object;
  for (let i = 0; holder !== null && i < maxChain && !isProxy(holder); i++) {
    const descriptor = ownProperty(holder, key);
    if (descriptor !== undefined) return descriptor.value as unknown;
    holder = getPrototypeOf(holder) as object | null;
  }
  return undefined;
}

/** @returns the object's own data property; undefined for accessors and when there is none */
export function ownData(object: object, key: PropertyKey): unknown {
  const value: unknown = ownProperty(object, key)?.value;
  return value;
}

/** @returns a function's own `name` where it is a plain string */
export function functionName(fn: object): string {
  const name = ownData(fn, 'name');
  return typeof name === 'string' ? name : '';
}

/** Like `object instanceof constructor`, without `Symbol.hasInstance` and accessors. */
function isInstance(object: object, constructor: object): boolean {
  const prototype = ownData(constructor, 'prototype');
  let holder = getPrototypeOf(object) as object | null;
  for (let i = 0; holder !== null && i < maxChain; i++) {
    if (holder === prototype) return true;
    if (isProxy(holder)) return false;
    holder = getPrototypeOf(holder) as object | null;
  }
  return false;
}

function constructorName(object: object, holder: object): string {
  const constructor = ownData(holder, 'constructor');
  if (typeof constructor !== 'function' || isProxy(constructor)) return '';
  return isInstance(object, constructor) ? functionName(constructor) : '';
}

/** Describes an object that is no proxy itself. */
export function lineageOf(object: object): Lineage {
  if (isPlain(object)) return plain;
  let name = '';
  let tag: unknown;
  let hasNoTag = true;
  let hint: Hint | undefined;
  let holder: object | null = object;
  for (let i = 0; holder !== null; i++) {
    if (i === maxChain || isProxy(holder)) {
      hasNoTag = false;
      break;
    }
    if (name === '') name = constructorName(object, holder);
    if (hasNoTag) {
      const descriptor = ownProperty(holder, toStringTag);
      if (descriptor !== undefined) {
        hasNoTag = false;
        tag = descriptor.value;
      }
    }
    hint ??= mapGet(hints, holder);
    holder = getPrototypeOf(holder) as object | null;
  }
  return {
    name: name !== '' ? name : getPrototypeOf(object) === null ? null : 'Object',
    tag: typeof tag === 'string' && !isEnumerable(object, toStringTag) ? tag : '',
    hasNoTag,
    hint,
    isPlain: false,
  };
}

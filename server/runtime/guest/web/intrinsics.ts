/** What the web's globals need of the engine beside what the kernel itself uses; see ../intrinsics.ts. */
import { getterOf, type Getter, setPrototypeOf, uncurryThis } from '../intrinsics.js';

// Methods are taken off their objects here on purpose; each is called with an explicit `this`.
/* eslint-disable @typescript-eslint/unbound-method */

export const { construct, deleteProperty } = Reflect;
export const { floor } = Math;
export const { iterator: iteratorSymbol, asyncIterator: asyncIteratorSymbol } = Symbol;
export const NativeObject = Object;
export const NativeArray = Array;
export const NativeDataView = DataView;
export const NativeDate = Date;
export const NativeRegExp = RegExp;
export const NativeSet = Set;
export const NativeWeakRef = WeakRef;

/** Not in the type library of this target. */
const { toWellFormed: wellFormed } = String.prototype as unknown as { toWellFormed(this: unknown): string };
export const toWellFormed = uncurryThis<unknown, [], string>(wellFormed);
export const sortArray = uncurryThis(Array.prototype.sort) as <Value>(
  list: readonly Value[],
  compare: (one: Value, other: Value) => number,
) => void;
export const setBytes = uncurryThis<unknown, [source: ArrayLike<number>, offset?: number], void>(
  Uint8Array.prototype.set,
);
export const setAdd = uncurryThis(Set.prototype.add) as <Value>(set: Set<Value>, value: Value) => void;
const { transfer } = ArrayBuffer.prototype as unknown as { transfer(this: unknown): ArrayBuffer };
export const transferBuffer = uncurryThis(transfer);
export const sliceBuffer = uncurryThis<unknown, [start?: number, end?: number], ArrayBuffer>(
  ArrayBuffer.prototype.slice,
);

const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object;
export const typedArrayBuffer = getterOf(typedArrayPrototype, 'buffer') as Getter<ArrayBuffer>;
export const typedArrayByteLength = getterOf(typedArrayPrototype, 'byteLength') as Getter<number>;
export const typedArrayByteOffset = getterOf(typedArrayPrototype, 'byteOffset') as Getter<number>;
export const isDetached = getterOf(ArrayBuffer.prototype, 'detached') as Getter<boolean>;

/** The language's own iterator prototype. */
export const iteratorPrototype = Object.getPrototypeOf(
  Object.getPrototypeOf([][Symbol.iterator]()) as object,
) as object;

/** An empty array without a prototype: an element is never looked for in, or set by, `Array.prototype`. */
export function newList<Value>(): Value[] {
  const list: Value[] = [];
  setPrototypeOf(list, null);
  return list;
}

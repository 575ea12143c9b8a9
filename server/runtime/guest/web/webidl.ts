/** How the web's interfaces look and take their arguments: the rules of Web IDL that our globals need. */
import { define } from '../define.js';
import {
  defineProperty,
  getOwnPropertyDescriptor,
  NativeTypeError,
  ownKeys,
  toStringTag,
  toText,
} from '../intrinsics.js';
import { toWellFormed } from './intrinsics.js';

type Constructor = abstract new (...args: never) => object;

/** Gives a class the looks of an interface: enumerable members and a tag. */
export function asInterface(name: string, constructor: Constructor): void {
  const prototype = constructor.prototype as object;
  makeEnumerable(prototype);
  makeEnumerable(constructor);
  defineProperty(prototype, toStringTag, {
    __proto__: null,
    value: name,
    writable: false,
    enumerable: false,
    configurable: true,
  } as PropertyDescriptor);
  define(constructor, 'name', name);
  defineProperty(constructor, 'name', { __proto__: null, writable: false } as PropertyDescriptor);
}

/** As {@link asInterface}, and defines it as a global. */
export function exposeInterface(name: string, constructor: Constructor): void {
  asInterface(name, constructor);
  define(globalThis, name, constructor);
}

function makeEnumerable(holder: object): void {
  const keys = ownKeys(holder);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key !== 'string' || key === 'constructor' || key === 'prototype') continue;
    if (key === 'name' && typeof holder === 'function') continue;
    if (key === 'length' && typeof holder === 'function') continue;
    if (getOwnPropertyDescriptor(holder, key)?.configurable !== true) continue;
    defineProperty(holder, key, { __proto__: null, enumerable: true } as PropertyDescriptor);
  }
}

/** Defines a constant as interfaces have them: on the class and on its prototype. */
export function constant(constructor: Constructor, name: string, value: number): void {
  const descriptor = { __proto__: null, value, writable: false, enumerable: true, configurable: false };
  defineProperty(constructor, name, descriptor as PropertyDescriptor);
  defineProperty(constructor.prototype as object, name, descriptor as PropertyDescriptor);
}

/** @throws {TypeError} there are fewer arguments than needed */
export function requireArguments(count: number, needed: number, caller: string): void {
  if (count >= needed) return;
  const plural = needed === 1 ? ' argument' : ' arguments';
  throw new NativeTypeError(caller + ' needs ' + toText(needed) + plural + ', but got ' + toText(count));
}

/** Names a slot that an object must have: reading it has thrown a TypeError where it has none. */
export function requireSlot(slot: unknown): unknown {
  return slot;
}

/** DOMString. @throws {TypeError} for a symbol */
export function toDomString(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'symbol') throw new NativeTypeError('Cannot convert a Symbol value to a string');
  return toText(value);
}

/** USVString: a lone surrogate becomes U+FFFD. @throws {TypeError} for a symbol */
export function toUsvString(value: unknown): string {
  return toWellFormed(toDomString(value));
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** A dictionary: undefined and null stand for an empty one. @throws {TypeError} for other primitives */
export function toDictionary(value: unknown, caller: string): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return emptyDictionary;
  if (!isObject(value)) throw new NativeTypeError(caller + ' needs its options as an object');
  return value as Readonly<Record<string, unknown>>;
}

const emptyDictionary = { __proto__: null } as unknown as Readonly<Record<string, unknown>>;

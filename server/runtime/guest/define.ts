import { defineProperty, getOwnPropertyDescriptor, ownKeys } from './intrinsics.js';

/** Defines a property as the built-in ones are: writable, configurable, not enumerable. Setters are not run. */
export function define(object: object, key: PropertyKey, value: unknown): void {
  const descriptor = { __proto__: null, value, writable: true, enumerable: false, configurable: true };
  defineProperty(object, key, descriptor);
}

/** Defines each of the object's properties in the target, see {@link define}. */
export function defineAll(target: object, source: object): void {
  const keys = ownKeys(source);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (key !== undefined) define(target, key, getOwnPropertyDescriptor(source, key)?.value);
  }
}

/** Errors that say what the host refused or could not do. */
import type { HostError } from './contract.js';
import { define } from './define.js';
import {
  defineProperty,
  NativeError,
  NativeRangeError,
  NativeSyntaxError,
  NativeTypeError,
  NativeWeakMap,
  setPrototypeOf,
  weakMapGet,
  weakMapSet,
} from './intrinsics.js';

/** Their codes: guest code can forge none. */
const codes = new NativeWeakMap<object, string>();

/** @returns the code of an error that came from the host; '' for any other value */
export function refusal(error: unknown): string {
  return typeof error === 'object' && error !== null ? (weakMapGet(codes, error) ?? '') : '';
}

/**
 * Makes an error of the class that its name says.
 *
 * @param said as parsed from JSON: what it leaves out must not be looked for in `Object.prototype`
 */
export function hostError(said: HostError): Error {
  setPrototypeOf(said, null);
  const { name, message, code, stack } = said;
  const error = newError(name, message);
  if (stack !== undefined) define(error, 'stack', stack);
  if (code !== undefined) {
    defineProperty(error, 'code', {
      __proto__: null,
      value: code,
      writable: true,
      enumerable: true,
      configurable: true,
    } as PropertyDescriptor);
    weakMapSet(codes, error, code);
  }
  return error;
}

function newError(name: string, message: string): Error {
  switch (name) {
    case 'SyntaxError':
      return new NativeSyntaxError(message);
    case 'TypeError':
      return new NativeTypeError(message);
    case 'RangeError':
      return new NativeRangeError(message);
    default:
      return new NativeError(message);
  }
}

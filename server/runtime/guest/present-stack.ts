import { NativeError } from './intrinsics.js';

/** Where the running code is, in the engine's words. */
export function presentStack(): string {
  const stack: unknown = new NativeError().stack;
  return typeof stack === 'string' ? stack : '';
}

/** How the native modules' code reaches the host, which does the work while the guest waits. */
import type { HostFunction, NativeReply } from './contract.js';
import { define } from './define.js';
import { NativeError, parseJson, toJson } from './intrinsics.js';

/** @returns a function that calls an operation of the host and returns its answer */
export function nativeCall(host: HostFunction): (operation: string, payload: unknown) => unknown {
  return (operation, payload) => {
    const json = host('call', operation, toJson(payload));
    // No answer: the guest is being stopped, and whatever it does next is its last.
    if (json === undefined) return undefined;
    const reply = parseJson(json) as NativeReply;
    if (reply.ok) return reply.value;
    const { message, code } = reply.error;
    const error = new NativeError(message);
    if (code !== undefined) {
      define(error, 'code', code);
      host('refused', error, code);
    }
    throw error;
  };
}

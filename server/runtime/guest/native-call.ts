/** How the native modules' code reaches the host: payloads as JSON, bytes beside them, refusals as errors. */
import type { HostFunction, NativeCall, NativeReply } from './contract.js';
import { define } from './define.js';
import { hostError } from './host-error.js';
import {
  NativeUint8Array,
  parseJson,
  quote,
  toJson,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayOffset,
} from './intrinsics.js';

/** @returns a function that calls an operation of the host and returns its answer */
export function nativeCall(host: HostFunction): NativeCall {
  return (operation, payload, data) => {
    const json = toJson(payload);
    const { part, offset, length } = partOf(data);
    const answer = host('call', operation, json, part, offset, length);
    // No answer: the guest is being stopped, and whatever it does next is its last.
    if (answer === undefined) return undefined;
    return typeof answer === 'string' ? answered(answer) : answered(answer[0], answer[1]);
  };
}

/** Data as the host takes it, see `HostOperations.call`. */
interface Part {
  readonly part: string | object | undefined;
  readonly offset: number | undefined;
  readonly length: number | undefined;
}

/** What a typed array shows of its buffer, whatever guest code made of its properties. */
export function partOf(data: Uint8Array | string | undefined): Part {
  if (data === undefined) return { part: undefined, offset: undefined, length: undefined };
  if (typeof data === 'string') return { part: quote(data), offset: undefined, length: undefined };
  const length = typedArrayByteLength(data);
  // A buffer that was given away has no bytes that could be asked for.
  if (length === 0) return { part: '""', offset: undefined, length: undefined };
  return { part: typedArrayBuffer(data), offset: typedArrayOffset(data), length };
}

/**
 * @param json a {@link NativeReply}
 * @param buffer the bytes that belong to it: the answer itself when its value is null, else its property `bytes`
 * @param stack of the error, where it is not that of the present call
 * @throws when the host refused
 */
export function answered(json: string, buffer?: ArrayBuffer, stack?: string): unknown {
  const reply = parseJson(json) as NativeReply;
  if (!reply.ok) {
    if (stack !== undefined) define(reply.error, 'stack', stack);
    throw hostError(reply.error);
  }
  const { value } = reply;
  if (buffer === undefined) return value;
  const bytes = new NativeUint8Array(buffer);
  if (typeof value !== 'object' || value === null) return bytes;
  define(value, 'bytes', bytes);
  return value;
}

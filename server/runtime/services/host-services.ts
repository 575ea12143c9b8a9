import type { MessagePort } from 'node:worker_threads';
import { ZodError } from 'zod';
import { VmError } from '../../../shared/errors.js';
import type { ControlBlock } from '../control-block.js';
import type { HostCall, HostCallError, HostReply } from '../messages.js';
import type { RuntimeLog } from '../runtime-log.js';
import { ServiceError } from './service-error.js';

/** What a service gets beside the payload. */
export interface CallContext {
  /** Bytes, or the UTF-8 of a text, that travelled beside the payload. */
  readonly data: Uint8Array | undefined;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/**
 * What guest code may have done, by operation: called and waited for, or started. A payload comes from the session's
 * thread, where guest code may have broken anything: a service judges it before use. It answers what JSON can hold, or
 * a {@link DataAnswer}.
 */
export type HostServices = Readonly<
  Record<string, (payload: unknown, context: CallContext) => Promise<unknown>>
>;

/** An answer with data that travels beside its value. */
export class DataAnswer {
  /**
   * @param bytes given away: whoever makes the answer does not use them any more
   * @param as a text is given as UTF-8, and takes the value's place
   * @param value bytes become its property `bytes`; null: they take its place
   */
  constructor(
    readonly bytes: Uint8Array,
    readonly as: 'bytes' | 'text',
    readonly value: object | null = null,
  ) {}
}

/** Serves a session thread's calls, one by one, until its port closes. */
export class CallServer {
  #current: AbortController | undefined;

  constructor(
    port: MessagePort,
    control: ControlBlock,
    private readonly services: HostServices,
    private readonly log: RuntimeLog,
  ) {
    port.on('message', (call: HostCall) => {
      void this.#answer(call).then((reply) => {
        post(reply, (message, transfer) => port.postMessage(message, transfer));
        control.announceReply(call.id);
      });
    });
  }

  /** The guest does not wait any more: ends what it waited for. */
  abort(): void {
    this.#current?.abort();
    this.#current = undefined;
  }

  #answer(call: HostCall): Promise<HostReply> {
    // A thread calls once at a time: what is still under way was given up.
    this.abort();
    this.#current = new AbortController();
    return answer(call, this.services, this.#current.signal, this.log);
  }
}

/** Posts a reply; bytes that have a buffer of their own are moved instead of copied. */
export function post(
  reply: HostReply,
  send: (reply: HostReply, transfer: readonly ArrayBuffer[]) => void,
): void {
  const bytes = reply.ok ? reply.data?.bytes : undefined;
  const buffer = bytes?.buffer;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === bytes?.byteLength;
  send(reply, isWhole ? [buffer] : []);
}

/** Has a service do what guest code asks for. Never rejects. */
export async function answer(
  { id, operation, payload, data }: HostCall,
  services: HostServices,
  signal: AbortSignal,
  log: RuntimeLog,
): Promise<HostReply> {
  const service = Object.hasOwn(services, operation) ? services[operation] : undefined;
  try {
    if (service === undefined) throw new Error(`There is no host operation ${operation}`);
    const value = await service(payload, { data, signal });
    if (!(value instanceof DataAnswer)) return { id, ok: true, value };
    return { id, ok: true, value: value.value, data: { bytes: value.bytes, as: value.as } };
  } catch (error) {
    return { id, ok: false, error: asGuestError(error, operation, signal, log) };
  }
}

/** Guest code sees our own refusals; anything else is a defect, which only the log tells in full. */
function asGuestError(
  error: unknown,
  operation: string,
  signal: AbortSignal,
  log: RuntimeLog,
): HostCallError {
  if (error instanceof ServiceError) {
    return { name: error.guestName, message: error.message, code: error.code };
  }
  if (error instanceof VmError) return { name: 'Error', message: error.message, code: error.code };
  if (error instanceof ZodError) {
    return { name: 'TypeError', message: `${operation} was called with arguments that it does not take` };
  }
  if (signal.aborted) return { name: 'Error', message: 'It was given up', code: 'ABORT_ERR' };
  log.error(`The host operation ${operation} failed`, error);
  return { name: 'Error', message: 'The host could not do this; its log says why' };
}

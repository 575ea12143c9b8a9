/** What the guest's kernel asks of its thread: the other side of `HostOperations` in the contract. */
import type { ConsoleMessage, DisplayRequest, HostOperation, NativeReply } from '../guest/contract.js';
import type { HostCall, HostReply } from '../messages.js';
import { compute } from './compute.js';
import { displayed } from './displays.js';
import { type Engine, GuestMemoryFull } from './engine.js';
import type { Borrowed, Handle } from './engine-port.js';
import type { HostCalls } from './host-calls.js';
import { consolePayload } from './inspect/console-text.js';
import type { Node } from './inspect/node.js';
import type { Operations } from './operations.js';
import type { Outbox } from './outbox.js';
import type { ModuleOperation, Requires } from './requires.js';
import type { Sources } from './sources.js';
import type { ThreadWatch } from './thread-watch.js';
import type { Timers } from './timers.js';

/** The guest that calls, as far as its calls concern it. */
export interface CallingGuest {
  readonly engine: Engine;
  readonly watch: ThreadWatch;
  readonly outbox: Outbox;
  readonly sources: Sources;
  readonly calls: HostCalls;
  readonly requires: Requires;
  readonly timers: Timers;
  readonly operations: Operations;
  /** The execution that causes what happens now. */
  readonly owner: string;
}

/** Serves the guest's calls, each at once or by the main thread. A guest without memory for an answer is stopped. */
export class HostFunctions {
  constructor(private readonly guest: CallingGuest) {}

  /** @param args the contract's, see `HostOperations` */
  dispatch(operation: HostOperation, args: readonly Borrowed[]): Handle | undefined {
    const [first, second, third] = args;
    if (first === undefined) return undefined;
    switch (operation) {
      case 'console':
        this.#print(this.guest.engine.string(first));
        return undefined;
      case 'timer':
        if (second === undefined || third === undefined) return undefined;
        this.guest.timers.arm(
          this.guest.engine.number(first),
          this.guest.engine.number(second),
          this.guest.engine.string(third),
        );
        return undefined;
      case 'clear':
        this.guest.timers.forget([this.guest.engine.number(first)]);
        return undefined;
      case 'promise':
        return this.#promise(first);
      case 'require':
      case 'locate':
      case 'compile':
      case 'evaluate':
        return this.#module(operation, args);
      case 'call':
        return second && this.#call(first, second, args.slice(2));
      case 'start':
        this.#start(args);
        return undefined;
      case 'cancel':
        this.guest.operations.forget([this.guest.engine.number(first)]);
        return undefined;
      case 'display':
        return second && this.#display(first, second, args.slice(2));
      case 'compute':
        return second && this.#compute(first, second, third);
    }
  }

  #print(json: string): void {
    const payload = consolePayload(JSON.parse(json) as ConsoleMessage, this.guest.sources.resolve);
    this.guest.outbox.add(this.guest.owner, { type: 'console', payload });
  }

  /** Serves `require`; a guest without memory for the answer is stopped. */
  #module(operation: ModuleOperation, args: readonly Borrowed[]): Handle | undefined {
    try {
      return this.guest.requires.serve(operation, args);
    } catch (error) {
      if (!(error instanceof GuestMemoryFull)) throw error;
      this.guest.watch.stop('memory');
      return undefined;
    }
  }

  /** Computes something at once, unless the guest is to stop; one without memory for it is stopped. */
  #compute(task: Borrowed, input: Borrowed, bytes: Borrowed | undefined): Handle | undefined {
    if (this.guest.watch.isStopRequested()) return undefined;
    try {
      return compute(this.guest.engine, task, input, bytes);
    } catch (error) {
      if (!(error instanceof GuestMemoryFull)) throw error;
      this.guest.watch.stop('memory');
      return undefined;
    }
  }

  /** Shows something. @returns why it is refused, as JSON */
  #display(json: Borrowed, node: Borrowed, buffers: readonly Borrowed[]): Handle | undefined {
    const { engine } = this.guest;
    try {
      const request = JSON.parse(engine.string(json)) as DisplayRequest;
      const shown = engine.string(node);
      const result = displayed(
        request,
        shown === '' ? undefined : (JSON.parse(shown) as Node),
        ([index, offset, length]) => {
          const buffer = buffers[index];
          return buffer && engine.bytes(buffer, offset, length);
        },
        this.guest.sources.inspectOptions,
      );
      if ('refusal' in result) return engine.newString(result.refusal);
      for (const event of result.events) this.guest.outbox.add(this.guest.owner, event);
    } catch (error) {
      if (!(error instanceof GuestMemoryFull)) throw error;
      this.guest.watch.stop('memory');
    }
    return undefined;
  }

  /** Has the host do something while the guest waits. */
  #call(operation: Borrowed, payload: Borrowed, data: readonly Borrowed[]): Handle | undefined {
    const { engine } = this.guest;
    const reply = this.guest.calls.call(
      engine.string(operation),
      JSON.parse(engine.string(payload)),
      this.#dataOf(data),
    );
    if (reply === undefined) return undefined;
    const { json, bytes } = this.answerOf(reply);
    try {
      return this.#newAnswer(json, bytes);
    } catch (error) {
      if (!(error instanceof GuestMemoryFull)) throw error;
      this.guest.watch.stop('memory');
      return undefined;
    }
  }

  #newAnswer(json: string, bytes: Uint8Array | undefined): Handle {
    const { engine } = this.guest;
    if (bytes === undefined) return engine.newString(json);
    const parts = [engine.newArrayBuffer(bytes)];
    try {
      parts.unshift(engine.newString(json));
      return engine.newArray(...parts);
    } finally {
      for (const part of parts) engine.free(part);
    }
  }

  /** Has the host do something while the guest goes on. */
  #start([id, owner, operation, payload, ...data]: readonly Borrowed[]): void {
    if (id === undefined || owner === undefined || operation === undefined || payload === undefined) return;
    const { engine } = this.guest;
    const call: HostCall = {
      id: engine.number(id),
      operation: engine.string(operation),
      payload: JSON.parse(engine.string(payload)),
      data: this.#dataOf(data),
    };
    this.guest.operations.start(call, engine.string(owner));
  }

  /** What travels beside a payload, see the contract's `HostOperations.call`. */
  #dataOf([data, offset, length]: readonly Borrowed[]): Uint8Array | undefined {
    const { engine } = this.guest;
    if (data === undefined || engine.isUndefined(data)) return undefined;
    if (offset === undefined || length === undefined || engine.isUndefined(offset))
      return Buffer.from(JSON.parse(engine.string(data)) as string);
    return engine.bytes(data, engine.number(offset), engine.number(length));
  }

  /** An answer as the kernel takes it. A refusal for want of a capability is an event, too. */
  answerOf(reply: HostReply): { json: string; bytes: Uint8Array | undefined } {
    if (!reply.ok) {
      const { name, message, code } = reply.error;
      if (code === 'CAPABILITY_DENIED')
        this.guest.outbox.add(this.guest.owner, {
          type: 'system',
          payload: { level: 'warn', message, code },
        });
      const refusal: NativeReply = { ok: false, error: { name, message, code } };
      return { json: JSON.stringify(refusal), bytes: undefined };
    }
    const { value, data } = reply;
    const isText = data?.as === 'text';
    const answer: NativeReply = {
      ok: true,
      value: isText ? Buffer.from(data.bytes).toString('utf8') : value,
    };
    return { json: JSON.stringify(answer), bytes: isText ? undefined : data?.bytes };
  }

  #promise(value: Borrowed): Handle | undefined {
    const { engine } = this.guest;
    const state = engine.promiseState(value);
    if (state === undefined) return undefined;
    const name = engine.newString(state);
    const result = state === 'pending' ? undefined : engine.promiseResult(value);
    const pair = engine.newArray(name, result ?? engine.undefined);
    engine.free(name);
    if (result !== undefined) engine.free(result);
    return pair;
  }
}

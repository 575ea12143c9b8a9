import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { ControlBlock } from '../control-block.js';
import type { HostCall, HostReply } from '../messages.js';
import type { Waiting } from './outbox.js';

/** How a call ended; undefined when the guest was stopped while it waited. */
export type CallResult = HostReply | undefined;

/** Calls that guest code waits for. The main thread serves them, as this thread makes no blocking system call. */
export class HostCalls {
  #lastCall = 0;

  /**
   * @param isStopRequested whether to wait no longer
   * @param waiting how to block the thread
   */
  constructor(
    private readonly port: MessagePort,
    private readonly control: ControlBlock,
    private readonly isStopRequested: () => boolean,
    private readonly waiting: Waiting,
  ) {}

  /**
   * @param payload anything that can be cloned
   * @param data travels beside it
   */
  call(operation: string, payload: unknown, data?: Uint8Array): CallResult {
    const id = ++this.#lastCall;
    const call: HostCall = { id, operation, payload, data };
    this.port.postMessage(call);
    this.waiting(() => this.control.waitUntil(() => this.control.replied === id || this.isStopRequested()));
    return this.#reply(id);
  }

  /** Replies to calls that were given up may still lie before it. */
  #reply(id: number): CallResult {
    for (;;) {
      const received = receiveMessageOnPort(this.port) as { message: HostReply } | undefined;
      if (received === undefined || received.message.id === id) return received?.message;
    }
  }
}

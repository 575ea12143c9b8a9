/** Operations: what a session's guest has started, and goes on meanwhile. */
import type { HostCall, HostReply } from '../messages.js';
import type { RuntimeLog } from '../runtime-log.js';
import { answer, type HostServices, post } from './host-services.js';

/**
 * How many of a session's operations are served at once; the rest wait for their turn. A place is free again when the
 * session's thread has taken the answer, so that a busy guest does not pile up answers here.
 */
const maxServed = 16;

/** Serves the operations of one session. */
export class OperationServer {
  readonly #waiting = new Map<number, HostCall>();
  readonly #served = new Map<number, AbortController>();

  /** @param send hands an answer to the session's thread, with the buffers to move */
  constructor(
    private readonly services: HostServices,
    private readonly send: (reply: HostReply, transfer: readonly ArrayBuffer[]) => void,
    private readonly log: RuntimeLog,
  ) {}

  start(call: HostCall): void {
    this.#waiting.set(call.id, call);
    this.#serveNext();
  }

  /** Nobody waits for these any more: what is under way is ended. */
  over(ids: readonly number[]): void {
    for (const id of ids) {
      this.#waiting.delete(id);
      this.#served.get(id)?.abort();
      this.#served.delete(id);
    }
    this.#serveNext();
  }

  /** Ends all. */
  dispose(): void {
    this.#waiting.clear();
    this.over([...this.#served.keys()]);
  }

  #serveNext(): void {
    for (const [id, call] of this.#waiting) {
      if (this.#served.size >= maxServed) return;
      this.#waiting.delete(id);
      void this.#serve(call);
    }
  }

  async #serve(call: HostCall): Promise<void> {
    const controller = new AbortController();
    this.#served.set(call.id, controller);
    const reply = await answer(call, this.services, controller.signal, this.log);
    if (!controller.signal.aborted) post(reply, this.send);
  }
}

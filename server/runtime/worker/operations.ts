/** The thread's side of operations: what the main thread does for guest code that goes on meanwhile. */
import type { FromWorker, HostCall, HostCallError, HostReply } from '../messages.js';

/** What a session's operations may have on their way to the main thread, in bytes. */
const maxBytesOnTheWay = 64 * 1024 * 1024;

interface Operation {
  readonly owner: string;
  readonly bytes: number;
}

/** Which execution owns each operation. Promises, and a table that outlives this thread, are in the guest. */
export class Operations {
  readonly #operations = new Map<number, Operation>();
  #bytes = 0;

  /**
   * @param post how to tell the main thread
   * @param onSettled called with an answer, in a turn of the event loop of its own; the operation is forgotten by then
   */
  constructor(
    private readonly post: (message: FromWorker) => void,
    private readonly onSettled: (owner: string, reply: HostReply) => void,
  ) {}

  get size(): number {
    return this.#operations.size;
  }

  start(call: HostCall, owner: string): void {
    const bytes = call.data?.length ?? 0;
    this.#operations.set(call.id, { owner, bytes });
    this.#bytes += bytes;
    if (this.#bytes <= maxBytesOnTheWay) {
      this.post({ type: 'operation', call });
      return;
    }
    const message = `Operations with more than ${maxBytesOnTheWay / 1024 / 1024} MB are under way; await some first`;
    setImmediate(() =>
      this.settle({ id: call.id, ok: false, error: { name: 'Error', message, code: 'EBUSY' } }),
    );
  }

  /** Has an operation of the guest's table end in a turn of its own, without the main thread. */
  fail(id: number, owner: string, error: HostCallError): void {
    this.#operations.set(id, { owner, bytes: 0 });
    setImmediate(() => this.settle({ id, ok: false, error }));
  }

  /** Hands an answer on, unless nobody waits for it any more. */
  settle(reply: HostReply): void {
    const operation = this.#operations.get(reply.id);
    if (operation === undefined) return;
    this.forget([reply.id]);
    this.onSettled(operation.owner, reply);
  }

  /** Ends operations, or says that their answers have come. */
  forget(ids: readonly number[]): void {
    if (ids.length === 0) return;
    for (const id of ids) {
      this.#bytes -= this.#operations.get(id)?.bytes ?? 0;
      this.#operations.delete(id);
    }
    this.post({ type: 'operationsOver', ids });
  }
}

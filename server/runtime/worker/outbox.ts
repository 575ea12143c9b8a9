import type { MessagePort } from 'node:worker_threads';
import type { EventBody } from '../../../shared/models.js';
import type { ControlBlock } from '../control-block.js';
import type { EventTail } from '../event-tail.js';
import type { FromWorker } from '../messages.js';

/** A batch is posted when it has this many events or bytes, or when its first event is this old. */
const batchEvents = 256;
const batchBytes = 64 * 1024;
const batchMs = 16;
/** Batches that may be on their way to the disk before the guest is held back. */
const maxUnacknowledged = 16;

/** Suspends the clock of a run while `wait` blocks the thread. */
export type Waiting = (wait: () => void) => void;

/** Events on their way to the main thread: in order, in batches, and never more than it can take. */
export class Outbox {
  #owner = '';
  #events: string[] = [];
  #bytes = 0;
  #batch = 1;
  #firstAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param isStopRequested whether to hold the running guest back no longer
   * @param waiting how to block the thread
   */
  constructor(
    private readonly port: MessagePort,
    private readonly control: ControlBlock,
    private readonly tail: EventTail,
    private readonly isStopRequested: () => boolean,
    private readonly waiting: Waiting,
  ) {}

  /** @param owner the execution that caused it */
  add(owner: string, event: EventBody): void {
    const json = JSON.stringify(event);
    if (owner !== this.#owner || this.#bytes + json.length > batchBytes) this.flush();
    this.#owner = owner;
    if (this.#events.push(json) === 1) this.#begin();
    this.#bytes += json.length;
    const mirrored = this.tail.append(this.#batch, owner, json);
    if (!mirrored || this.#events.length >= batchEvents || this.#bytes >= batchBytes) this.flush();
  }

  /** Posts a batch that is old enough; called from the middle of busy guest code, where no timer fires. */
  poll(): void {
    if (this.#events.length > 0 && performance.now() - this.#firstAt >= batchMs) this.flush();
  }

  /** Posts what there is. */
  flush(): void {
    if (this.#events.length === 0) return;
    const message: FromWorker = {
      type: 'events',
      batch: this.#batch,
      executionId: this.#owner,
      json: `[${this.#events.join(',')}]`,
    };
    this.port.postMessage(message);
    clearTimeout(this.#timer);
    this.#events = [];
    this.#bytes = 0;
    this.#batch++;
    this.#holdBack();
  }

  #begin(): void {
    this.#firstAt = performance.now();
    this.#timer = setTimeout(() => this.flush(), batchMs);
  }

  #holdBack(): void {
    const mayGoOn = () =>
      this.#batch - 1 - this.control.acknowledged <= maxUnacknowledged || this.isStopRequested();
    if (!mayGoOn()) this.waiting(() => this.control.waitUntil(mayGoOn));
  }
}

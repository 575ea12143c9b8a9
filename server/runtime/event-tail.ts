/**
 * The events that a session's thread has not posted yet, mirrored in shared memory. A thread that has to be killed
 * inside native code can post nothing more; the main thread takes what it still held from here, so no output is lost.
 *
 * Layout: one word with the batch number, one with the length in bytes, then `executionId\nevent,event,…,` in UTF-8.
 */
const headerBytes = 8;
const capacityBytes = 96 * 1024;

/** A batch of events of one execution, as JSON text of an array. */
export interface EventBatch {
  /** Numbers a thread's batches from 1. */
  readonly batch: number;
  readonly executionId: string;
  readonly json: string;
}

export class EventTail {
  readonly #header: Int32Array;
  readonly #bytes: Buffer;

  /** @param buffer shared with the other side; a new one by default */
  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(headerBytes + capacityBytes)) {
    this.#header = new Int32Array(buffer, 0, 2);
    this.#bytes = Buffer.from(buffer, headerBytes);
  }

  /**
   * Adds an event to a batch, whose first one it may be.
   *
   * @returns false when there is no room, and the batch must be posted now
   */
  append(batch: number, executionId: string, eventJson: string): boolean {
    const used = this.#header[0] === batch ? Atomics.load(this.#header, 1) : 0;
    const text = used === 0 ? `${executionId}\n${eventJson},` : `${eventJson},`;
    // A UTF-16 unit takes at most three bytes.
    if (text.length * 3 > capacityBytes - used) return false;
    const length = used + this.#bytes.write(text, used);
    if (used === 0) {
      Atomics.store(this.#header, 1, 0);
      Atomics.store(this.#header, 0, batch);
    }
    Atomics.store(this.#header, 1, length);
    return true;
  }

  /** What a thread that is gone had not posted. @param lastBatch number of the last batch that came by message */
  remainder(lastBatch: number): EventBatch | undefined {
    const batch = Atomics.load(this.#header, 0);
    const length = Atomics.load(this.#header, 1);
    if (batch <= lastBatch || length === 0) return undefined;
    const text = this.#bytes.toString('utf8', 0, length);
    const head = text.indexOf('\n');
    return { batch, executionId: text.slice(0, head), json: `[${text.slice(head + 1, -1)}]` };
  }
}

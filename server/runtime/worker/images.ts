/** When the guest's state is copied: while nothing runs, after every execution and whenever it is asked for. */
import type { Guest } from './guest.js';

/** With more than this in use, in bytes, the copy waits until the session has been idle for a while; */
const largeHeapBytes = 8 * 1024 * 1024;
const idleMs = 250;
/** but no longer than this: a session whose timers never rest would lose all that they did. */
const longestMs = 2000;
/** Smaller heaps are not worth a look at what of them is garbage. */
const tidyBytes = 4 * 1024 * 1024;
/** Garbage is looked for when the heap is this much larger than it was after the last time. */
const growth = 1.3;

export class Images {
  /** Guest code ran since the last image. */
  #isStale = true;
  #executionId: string | undefined;
  #memoryBytes = 0;
  /** No guest code ran since that was measured. */
  #isMeasured = false;
  #timer: NodeJS.Timeout | undefined;
  /** When the image that waits is taken at the latest, by `performance.now()`. */
  #deadline: number | undefined;
  /** How much was in use when cycles were last collected for an image. */
  #collectedBytes = 0;

  constructor(private readonly guest: Guest) {}

  /** In use on the heap, as it was last measured. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** Guest code got the thread. */
  touched(): void {
    this.#isStale = true;
    this.#isMeasured = false;
  }

  /** A run is about to begin, and must find an image to be rolled back to. */
  beforeRun(): void {
    if (this.#isStale) this.#take();
    else this.#cancel();
  }

  /** @param memoryBytes in use on the heap */
  afterRun(executionId: string, memoryBytes: number): void {
    this.#executionId = executionId;
    this.#measured(memoryBytes);
    if (memoryBytes < largeHeapBytes) this.#take();
    else this.#takeWhenIdle();
  }

  /** A background entry has ended. */
  afterEntry(): void {
    this.#takeWhenIdle();
  }

  /** Posts the present state, or that it is known. */
  request(): void {
    if (this.#isStale) this.#take();
    else this.guest.post({ type: 'imageIsCurrent' });
  }

  /** The guest goes on from an image, which is still right. */
  restored(executionId: string | undefined, memoryBytes: number): void {
    this.#isStale = false;
    this.#executionId = executionId;
    this.#measured(memoryBytes);
  }

  #takeWhenIdle(): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    this.#deadline ??= now + longestMs;
    const delayMs = Math.max(0, Math.min(idleMs, this.#deadline - now));
    this.#timer = setTimeout(() => {
      if (this.#isStale) this.#take();
      else this.#cancel();
    }, delayMs);
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    this.#deadline = undefined;
  }

  #take(): void {
    this.#cancel();
    this.#tidy();
    this.#isStale = false;
    const image = this.guest.image(this.#memoryBytes);
    this.guest.post({ type: 'image', image, executionId: this.#executionId });
  }

  /** Garbage makes an image large, so it is collected where there may be a lot of it. */
  #tidy(): void {
    const { engine } = this.guest;
    if (!this.#isMeasured) this.#measured(engine.liveBytes());
    if (this.#memoryBytes < tidyBytes || this.#memoryBytes < this.#collectedBytes * growth) return;
    engine.collect();
    this.#measured(engine.liveBytes());
    this.#collectedBytes = this.#memoryBytes;
  }

  #measured(memoryBytes: number): void {
    this.#memoryBytes = memoryBytes;
    this.#isMeasured = true;
  }
}

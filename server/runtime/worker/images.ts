/** When the guest's state is copied: while nothing runs, after every execution and whenever it is asked for. */
import type { Guest } from './guest.js';

/** With more than this in use, in bytes, the copy waits until the session has been idle for a while. */
const largeHeapBytes = 8 * 1024 * 1024;
const idleMs = 250;
/** Smaller heaps are not worth a look at what of them is garbage. */
const tidyBytes = 4 * 1024 * 1024;

export class Images {
  /** Guest code ran since the last image. */
  #isStale = true;
  #executionId: string | undefined;
  #memoryBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  /** How large the image was when cycles were last collected for it. */
  #collectedBytes = 0;

  constructor(private readonly guest: Guest) {}

  /** In use on the heap after the last execution. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** Guest code got the thread. */
  touched(): void {
    this.#isStale = true;
  }

  /** A run is about to begin, and must find an image to be rolled back to. */
  beforeRun(): void {
    clearTimeout(this.#timer);
    if (this.#isStale) this.#take();
  }

  /** @param memoryBytes in use on the heap */
  afterRun(executionId: string, memoryBytes: number): void {
    this.#executionId = executionId;
    this.#memoryBytes = memoryBytes;
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
    this.#memoryBytes = memoryBytes;
  }

  #takeWhenIdle(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#isStale) this.#take();
    }, idleMs);
  }

  #take(): void {
    clearTimeout(this.#timer);
    this.#isStale = false;
    const { guest } = this;
    guest.post({ type: 'image', image: this.#tidyImage(), executionId: this.#executionId });
  }

  /** Garbage makes an image large, so it is collected where there may be a lot of it. */
  #tidyImage() {
    const { engine } = this.guest;
    const image = this.guest.image(this.#memoryBytes);
    const { length } = image.pages;
    if (length < tidyBytes || length < this.#collectedBytes * 1.3) return image;
    engine.collect();
    this.#memoryBytes = engine.liveBytes();
    const tidied = this.guest.image(this.#memoryBytes);
    this.#collectedBytes = tidied.pages.length;
    return tidied;
  }
}

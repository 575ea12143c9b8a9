/** What has been handed to a stream and not yet taken by the client: how much, and for how long without progress. */

export interface OutboxLimits {
  /** Above this many unsent bytes the client counts as not reading. */
  readonly congestedBytes: number;
  /** How long a client that does not read may take nothing at all, in milliseconds. */
  readonly stallMs: number;
}

/** From the protocol: a client 8 MB behind is told of gaps, one that then reads nothing for 30 s is dropped. */
export const defaultOutboxLimits: OutboxLimits = { congestedBytes: 8 * 1024 * 1024, stallMs: 30_000 };

/** Counts unsent bytes. The transport that owns it says what it wrote and what went out. */
export class Outbox {
  readonly #drained = new Set<() => void>();
  readonly #emptied = new Set<() => void>();
  #unsent = 0;
  #stall: NodeJS.Timeout | undefined;

  /** @param onStall called once when a client that does not read took nothing for `stallMs` */
  constructor(
    private readonly limits: OutboxLimits,
    private readonly onStall: () => void,
  ) {}

  get congested(): boolean {
    return this.#unsent > this.limits.congestedBytes;
  }

  onDrain(listener: () => void): void {
    this.#drained.add(listener);
  }

  /** Bytes were handed to the stream. */
  wrote(bytes: number): void {
    this.#unsent += bytes;
    if (this.congested) this.#stall ??= this.#startStall();
  }

  /** The stream passed them on. */
  sent(bytes: number): void {
    const before = this.#unsent;
    this.#unsent -= bytes;
    clearTimeout(this.#stall);
    this.#stall = this.congested ? this.#startStall() : undefined;
    const limit = this.limits.congestedBytes;
    if (before > limit && this.#unsent <= limit) this.#drained.forEach((listener) => listener());
    if (this.#unsent === 0) this.#emptied.forEach((listener) => listener());
  }

  /** Resolves when nothing is unsent, or after `deadlineMs` all the same. */
  async emptied(deadlineMs: number): Promise<void> {
    if (this.#unsent === 0) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#emptied.delete(done);
        resolve();
      };
      const timer = setTimeout(done, deadlineMs);
      this.#emptied.add(done);
    });
  }

  dispose(): void {
    clearTimeout(this.#stall);
    this.#drained.clear();
  }

  #startStall(): NodeJS.Timeout {
    return setTimeout(this.onStall, this.limits.stallMs).unref();
  }
}

import type { Store } from './ports.js';

/**
 * How long rows and events wait for company before they are committed, in milliseconds: what ends within it costs one
 * commit in all.
 */
const batchWindowMs = 25;

/** Something that has rows to commit. */
export interface Batch {
  /** Writes them, inside a transaction. */
  write(): void;
  /** They are durable. */
  committed(): void;
  /** Commits them alone, and deals with a failure. Never throws. */
  flush(): void;
}

/** Commits what waits, all of it in one transaction: many busy sessions cost no more of them than one. */
export class BatchCommits {
  readonly #waiting = new Set<Batch>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly store: Store) {}

  /** Commits the batch within the window, unless it is committed or forgotten before. */
  schedule(batch: Batch): void {
    this.#waiting.add(batch);
    this.#timer ??= setTimeout(() => this.#commit(), batchWindowMs);
  }

  /** The batch is seen to otherwise. */
  forget(batch: Batch): void {
    this.#waiting.delete(batch);
    if (this.#waiting.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #commit(): void {
    this.#timer = undefined;
    const batches = [...this.#waiting];
    this.#waiting.clear();
    try {
      this.store.transaction(() => batches.forEach((batch) => batch.write()));
    } catch {
      // One of them may be why: each is tried alone and tells of its own failure.
      batches.forEach((batch) => batch.flush());
      return;
    }
    batches.forEach((batch) => batch.committed());
  }
}

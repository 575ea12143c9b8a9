/** How often the watchdog looks, in milliseconds. */
const tickMs = 10;

/** Something that may run for too long. */
export interface Watchable {
  /**
   * Looks once.
   *
   * @param now by `performance.now()`
   * @param observedMs how much of the time since the last look counts as time in which a thread could answer: when the
   *   main thread comes late, answers may lie unread, or the machine is too busy for anybody to answer
   * @returns false when there is nothing to look after any more
   */
  check(now: number, observedMs: number): boolean;
}

/**
 * Looks after everything that runs, from the main thread, so that no guest can keep it from looking. One timer for
 * all sessions, and none while nothing runs.
 */
export class Watchdog {
  readonly #watched = new Set<Watchable>();
  #timer: NodeJS.Timeout | undefined;
  #lastTick = 0;

  /** Looks after it until it has nothing to be looked after. */
  watch(watchable: Watchable): void {
    this.#watched.add(watchable);
    if (this.#timer !== undefined) return;
    this.#lastTick = performance.now();
    this.#timer = setInterval(() => this.#tick(), tickMs);
  }

  unwatch(watchable: Watchable): void {
    this.#watched.delete(watchable);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const now = performance.now();
    const observedMs = Math.min(now - this.#lastTick, tickMs);
    this.#lastTick = now;
    for (const watchable of this.#watched) {
      if (!watchable.check(now, observedMs)) this.unwatch(watchable);
    }
  }
}

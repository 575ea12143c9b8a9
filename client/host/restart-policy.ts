/** How often a host that ends by itself is started again before a person is asked: as language clients do it. */
export const defaultRestartLimit = { restarts: 4, withinMs: 3 * 60_000 } as const;

export class RestartPolicy {
  #restarts: number[] = [];

  constructor(
    private readonly limit: Readonly<{ restarts: number; withinMs: number }> = defaultRestartLimit,
  ) {}

  /**
   * Asks for one more automatic restart, and counts it when it is allowed.
   *
   * @param now milliseconds on any clock that goes forward
   */
  admits(now: number): boolean {
    const { restarts, withinMs } = this.limit;
    this.#restarts = this.#restarts.filter((at) => now - at < withinMs);
    if (this.#restarts.length >= restarts) return false;
    this.#restarts.push(now);
    return true;
  }

  /** A person asked for a restart: what happened before does not count any more. */
  reset(): void {
    this.#restarts = [];
  }
}

/** Gives turns: work on one thing happens in the order it was asked for, work on different things side by side. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /**
   * @param key what the work is on
   * @returns what `work` returns, which begins when every earlier turn for this key is over, however it ended
   */
  take<T>(key: string, work: () => T | Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.#last.set(key, turn);
    const forget = () => {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    };
    turn.then(forget, forget);
    return turn;
  }

  /** Waits until all turns that were asked for so far are over. Never rejects. */
  async over(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }
}

/** The host's side of guest timers: when each is due, and which execution armed it. Callbacks stay in the guest. */
interface Timer {
  readonly owner: string;
  readonly handle: NodeJS.Timeout;
}

export class Timers {
  readonly #timers = new Map<number, Timer>();

  /** @param onDue called when a timer is due; it is forgotten by then */
  constructor(private readonly onDue: (id: number, owner: string) => void) {}

  get size(): number {
    return this.#timers.size;
  }

  arm(id: number, delayMs: number, owner: string): void {
    this.forget([id]);
    const handle = setTimeout(() => {
      this.#timers.delete(id);
      this.onDue(id, owner);
    }, delayMs);
    this.#timers.set(id, { owner, handle });
  }

  forget(ids: readonly number[]): void {
    for (const id of ids) {
      clearTimeout(this.#timers.get(id)?.handle);
      this.#timers.delete(id);
    }
  }
}

/** Row changes on their way to one client: merged per row to a rate, except those that somebody waits for. */

export interface MergerOptions {
  /** The least time between two sendings of a row in the same state, in milliseconds. */
  readonly intervalMs: number;
  /** While it is true, rows in a known state wait. */
  readonly congested: () => boolean;
}

/** From the protocol: ten a second for each row. */
export const defaultRowIntervalMs = 100;

interface Row {
  state: string;
  sentAt: number;
  /** Sends the latest version, which waits. */
  pending: (() => void) | undefined;
  timer: NodeJS.Timeout | undefined;
}

export class RowMerger {
  readonly #rows = new Map<string, Row>();

  constructor(private readonly options: MergerOptions) {}

  /**
   * Takes a new version of a row. The first one and one in a new state go at once; others replace each other until
   * their time comes.
   *
   * @param key of the row
   * @param state what a client waits for a change of: a status
   * @param send sends this version
   */
  offer(key: string, state: string, send: () => void): void {
    const row = this.#rows.get(key);
    if (row === undefined) {
      this.#rows.set(key, { state, sentAt: performance.now(), pending: undefined, timer: undefined });
      send();
      return;
    }
    row.pending = send;
    if (row.state !== state) {
      row.state = state;
      sendNow(row);
    } else {
      this.#schedule(row);
    }
  }

  /** Sends the version of a row that waits, if one does. */
  flush(key: string): void {
    const row = this.#rows.get(key);
    if (row !== undefined) sendNow(row);
  }

  /** Sends the last version of a row at once and forgets the row. */
  last(key: string, send: () => void): void {
    clearTimeout(this.#rows.get(key)?.timer);
    this.#rows.delete(key);
    send();
  }

  /** A congestion is over: sends every version that waits past its time. */
  resume(): void {
    for (const row of this.#rows.values()) {
      if (row.pending !== undefined) this.#schedule(row);
    }
  }

  dispose(): void {
    for (const row of this.#rows.values()) clearTimeout(row.timer);
    this.#rows.clear();
  }

  #schedule(row: Row): void {
    if (row.timer !== undefined) return;
    const wait = row.sentAt + this.options.intervalMs - performance.now();
    if (wait > 0) {
      row.timer = setTimeout(() => {
        row.timer = undefined;
        this.#schedule(row);
      }, wait);
    } else if (!this.options.congested()) {
      sendNow(row);
    }
  }
}

function sendNow(row: Row): void {
  clearTimeout(row.timer);
  const { pending } = row;
  Object.assign(row, { pending: undefined, timer: undefined });
  if (pending === undefined) return;
  row.sentAt = performance.now();
  pending();
}

/** A list that is read from the host in pages, newest first, and kept fresh by what the host tells. */

export interface RowPage<Row> {
  readonly items: readonly Row[];
  readonly nextCursor?: string | undefined;
}

export interface RowSource<Row> {
  /** Reads the page after a cursor, or the first one. */
  readonly read: (cursor: string | undefined) => Promise<RowPage<Row>>;
  /** What the list is ordered by: the later, the nearer to the top. */
  readonly time: (row: Row) => string;
}

export class Rows<Row extends { readonly id: string }> {
  #rows: Row[] = [];
  #nextCursor: string | undefined;
  #reading: Promise<void> | undefined;
  #isRead = false;
  /** Counts resets: what was asked for before one is not wanted after it. */
  #generation = 0;

  constructor(private readonly source: RowSource<Row>) {}

  /** Those that were read or told of; reads the first page when nothing was read yet. */
  async all(): Promise<readonly Row[]> {
    while (!this.#isRead) await this.more();
    return this.#rows;
  }

  get hasMore(): boolean {
    return this.#nextCursor !== undefined;
  }

  /** Reads one more page; calls at the same time share it. */
  more(): Promise<void> {
    if (this.#reading !== undefined) return this.#reading;
    const reading = this.#read().finally(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
    this.#reading = reading;
    return reading;
  }

  /** Drops all; the next question reads anew. */
  reset(): void {
    this.#generation++;
    this.#rows = [];
    this.#nextCursor = undefined;
    this.#isRead = false;
    this.#reading = undefined;
  }

  /**
   * Takes a row as it is now.
   *
   * @returns what became of it: `moved` is new here or has another place; `ignored` is beyond what was read
   */
  put(row: Row): 'changed' | 'moved' | 'ignored' {
    const at = this.#rows.findIndex(({ id }) => id === row.id);
    const before = this.#rows[at];
    if (before !== undefined && this.source.time(before) === this.source.time(row)) {
      this.#rows[at] = row;
      return 'changed';
    }
    if (before !== undefined) this.#rows.splice(at, 1);
    const place = this.#rows.findIndex((other) => this.source.time(other) <= this.source.time(row));
    if (place < 0 && (this.hasMore || !this.#isRead)) return before === undefined ? 'ignored' : 'moved';
    this.#rows.splice(place < 0 ? this.#rows.length : place, 0, row);
    return 'moved';
  }

  /** @returns whether it was there */
  remove(id: string): boolean {
    const at = this.#rows.findIndex((row) => row.id === id);
    if (at >= 0) this.#rows.splice(at, 1);
    return at >= 0;
  }

  async #read(): Promise<void> {
    const generation = this.#generation;
    const page = await this.source.read(this.#nextCursor);
    if (generation !== this.#generation) return;
    const known = new Set(this.#rows.map(({ id }) => id));
    this.#rows.push(...page.items.filter(({ id }) => !known.has(id)));
    this.#nextCursor = page.nextCursor;
    this.#isRead = true;
  }
}

/** A list below a row that is read from its start whenever it may have changed, as far as it was shown. */

const pageSize = 50;

/** How the host answers a question for a page. */
export interface PageAnswer<Item> {
  readonly items: readonly Item[];
  readonly nextCursor?: string | undefined;
}

export interface PageQuestion {
  readonly limit: number;
  readonly cursor?: string;
}

/** What is shown of a list. */
export interface Shown<Item> {
  readonly items: readonly Item[];
  readonly hasMore: boolean;
}

export class PagedList<Item> {
  #reading: Promise<Shown<Item>> | undefined;
  #wanted = pageSize;

  constructor(private readonly ask: (question: PageQuestion) => Promise<PageAnswer<Item>>) {}

  /** Reads it, unless nothing is known to have changed since. @throws what the host refuses it with; the next question tries again */
  shown(): Promise<Shown<Item>> {
    if (this.#reading !== undefined) return this.#reading;
    const reading = this.#read();
    this.#reading = reading;
    reading.catch(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
    return reading;
  }

  /** The next question reads it anew. */
  drop(): void {
    this.#reading = undefined;
  }

  /** The next question reads a page more. */
  showMore(): void {
    this.#wanted += pageSize;
    this.drop();
  }

  async #read(): Promise<Shown<Item>> {
    const items: Item[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.ask({ limit: pageSize, ...(cursor !== undefined && { cursor }) });
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== undefined && items.length < this.#wanted);
    return { items, hasMore: cursor !== undefined };
  }
}

/** The events of an execution whose row is open: as many as were asked for, and those that come meanwhile. */
import type { ExecutionEvent } from '../../shared/models.js';
import type { EventNode, ExecutionNode, MoreNode, Node } from './nodes.js';

const pageSize = 200;

export class EventPages {
  readonly #nodes: EventNode[] = [];
  /** How many are shown at most. */
  #wanted = pageSize;
  /** The last seq that is known to exist. */
  #known = 0;
  readonly #more: MoreNode;

  /** @param changed draws the execution's row again */
  constructor(
    private readonly parent: ExecutionNode,
    changed: () => void,
  ) {
    this.#more = {
      kind: 'more',
      id: `${parent.id} more`,
      host: parent.host,
      parent,
      load: () => {
        this.#wanted += pageSize;
        changed();
        return Promise.resolve();
      },
    };
  }

  async nodes(): Promise<Node[]> {
    await this.#read();
    const shown: Node[] = this.#nodes.slice(0, this.#wanted);
    return this.#known > shown.length ? [...shown, this.#more] : shown;
  }

  /**
   * Takes events that have just happened.
   *
   * @returns whether they change what is shown
   */
  put(events: readonly ExecutionEvent[]): boolean {
    const hadMore = this.#known > this.#wanted;
    this.#known = Math.max(this.#known, events.at(-1)?.seq ?? 0);
    this.#append(events);
    return !hadMore;
  }

  async #read(): Promise<void> {
    const executionId = this.parent.row.id;
    while (this.#nodes.length < this.#wanted) {
      const afterSeq = this.#nodes.length;
      const page = await this.parent.host.request('listEvents', { executionId, afterSeq, limit: pageSize });
      this.#known = Math.max(this.#known, page.lastSeq);
      this.#append(page.items);
      if (!page.more) return;
    }
  }

  /** Seqs have no gap, so the number of nodes is the last seq that has one. */
  #append(events: readonly ExecutionEvent[]): void {
    for (const event of events) {
      if (this.#nodes.length >= this.#wanted) return;
      if (event.seq !== this.#nodes.length + 1) continue;
      const { parent } = this;
      this.#nodes.push({ kind: 'event', id: `${parent.id} ${event.seq}`, host: parent.host, parent, event });
    }
  }
}

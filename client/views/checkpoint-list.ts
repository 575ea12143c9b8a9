/** The kept states of a session whose row is open, each with the execution that it is the state after. */
import type { Checkpoint, Execution } from '../../shared/models.js';
import type { CheckpointNode, CheckpointsNode, Node } from './nodes.js';
import { moreNode, noteNode } from './part-nodes.js';
import { PagedList } from './paged-list.js';

/** How many executions are asked for at once, to know what states are after. */
const maxExecutions = 200;

/** How many executions are remembered. */
const maxKnown = 1000;

export class CheckpointList {
  readonly #states: PagedList<Checkpoint>;
  readonly #executions = new Map<string, Execution>();
  /** Those that are not among the session's last executions, so that they are not asked for again. */
  readonly #unknown = new Set<string>();

  /** @param changed called when more is to be shown */
  constructor(
    private readonly parent: CheckpointsNode,
    private readonly changed: () => void,
  ) {
    const sessionId = parent.parent.row.id;
    this.#states = new PagedList((question) =>
      parent.host.request('listCheckpoints', { sessionId, ...question }),
    );
  }

  /** The next question reads it anew. */
  drop(): void {
    this.#states.drop();
  }

  /** Takes an execution that has ended. */
  learn(execution: Execution): void {
    if (this.#executions.size >= maxKnown) this.#executions.clear();
    this.#executions.set(execution.id, execution);
  }

  /** @throws what the host refuses the question with */
  async nodes(): Promise<Node[]> {
    const { parent } = this;
    const { items, hasMore } = await this.#states.shown();
    if (items.length === 0) return [noteNode(parent, 'No state of this session is kept yet.')];
    await this.#learnOf(items);
    const { status } = parent.parent.row;
    const isLive = status === 'ready' || status === 'hibernated';
    const nodes: Node[] = items.map((row, index): CheckpointNode => ({
      kind: 'checkpoint',
      id: row.id,
      host: parent.host,
      parent,
      row,
      after: this.#executions.get(row.executionId ?? ''),
      isCurrent: isLive && index === 0,
    }));
    if (hasMore) nodes.push(moreNode(parent, () => this.#showMore()));
    return nodes;
  }

  #showMore(): void {
    this.#states.showMore();
    this.changed();
  }

  async #learnOf(states: readonly Checkpoint[]): Promise<void> {
    const missing = states.flatMap(({ executionId }) =>
      executionId === undefined || this.#executions.has(executionId) || this.#unknown.has(executionId)
        ? []
        : [executionId],
    );
    if (missing.length === 0) return;
    const { host, parent: session } = this.parent;
    const { items } = await host.request('listExecutions', {
      sessionId: session.row.id,
      limit: maxExecutions,
    });
    for (const execution of items) this.#executions.set(execution.id, execution);
    for (const id of missing) if (!this.#executions.has(id)) this.#unknown.add(id);
  }
}

/** The kept states of a session whose row is open, each with the execution that it is the state after. */
import type { Checkpoint, Execution } from '../../shared/models.js';
import type { CheckpointNode, CheckpointsNode, Node } from './nodes.js';
import { moreNode, noteNode } from './part-nodes.js';
import { PagedList, type Shown } from './paged-list.js';

/** How many executions are asked for at once, to know what states are after. */
const maxExecutions = 200;

/** How many executions are remembered. */
const maxKnown = 1000;

export interface ListListener {
  /** More is to be shown. */
  readonly changed: () => void;
  /** A state that was to be there is not: it may come later. */
  readonly late: () => void;
}

export class CheckpointList {
  readonly #states: PagedList<Checkpoint>;
  readonly #executions = new Map<string, Execution>();
  /** Those that are not among the session's last executions, so that they are not asked for again. */
  readonly #unknown = new Set<string>();

  /** The execution whose state is not among those that were read, if it should be. */
  #awaited: string | undefined;
  /** What was read last. */
  #read: Shown<Checkpoint> | undefined;

  /** @param listener what has to be drawn, or read, again */
  constructor(
    private readonly parent: CheckpointsNode,
    private readonly listener: ListListener,
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

  /** Takes an execution that has ended. Its state is taken and written a moment later. */
  learn(execution: Execution): void {
    if (this.#executions.size >= maxKnown) this.#executions.clear();
    this.#executions.set(execution.id, execution);
    // What timers did belongs to the state of the execution that set them.
    if (execution.kind !== 'background') this.#awaited = execution.id;
  }

  /** @throws what the host refuses the question with */
  async nodes(): Promise<Node[]> {
    const { parent } = this;
    const shown = await this.#states.shown();
    const { items, hasMore } = shown;
    if (shown !== this.#read) this.#lookForAwaited(items);
    this.#read = shown;
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
    this.listener.changed();
  }

  /** Some executions have no state, so it is looked for once more only. */
  #lookForAwaited(states: readonly Checkpoint[]): void {
    const awaited = this.#awaited;
    this.#awaited = undefined;
    if (awaited !== undefined && !states.some(({ executionId }) => executionId === awaited))
      this.listener.late();
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

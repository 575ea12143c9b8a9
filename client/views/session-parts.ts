/** What one session's row has below it: its kept states and its variables, read when they are opened. */
import type { Execution, Session } from '../../shared/models.js';
import { shortMessage } from '../errors.js';
import { CheckpointList } from './checkpoint-list.js';
import type { CheckpointsNode, Node, SessionNode, VariablesNode } from './nodes.js';
import { noteNode } from './part-nodes.js';
import { VariableList } from './variable-list.js';

/** What happens within this time is read together, in milliseconds. */
const defaultSettleMs = 1000;

export interface PartsOptions {
  /** Draws a row again with all that is below it; nothing is read of what nobody has opened. */
  readonly redraw: (node: Node) => void;
  readonly isTrusted: () => boolean;
  readonly settleMs?: number;
}

export class SessionParts {
  readonly checkpointsNode: CheckpointsNode;
  readonly variablesNode: VariablesNode;
  readonly #checkpoints: CheckpointList;
  readonly #variables: VariableList;
  #timer: NodeJS.Timeout | undefined;
  /** Somebody has looked since they were last drawn, */
  #isShown = false;
  /** or ever. */
  #wasShown = false;

  constructor(
    session: SessionNode,
    private readonly options: PartsOptions,
  ) {
    const { id, host } = session;
    this.checkpointsNode = { kind: 'checkpoints', id: `${id} checkpoints`, host, parent: session };
    this.variablesNode = { kind: 'variables', id: `${id} variables`, host, parent: session };
    this.#checkpoints = new CheckpointList(this.checkpointsNode, () => options.redraw(this.checkpointsNode));
    this.#variables = new VariableList(this.variablesNode, options.redraw, options.isTrusted);
  }

  get nodes(): Node[] {
    return [this.variablesNode, this.checkpointsNode];
  }

  /** What is below one of its rows; where that cannot be read, a row that says why. */
  async childrenOf(node: Node): Promise<Node[]> {
    if (node.kind !== 'checkpoints' && node.kind !== 'variables' && node.kind !== 'variable') return [];
    this.#isShown = true;
    this.#wasShown = true;
    try {
      return node.kind === 'checkpoints'
        ? await this.#checkpoints.nodes()
        : await this.#variables.nodes(node);
    } catch (error) {
      return [noteNode(node, shortMessage(error), 'error')];
    }
  }

  /** An execution of the session has ended. */
  executionEnded(execution: Execution): void {
    if (this.#wasShown) this.#checkpoints.learn(execution);
    if (this.#isShown) this.#readSoon();
  }

  /** The session's row changed. */
  sessionChanged(before: Session, now: Session): void {
    const isSame =
      before.status === now.status &&
      before.busy === now.busy &&
      before.runtimeMeta.checkpointAt === now.runtimeMeta.checkpointAt;
    if (isSame || !this.#isShown) return;
    // Falling asleep and waking are rare, and change all that is shown.
    if (before.status === now.status) this.#readSoon();
    else this.readAnew();
  }

  /** Reads what is open anew. */
  readAnew(): void {
    this.#isShown = false;
    this.#checkpoints.drop();
    this.#variables.drop();
    this.options.redraw(this.checkpointsNode);
    this.options.redraw(this.variablesNode);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #readSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#isShown) this.readAnew();
    }, this.options.settleMs ?? defaultSettleMs);
  }
}

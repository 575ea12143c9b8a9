/** What a session holds, below its row: its bindings, and what is inside them. No code of the session runs for it. */
import type { PathSegment, Variable } from '../../shared/protocol.js';
import { errorData } from '../errors.js';
import { commands } from '../ids.js';
import { PagedList, type Shown } from './paged-list.js';
import { moreNode, noteNode } from './part-nodes.js';
import type { Node, NoteNode, VariableNode, VariablesNode } from './nodes.js';

type Parent = VariablesNode | VariableNode;

/** What is shown below one row. */
interface Level {
  readonly list: PagedList<Variable>;
  /** As it was when the session was last at rest. */
  last?: Shown<Variable>;
}

/** How many levels are remembered as they were. */
const maxLevels = 200;

export class VariableList {
  readonly #levels = new Map<string, Level>();

  /**
   * @param section the row that has them below it
   * @param changed draws a row again
   * @param isTrusted whether code may run, which a session that sleeps wakes for
   */
  constructor(
    private readonly section: VariablesNode,
    private readonly changed: (node: Parent) => void,
    private readonly isTrusted: () => boolean,
  ) {}

  /** The next question reads it anew. */
  drop(): void {
    for (const { list } of this.#levels.values()) list.drop();
  }

  /**
   * What is below a row. A session that sleeps is left alone, and of one that runs it is what was last known.
   *
   * @throws what the host refuses the question with
   */
  async nodes(parent: Parent): Promise<Node[]> {
    const { row: session } = this.section.parent;
    const level = this.#level(parent);
    if (session.status !== 'ready') return [this.#whyNot(parent)];
    if (session.busy) return this.#whileBusy(parent, level);
    try {
      level.last = await level.list.shown();
    } catch (error) {
      // It began to run after it was last heard of.
      if (errorData(error)?.code !== 'SESSION_BUSY') throw error;
      return this.#whileBusy(parent, level);
    }
    if (level.last.items.length === 0) {
      return [
        noteNode(
          parent,
          parent === this.section ? 'Nothing was declared yet.' : 'Nothing is inside.',
          'info',
        ),
      ];
    }
    return this.#toNodes(parent, level.last);
  }

  #whileBusy(parent: Parent, { last }: Level): Node[] {
    if (last !== undefined && last.items.length > 0) return this.#toNodes(parent, last);
    return [noteNode(parent, 'Shown when the session has ended what it runs.', 'sync')];
  }

  #whyNot(parent: Parent): NoteNode {
    const { parent: session } = this.section;
    switch (session.row.status) {
      case 'hibernated':
        return this.isTrusted()
          ? noteNode(parent, 'The session is asleep. Choose this to wake it.', 'debug-start', {
              title: 'Wake Session',
              command: commands.wakeSession,
              argument: session,
            })
          : noteNode(parent, 'The session is asleep.', 'debug-pause');
      case 'starting':
        return noteNode(parent, 'The session is starting.', 'loading');
      default:
        return noteNode(parent, `The session is ${session.row.status} and holds nothing.`);
    }
  }

  #toNodes(parent: Parent, { items, hasMore }: Shown<Variable>): Node[] {
    const path = parent.kind === 'variable' ? parent.path : [];
    const nodes: Node[] = items.map((variable): VariableNode => {
      const own = [...path, variable.segment];
      const id = `${this.section.id} ${JSON.stringify(own)}`;
      return { kind: 'variable', id, host: parent.host, parent, path: own, variable };
    });
    if (hasMore) {
      nodes.push(
        moreNode(parent, () => {
          this.#level(parent).list.showMore();
          this.changed(parent);
        }),
      );
    }
    return nodes;
  }

  #level(parent: Parent): Level {
    const known = this.#levels.get(parent.id);
    if (known !== undefined) return known;
    if (this.#levels.size >= maxLevels) this.#levels.clear();
    const { host } = this.section;
    const sessionId = this.section.parent.row.id;
    const path: PathSegment[] = parent.kind === 'variable' ? [...parent.path] : [];
    const level: Level = {
      list: new PagedList((question) => host.request('listVariables', { sessionId, path, ...question })),
    };
    this.#levels.set(parent.id, level);
    return level;
  }
}

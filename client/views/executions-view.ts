import type { Execution, Session } from '../../shared/models.js';
import type { Host } from '../host/host.js';
import type { HostNews, Hosts } from '../host/hosts.js';
import { EventPages } from './event-pages.js';
import type { ExecutionNode, Node } from './nodes.js';
import { RowView } from './row-view.js';
import type { RowPage } from './rows.js';

/** Executions of all sessions, or of the one that was chosen, with their events below them. */
export class ExecutionsView extends RowView<ExecutionNode> {
  #session: Session | undefined;
  /** Of the executions that were opened. */
  readonly #events = new Map<string, EventPages>();

  constructor(hosts: Hosts) {
    super(hosts, () => false);
  }

  /** The session whose executions are shown; undefined for all. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** Shows the executions of one session only, or of all. */
  show(session: Session | undefined): void {
    this.#session = session;
    this.refresh();
  }

  override refresh(): void {
    this.#events.clear();
    super.refresh();
  }

  protected override read(host: Host, cursor: string | undefined): Promise<RowPage<Execution>> {
    const sessionId = this.#session?.id;
    return host.request('listExecutions', {
      ...(cursor !== undefined && { cursor }),
      ...(sessionId !== undefined && { sessionId }),
    });
  }

  protected override time({ startedAt }: Execution): string {
    return startedAt;
  }

  protected override create(host: Host, row: Execution): ExecutionNode {
    return { kind: 'execution', id: row.id, host, row };
  }

  protected override async childrenOf(node: Node): Promise<Node[]> {
    if (node.kind !== 'execution') return [];
    const pages = this.#events.get(node.id) ?? new EventPages(node, () => this.redraw(node));
    this.#events.set(node.id, pages);
    return pages.nodes();
  }

  protected override rowOf(news: HostNews): Execution | undefined {
    if (news.kind !== 'execution') return undefined;
    const isShown = this.#session === undefined || this.#session.id === news.row.sessionId;
    return isShown ? news.row : undefined;
  }

  protected override hear(news: HostNews): void {
    super.hear(news);
    if (news.kind !== 'events') return;
    const node = this.node(news.executionId);
    if (node !== undefined && this.#events.get(node.id)?.put(news.events)) this.redraw(node);
  }
}

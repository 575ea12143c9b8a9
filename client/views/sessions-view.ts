import type { Session } from '../../shared/models.js';
import type { Host } from '../host/host.js';
import type { HostNews, Hosts } from '../host/hosts.js';
import type { Node, SessionNode } from './nodes.js';
import { RowView } from './row-view.js';
import type { RowPage } from './rows.js';
import { SessionParts } from './session-parts.js';

/** Sessions, each with its variables and its kept states below it. */
export class SessionsView extends RowView<SessionNode> {
  /** Of the sessions that were opened; rows that are read anew have new ones. */
  readonly #parts = new Map<SessionNode, SessionParts>();

  /**
   * @param isCurrent whether a session is the one that its folder's files run in
   * @param isTrusted whether code may run
   */
  constructor(
    hosts: Hosts,
    isCurrent: (session: Session) => boolean,
    private readonly isTrusted: () => boolean,
  ) {
    super(hosts, isCurrent);
  }

  /** Reads the kept states and variables of a session anew where they are open: somebody did something with them. */
  partsChanged(sessionId: string): void {
    this.#partsOf(sessionId)?.readAnew();
  }

  override dispose(): void {
    for (const parts of this.#parts.values()) parts.dispose();
    super.dispose();
  }

  protected override read(host: Host, cursor: string | undefined): Promise<RowPage<Session>> {
    return host.request('listSessions', { ...(cursor !== undefined && { cursor }) });
  }

  protected override time({ createdAt }: Session): string {
    return createdAt;
  }

  protected override create(host: Host, row: Session): SessionNode {
    return { kind: 'session', id: row.id, host, row };
  }

  protected override async childrenOf(node: Node): Promise<Node[]> {
    if (node.kind === 'session') return this.#require(node).nodes;
    const session = sessionOf(node);
    return session === undefined ? [] : this.#require(session).childrenOf(node);
  }

  protected override rowOf(news: HostNews): Session | undefined {
    return news.kind === 'session' ? news.row : undefined;
  }

  protected override hear(news: HostNews): void {
    const before = news.kind === 'session' ? this.node(news.row.id)?.row : undefined;
    super.hear(news);
    this.#forgetOld();
    if (!('change' in news) || news.change === 'removed') return;
    if (news.kind === 'session' && before !== undefined) {
      this.#partsOf(news.row.id)?.sessionChanged(before, news.row);
    }
    if (news.kind === 'execution' && news.row.endedAt !== undefined) {
      this.#partsOf(news.row.sessionId)?.executionEnded(news.row);
    }
  }

  #partsOf(sessionId: string): SessionParts | undefined {
    const node = this.node(sessionId);
    return node && this.#parts.get(node);
  }

  #require(session: SessionNode): SessionParts {
    const known = this.#parts.get(session);
    if (known !== undefined) return known;
    const parts = new SessionParts(session, {
      redraw: (node) => this.redraw(node),
      isTrusted: this.isTrusted,
    });
    this.#parts.set(session, parts);
    return parts;
  }

  /** Drops those of sessions that are gone, or whose rows were read anew. */
  #forgetOld(): void {
    for (const [node, parts] of this.#parts) {
      if (this.node(node.id) === node) continue;
      parts.dispose();
      this.#parts.delete(node);
    }
  }
}

/** The session that a row is below. */
function sessionOf(node: Node): SessionNode | undefined {
  switch (node.kind) {
    case 'checkpoints':
    case 'variables':
      return node.parent;
    case 'checkpoint':
    case 'variable':
    case 'note':
      return sessionOf(node.parent);
    default:
      return undefined;
  }
}

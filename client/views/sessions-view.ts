import type { Session } from '../../shared/models.js';
import type { Host } from '../host/host.js';
import type { HostNews } from '../host/hosts.js';
import type { Node, SessionNode } from './nodes.js';
import { RowView } from './row-view.js';
import type { RowPage } from './rows.js';

export class SessionsView extends RowView<SessionNode> {
  protected override read(host: Host, cursor: string | undefined): Promise<RowPage<Session>> {
    return host.request('listSessions', { ...(cursor !== undefined && { cursor }) });
  }

  protected override time({ createdAt }: Session): string {
    return createdAt;
  }

  protected override create(host: Host, row: Session): SessionNode {
    return { kind: 'session', id: row.id, host, row };
  }

  protected override childrenOf(): Promise<Node[]> {
    return Promise.resolve([]);
  }

  protected override rowOf(news: HostNews): Session | undefined {
    return news.kind === 'session' ? news.row : undefined;
  }
}

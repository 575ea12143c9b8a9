/** What the three views share: folders on top where there are several, rows of a host below them, news and paging. */
import {
  type Disposable,
  EventEmitter,
  type TreeDataProvider,
  type TreeItem,
  Disposable as Disposables,
} from 'vscode';
import type { Session } from '../../shared/models.js';
import type { Host } from '../host/host.js';
import type { HostNews, Hosts } from '../host/hosts.js';
import { toTreeItem, tooltip } from './items.js';
import type { FolderNode, MoreNode, Node, RowNode } from './nodes.js';
import { Rows, type RowPage } from './rows.js';

/** What one view shows of a host. */
interface HostRows<RowOf extends RowNode> {
  readonly rows: Rows<RowOf['row']>;
  /** Rows keep their object for as long as they are shown. */
  readonly nodes: Map<string, RowOf>;
  readonly folder: FolderNode;
  readonly more: MoreNode;
}

export abstract class RowView<RowOf extends RowNode> implements TreeDataProvider<Node> {
  readonly #changed = new EventEmitter<Node | undefined>();
  readonly #hosts = new Map<Host, HostRows<RowOf>>();
  readonly #listeners: Disposable;
  readonly onDidChangeTreeData = this.#changed.event;

  /** @param isCurrent whether a session is the one that its folder's files run in */
  constructor(
    protected readonly hosts: Hosts,
    private readonly isCurrent: (session: Session) => boolean,
  ) {
    this.#listeners = Disposables.from(
      hosts.onDidHear((news) => this.hear(news)),
      hosts.onDidChangeFolders(() => {
        for (const host of this.#hosts.keys()) if (!hosts.all.includes(host)) this.#hosts.delete(host);
        this.refresh();
      }),
    );
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node === undefined) {
      const [only, ...others] = this.hosts.all;
      if (only === undefined) return [];
      return others.length === 0 ? this.#rowsOf(only) : this.hosts.all.map((host) => this.#of(host).folder);
    }
    return node.kind === 'folder' ? this.#rowsOf(node.host) : this.childrenOf(node);
  }

  getParent(node: Node): Node | undefined {
    switch (node.kind) {
      case 'folder':
        return undefined;
      case 'template':
      case 'session':
      case 'execution':
        return this.#parentOf(node.host);
      case 'detail':
      case 'event':
      case 'checkpoints':
      case 'checkpoint':
      case 'variables':
      case 'variable':
      case 'note':
        return node.parent;
      case 'more':
        return node.parent ?? this.#parentOf(node.host);
    }
  }

  getTreeItem(node: Node): TreeItem {
    return toTreeItem(node, this.isCurrent);
  }

  resolveTreeItem(item: TreeItem, node: Node): TreeItem {
    item.tooltip = tooltip(node);
    return item;
  }

  /** Reads everything anew. */
  refresh(): void {
    for (const { rows, nodes } of this.#hosts.values()) {
      rows.reset();
      nodes.clear();
    }
    this.#changed.fire(undefined);
  }

  /** Draws rows again that are shown, without reading them. */
  redraw(node?: Node): void {
    this.#changed.fire(node);
  }

  /** The row of an id, if it is shown. */
  node(id: string): RowOf | undefined {
    for (const { nodes } of this.#hosts.values()) {
      const node = nodes.get(id);
      if (node !== undefined) return node;
    }
    return undefined;
  }

  dispose(): void {
    this.#listeners.dispose();
    this.#changed.dispose();
  }

  /** Reads a page of this view's rows. */
  protected abstract read(host: Host, cursor: string | undefined): Promise<RowPage<RowOf['row']>>;
  /** What the rows are ordered by. */
  protected abstract time(row: RowOf['row']): string;
  protected abstract create(host: Host, row: RowOf['row']): RowOf;
  protected abstract childrenOf(node: Node): Promise<Node[]>;
  /** The view's kind of row in what a host tells; undefined for anything that it does not show. */
  protected abstract rowOf(news: HostNews): RowOf['row'] | undefined;
  async #rowsOf(host: Host): Promise<Node[]> {
    // A host that does not run is told of in the view's welcome; opening a view is a reason to start it once.
    if (host.state.kind === 'failed') return [];
    const { rows, nodes, more } = this.#of(host);
    const all = await rows.all().catch((error: unknown) => {
      if (host.state.kind === 'running') throw error;
      return [];
    });
    const shown: Node[] = all.map((row) => {
      const node = nodes.get(row.id) ?? this.create(host, row);
      node.row = row;
      nodes.set(row.id, node);
      return node;
    });
    return rows.hasMore ? [...shown, more] : shown;
  }

  #of(host: Host): HostRows<RowOf> {
    const known = this.#hosts.get(host);
    if (known !== undefined) return known;
    const key = host.folder.uri.toString();
    const folder: FolderNode = { kind: 'folder', id: key, host };
    const rows = new Rows<RowOf['row']>({
      read: (cursor) => this.read(host, cursor),
      time: (row) => this.time(row),
    });
    const more: MoreNode = {
      kind: 'more',
      id: `${key} more`,
      host,
      parent: undefined,
      load: async () => {
        await rows.more();
        this.#changed.fire(this.#parentOf(host));
      },
    };
    const made = { rows, nodes: new Map<string, RowOf>(), folder, more };
    this.#hosts.set(host, made);
    return made;
  }

  #parentOf(host: Host): FolderNode | undefined {
    return this.hosts.all.length > 1 ? this.#of(host).folder : undefined;
  }

  /** A view that shows more than rows hears the rest here. */
  protected hear(news: HostNews): void {
    const { host } = news;
    if (news.kind === 'state') {
      if (news.state.kind === 'running' || news.state.kind === 'failed') this.#readAnew(host);
      return;
    }
    const row = this.rowOf(news);
    if (row === undefined || !('change' in news)) return;
    const { rows, nodes } = this.#of(host);
    if (news.change === 'removed') {
      nodes.delete(row.id);
      if (rows.remove(row.id)) this.#changed.fire(this.#parentOf(host));
      return;
    }
    const outcome = rows.put(row);
    const node = nodes.get(row.id);
    if (node !== undefined) node.row = row;
    if (outcome === 'moved') this.#changed.fire(this.#parentOf(host));
    else if (outcome === 'changed') this.#changed.fire(node);
  }

  #readAnew(host: Host): void {
    const { rows, nodes } = this.#of(host);
    rows.reset();
    nodes.clear();
    this.#changed.fire(this.#parentOf(host));
  }
}

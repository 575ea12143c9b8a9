/** The three views of the VM System container. */
import {
  commands as editor,
  Disposable,
  type TreeDataProvider,
  type TreeView,
  window,
  workspace,
} from 'vscode';
import type { Session } from '../../shared/models.js';
import type { Hosts } from '../host/hosts.js';
import { contextKeys, views } from '../ids.js';
import type { SessionBindings } from '../sessions.js';
import { ExecutionsView } from './executions-view.js';
import type { DetailNode, Node, RowNode } from './nodes.js';
import { registerRewoundDecoration } from './rewound.js';
import { SessionsView } from './sessions-view.js';
import { TemplatesView } from './templates-view.js';

export class Views {
  readonly templates: TemplatesView;
  readonly sessions: SessionsView;
  readonly executions: ExecutionsView;
  readonly #trees: Readonly<Record<RowNode['kind'], TreeView<Node>>>;
  readonly #disposables: Disposable;

  constructor(hosts: Hosts, bindings: SessionBindings) {
    const folders = () => workspace.workspaceFolders ?? [];
    const isCurrent = ({ id }: Session) =>
      folders().some(({ uri }) => bindings.sessionId(uri.toString()) === id);
    this.templates = new TemplatesView(hosts);
    this.sessions = new SessionsView(hosts, isCurrent);
    this.executions = new ExecutionsView(hosts);
    const tree = (id: string, treeDataProvider: TreeDataProvider<Node>) =>
      window.createTreeView(id, { treeDataProvider, showCollapseAll: id !== views.sessions });
    this.#trees = {
      template: tree(views.templates, this.templates),
      session: tree(views.sessions, this.sessions),
      execution: tree(views.executions, this.executions),
    };
    this.#disposables = Disposable.from(
      ...Object.values(this.#trees),
      registerRewoundDecoration(),
      bindings.onDidChange(() => this.sessions.redraw()),
      this.templates,
      this.sessions,
      this.executions,
    );
  }

  /** Shows the executions of one session only, or of all. */
  async showExecutions(session: Session | undefined): Promise<void> {
    this.executions.show(session);
    this.#trees.execution.description = session?.name ?? '';
    await editor.executeCommand('setContext', contextKeys.executionsFiltered, session !== undefined);
  }

  /** Selects a row and opens it, showing its view; the keyboard stays where it is. */
  async reveal(row: RowNode | DetailNode): Promise<void> {
    const kind = row.kind === 'detail' ? 'template' : row.kind;
    await this.#trees[kind].reveal(row, { select: true, expand: true });
  }

  /** Reads everything anew. */
  refresh(): void {
    this.templates.refresh();
    this.sessions.refresh();
    this.executions.refresh();
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}

/** The three views of the VM System container. */
import {
  commands as editor,
  Disposable,
  type TreeDataProvider,
  type TreeView,
  window,
  workspace,
} from 'vscode';
import type { Execution, Session } from '../../shared/models.js';
import type { Hosts } from '../host/hosts.js';
import { contextKeys, views } from '../ids.js';
import type { SessionBindings } from '../sessions.js';
import { ExecutionsView } from './executions-view.js';
import type { DetailNode, Node, RowNode, SessionPartNode } from './nodes.js';
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
    this.sessions = new SessionsView(hosts, isCurrent, () => workspace.isTrusted);
    this.executions = new ExecutionsView(hosts);
    const tree = (id: string, treeDataProvider: TreeDataProvider<Node>) =>
      window.createTreeView(id, { treeDataProvider, showCollapseAll: true });
    this.#trees = {
      template: tree(views.templates, this.templates),
      session: tree(views.sessions, this.sessions),
      execution: tree(views.executions, this.executions),
    };
    this.#disposables = Disposable.from(
      ...Object.values(this.#trees),
      registerRewoundDecoration(),
      bindings.onDidChange(() => this.sessions.redraw()),
      workspace.onDidGrantWorkspaceTrust(() => this.sessions.redraw()),
      this.#trees.session.onDidChangeSelection(({ selection: [row] }) => {
        void editor.executeCommand('setContext', contextKeys.checkpointSelected, row?.kind === 'checkpoint');
      }),
      this.templates,
      this.sessions,
      this.executions,
    );
  }

  /** The row of the Sessions view that the keyboard is on. */
  get selectedSessionRow(): Node | undefined {
    return this.#trees.session.selection[0];
  }

  /** Selects an execution in its view, where it is among those that are shown. */
  async revealExecution({ id, sessionId }: Execution): Promise<void> {
    const { executions } = this;
    if (executions.session !== undefined && executions.session.id !== sessionId) {
      await this.showExecutions(undefined);
    }
    for (const folder of await executions.getChildren()) {
      if (folder.kind === 'folder') await executions.getChildren(folder);
    }
    const row = executions.node(id);
    if (row !== undefined) await this.reveal(row);
  }

  /** Shows the executions of one session only, or of all. */
  async showExecutions(session: Session | undefined): Promise<void> {
    this.executions.show(session);
    this.#trees.execution.description = session?.name ?? '';
    await editor.executeCommand('setContext', contextKeys.executionsFiltered, session !== undefined);
  }

  /** Selects a row and opens it, showing its view; the keyboard stays where it is. */
  async reveal(row: RowNode | DetailNode | SessionPartNode): Promise<void> {
    await this.#treeOf(row).reveal(row, { select: true, expand: true });
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

  #treeOf({ kind }: RowNode | DetailNode | SessionPartNode): TreeView<Node> {
    switch (kind) {
      case 'template':
      case 'detail':
        return this.#trees.template;
      case 'execution':
        return this.#trees.execution;
      default:
        return this.#trees.session;
    }
  }
}

/** One language status item: how the host is, and which session the file at hand runs in. */
import { Disposable, languages, LanguageStatusSeverity, window, commands as editor, workspace } from 'vscode';
import { commands, contextKeys, type HostStateName, cellLanguages, notebookTypes } from './ids.js';
import type { Host } from './host/host.js';
import type { HostNews, Hosts } from './host/hosts.js';
import { sessionState } from './session-text.js';
import type { SessionBindings } from './sessions.js';
import type { Session } from '../shared/models.js';

/** The state that most needs to be seen comes first. */
const byUrgency: readonly HostStateName[] = ['failed', 'starting', 'running', 'stopped'];

export class Status {
  readonly #item = languages.createLanguageStatusItem('vmSystem.status', [
    ...cellLanguages.map((language) => ({ language })),
    ...Object.values(notebookTypes).map((notebookType) => ({ notebookType })),
  ]);
  readonly #sessions = new Map<string, Session>();
  readonly #listeners: Disposable;

  constructor(
    private readonly hosts: Hosts,
    private readonly bindings: SessionBindings,
  ) {
    this.#item.name = 'VM System';
    this.#listeners = Disposable.from(
      hosts.onDidHear((news) => this.#hear(news)),
      hosts.onDidChangeFolders(() => this.#update()),
      bindings.onDidChange(() => this.#update()),
      window.onDidChangeActiveTextEditor(() => this.#update()),
      window.onDidChangeActiveNotebookEditor(() => this.#update()),
      workspace.onDidGrantWorkspaceTrust(() => this.#update()),
    );
    this.#update();
  }

  dispose(): void {
    this.#listeners.dispose();
    this.#item.dispose();
  }

  #hear(news: HostNews): void {
    if (news.kind === 'session') {
      if (news.change === 'removed') this.#sessions.delete(news.row.id);
      else this.#sessions.set(news.row.id, news.row);
    }
    if (news.kind === 'session' || news.kind === 'state') this.#update();
  }

  #update(): void {
    const states = this.hosts.all.map(({ state }) => state.kind);
    const most = byUrgency.find((state) => states.includes(state)) ?? 'stopped';
    void editor.executeCommand('setContext', contextKeys.hostState, most);
    this.#show(this.#hostAtHand(), this.#sessionAtHand());
  }

  #show(host: Host | undefined, session: Session | undefined): void {
    const item = this.#item;
    const state = host?.state ?? { kind: 'stopped' };
    item.busy = state.kind === 'starting' || session?.busy === true;
    item.severity =
      state.kind === 'failed' ? LanguageStatusSeverity.Error : LanguageStatusSeverity.Information;
    switch (state.kind) {
      case 'failed':
        item.text = '$(error) VM System: no host';
        item.detail = state.error.message;
        item.command = { title: 'Restart Host', command: commands.restartHost };
        return;
      case 'starting':
        item.text = 'VM System: starting';
        item.detail = '';
        break;
      case 'stopped':
        item.text = 'VM System';
        item.detail = workspace.isTrusted
          ? 'starts when it is needed'
          : 'the workspace is not trusted: no code runs';
        break;
      case 'running':
        item.text = session === undefined ? 'VM System' : `VM System: ${session.name}`;
        item.detail = session === undefined ? 'no session yet' : sessionState(session);
        break;
    }
    item.command = { title: 'Show Log', command: commands.showLog };
  }

  #hostAtHand(): Host | undefined {
    const notebook = window.activeNotebookEditor?.notebook;
    if (notebook !== undefined) return this.hosts.ofNotebook(notebook);
    const document = window.activeTextEditor?.document;
    return document === undefined ? this.hosts.all[0] : this.hosts.of(document.uri);
  }

  #sessionAtHand(): Session | undefined {
    const notebook = window.activeNotebookEditor?.notebook;
    const owner = notebook?.uri ?? this.#hostAtHand()?.folder.uri;
    const id = owner === undefined ? undefined : this.bindings.sessionId(owner.toString());
    return id === undefined ? undefined : this.#sessions.get(id);
  }
}

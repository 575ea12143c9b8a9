/** The hosts of this window: one a workspace folder, each started when something needs it. */
import {
  Disposable,
  EventEmitter,
  type LogOutputChannel,
  type NotebookDocument,
  type Uri,
  workspace,
  type WorkspaceFolder,
} from 'vscode';
import type { Execution, Session, Template } from '../../shared/models.js';
import type { InitializationOptions } from '../../shared/protocol.js';
import { fullMessage, type UserError } from '../errors.js';
import type { EventBatch } from './event-feed.js';
import { Host, type HostOptions, type HostState, type RowChange } from './host.js';

/** Something that one of the hosts told. */
export type HostNews =
  | { readonly kind: 'state'; readonly host: Host; readonly state: HostState }
  | ({ readonly kind: 'template'; readonly host: Host } & RowChange<Template>)
  | ({ readonly kind: 'session'; readonly host: Host } & RowChange<Session>)
  | ({ readonly kind: 'execution'; readonly host: Host } & RowChange<Execution>)
  | ({ readonly kind: 'events'; readonly host: Host } & EventBatch)
  | { readonly kind: 'gaveUp'; readonly host: Host; readonly error: UserError };

export interface HostsOptions extends Omit<HostOptions, 'initializationOptions'> {
  /** What a host of this folder is initialized with, beside the folder and its trust. */
  readonly database: (folder: WorkspaceFolder) => string | undefined;
  /** What its sessions may take. @throws {@link UserError} */
  readonly budgets: () => Pick<InitializationOptions, 'hibernation' | 'checkpoints'>;
  readonly log: LogOutputChannel;
}

export class Hosts {
  readonly #news = new EventEmitter<HostNews>();
  readonly #changedFolders = new EventEmitter<void>();
  readonly #byFolder = new Map<string, Host>();
  readonly #listeners: Disposable;
  /** What any host tells, in its order. */
  readonly onDidHear = this.#news.event;
  /** Folders were added or removed. */
  readonly onDidChangeFolders = this.#changedFolders.event;

  constructor(private readonly options: HostsOptions) {
    this.#update();
    this.#listeners = Disposable.from(
      workspace.onDidChangeWorkspaceFolders(() => {
        this.#update();
        this.#changedFolders.fire();
      }),
      workspace.onDidGrantWorkspaceTrust(() => {
        for (const host of this.all) host.trust().catch((error: unknown) => this.#warn(error));
      }),
    );
  }

  /** In the order of the folders. */
  get all(): readonly Host[] {
    return [...this.#byFolder.values()];
  }

  /** The host of the folder that holds a file. */
  of(uri: Uri): Host | undefined {
    const folder = workspace.getWorkspaceFolder(uri);
    return folder === undefined ? undefined : this.#byFolder.get(folder.uri.toString());
  }

  /** The host of a notebook's folder; an untitled one belongs to the only folder, if there is only one. */
  ofNotebook(notebook: NotebookDocument): Host | undefined {
    const [only, ...others] = this.all;
    return this.of(notebook.uri) ?? (notebook.isUntitled && others.length === 0 ? only : undefined);
  }

  async dispose(): Promise<void> {
    this.#listeners.dispose();
    await Promise.all(this.all.map((host) => host.dispose()));
    this.#news.dispose();
    this.#changedFolders.dispose();
  }

  /** Hosts of folders that went are ended; hosts of new folders wait until they are needed. */
  #update(): void {
    const folders = (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
    const before = new Map(this.#byFolder);
    this.#byFolder.clear();
    for (const folder of folders) {
      const key = folder.uri.toString();
      this.#byFolder.set(key, before.get(key) ?? this.#create(folder));
      before.delete(key);
    }
    for (const host of before.values()) host.dispose().catch((error: unknown) => this.#warn(error));
  }

  #create(folder: WorkspaceFolder): Host {
    const host = new Host(folder, {
      ...this.options,
      initializationOptions: () => {
        const database = this.options.database(folder);
        return {
          worktree: folder.uri.fsPath,
          trusted: workspace.isTrusted,
          ...(database !== undefined && { database }),
          ...this.options.budgets(),
        };
      },
    });
    const tell = (news: HostNews) => this.#news.fire(news);
    host.onDidChangeState((state) => tell({ kind: 'state', host, state }));
    host.onDidChangeTemplate((change) => tell({ kind: 'template', host, ...change }));
    host.onDidChangeSession((change) => tell({ kind: 'session', host, ...change }));
    host.onDidChangeExecution((change) => tell({ kind: 'execution', host, ...change }));
    host.onDidReceiveEvents((batch) => tell({ kind: 'events', host, ...batch }));
    host.onDidGiveUp((error) => tell({ kind: 'gaveUp', host, error }));
    return host;
  }

  #warn(error: unknown): void {
    this.options.log.warn(fullMessage(error));
  }
}

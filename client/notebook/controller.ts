/** The kernel of the notebooks of a language: each notebook has a session of its own, and its cells run there in order. */
import { randomUUID } from 'node:crypto';
import {
  Disposable,
  type NotebookCell,
  type NotebookCellExecution,
  type NotebookController,
  NotebookControllerAffinity,
  type NotebookDocument,
  notebooks,
  workspace,
} from 'vscode';
import type { Session } from '../../shared/models.js';
import { fullMessage, isCancellation } from '../errors.js';
import type { Host } from '../host/host.js';
import type { HostNews, Hosts } from '../host/hosts.js';
import { type CellLanguage, notebookTypes } from '../ids.js';
import { baseName } from '../places.js';
import type { Reporter } from '../reporter.js';
import type { Runner } from '../runner.js';
import { wakeNotice } from '../session-text.js';
import type { SessionBindings } from '../sessions.js';
import { runLimits } from '../settings.js';
import { requireHostOfNotebook, requireTrust } from '../targets.js';
import { CellRun } from './cell-run.js';

export interface NotebookServices {
  readonly hosts: Hosts;
  readonly sessions: SessionBindings;
  readonly runner: Runner;
  readonly reporter: Reporter;
  readonly warn: (message: string) => void;
}

/** The editor keeps the choice of a kernel by its id. */
const controllerIds: Readonly<Record<CellLanguage, string>> = {
  javascript: 'vm-system.session',
  typescript: 'vm-system.session.typescript',
};

export class ReplController {
  readonly #controller: NotebookController;
  readonly #cells = new Map<string, CellRun>();
  /** How many cells ran in a session since it started. */
  readonly #orders = new Map<string, number>();
  readonly #registrations: Disposable;

  constructor(
    private readonly services: NotebookServices,
    private readonly language: CellLanguage,
  ) {
    this.#controller = notebooks.createNotebookController(
      controllerIds[language],
      notebookTypes[language],
      'VM System Session',
      (cells, notebook) => this.#execute(cells, notebook),
    );
    this.#controller.supportedLanguages = [language];
    this.#controller.supportsExecutionOrder = true;
    this.#controller.description = 'sandboxed, keeps its variables';
    this.#registrations = Disposable.from(
      services.hosts.onDidHear((news) => this.#hear(news)),
      workspace.onDidOpenNotebookDocument((notebook) => this.#prefer(notebook)),
    );
    for (const notebook of workspace.notebookDocuments) this.#prefer(notebook);
  }

  dispose(): void {
    this.#registrations.dispose();
    this.#controller.dispose();
  }

  #prefer(notebook: NotebookDocument): void {
    if (notebook.notebookType !== notebookTypes[this.language]) return;
    this.#controller.updateNotebookAffinity(notebook, NotebookControllerAffinity.Preferred);
  }

  async #execute(cells: readonly NotebookCell[], notebook: NotebookDocument): Promise<void> {
    await this.services.reporter.guard('Run cells', async () => {
      requireTrust();
      const host = requireHostOfNotebook(this.services.hosts, notebook);
      const executions = cells.map((cell) => this.#controller.createNotebookCellExecution(cell));
      const session = await this.#session(host, notebook).catch((error: unknown) => {
        for (const execution of executions) execution.end(undefined);
        throw error;
      });
      // The host keeps the order, and drops the rest of the group when one does not end well.
      const queueGroup = randomUUID();
      // The first cell wakes a session that is asleep.
      const noteOf = (index: number) => (index === 0 ? wakeNotice(session) : undefined);
      await Promise.all(
        executions.map((execution, index) =>
          this.#run(host, session, execution, { queueGroup, note: noteOf(index) }),
        ),
      );
    });
  }

  #session(host: Host, notebook: NotebookDocument): Promise<Session> {
    return this.services.sessions.ready(host, notebook.uri.toString(), baseName(notebook.uri));
  }

  async #run(
    host: Host,
    session: Session,
    execution: NotebookCellExecution,
    { queueGroup, note }: { readonly queueGroup: string; readonly note: string | undefined },
  ): Promise<void> {
    const { document } = execution.cell;
    const cell = new CellRun(execution, host, () => this.#nextOrder(session), note);
    const params = {
      sessionId: session.id,
      input: document.getText(),
      language: this.language,
      sourceUri: document.uri.toString(),
      sourceLine: 1,
      limits: runLimits(session),
      whenBusy: 'queue',
      queueGroup,
    } as const;
    try {
      const row = await this.services.runner.run(
        host,
        document.uri,
        { request: 'runRepl', params },
        execution.token,
        (executionId) => this.#cells.set(executionId, cell),
      );
      await cell.end(row);
      this.#cells.delete(row.id);
    } catch (error) {
      if (!isCancellation(error)) this.services.warn(fullMessage(error));
      await cell.fail(error);
    }
  }

  #nextOrder({ id }: Session): number {
    const order = (this.#orders.get(id) ?? 0) + 1;
    this.#orders.set(id, order);
    return order;
  }

  #hear(news: HostNews): void {
    switch (news.kind) {
      case 'events':
        this.#cells.get(news.executionId)?.append(news.events);
        break;
      case 'execution':
        if (news.row.status === 'running') this.#cells.get(news.row.id)?.begin();
        break;
      case 'session':
        // A session that starts anew counts anew.
        if (news.row.status === 'starting') this.#orders.delete(news.row.id);
        break;
      case 'state':
      case 'template':
      case 'gaveUp':
        break;
    }
  }
}

/** Builds the extension's parts and connects them. Nothing starts before it is needed. */
import { Disposable, EventEmitter, type ExtensionContext, window, workspace } from 'vscode';
import type { ExtensionApi } from './api.js';
import { registerCommands } from './commands/index.js';
import { RunDiagnostics } from './diagnostics.js';
import { Hosts } from './host/hosts.js';
import { cellLanguages, notebookTypes } from './ids.js';
import { ReplController } from './notebook/controller.js';
import { PercentSerializer } from './notebook/serializer.js';
import { SessionsOutput } from './output.js';
import { Reporter } from './reporter.js';
import { Runner } from './runner.js';
import { SessionBindings } from './sessions.js';
import { databaseOf, hostBudgets } from './settings.js';
import { Status } from './status.js';
import { RowDocuments } from './views/documents.js';
import { Views } from './views/views.js';

/** The one thing whose end takes time, and has to be waited for. */
let running: Hosts | undefined;

export function activate(context: ExtensionContext): ExtensionApi {
  const log = window.createOutputChannel('VM System', { log: true });
  const warn = (message: string) => log.warn(message);
  const written = new EventEmitter<string>();
  const reporter = new Reporter(log);
  const hosts = new Hosts({
    command: process.execPath,
    server: context.asAbsolutePath('dist/server.mjs'),
    database: databaseOf,
    budgets: hostBudgets,
    log,
  });
  running = hosts;
  const sessions = new SessionBindings(context.workspaceState);
  const runner = new Runner();
  const output = new SessionsOutput(hosts, runner, (text) => written.fire(text), warn);
  const views = new Views(hosts, sessions);
  const documents = new RowDocuments(hosts);
  const services = { log, hosts, sessions, runner, reporter, output, views, documents };
  context.subscriptions.push(
    log,
    written,
    reporter,
    sessions,
    runner,
    output,
    views,
    documents,
    new RunDiagnostics(runner),
    new Status(hosts, sessions),
    ...cellLanguages.flatMap((language) => [
      new ReplController({ hosts, sessions, runner, reporter, warn }, language),
      workspace.registerNotebookSerializer(notebookTypes[language], new PercentSerializer(language), {
        transientOutputs: true,
      }),
    ]),
    registerCommands(services),
    Disposable.from(
      sessions.onDidNotice((notice) => output.notice(notice)),
      hosts.onDidHear((news) => {
        if (news.kind === 'gaveUp') reporter.report('Host', news.error);
      }),
    ),
  );
  return { hosts, sessions, views, onDidReport: reporter.onDidReport, onDidWrite: written.event };
}

/** Ends the hosts, which close their sessions and databases; the editor waits for it. */
export async function deactivate(): Promise<void> {
  await running?.dispose();
  running = undefined;
}

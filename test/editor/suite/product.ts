/** The installed product, as its tests reach it: through the editor's own API and the extension's exports. */
import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../../client/api.js';
import type { Host } from '../../../client/host/host.js';
import { commands } from '../../../client/ids.js';
import type { SessionNode, SessionPartNode } from '../../../client/views/nodes.js';
import type { Report } from '../../../client/reporter.js';
import type { Execution, ExecutionEvent, Session } from '../../../shared/models.js';

export const extensionId = 'vm-system.vm-system';

/** The extension's exports; activates it. */
export async function product(): Promise<ExtensionApi> {
  const extension = vscode.extensions.getExtension<ExtensionApi>(extensionId);
  assert.ok(extension, 'the extension is not installed');
  return extension.activate();
}

/** A file of the first folder. */
export function file(name: string): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, 'no folder is open');
  return vscode.Uri.joinPath(folder.uri, name);
}

/** The host of the first folder. */
export async function firstHost(): Promise<Host> {
  const [host] = (await product()).hosts.all;
  assert.ok(host, 'no folder is open');
  return host;
}

/** Runs a file as a person does; undefined when that was refused. */
export async function runFile(uri: vscode.Uri): Promise<Execution | undefined> {
  return vscode.commands.executeCommand<Execution | undefined>(commands.runFile, uri);
}

/** The session that files of the first folder run in. */
export async function folderSession(): Promise<Session> {
  const { sessions } = await product();
  const host = await firstHost();
  const sessionId = sessions.sessionId(host.folder.uri.toString());
  assert.ok(sessionId, 'the folder has no session');
  return host.request('getSession', { sessionId });
}

/** Runs a snippet in a session. @returns the preview of its value */
export async function evaluate(session: Session, input: string): Promise<string | undefined> {
  const row = await (await firstHost()).request('runRepl', { sessionId: session.id, input });
  return row.result?.preview ?? row.error?.message;
}

/** All events of an execution as they are stored. */
export async function storedEvents(executionId: string): Promise<readonly ExecutionEvent[]> {
  const { items } = await (await firstHost()).request('listEvents', { executionId, limit: 1000 });
  return items;
}

/** The first value of an event that passes. Call it before what makes the event happen. */
export function next<T>(event: vscode.Event<T>, passes: (value: T) => boolean = () => true): Promise<T> {
  return new Promise((resolve) => {
    const listener = event((value) => {
      if (!passes(value)) return;
      listener.dispose();
      resolve(value);
    });
  });
}

/** What a person is told while `work` runs: the first error that is shown. */
export async function shownError(work: () => unknown): Promise<Report> {
  const { onDidReport } = await product();
  const report = next(onDidReport);
  await work();
  return report;
}

/** What is added to the sessions channel while `work` runs. */
export async function writtenDuring(work: () => Promise<unknown>): Promise<string> {
  const { onDidWrite } = await product();
  let text = '';
  const listener = onDidWrite((more) => (text += more));
  try {
    await work();
  } finally {
    listener.dispose();
  }
  return text;
}

/** Waits until the host of the first folder is in a state. */
export async function hostIs(kind: Host['state']['kind']): Promise<Host> {
  const host = await firstHost();
  if (host.state.kind !== kind) await next(host.onDidChangeState, (state) => state.kind === kind);
  return host;
}

/** Presses Enter in the pick or input box that `work` opens, and in those that follow. */
export async function accepting<T>(work: () => Thenable<T>): Promise<T> {
  const state = { isDone: false };
  const result = Promise.resolve(work()).finally(() => {
    state.isDone = true;
  });
  // That a pick is shown is told to nobody; where there is none, this does nothing.
  while (!state.isDone) {
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
  }
  return result;
}

/** The row of a session in the view, as it is drawn. */
export async function sessionItem(session: Session): Promise<{ node: SessionNode; item: vscode.TreeItem }> {
  const { views } = await product();
  await views.sessions.getChildren();
  const node = views.sessions.node(session.id);
  assert.ok(node, 'the session has no row');
  return { node, item: views.sessions.getTreeItem(node) };
}

/** Waits until the row of a session has such a description: news of it come after the answer that it is about. */
export async function sessionShows(session: Session, description: RegExp): Promise<void> {
  const host = await firstHost();
  for (;;) {
    const changed = next(host.onDidChangeSession);
    const { item } = await sessionItem(session);
    if (description.test(String(item.description))) return;
    await changed;
  }
}

/** Selects a row of the Sessions view; while the view is drawn anew, the editor takes no selection. */
export async function select(node: SessionNode | SessionPartNode): Promise<void> {
  const { views } = await product();
  do await views.reveal(node);
  while (views.selectedSessionRow?.id !== node.id);
}

/** Waits until the state after the session's last execution is on disk: it is taken after the execution was answered. */
export async function kept({ id: sessionId }: Session): Promise<void> {
  const host = await firstHost();
  const { items } = await host.request('listExecutions', { sessionId });
  const last = items.find(({ kind }) => kind !== 'background');
  for (;;) {
    const checkpoints = await host.request('listCheckpoints', { sessionId });
    if (checkpoints.items.some(({ executionId }) => executionId === last?.id)) return;
  }
}

/** Kills the host and waits for the next one. */
export async function killedAndBack(): Promise<void> {
  const host = await firstHost();
  const back = next(host.onDidChangeState, ({ kind }) => kind === 'running');
  killHost(host);
  await back;
}

/** Kills the host's process, as a crash does. */
export function killHost(host: Host): void {
  assert.equal(host.state.kind, 'running');
  const { pid } = host.state;
  assert.ok(pid);
  process.kill(pid, 'SIGKILL');
}

/** Folder of the installed extension. */
export function installedFolder(): string {
  const extension = vscode.extensions.getExtension(extensionId);
  assert.ok(extension);
  return path.normalize(extension.extensionPath);
}

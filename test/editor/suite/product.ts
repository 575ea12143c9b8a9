/** The installed product, as its tests reach it: through the editor's own API and the extension's exports. */
import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../../client/api.js';
import type { Host } from '../../../client/host/host.js';
import { commands } from '../../../client/ids.js';
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

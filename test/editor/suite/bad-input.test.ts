import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { commands } from '../../../client/ids.js';
import type { Execution } from '../../../shared/models.js';
import { file, firstHost, installedFolder, runFile, shownError } from './product.js';

/** Shows an untitled editor. */
async function untitled(language: string, content: string): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument({ language, content });
  await vscode.window.showTextDocument(document);
  return document;
}

/** A host of the same folder, as another window starts it: only its process and its answer to initialize. */
async function otherHost(worktree: string) {
  const server = path.join(installedFolder(), 'dist', 'server.mjs');
  const child = spawn(process.execPath, [server, '--stdio', '--worktree', worktree], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const params = { processId: process.pid, rootUri: null, capabilities: {} };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
  child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  await once(child.stdout, 'data');
  return {
    pid: child.pid,
    async end() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

describe('what cannot be run', () => {
  it('an untitled text that is no JavaScript', async () => {
    const { uri } = await untitled('plaintext', 'hello');
    const { message } = await shownError(() => runFile(uri));
    assert.match(message, /holds no JavaScript/);
  });

  it('an untitled JavaScript text can be run, and its error is a problem in it', async () => {
    const { uri } = await untitled('javascript', 'const a = 1;\nthrow new Error("here")');
    const execution = await vscode.commands.executeCommand<Execution>(commands.runFile);
    assert.equal(execution.status, 'error');
    const [problem] = vscode.languages.getDiagnostics(uri);
    assert.equal(problem?.range.start.line, 1);
  });

  it('a file outside the folder', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'vm-system-outside-'));
    const outside = path.join(folder, 'outside.js');
    await writeFile(outside, '1');
    const { message, action } = await shownError(() => runFile(vscode.Uri.file(outside)));
    assert.match(message, /^outside\.js is in no folder of this workspace/);
    assert.equal(action.title, 'Open Folder');
  });

  it('a file that is not there', async () => {
    const { message, action } = await shownError(() => runFile(file('missing.js')));
    assert.match(message, /missing\.js/);
    assert.equal(action.command, commands.showLog);
  });

  it('a file of another window that has the folder open, whose host is named', async () => {
    const host = await firstHost();
    await host.stop();
    const other = await otherHost(host.folder.uri.fsPath);
    try {
      const { message, action } = await shownError(() => runFile(file('good.js')));
      assert.match(message, new RegExp(`another VM System host \\(process ${other.pid}\\)`));
      assert.equal(action.command, commands.restartHost);
      assert.equal(host.state.kind, 'failed');
    } finally {
      await other.end();
    }
    assert.equal((await runFile(file('good.js')))?.status, 'ok');
  });

  it('anything, when the database cannot be opened', async () => {
    const host = await firstHost();
    const settings = vscode.workspace.getConfiguration('vmSystem');
    await settings.update('database', tmpdir(), vscode.ConfigurationTarget.Global);
    await host.stop();
    try {
      const { message } = await shownError(() => runFile(file('good.js')));
      assert.match(message, /^The VM System host could not start: /);
      assert.equal(host.state.kind, 'failed');
    } finally {
      await settings.update('database', undefined, vscode.ConfigurationTarget.Global);
    }
    assert.equal((await runFile(file('good.js')))?.status, 'ok');
  });

  it('anything, when a setting for its sessions is no such amount', async () => {
    const host = await firstHost();
    const settings = vscode.workspace.getConfiguration('vmSystem');
    await settings.update('hibernation.memoryMb', 3, vscode.ConfigurationTarget.Global);
    await host.stop();
    try {
      const { message } = await shownError(() => runFile(file('good.js')));
      assert.match(message, /vmSystem\.hibernation\.memoryMb must be 0, or a whole number of at least 16\.$/);
      assert.equal(host.state.kind, 'failed');
    } finally {
      await settings.update('hibernation.memoryMb', undefined, vscode.ConfigurationTarget.Global);
    }
    assert.equal((await runFile(file('good.js')))?.status, 'ok');
  });
});

import assert from 'node:assert/strict';
import { mkdtemp, rm, watch, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { Host } from '../../../client/host/host.js';
import { next } from './product.js';

/** Reads requests and answers those that `answers` has a JSON text for. */
const server = (answers: Readonly<Record<string, string>>, rest = '') => `
  const answers = ${JSON.stringify(answers)};
  let text = '';
  process.stdin.on('data', (data) => {
    text += data;
    for (;;) {
      const head = /^Content-Length: (\\d+)\\r\\n\\r\\n/.exec(text);
      const end = head ? head[0].length + Number(head[1]) : Infinity;
      if (text.length < end) return;
      const { id, method } = JSON.parse(text.slice(head[0].length, end));
      text = text.slice(end);
      if (answers[method] === undefined) continue;
      const body = '{"jsonrpc":"2.0","id":' + JSON.stringify(id) + ',' + answers[method] + '}';
      process.stdout.write('Content-Length: ' + body.length + '\\r\\n\\r\\n' + body);
    }
  });
  ${rest}`;
const initialized = { initialize: '"result":{"capabilities":{}}' };

describe('a bad host', () => {
  let folder = '';
  let log: vscode.LogOutputChannel;
  const hosts: Host[] = [];

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'vm-system-bad-host-'));
    log = vscode.window.createOutputChannel('Bad hosts', { log: true });
  });
  after(async () => {
    await Promise.all(hosts.map((host) => host.dispose()));
    log.dispose();
    await rm(folder, { recursive: true });
  });

  /** A host whose process runs this script. */
  async function hostOf(script: string, command = process.execPath): Promise<Host> {
    const file = path.join(folder, `${hosts.length}.cjs`);
    await writeFile(file, script);
    const workspaceFolder = { uri: vscode.Uri.file(folder), name: 'bad', index: 0 };
    const initializationOptions = () => ({ worktree: folder });
    const host = new Host(workspaceFolder, {
      command,
      server: file,
      log,
      initializationOptions,
      stopGraceMs: 300,
    });
    hosts.push(host);
    return host;
  }

  /** Waits for a file with this ending to be made. */
  async function nextFile(ending: string): Promise<void> {
    for await (const { filename } of watch(folder)) if (filename?.endsWith(ending) === true) return;
  }

  it('that is not there fails with the reason', async () => {
    const host = await hostOf('', path.join(folder, 'missing'));
    await assert.rejects(host.start(), /could not start: .*ENOENT/);
    assert.equal(host.state.kind, 'failed');
  });

  it('that exits at once fails with its exit code, and its last words are kept for the log', async () => {
    const host = await hostOf("console.error('no such wasm'); process.exitCode = 3;");
    await assert.rejects(host.start(), (error: Error) => {
      assert.match(error.message, /could not start: it exited with code 3$/);
      assert.match((error.cause as Error).message, /no such wasm/);
      return true;
    });
    assert.equal(host.state.kind, 'failed');
  });

  it('that refuses to initialize fails with its own words', async () => {
    const refusal = '"error":{"code":-32803,"message":"The disk is full.","data":{"code":"STORAGE_FAILED"}}';
    const host = await hostOf(server({ initialize: refusal }));
    await assert.rejects(host.start(), /could not start: The disk is full\./);
    assert.equal(host.state.kind, 'failed');
  });

  it('that never answers can be stopped while it starts', async () => {
    const asked = nextFile('.asked');
    const host = await hostOf(
      server({}, "process.stdin.once('data', () => require('fs').writeFileSync(__filename + '.asked', ''));"),
    );
    const failure = assert.rejects(host.start(), /could not start/);
    await asked;
    assert.equal(host.state.kind, 'starting');
    await host.stop();
    await failure;
    assert.equal(host.state.kind, 'stopped');
  });

  it('that does not shut down is killed', async () => {
    const host = await hostOf(server(initialized, 'setInterval(() => undefined, 1000);'));
    await host.start();
    assert.equal(host.state.kind, 'running');
    const { pid } = host.state;
    assert.ok(pid);
    await host.stop();
    assert.throws(() => process.kill(pid, 0), /ESRCH/);
    assert.equal(host.state.kind, 'stopped');
  });

  it('that dies after every start is given up after four restarts', async () => {
    const host = await hostOf(server(initialized, 'setTimeout(() => process.exit(9), 200);'));
    const gaveUp = next(host.onDidGiveUp);
    const started: unknown[] = [];
    host.onDidChangeState(({ kind }) => kind === 'running' && started.push(kind));
    await host.start();
    assert.match((await gaveUp).message, /ended 5 times in 3 minutes/);
    assert.equal(started.length, 5);
    assert.equal(host.state.kind, 'failed');
  });
});

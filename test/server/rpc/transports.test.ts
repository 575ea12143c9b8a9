import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { VmError } from '../../../shared/errors.js';
import { HostLog, openTransport, serveConnection, type TransportChoice } from '../../../server/rpc/index.js';
import { RawClient, type WireMessage } from './raw-client.js';
import { healthy, TransportTestCore } from './served.js';

const host = fileURLToPath(new URL('stdio-host.ts', import.meta.url));

async function exitOf(child: ChildProcess): Promise<unknown> {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

describe('over stdio', () => {
  function start() {
    const child = spawn(process.execPath, ['--import', 'tsx', host], { stdio: 'pipe' });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    return { child, client: new RawClient(child.stdin, child.stdout), stderr: () => stderr };
  }

  it('a host serves, keeps stray output off stdout, and leaves with 0 after shutdown and exit', async () => {
    const { child, client, stderr } = start();
    await client.initialize({ processId: process.pid });
    assert.deepEqual((await client.request(1, 'vm/health')).result, healthy);
    await client.request(2, 'shutdown');
    client.notify('exit');
    assert.equal(await exitOf(child), 0);
    assert.match(stderr(), /a stray line/);
  });

  it('a host leaves with 1 when stdin ends', async () => {
    const { child, client } = start();
    await client.initialize();
    client.end();
    assert.equal(await exitOf(child), 1);
  });

  it('a host leaves when its stdout is closed', async () => {
    const { child, client } = start();
    await client.initialize();
    child.stdout.destroy();
    client.notify('$/noise');
    client.send({ jsonrpc: '2.0', id: 1, method: 'vm/health' });
    assert.equal(await exitOf(child), 1);
  });
});

describe('over node-ipc', () => {
  it('a host serves, and leaves with 1 when the parent disconnects', async () => {
    const child = fork(host, ['node-ipc'], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const answers: WireMessage[] = [];
    const answered = new Promise<void>((resolve) => {
      child.on('message', (message: WireMessage) => {
        if (message.method === undefined) answers.push(message);
        if (answers.length === 2) resolve();
      });
    });
    child.send({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { capabilities: {} } });
    child.send({ jsonrpc: '2.0', id: '1', method: 'vm/health' });
    await answered;
    assert.deepEqual(answers[1], { jsonrpc: '2.0', id: '1', result: healthy });
    child.disconnect();
    assert.equal(await exitOf(child), 1);
  });

  it('needs a parent with a channel', async () => {
    await assert.rejects(openTransport({ kind: 'node-ipc' }), isValidationError);
  });
});

describe('over a socket or a pipe that the client listens on', () => {
  let folder: string;
  let server: Server;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'vm-pipe-'));
    server = createServer();
  });

  afterEach(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  async function serveOver(choice: TransportChoice): Promise<void> {
    const connected = once(server, 'connection') as Promise<[Socket]>;
    const transport = await openTransport(choice);
    const { ended } = serveConnection({
      transport,
      version: '1.2.3',
      start: { cwd: '/' },
      log: new HostLog('error', process.stderr),
      openCore: () => Promise.resolve(new TransportTestCore()),
    });
    const [socket] = await connected;
    const client = new RawClient(socket, socket);
    await client.initialize();
    assert.deepEqual((await client.request(1, 'vm/health')).result, healthy);
    await client.request(2, 'shutdown');
    socket.end();
    assert.equal((await ended).exitCode, 0);
  }

  it('a host connects to the port and serves', async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    await serveOver({ kind: 'socket', port: address.port });
  });

  it('a host connects to the pipe and serves', async () => {
    const name = path.join(folder, 'pipe');
    server.listen(name);
    await once(server, 'listening');
    await serveOver({ kind: 'pipe', name });
  });

  it('says so when nobody listens', async () => {
    await assert.rejects(
      openTransport({ kind: 'pipe', name: path.join(folder, 'nobody') }),
      isValidationError,
    );
    await assert.rejects(openTransport({ kind: 'socket', port: 1 }), isValidationError);
  });
});

function isValidationError(error: unknown): boolean {
  return error instanceof VmError && error.code === 'VALIDATION_ERROR';
}

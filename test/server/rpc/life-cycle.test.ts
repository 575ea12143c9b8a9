import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { VmError } from '../../../shared/errors.js';
import { maxMessageBytes, maxPageItems, protocolVersion } from '../../../shared/protocol.js';
import { Life } from '../../../server/rpc/life.js';
import { healthy, serve } from './served.js';

describe('the life of a connection', () => {
  it('answers initialize with what the host is and what both speak', async () => {
    const { client } = serve();
    const { result } = await client.initialize();
    const { serverInfo, capabilities } = result as {
      serverInfo: unknown;
      capabilities: { experimental: unknown };
    };
    assert.deepEqual(serverInfo, { name: 'vm-system', version: '1.2.3' });
    assert.deepEqual(capabilities.experimental, {
      vmSystem: {
        protocol: protocolVersion,
        features: [],
        limits: { maxMessage: maxMessageBytes, maxPage: maxPageItems },
      },
    });
  });

  it('refuses requests before initialize and drops notifications', async () => {
    const { client, settings } = serve();
    client.notify('vm/setTrust', { trusted: false });
    assert.equal((await client.request(1, 'vm/health')).error?.code, -32002);
    assert.equal((await client.request(2, 'shutdown')).error?.code, -32002);
    assert.deepEqual(settings, []);
    assert.deepEqual(client.received, []);
  });

  it('initializes once', async () => {
    const { client } = serve();
    await client.initialize();
    assert.equal((await client.request(2, 'initialize', { capabilities: {} })).error?.code, -32600);
  });

  it('serves what was sent right behind initialize after it', async () => {
    const { core } = serve();
    const { client } = serve({
      openCore: async () => {
        for (let turn = 0; turn < 20; turn += 1) await setImmediate();
        return core;
      },
    });
    client.send({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { capabilities: {} } });
    client.send({ jsonrpc: '2.0', id: 2, method: 'vm/health' });
    client.send({ jsonrpc: '2.0', id: 3, method: 'initialize', params: { capabilities: {} } });
    assert.equal((await client.answer(3)).error?.code, -32600);
    assert.ok((await client.answer(1)).result);
    assert.deepEqual((await client.answer(2)).result, healthy);
  });

  it('takes nothing but exit after shutdown, and ends with 0', async () => {
    const { client, ended, core } = serve();
    await client.initialize();
    assert.equal((await client.request(1, 'shutdown')).result, null);
    assert.equal((await client.request(2, 'vm/health')).error?.code, -32600);
    assert.equal((await client.request(3, 'shutdown')).error?.code, -32600);
    assert.equal((await client.request(4, 'initialize', { capabilities: {} })).error?.code, -32600);
    client.notify('vm/setTrust', { trusted: true });
    client.notify('exit');
    assert.equal((await ended).exitCode, 0);
    assert.equal(core.trust, undefined);
    assert.equal(core.gone.length, 1);
  });

  it('ends with 1 on exit without shutdown, initialized or not', async () => {
    const initialized = serve();
    await initialized.client.initialize();
    initialized.client.notify('exit');
    assert.equal((await initialized.ended).exitCode, 1);

    const fresh = serve();
    fresh.client.notify('exit');
    assert.equal((await fresh.ended).exitCode, 1);
  });

  it('ends when its input ends: with 1, and with 0 once shutdown was sent', async () => {
    const abrupt = serve();
    await abrupt.client.initialize();
    abrupt.client.end();
    assert.deepEqual(await abrupt.ended, { exitCode: 1, reason: 'its input ended' });
    assert.equal(abrupt.core.gone.length, 1);

    const polite = serve();
    await polite.client.initialize();
    polite.client.send({ jsonrpc: '2.0', id: 1, method: 'shutdown' });
    polite.client.end();
    assert.equal((await polite.ended).exitCode, 0);
  });

  it('waits for an opening core before it is over, so that its opener can close it', async () => {
    let open: () => void = () => undefined;
    let opened = false;
    const { client, ended } = serve({
      openCore: async () => {
        await new Promise<void>((resolve) => {
          open = resolve;
        });
        opened = true;
        throw new VmError('STORAGE_FAILED', 'late');
      },
    });
    client.send({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { capabilities: {} } });
    client.notify('exit');
    const over = ended.then(() => opened);
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    open();
    assert.equal(await over, true);
  });

  it('ends when the process that initialize named is gone', async () => {
    const child = spawn(process.execPath, ['--eval', '']);
    await once(child, 'exit');
    const { client, ended } = serve();
    client.send({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { processId: child.pid, capabilities: {} },
    });
    const { exitCode, reason } = await ended;
    assert.equal(exitCode, 1);
    assert.match(reason, /process \d+ is gone/);
  });

  it('ends when the process it watches is killed, and not before', async () => {
    const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)']);
    const life = new Life({ pollMs: 5 });
    let over = false;
    void life.ended.then(() => {
      over = true;
    });
    assert.ok(child.pid !== undefined);
    life.watchProcess(child.pid);
    await once(child, 'spawn');
    assert.equal(over, false);
    child.kill('SIGKILL');
    assert.match((await life.ended).reason, /is gone/);
  });

  it('watches no process group for a process id that is none', async () => {
    const { client } = serve();
    assert.ok((await client.initialize({ processId: -999_999 })).result);
    assert.ok((await client.request(1, 'vm/health')).result);
  });

  it('ends when its owner says so', async () => {
    const { client, end, ended } = serve();
    await client.initialize();
    end('SIGTERM');
    assert.equal((await ended).reason, 'SIGTERM');
  });
});

describe('initialize', () => {
  const versions = (protocol: unknown) => ({ capabilities: { experimental: { vmSystem: { protocol } } } });

  it('refuses a client whose versions do not meet ours, with both ranges', async () => {
    const { client, settings } = serve();
    const { error } = await client.initialize(versions([protocolVersion + 1, protocolVersion + 3]));
    assert.equal(error?.code, -32803);
    assert.deepEqual(error.data, {
      code: 'PROTOCOL_UNSUPPORTED',
      details: {
        client: [protocolVersion + 1, protocolVersion + 3],
        host: [protocolVersion, protocolVersion],
      },
      retry: false,
    });
    assert.deepEqual(settings, [], 'nothing was opened');
  });

  it('accepts a client whose versions include ours', async () => {
    const { client } = serve();
    assert.ok((await client.initialize(versions([0, protocolVersion + 9]))).result);
  });

  it('refuses malformed versions, options and capabilities by name', async () => {
    for (const [params, field] of [
      [versions('1'), 'protocol'],
      [{ initializationOptions: { databse: 'x' } }, 'databse'],
      [{ initializationOptions: { trusted: 'yes' } }, 'trusted'],
      [{ capabilities: 5 }, 'capabilities'],
    ] as const) {
      const { client } = serve();
      const { error } = await client.initialize(params);
      assert.equal(error?.code, -32602);
      assert.equal(error.data?.['code'], 'VALIDATION_ERROR');
      assert.deepEqual(error.data['details'], { field });
      assert.match(error.message, new RegExp(field));
    }
  });

  it('takes a plain client that sends next to nothing', async () => {
    const { client, settings } = serve();
    assert.ok((await client.request(1, 'initialize')).result);
    assert.deepEqual(settings, [{ worktree: '/started/here', trust: 'trusted', hibernation: {} }]);
  });

  it('takes the worktree from the options, the command line, the folders, the root, in this order', async () => {
    const folders = [
      { uri: 'untitled:x', name: 'x' },
      { uri: 'file:///a%20folder', name: 'a' },
    ];
    const all = {
      initializationOptions: { worktree: '/option' },
      workspaceFolders: folders,
      rootUri: 'file:///root',
    };
    const worktreeOf = async (
      params: Record<string, unknown>,
      worktree?: string,
    ): Promise<string | undefined> => {
      const { client, settings } = serve({ start: { cwd: '/started/here', worktree } });
      await client.initialize(params);
      return settings[0]?.worktree;
    };
    assert.equal(await worktreeOf(all, '/flag'), '/option');
    assert.equal(await worktreeOf({ ...all, initializationOptions: {} }, '/flag'), '/flag');
    assert.equal(await worktreeOf({ ...all, initializationOptions: null }), '/a folder');
    assert.equal(await worktreeOf({ workspaceFolders: null, rootUri: 'file:///root' }), '/root');
  });

  it('refuses a folder that is on no disk', async () => {
    const { client } = serve();
    const { error } = await client.initialize({ rootUri: 'vscode-vfs://github/a/b' });
    assert.equal(error?.data?.['code'], 'INVALID_WORKTREE');
  });

  it('prefers the database of the command line, and trusts unless told not to', async () => {
    const { client, settings } = serve({ start: { cwd: '/', database: '/flag.db' } });
    await client.initialize({ initializationOptions: { database: '/option.db', trusted: false } });
    assert.deepEqual(settings, [
      { database: '/flag.db', worktree: '/', trust: 'untrusted', hibernation: {} },
    ]);
  });

  it('tells why core cannot be opened, and lets the client try again', async () => {
    const { core } = serve();
    let attempts = 0;
    const { client } = serve({
      openCore: () => {
        attempts += 1;
        const locked = new VmError('DATABASE_LOCKED', 'Process 7 has it.', { pid: 7 });
        return attempts === 1 ? Promise.reject(locked) : Promise.resolve(core);
      },
    });
    const { error } = await client.initialize();
    assert.deepEqual(error?.data, { code: 'DATABASE_LOCKED', details: { pid: 7 }, retry: true });
    assert.equal(error.message, 'Process 7 has it.');
    assert.equal((await client.request(1, 'vm/health')).error?.code, -32002);
    assert.ok((await client.initialize()).result);
    assert.deepEqual((await client.request(2, 'vm/health')).result, healthy);
  });

  it('passes on that trust was given or taken', async () => {
    const { client, core, stderr } = serve();
    await client.initialize();
    client.notify('vm/setTrust', { trusted: false });
    await client.request(1, 'vm/health');
    assert.equal(core.trust, 'untrusted');
    client.notify('vm/setTrust', { trusted: 'yes' });
    client.notify('vm/setTrust', [true]);
    await client.request(2, 'vm/health');
    assert.equal(core.trust, 'untrusted');
    assert.match(stderr(), /Dropped the notification vm\/setTrust: trusted must be true or false/);
  });
});

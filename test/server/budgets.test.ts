import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { HostOptions } from '../../server/host.js';
import type { Session } from '../../shared/models.js';
import {
  addStartupFile,
  didChangeSession,
  getSession,
  health,
  listCheckpoints,
} from '../../shared/protocol.js';
import type { TestClient } from '../support/client.js';
import { type HostInProcess, startHostInProcess } from '../support/host-in-process.js';
import { spawnServer } from '../support/host-process.js';
import { useTempFolder } from '../support/temp-folder.js';
import { Workbench } from '../support/use-host.js';
import { serve } from './rpc/served.js';
import { FaultyIo } from './store/support.js';

const megabyte = 1024 * 1024;
/** What the host reckons a plain session takes with its thread, and a little more. */
const sessionBytes = 12 * megabyte;

const statusOf = async (client: TestClient, { id: sessionId }: Pick<Session, 'id'>) =>
  (await client.request(getSession, { sessionId })).status;

/** Asks until the session has given up its thread. */
async function untilAsleep(client: TestClient, session: Session): Promise<void> {
  while ((await statusOf(client, session)) !== 'hibernated');
}

describe('sessions that have less memory than they want', () => {
  const folder = useTempFolder();
  const disk = new FaultyIo();
  let host: HostInProcess;
  let client: TestClient;
  /** Each session's status, as it was told last. */
  const statuses = new Map<string, Session['status']>();
  let mostAwake = 0;

  const awake = () =>
    [...statuses.values()].filter((status) => status === 'starting' || status === 'ready').length;

  async function start(memoryBytes: number, options: Pick<HostOptions, 'checkpointBytes'> = {}) {
    const worktree = path.join(folder(), 'worktree');
    mkdirSync(worktree, { recursive: true });
    const database = path.join(folder(), 'vm.db');
    const hibernation = { idleMs: 0, memoryBytes };
    host = await startHostInProcess({ worktree, database, io: disk.io, hibernation, ...options });
    ({ client } = host);
    statuses.clear();
    mostAwake = 0;
    client.connection.onNotification(didChangeSession.type, ({ session }) => {
      statuses.set(session.id, session.status);
      mostAwake = Math.max(mostAwake, awake());
    });
  }

  afterEach(async () => {
    disk.heal();
    await host.dispose();
  });

  const value = async (session: Session, code: string) =>
    (await client.repl(session, code, { whenBusy: 'queue' })).result?.json;

  it('keep their threads by turns, and each its state', async () => {
    await start(3 * sessionBytes);
    const sessions: Session[] = [];
    for (let n = 0; n < 10; n++) {
      const session = await client.session();
      sessions.push(session);
      assert.equal(await value(session, `var n = ${n}; n`), n);
    }
    const [, , , , , , , eighth, ninth, tenth] = sessions;
    assert.ok(eighth && ninth && tenth);
    for (const session of sessions.slice(0, 7)) await untilAsleep(client, session);
    for (const session of [eighth, ninth, tenth]) assert.equal(await statusOf(client, session), 'ready');
    for (const [n, session] of sessions.entries()) assert.equal(await value(session, 'n'), n);
  });

  it('all start when many are made at once, without as many threads', async () => {
    await start(2 * sessionBytes);
    const sessions = await Promise.all(Array.from({ length: 24 }, () => client.session()));
    assert.ok(mostAwake <= 12, `${mostAwake} were awake at once`);
    const values = await Promise.all(sessions.map((session, n) => value(session, `var n = ${n}; n`)));
    assert.deepEqual(
      values,
      sessions.map((_, n) => n),
    );
    assert.ok(mostAwake <= 12, `${mostAwake} were awake at once`);
  });

  it('start one after the other when their startup takes long, and the host answers meanwhile', async () => {
    await start(sessionBytes);
    writeFileSync(
      path.join(folder(), 'worktree', 'slow.js'),
      'await new Promise((done) => setTimeout(done, 4000));',
    );
    const { id: templateId } = await client.template();
    await client.request(addStartupFile, { templateId, path: 'slow.js', mode: 'import' });
    const over = new AbortController();
    const made = Promise.all(Array.from({ length: 9 }, () => client.session({ templateId }))).finally(() =>
      over.abort(),
    );
    let longestMs = 0;
    while (!over.signal.aborted) {
      const before = performance.now();
      await client.request(health, {});
      longestMs = Math.max(longestMs, performance.now() - before);
    }
    assert.equal((await made).length, 9);
    assert.ok(longestMs < 1500, `the host was silent for ${longestMs} ms`);
  });

  it('leave the one that is worked with awake, however large it is', async () => {
    await start(2 * sessionBytes);
    const small = await client.session();
    const large = await client.session();
    await value(large, 'var bytes = new Uint8Array(40 << 20).fill(7); 0');
    await untilAsleep(client, small);
    assert.equal(await statusOf(client, large), 'ready');
    await value(small, '1');
    await untilAsleep(client, large);
    assert.equal(await statusOf(client, small), 'ready');
    assert.equal(await value(large, 'bytes.length + bytes[bytes.length - 1]'), (40 << 20) + 7);
  });

  it('start although nothing can go to sleep, and sleep when the disk takes their states again', async () => {
    await start(sessionBytes);
    const [busy, first] = [await client.session(), await client.session()];
    await value(busy, 'setInterval(() => 0, 1000); 0');
    await value(first, 'var n = 1; 0');
    disk.fail('writeSync', 'ENOSPC');
    while (disk.refused < 3) await client.request(listCheckpoints, { sessionId: first.id });
    disk.heal();
    const more = [];
    for (let n = 0; n < 8; n++) more.push(await client.session());
    await untilAsleep(client, first);
    assert.equal(await statusOf(client, busy), 'ready');
    assert.equal(await value(first, 'n'), 1);
  });
});

describe('what sessions may take', () => {
  let bench: Workbench;
  beforeEach(() => {
    bench = new Workbench();
  });
  afterEach(() => bench.dispose());

  /** Leaves states of more than half a megabyte each. @returns how many of them are kept */
  async function statesKept(client: TestClient): Promise<number> {
    const session = await client.session();
    for (let n = 0; n < 6; n++) {
      await client.repl(
        session,
        'var noise = new Uint8Array(600_000); for (let i = 0; i < noise.length; i += 60_000) crypto.getRandomValues(noise.subarray(i, i + 60_000)); 0',
      );
      // Has it written.
      await client.request(listCheckpoints, { sessionId: session.id });
    }
    return (await client.request(listCheckpoints, { sessionId: session.id })).items.length;
  }

  it('is what the client says at the start', async () => {
    const { client } = await bench.start({
      hibernation: { idleMs: 1000, memoryBytes: 0 },
      checkpoints: { diskBytes: 2 * megabyte },
    });
    const session = await client.session();
    await client.repl(session, 'var n = 1');
    await untilAsleep(client, session);
    assert.equal((await client.repl(session, 'n')).result?.json, 1);
    const kept = await statesKept(client);
    assert.ok(kept >= 1 && kept <= 3, `${kept} states are kept`);
  });

  it('is what the command line says, whatever the client says', async () => {
    const flags = ['--session-memory', '16', '--checkpoint-disk', '0'];
    const { client } = await bench.start(
      { hibernation: { idleMs: 1000, memoryBytes: 0 }, checkpoints: { diskBytes: megabyte } },
      flags,
    );
    const [first, second] = [await client.session(), await client.session()];
    await untilAsleep(client, first);
    assert.ok((await statesKept(client)) >= 6);
    assert.equal((await client.repl(second, '1 + 1')).result?.json, 2);
  });

  it('is no time to be idle for, when the command line says so', async () => {
    const { client } = await bench.start({ hibernation: { idleMs: 1000 } }, ['--hibernate-after', '0']);
    const [idle, clock] = [await client.session(), await client.session()];
    await client.repl(clock, 'await new Promise((done) => setTimeout(done, 2500))');
    assert.equal(await statusOf(client, idle), 'ready');
  });

  for (const [options, field, says] of [
    [{ hibernation: { idleMs: 30 } }, 'hibernation.idleMs', /must be 0 for never, or at least 1000\.$/],
    [{ hibernation: { idleMs: '30' } }, 'hibernation.idleMs', /must be (a number|an integer)\.$/],
    [
      { hibernation: { memoryBytes: 1024 } },
      'hibernation.memoryBytes',
      /0 for no limit, or at least 16777216\.$/,
    ],
    [
      { hibernation: { memoryBytes: -1 } },
      'hibernation.memoryBytes',
      /0 for no limit, or at least 16777216\.$/,
    ],
    [{ hibernation: { memoryMb: 1024 } }, 'hibernation.memoryMb', /^Unknown field hibernation\.memoryMb\.$/],
    [{ checkpoints: { diskBytes: 256 } }, 'checkpoints.diskBytes', /0 for no limit, or at least 1048576\.$/],
  ] as const) {
    it(`is not ${JSON.stringify(options)}`, async () => {
      const { client, settings } = serve();
      const { error } = await client.initialize({ initializationOptions: options });
      assert.equal(error?.data?.['code'], 'VALIDATION_ERROR');
      assert.deepEqual(error.data['details'], { field });
      assert.match(error.message, says);
      assert.deepEqual(settings, []);
    });
  }

  for (const [flag, text, says] of [
    ['--hibernate-after', 'soon', /It must be a number of minutes, at least 1, or 0 for never\./],
    ['--hibernate-after', '-1', /It must be a number of minutes, at least 1, or 0 for never\./],
    ['--session-memory', '8', /It must be a number of megabytes, at least 16, or 0 for no limit\./],
    ['--checkpoint-disk', '1e99', /It must be a number of megabytes, at least 1, or 0 for no limit\./],
  ] as const) {
    it(`is not ${flag} ${text}`, async () => {
      const child = spawnServer(['session', 'list', flag, text], { env: bench.env });
      let error = '';
      child.stderr.setEncoding('utf8').on('data', (more: string) => (error += more));
      const [code] = (await once(child, 'close')) as [number];
      assert.equal(code, 2);
      assert.match(error, says);
    });
  }
});

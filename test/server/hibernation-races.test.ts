import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { HostOptions } from '../../server/host.js';
import {
  addCapability,
  addModule,
  closeSession,
  createCheckpoint,
  deleteCheckpoint,
  deleteSession,
  forkSession,
  getExecution,
  getSession,
  health,
  listCheckpoints,
  removeCapability,
  renameSession,
  restartSession,
  restoreSession,
} from '../../shared/protocol.js';
import type { TestClient } from '../support/client.js';
import { type HostInProcess, startHostInProcess } from '../support/host-in-process.js';
import { useTempFolder } from '../support/temp-folder.js';
import { Workbench } from '../support/use-host.js';
import { FaultyIo } from './store/support.js';

const never = { idleMs: 0, memoryBytes: Infinity };
const soon = { idleMs: 100, memoryBytes: Infinity };

describe('a session that is put away and taken up again', () => {
  const folder = useTempFolder();
  let disk: FaultyIo;
  let host: HostInProcess;
  let client: TestClient;

  async function start(options: Pick<HostOptions, 'hibernation' | 'checkpointBytes'> = {}): Promise<void> {
    const worktree = path.join(folder(), 'worktree');
    mkdirSync(worktree, { recursive: true });
    const database = path.join(folder(), 'vm.db');
    host = await startHostInProcess({ worktree, database, io: disk.io, hibernation: never, ...options });
    ({ client } = host);
  }

  /** Ends the host and starts another one on its database. */
  async function startAgain(options: Pick<HostOptions, 'hibernation' | 'checkpointBytes'> = {}) {
    await host.dispose();
    await start(options);
  }

  const preview = async (session: { id: string }, code: string) =>
    (await client.repl(session, code, { whenBusy: 'queue' })).result?.preview;
  const get = (sessionId: string) => client.request(getSession, { sessionId });

  /** Asks until the session is as it should be. */
  async function until(sessionId: string, passes: (session: Awaited<ReturnType<typeof get>>) => boolean) {
    while (!passes(await get(sessionId)));
  }

  beforeEach(() => {
    disk = new FaultyIo();
    return start();
  });
  afterEach(async () => {
    disk.heal();
    await host.dispose();
  });

  it('goes on from its newest state, however long it was busy before', async () => {
    const session = await client.session();
    const keptAt = async () => (await get(session.id)).runtimeMeta.checkpointAt;
    await client.repl(session, 'let n = 0');
    await client.request(listCheckpoints, { sessionId: session.id });
    const first = await keptAt();
    // Never quiet for long enough to be written, until it has waited for the longest time.
    for (let now = first; now === first; now = await keptAt()) await client.repl(session, 'n++');
    const n = await preview(session, 'n');
    await startAgain();
    assert.equal(await preview(session, 'n'), n);
  });

  it('goes on from its newest state although its other checkpoints were deleted', async () => {
    const session = await client.session();
    const sessionId = session.id;
    await client.repl(session, 'let n = 1');
    await client.repl(session, 'n = 2');
    const { items } = await client.request(listCheckpoints, { sessionId });
    for (const { id: checkpointId } of items.slice(1))
      await client.request(deleteCheckpoint, { sessionId, checkpointId });
    await startAgain();
    assert.equal(await preview(session, 'n'), '2');
  });

  it('has neither what was taken away nor its old name while it wakes, goes back or is forked', async () => {
    const template = await client.template();
    const templateId = template.id;
    await client.request(addModule, { templateId, name: 'exec' });
    for (const how of ['wake', 'restore', 'fork'] as const) {
      await client.request(addCapability, { templateId, kind: 'exec', name: '/bin/echo' });
      const session = await client.session({ templateId });
      const sessionId = session.id;
      await client.repl(session, `import { run } from 'exec'; var echo = () => run('/bin/echo', ['x']).ok`);
      const { id: checkpointId } = await client.request(createCheckpoint, { sessionId });
      assert.equal((await client.repl(session, 'echo()')).status, 'ok');
      if (how === 'wake') await startAgain();
      const going =
        how === 'wake'
          ? client.repl(session, '1').then(() => session)
          : client.request(how === 'fork' ? forkSession : restoreSession, { sessionId, checkpointId });
      await client.request(renameSession, { sessionId, name: 'renamed' });
      await client.request(removeCapability, { templateId, kind: 'exec', name: '/bin/echo' });
      const { id } = await going;
      const { error } = await client.repl({ id }, 'echo()');
      assert.equal(error?.code, 'CAPABILITY_DENIED', how);
      assert.equal((await get(sessionId)).name, 'renamed');
    }
  });

  it('goes back to the oldest of its states while something runs', async () => {
    const session = await client.session();
    const sessionId = session.id;
    const ids: string[] = [];
    for (let n = 0; n < 22; n++) {
      ids.push((await client.repl(session, `globalThis.n = ${n}`)).id);
      if (n % 10 === 0) await client.request(listCheckpoints, { sessionId });
    }
    const { items } = await client.request(listCheckpoints, { sessionId, limit: 100 });
    const oldest = items.reduce((one, other) => (one.createdAt < other.createdAt ? one : other));
    const id = randomUUID();
    const running = client.repl(session, 'console.log(1); n = "left"; for (;;);', { id });
    await client.hears((heard) => heard.what === 'events' && heard.executionId === id);
    await client.request(restoreSession, { sessionId, checkpointId: oldest.id });
    assert.equal((await running).error?.code, 'SESSION_RESTORED');
    const expected = oldest.executionId === undefined ? undefined : ids.indexOf(oldest.executionId);
    assert.equal(await preview(session, 'globalThis.n'), String(expected));
    for (const executionId of [id, ids.at(-1) ?? ''])
      assert.equal((await client.request(getExecution, { executionId })).rewound, true);
  });

  it('goes back twice at once, and its states stay in order', async () => {
    const session = await client.session();
    const sessionId = session.id;
    const { id: executionId } = await client.repl(session, 'var n = 1');
    await client.repl(session, 'n = 2');
    const restore = () => client.request(restoreSession, { sessionId, executionId });
    await Promise.all([restore(), restore()]);
    assert.equal(await preview(session, 'n'), '1');
    await client.repl(session, 'n = 3');
    await restore();
    await startAgain();
    assert.equal(await preview(session, 'n'), '1');
  });

  it('ends with its host although a timer of it never ends', async () => {
    const { id: templateId } = await client.template({ settings: { limits: { cpuMs: 0, wallMs: 0 } } });
    const session = await client.session({ templateId });
    const { id } = await client.repl(
      session,
      'setTimeout(() => { console.log("spins"); for (;;); }, 0); globalThis.n = 2',
    );
    await client.hears((heard) => heard.what === 'events' && heard.executionId !== id);
    await startAgain();
    assert.equal(await preview(session, 'n'), '2');
  });

  it('loses nothing when the disk takes no states for a while', async () => {
    const session = await client.session();
    const sessionId = session.id;
    await client.repl(session, 'var n = 1');
    await client.request(listCheckpoints, { sessionId });
    await client.repl(session, 'n = 2');
    disk.fail('writeSync', 'ENOSPC');
    // Its state comes a moment after its answer.
    while (disk.refused === 0) await client.request(listCheckpoints, { sessionId });
    disk.heal();
    await startAgain();
    assert.equal(await preview(session, 'n'), '2');
    assert.equal((await client.request(health, {})).status, 'ok');
  });

  it('keeps its thread while the disk takes no states, and gives it up afterwards', async () => {
    await startAgain({ hibernation: soon });
    const session = await client.session();
    await client.repl(session, 'var n = 1');
    disk.fail('writeSync', 'ENOSPC');
    while (disk.refused < 3) await client.request(listCheckpoints, { sessionId: session.id });
    assert.equal((await get(session.id)).status, 'ready');
    disk.heal();
    await until(session.id, ({ status }) => status === 'hibernated');
    assert.equal(await preview(session, 'n'), '1');
  });

  it('stays where it is when the state that it is to leave cannot be kept', async () => {
    const session = await client.session();
    const sessionId = session.id;
    await client.repl(session, 'var n = 1');
    const { id: checkpointId } = await client.request(createCheckpoint, { sessionId });
    const { id: executionId } = await client.repl(session, 'n = 2');
    disk.fail('writeSync', 'ENOSPC');
    const refusal = await client.refusal('vm/sessions/restore', { sessionId, checkpointId });
    assert.equal(refusal.code, 'STORAGE_FAILED');
    disk.heal();
    assert.equal(await preview(session, 'n'), '2');
    assert.equal((await client.request(getExecution, { executionId })).rewound, undefined);
  });

  it('takes work at any time while it falls asleep', async () => {
    await startAgain({ hibernation: { idleMs: 1, memoryBytes: 0 } });
    const session = await client.session();
    await client.repl(session, 'var n = 0');
    let woken = 0;
    for (let at = 1; at <= 16; at++) {
      if (at % 4 === 0) await until(session.id, ({ status }) => status === 'hibernated');
      if ((await get(session.id)).status === 'hibernated') woken++;
      const ends = await Promise.all([
        client.repl(session, '++n', { whenBusy: 'queue' }),
        client.repl(session, 'n', { whenBusy: 'queue' }),
      ]);
      assert.deepEqual(
        ends.map(({ result }) => result?.json),
        [at, at],
      );
    }
    assert.ok(woken >= 4);
  });

  it('does not fall asleep over its timers', async () => {
    await startAgain({ hibernation: { idleMs: 1, memoryBytes: 0 } });
    const session = await client.session();
    await client.repl(session, 'var heard = []; setTimeout(() => heard.push(1), 400); 0');
    await until(session.id, ({ status }) => status === 'hibernated');
    assert.equal(await preview(session, 'heard.length'), '1');
  });

  it('stays closed or deleted when that was asked for as it fell asleep, woke or went back', async () => {
    for (const end of [closeSession, deleteSession, restartSession] as const) {
      for (const going of ['sleep', 'wake', 'restore', 'fork'] as const) {
        const session = await client.session();
        const sessionId = session.id;
        await client.repl(session, 'var n = 1');
        const { id: checkpointId } = await client.request(createCheckpoint, { sessionId });
        if (going === 'wake') await startAgain();
        const begun =
          going === 'restore' || going === 'fork'
            ? client.request(going === 'fork' ? forkSession : restoreSession, { sessionId, checkpointId })
            : client.repl(session, going === 'wake' ? 'n' : 'n = 2');
        const outcome = begun.then(
          () => 'done',
          (error: unknown) => String(error),
        );
        await client.request(end, { sessionId });
        await outcome;
        if (going === 'sleep') await startAgain();
        if (end === deleteSession) {
          assert.equal((await client.refusal('vm/sessions/get', { sessionId })).code, 'SESSION_NOT_FOUND');
        } else if (end === closeSession) {
          assert.equal((await get(sessionId)).status, 'closed', going);
        } else if (going !== 'restore') {
          // Whichever of the two came last counts.
          assert.equal(await preview(session, 'typeof n'), "'undefined'", going);
        } else assert.match((await preview(session, 'typeof n')) ?? '', /undefined|number/);
      }
    }
  });
});

describe('a host that is killed', () => {
  it('has not lost a fork that it has told of, and a restart stays one', async () => {
    const bench = new Workbench();
    try {
      let { client, child, ended } = await bench.start();
      const session = await client.session();
      const sessionId = session.id;
      await client.repl(session, 'var n = 1');
      const { id: checkpointId } = await client.request(createCheckpoint, { sessionId });
      const fork = await client.request(forkSession, { sessionId, checkpointId });
      await client.request(restartSession, { sessionId });
      child.kill('SIGKILL');
      await ended;
      ({ client, child, ended } = await bench.start());
      assert.equal((await client.repl(fork, 'n')).result?.preview, '1');
      assert.equal((await client.repl(session, 'typeof n')).result?.json, 'undefined');
      child.stdin.end();
      await ended;
    } finally {
      await bench.dispose();
    }
  });
});

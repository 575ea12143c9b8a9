import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  addLibrary,
  closeSession,
  createCheckpoint,
  deleteCheckpoint,
  deleteSession,
  forkSession,
  getExecution,
  getSession,
  labelCheckpoint,
  listCheckpoints,
  listExecutions,
  restartSession,
  restoreSession,
} from '../../shared/protocol.js';
import { openDatabase } from '../../server/store/open-database.js';
import { useHost, Workbench } from '../support/use-host.js';
import { storeOptions } from './store/support.js';

describe('going back', () => {
  const host = useHost();

  it('undoes what came after, keeps its rows and marks them, and keeps the state that is left', async () => {
    const { client } = host;
    const session = await client.session();
    const sessionId = session.id;
    await client.repl(
      session,
      'const list = [1]; function add() { list.push(list.length + 1); return list.length }',
    );
    const kept = await client.repl(session, 'add()');
    const undone = [
      await client.repl(session, 'add()'),
      await client.repl(session, 'globalThis.later = add()'),
    ];
    await client.request(restoreSession, { sessionId, executionId: kept.id });
    assert.equal((await client.repl(session, 'list')).result?.preview, '[ 1, 2 ]');
    assert.equal((await client.repl(session, 'typeof later')).result?.json, 'undefined');
    for (const { id } of undone) {
      assert.equal((await client.request(getExecution, { executionId: id })).rewound, true);
    }
    assert.equal((await client.request(getExecution, { executionId: kept.id })).rewound, undefined);
    const { items } = await client.request(listCheckpoints, { sessionId });
    const left = items.find(({ label }) => label === 'Before going back');
    assert.equal(left?.executionId, undone[1]?.id);

    await client.request(restoreSession, { sessionId, checkpointId: left?.id });
    assert.equal((await client.repl(session, '[list.length, later]')).result?.preview, '[ 4, 4 ]');
    const rows = (await client.request(listExecutions, { sessionId })).items;
    const rewound = rows.filter((row) => row.rewound === true).map(({ input }) => input);
    assert.deepEqual(rewound, ['typeof later', 'list']);
  });

  it('stops what runs, and what waits never runs', async () => {
    const { client } = host;
    const session = await client.session();
    const first = await client.repl(session, 'let n = 1');
    const id = randomUUID();
    const running = client.repl(session, 'console.log("runs"); n = 2; for (;;);', { id });
    await client.hears((heard) => heard.what === 'events' && heard.executionId === id);
    const waiting = client.repl(session, 'n = 3', { whenBusy: 'queue' });
    await client.request(restoreSession, { sessionId: session.id, executionId: first.id });
    assert.deepEqual(
      [(await running).status, (await running).error?.code],
      ['cancelled', 'SESSION_RESTORED'],
    );
    assert.deepEqual(
      [(await waiting).status, (await waiting).error?.code],
      ['cancelled', 'SESSION_RESTORED'],
    );
    assert.equal((await client.repl(session, 'n')).result?.preview, '1');
  });

  it('goes back to before a library was there, whatever the template has now', async () => {
    const { client } = host;
    const { id: templateId } = await client.template();
    const session = await client.session({ templateId });
    const sessionId = session.id;
    const { id: checkpointId } = await client.request(createCheckpoint, { sessionId, label: 'bare' });
    await client.request(addLibrary, { templateId, name: 'lodash' });
    await client.request(restartSession, { sessionId });
    const use = `import { chunk } from 'lodash'; chunk([1, 2, 3], 2).length`;
    assert.equal((await client.repl(session, use)).result?.preview, '2');
    await client.request(restoreSession, { sessionId, checkpointId });
    assert.equal((await client.repl(session, use)).error?.code, 'MODULE_NOT_ALLOWED');
  });

  it('is refused for a state that is not kept, and names what is missing', async () => {
    const { client } = host;
    const { id: sessionId } = await client.session();
    const restore = (params: object) => client.refusal('vm/sessions/restore', { sessionId, ...params });
    assert.match((await restore({})).message, /Name a checkpoint or an execution/);
    assert.equal((await restore({ executionId: randomUUID() })).code, 'CHECKPOINT_NOT_FOUND');
    const other = await client.session();
    const foreign = await client.request(createCheckpoint, { sessionId: other.id });
    assert.equal((await restore({ checkpointId: foreign.id })).code, 'CHECKPOINT_NOT_FOUND');
  });
});

describe('a fork', () => {
  const host = useHost();

  it('has the state, and from then on a life of its own', async () => {
    const { client } = host;
    const session = await client.session();
    await client.repl(session, 'const shared = { n: 1 }; const get = () => shared.n');
    const checkpoint = await client.request(createCheckpoint, { sessionId: session.id });
    const fork = await client.request(forkSession, { sessionId: session.id, checkpointId: checkpoint.id });
    await client.repl(fork, 'shared.n = 2');
    await client.repl(session, 'shared.n = 3');
    assert.equal((await client.repl(fork, 'get()')).result?.preview, '2');
    assert.equal((await client.repl(session, 'get()')).result?.preview, '3');
    assert.equal(fork.forkedFrom?.sessionId, session.id);
    assert.deepEqual((await client.request(listExecutions, { sessionId: fork.id })).items.length, 2);
  });

  it('draws other random numbers and ids than its origin and its twin, and has a clock of its own', async () => {
    const { client } = host;
    const session = await client.session();
    await client.repl(session, 'Math.random()');
    const { id: checkpointId } = await client.request(createCheckpoint, { sessionId: session.id });
    const forks = [];
    for (let i = 0; i < 2; i++)
      forks.push(await client.request(forkSession, { sessionId: session.id, checkpointId }));
    const drawn = new Set<unknown>();
    for (const each of [session, ...forks]) {
      const { result } = await client.repl(each, '[Math.random(), Math.random(), crypto.randomUUID()]');
      for (const value of result?.json as unknown[]) drawn.add(value);
    }
    assert.equal(drawn.size, 9);
    const [fork] = forks;
    assert.ok(fork);
    const { result } = await client.repl(
      fork,
      'Math.abs(Date.now() - performance.timeOrigin - performance.now()) < 50',
    );
    assert.equal(result?.json, true);
  });

  it('whose id is chosen is made once, however often it is asked for', async () => {
    const { client } = host;
    const session = await client.session();
    const { id: checkpointId } = await client.request(createCheckpoint, { sessionId: session.id });
    const params = { sessionId: session.id, checkpointId, id: randomUUID() };
    const [one, other] = await Promise.all([
      client.request(forkSession, params),
      client.request(forkSession, params),
    ]);
    assert.equal(one.id, other.id);
    assert.equal((await client.refusal('vm/sessions/fork', { ...params, name: 'other' })).code, 'DUPLICATE');
  });

  it('can be made of a closed session, and outlives a deleted one', async () => {
    const { client } = host;
    const session = await client.session();
    await client.repl(session, 'let n = 7');
    const { id: checkpointId } = await client.request(createCheckpoint, { sessionId: session.id });
    await client.request(closeSession, { sessionId: session.id });
    const fork = await client.request(forkSession, { sessionId: session.id, checkpointId });
    await client.request(deleteSession, { sessionId: session.id });
    assert.equal((await client.repl(fork, 'n')).result?.preview, '7');
  });
});

describe('kept states', () => {
  const host = useHost();

  it('are those of the last twenty executions, and those with a label', async () => {
    const { client } = host;
    const session = await client.session();
    const sessionId = session.id;
    await client.repl(session, 'let n = 0');
    const { id } = await client.request(createCheckpoint, { sessionId, label: 'zero' });
    const ids = [];
    for (let i = 0; i < 25; i++) {
      ids.push((await client.repl(session, '++n')).id);
      if (i % 5 === 4) await client.request(listCheckpoints, { sessionId });
    }
    await client.request(createCheckpoint, { sessionId });
    const { items } = await client.request(listCheckpoints, { sessionId, limit: 100 });
    const labelled = items.filter(({ label }) => label !== undefined);
    assert.deepEqual(
      labelled.map((each) => each.id),
      [id],
    );
    const executions = new Set(items.map(({ executionId }) => executionId));
    for (const executionId of ids.slice(-15)) assert.ok(executions.has(executionId));
    assert.ok(items.length <= 23, `${items.length}`);
  });

  it('lose their label, and go, when they are told to', async () => {
    const { client } = host;
    const session = await client.session();
    const sessionId = session.id;
    const { id: checkpointId } = await client.request(createCheckpoint, { sessionId, label: 'x' });
    assert.equal((await client.request(labelCheckpoint, { sessionId, checkpointId })).label, undefined);
    const needed = await client.refusal('vm/sessions/deleteCheckpoint', { sessionId, checkpointId });
    assert.deepEqual([needed.code, /goes on from this/.test(needed.message)], ['VALIDATION_ERROR', true]);
    await client.repl(session, '1');
    await client.request(createCheckpoint, { sessionId });
    await client.request(deleteCheckpoint, { sessionId, checkpointId });
    assert.equal(
      (await client.refusal('vm/sessions/deleteCheckpoint', { sessionId, checkpointId })).code,
      'CHECKPOINT_NOT_FOUND',
    );
  });

  it('cannot be taken while something runs', async () => {
    const { client } = host;
    const session = await client.session();
    const id = randomUUID();
    const running = client.repl(
      session,
      'console.log(1); await new Promise((done) => setTimeout(done, 200))',
      { id },
    );
    await client.hears((heard) => heard.what === 'events' && heard.executionId === id);
    const refusal = await client.refusal('vm/sessions/checkpoint', { sessionId: session.id });
    assert.deepEqual([refusal.code, refusal.details?.['executionId']], ['SESSION_BUSY', id]);
    assert.equal((await running).status, 'ok');
  });

  it('that are damaged are refused with the reason, and the session stays as it is', async () => {
    const bench = new Workbench();
    try {
      let { client, child, ended } = await bench.start();
      const session = await client.session();
      const { id: executionId } = await client.repl(session, 'let n = 1');
      await client.request(createCheckpoint, { sessionId: session.id });
      await client.repl(session, 'n = 2');
      await client.request(listCheckpoints, { sessionId: session.id });
      child.stdin.end();
      await ended;
      const { database } = await openDatabase({
        ...storeOptions(bench.database),
        keyPath: bench.keyFile,
      });
      database.execute(
        `UPDATE checkpoint SET manifest = substr(manifest, 1, 200) WHERE execution_id = '${executionId}'`,
      );
      database.close();
      ({ client, child, ended } = await bench.start());
      const refusal = await client.refusal('vm/sessions/restore', { sessionId: session.id, executionId });
      assert.equal(refusal.code, 'CHECKPOINT_UNUSABLE');
      assert.match(refusal.message, /not from this host, or was changed/);
      assert.equal((await client.repl(session, 'n')).result?.preview, '2');
      assert.equal((await client.request(getSession, { sessionId: session.id })).status, 'ready');
    } finally {
      await bench.dispose();
    }
  });
});

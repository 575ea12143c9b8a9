import assert from 'node:assert/strict';
import { addExecution, at, code, consoleEvents, session, template, useStore } from './support.js';

describe('sessions in the store', () => {
  const use = useStore();

  it('come back as they were put in, with and without their optional fields', async () => {
    const store = await use.open();
    const owner = template();
    store.templates.insert(owner);
    const bare = session();
    const full = session({
      templateId: owner.id,
      workspaceId: 'workspace',
      baseCommitOid: 'abc',
      status: 'crashed',
      lastUsedAt: at(1.25),
      closedAt: at(2),
      lastError: 'It fell over.',
      memoryBytes: 5_000_000_000,
      requestDigest: 'digest',
    });
    store.sessions.insert(bare);
    store.sessions.insert(full);
    assert.deepEqual(store.sessions.get(bare.id), bare);
    assert.deepEqual(store.sessions.get(full.id), full);
  });

  it('lose by update the optional fields that the new row lacks', async () => {
    const { sessions } = await use.open();
    const row = session({ lastError: 'It fell over.', closedAt: at(1) });
    sessions.insert(row);
    const restarted = session({ ...session(), id: row.id, status: 'ready', lastUsedAt: at(7) });
    sessions.update(restarted);
    assert.deepEqual(sessions.get(row.id), restarted);
    assert.throws(() => sessions.update(session()), code('SESSION_NOT_FOUND'));
  });

  it('are listed newest first, by each filter and by all of them', async () => {
    const store = await use.open();
    const owner = template();
    store.templates.insert(owner);
    const old = session({ status: 'closed', createdAt: at(1), templateId: owner.id });
    const young = session({ createdAt: at(3), worktreePath: '/other', templateId: owner.id });
    const middle = session({ createdAt: at(2) });
    for (const row of [old, young, middle]) store.sessions.insert(row);
    const list = (filter: Parameters<typeof store.sessions.list>[0]) =>
      store.sessions.list(filter, { limit: 10 }).items.map(({ id }) => id);
    assert.deepEqual(list({}), [young.id, middle.id, old.id]);
    assert.deepEqual(list({ status: 'ready' }), [young.id, middle.id]);
    assert.deepEqual(list({ templateId: owner.id }), [young.id, old.id]);
    assert.deepEqual(list({ worktreePath: '/other' }), [young.id]);
    assert.deepEqual(list({ status: 'ready', templateId: owner.id, worktreePath: '/home/me/tree' }), []);
  });

  it('are found by status, oldest first', async () => {
    const { sessions } = await use.open();
    const young = session({ status: 'starting', createdAt: at(2) });
    const old = session({ status: 'ready', createdAt: at(1) });
    const closed = session({ status: 'closed' });
    for (const row of [young, old, closed]) sessions.insert(row);
    assert.deepEqual(
      sessions.inStatus('ready', 'starting').map(({ id }) => id),
      [old.id, young.id],
    );
  });

  it('take their executions and events along when they are deleted', async () => {
    const store = await use.open();
    const kept = addExecution(store);
    const gone = addExecution(store);
    store.executions.appendEvents(consoleEvents(kept.id, 1, 2));
    store.executions.appendEvents(consoleEvents(gone.id, 1, 3));
    store.sessions.delete(gone.sessionId);
    assert.equal(store.sessions.get(gone.sessionId), undefined);
    assert.equal(store.executions.get(gone.id), undefined);
    assert.deepEqual(store.executions.events(gone.id, 0, 10), []);
    assert.equal(store.executions.events(kept.id, 0, 10).length, 2);
    assert.deepEqual(store.stats().totals, { templates: 0, sessions: 1, executions: 1, events: 2 });
  });
});

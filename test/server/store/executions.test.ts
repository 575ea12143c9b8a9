import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ExecutionFilter, ExecutionRecord } from '../../../server/core/ports.js';
import type { ExecutionEvent, JsonObject } from '../../../shared/models.js';
import { addExecution, at, code, consoleEvents, execution, session, useStore } from './support.js';

describe('executions in the store', () => {
  const use = useStore();

  it('come back as they were put in, with and without their optional fields', async () => {
    const store = await use.open();
    const bare = addExecution(store);
    const full = execution(bare.sessionId, {
      kind: 'run_file',
      input: 'a\u0000b "🦄"\r\n',
      path: 'src/main.js',
      args: { n: 1, list: [null, 'x'] },
      env: { HOME: '/' },
      status: 'error',
      causedBy: bare.id,
      endedAt: at(3),
      result: { type: 'number', preview: '42', json: 42 },
      error: { name: 'Error', message: 'no', stack: '', frames: [{ path: 'a.js', line: 1, column: 2 }] },
      lastSeq: 7,
      requestDigest: 'digest',
    });
    store.executions.insert(full);
    assert.deepEqual(store.executions.get(bare.id), bare);
    assert.deepEqual(store.executions.get(full.id), full);
  });

  it('are changed by update', async () => {
    const { executions, ...store } = await use.open();
    const row = addExecution({ executions, ...store });
    const ended: ExecutionRecord = { ...row, status: 'ok', endedAt: at(2), startedAt: at(1), lastSeq: 3 };
    executions.update(ended);
    assert.deepEqual(executions.get(row.id), ended);
    assert.throws(() => executions.update({ ...row, id: randomUUID() }), code('EXECUTION_NOT_FOUND'));
  });

  it('keep their place in a list when they begin to run later', async () => {
    const store = await use.open();
    const first = addExecution(store);
    const second = execution(first.sessionId, { startedAt: at(1) });
    store.executions.insert(second);
    store.executions.update({ ...first, startedAt: at(5) });
    const listed = store.executions.list({}, { limit: 10 }).items.map(({ id }) => id);
    assert.deepEqual(listed, [second.id, first.id]);
  });

  it('are listed by each filter', async () => {
    const store = await use.open();
    const here = session();
    const there = session({ worktreePath: '/elsewhere' });
    store.sessions.insert(here);
    store.sessions.insert(there);
    const repl = execution(here.id, { status: 'ok', startedAt: at(1) });
    const file = execution(here.id, { kind: 'run_file', path: 'a.js', startedAt: at(2), input: undefined });
    const other = execution(there.id, { startedAt: at(3) });
    for (const row of [repl, file, other]) store.executions.insert(row);
    const list = (filter: ExecutionFilter) =>
      store.executions.list(filter, { limit: 10 }).items.map(({ id }) => id);
    assert.deepEqual(list({}), [other.id, file.id, repl.id]);
    assert.deepEqual(list({ sessionId: here.id }), [file.id, repl.id]);
    assert.deepEqual(list({ worktreePath: '/elsewhere' }), [other.id]);
    assert.deepEqual(list({ status: 'running' }), [other.id, file.id]);
    assert.deepEqual(list({ kind: 'repl', sessionId: here.id, status: 'ok' }), [repl.id]);
  });

  it('are found by a part of their input or path, in any case and taken literally', async () => {
    const store = await use.open();
    const owner = session();
    store.sessions.insert(owner);
    const add = (fields: Partial<ExecutionRecord>) => {
      const row = execution(owner.id, fields);
      store.executions.insert(row);
      return row.id;
    };
    const percent = add({ input: 'price = 100%;' });
    const umlaut = add({ input: 'const GRÖSSE = 1' });
    const file = add({ input: undefined, path: 'src/Main_File.js' });
    const find = (text: string) => store.executions.list({ text }, { limit: 10 }).items.map(({ id }) => id);
    assert.deepEqual(find('100%'), [percent]);
    assert.deepEqual(find('0%;'), [percent]);
    assert.deepEqual(find('PRICE'), [percent]);
    assert.deepEqual(find('grösse'), [umlaut]);
    assert.deepEqual(find('main_f'), [file]);
    assert.deepEqual(find('main%f'), []);
    assert.deepEqual(find('\\'), []);
  });

  it('are open while they are queued or running, oldest first', async () => {
    const store = await use.open();
    const running = addExecution(store);
    const queued = execution(running.sessionId, { status: 'queued', startedAt: at(-1) });
    store.executions.insert(queued);
    store.executions.insert(execution(running.sessionId, { status: 'timeout' }));
    assert.deepEqual(
      store.executions.open().map(({ id }) => id),
      [queued.id, running.id],
    );
  });
});

describe('events in the store', () => {
  const use = useStore();

  it('come back by seq, after the given one and up to the limit', async () => {
    const store = await use.open();
    const { id } = addExecution(store);
    const events: ExecutionEvent[] = [
      { executionId: id, seq: 1, ts: at(0.001), type: 'input_echo', payload: { text: '1 + 1' } },
      ...consoleEvents(id, 2, 4),
      {
        executionId: id,
        seq: 5,
        ts: at(9),
        type: 'value',
        payload: { type: 'number', preview: '2', json: 2 },
      },
    ];
    store.executions.appendEvents(events.slice(0, 3));
    store.executions.appendEvents(events.slice(3));
    assert.deepEqual(store.executions.events(id, 0, 100), events);
    assert.deepEqual(store.executions.events(id, 1, 2), events.slice(1, 3));
    assert.deepEqual(store.executions.events(id, 5, 100), []);
    assert.deepEqual(store.executions.events(randomUUID(), 0, 100), []);
  });

  it('end a page at about 1 MB, with at least one event', async () => {
    const store = await use.open();
    const { id } = addExecution(store);
    store.executions.appendEvents(consoleEvents(id, 1, 5, 'x'.repeat(400_000)));
    store.executions.appendEvents(consoleEvents(id, 6, 6, 'x'.repeat(3_000_000)));
    const seqs = (afterSeq: number) => store.executions.events(id, afterSeq, 100).map(({ seq }) => seq);
    assert.deepEqual(seqs(0), [1, 2]);
    assert.deepEqual(seqs(4), [5]);
    assert.deepEqual(seqs(5), [6]);
  });

  it('may hold JSON that is deeper than SQLite itself would read', async () => {
    const store = await use.open();
    const { id } = addExecution(store);
    let deep: JsonObject = {};
    for (let depth = 0; depth < 2000; depth++) deep = { deep };
    const payload = { data: { 'application/json': deep }, metadata: {} };
    const event: ExecutionEvent = { executionId: id, seq: 1, ts: at(0), type: 'display', payload };
    store.executions.appendEvents([event]);
    assert.equal(JSON.stringify(store.executions.events(id, 0, 1)), JSON.stringify([event]));
  });

  it('of an execution that is gone are refused, and the others of their batch with them', async () => {
    const store = await use.open();
    const { id } = addExecution(store);
    const batch = [...consoleEvents(id, 1, 1), ...consoleEvents(randomUUID(), 1, 1)];
    assert.throws(() => store.executions.appendEvents(batch), code('EXECUTION_NOT_FOUND'));
    assert.deepEqual(store.executions.events(id, 0, 10), []);
    assert.equal(store.stats().totals.events, 0);
  });

  it('have one place each: a seq cannot be used twice', async () => {
    const store = await use.open();
    const { id } = addExecution(store);
    store.executions.appendEvents(consoleEvents(id, 1, 1, 'first'));
    assert.throws(() => store.executions.appendEvents(consoleEvents(id, 1, 1, 'second')));
    assert.deepEqual(store.executions.events(id, 0, 10), consoleEvents(id, 1, 1, 'first'));
  });
});

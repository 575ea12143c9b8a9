import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Execution, Session } from '../../shared/models.js';
import {
  addStartupFile,
  cancelExecution,
  closeSession,
  deleteSession,
  didChangeSession,
  getSession,
  health,
  listEvents,
  listExecutions,
  restartSession,
} from '../../shared/protocol.js';
import type { TestClient } from '../support/client.js';
import { useHost, Workbench } from '../support/use-host.js';

/** No flag reaches the engine's own loop: only ending the thread stops it. */
const unstoppable = 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)';

const starts = (client: TestClient, id: string) =>
  client.hears(
    (heard) =>
      heard.what === 'execution' && heard.execution.id === id && heard.execution.status === 'running',
  );

/** Sessions as notifications tell of them, from now on. */
function watchSessions(client: TestClient): {
  readonly seen: readonly Session[];
  until(passes: (session: Session) => boolean): Promise<void>;
} {
  const seen: Session[] = [];
  const waiting = new Set<() => void>();
  client.connection.onNotification(didChangeSession.type, ({ session }) => {
    seen.push(session);
    for (const wake of waiting) wake();
    waiting.clear();
  });
  return {
    seen,
    async until(passes) {
      while (!seen.some(passes)) await new Promise<void>((resolve) => waiting.add(resolve));
    },
  };
}

describe('the life of a session', () => {
  const host = useHost();

  const busyWith = async (input: string): Promise<{ session: Session; running: Promise<Execution> }> => {
    const { client } = host;
    const session = await client.session();
    const id = randomUUID();
    const running = client.repl(session, input, { id });
    await starts(client, id);
    return { session, running };
  };

  it('ends closed, not crashed, when closing it costs its thread', async () => {
    const { client } = host;
    const { session, running } = await busyWith(unstoppable);
    const closed = await client.request(closeSession, { sessionId: session.id });
    assert.equal(closed.status, 'closed');
    assert.equal((await running).error?.code, 'SESSION_CLOSED');
    await client.session();
    const later = await client.request(getSession, { sessionId: session.id });
    assert.deepEqual([later.status, later.closedAt], ['closed', closed.closedAt]);
  });

  it('ends when it is deleted, and the host goes on, when that costs its thread', async () => {
    const { client } = host;
    const { session, running } = await busyWith(unstoppable);
    await client.request(deleteSession, { sessionId: session.id });
    assert.equal((await running).error?.code, 'SESSION_CLOSED');
    await client.session();
    assert.equal((await client.request(health, {})).status, 'ok');
  });

  it('begins anew when a restart costs its thread', async () => {
    const { client } = host;
    const { session, running } = await busyWith(unstoppable);
    assert.equal((await client.request(restartSession, { sessionId: session.id })).status, 'ready');
    assert.equal((await running).error?.code, 'SESSION_RESTARTED');
    assert.equal((await client.repl(session, '1 + 1')).result?.preview, '2');
    assert.equal((await client.request(getSession, { sessionId: session.id })).status, 'ready');
  });

  it('leaves no running row behind when it ends while its timers print', async () => {
    const { client } = host;
    for (const request of [closeSession, deleteSession, restartSession]) {
      for (let round = 0; round < 5; round++) {
        const session = await client.session();
        const cell = await client.repl(session, 'setInterval(() => console.log("tick"), 0); 0');
        await client.hears((heard) => heard.what === 'execution' && heard.execution.causedBy === cell.id);
        await client.request(request, { sessionId: session.id });
        assert.deepEqual((await client.request(listExecutions, { status: 'running' })).items, []);
      }
    }
    assert.equal((await client.repl(await client.session(), '1')).status, 'ok');
  });

  it('has one guest after restarts that overlap', async () => {
    const { client } = host;
    const session = await client.session();
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map(() => client.request(restartSession, { sessionId: session.id })),
    );
    // One that is overtaken says so; they need not come to their turns in the order they were sent.
    assert.ok(outcomes.some(({ status }) => status === 'fulfilled'));
    assert.equal((await client.request(getSession, { sessionId: session.id })).status, 'ready');
    assert.equal((await client.repl(session, '1 + 1')).result?.preview, '2');
    assert.equal((await client.request(closeSession, { sessionId: session.id })).status, 'closed');
    const refused = await client.refusal('vm/executions/repl', { sessionId: session.id, input: '1' });
    assert.equal(refused.code, 'SESSION_NOT_READY');
  });

  const withStartup = async (text: string): Promise<string> => {
    const { client, bench } = host;
    const path = `startup/${randomUUID()}.js`;
    bench.write(path, text);
    const { id: templateId } = await client.template({ settings: { limits: { cpuMs: 0, wallMs: 0 } } });
    await client.request(addStartupFile, { templateId, path });
    return templateId;
  };
  const startupOf = async (client: TestClient, sessionId: string): Promise<Execution> => {
    const heard = await client.hears(
      (each) => each.what === 'execution' && each.execution.sessionId === sessionId,
    );
    assert.ok(heard.what === 'execution');
    return heard.execution;
  };

  it('is closed by who closes it while it starts', async () => {
    const { client } = host;
    const templateId = await withStartup('for (;;);');
    const id = randomUUID();
    const created = client.refusal('vm/sessions/create', { id, templateId });
    await startupOf(client, id);
    const closed = await client.request(closeSession, { sessionId: id });
    assert.equal(closed.status, 'closed');
    assert.equal((await created).code, 'SESSION_NOT_READY');
    assert.deepEqual(await client.request(getSession, { sessionId: id }), closed);
  });

  it('crashes when its startup file is cancelled', async () => {
    const { client } = host;
    const templateId = await withStartup('for (;;);');
    const id = randomUUID();
    const created = client.refusal('vm/sessions/create', { id, templateId });
    const startup = await startupOf(client, id);
    await client.request(cancelExecution, { executionId: startup.id });
    const refusal = await created;
    assert.equal(refusal.code, 'STARTUP_FAILED');
    assert.equal(refusal.details?.['executionId'], startup.id);
    const { status, lastError } = await client.request(getSession, { sessionId: id });
    assert.equal(status, 'crashed');
    assert.match(lastError ?? '', /Startup file .* failed/);
  });

  it('answers a creation that is sent twice and fails with the same refusal', async () => {
    const { client } = host;
    const templateId = await withStartup('nope');
    const params = { id: randomUUID(), templateId };
    const refusals = await Promise.all([
      client.refusal('vm/sessions/create', params),
      client.refusal('vm/sessions/create', params),
    ]);
    assert.equal(refusals[0].code, 'STARTUP_FAILED');
    assert.deepEqual(refusals[1], refusals[0]);
  });

  it('that starts is closed when its host is shut down', async () => {
    const bench = new Workbench();
    try {
      bench.write('endless.js', 'for (;;);');
      const first = await bench.start();
      const { id: templateId } = await first.client.template({
        settings: { limits: { cpuMs: 0, wallMs: 0 } },
      });
      await first.client.request(addStartupFile, { templateId, path: 'endless.js' });
      const id = randomUUID();
      const created = first.client.connection
        .sendRequest('vm/sessions/create', { id, templateId })
        .catch(String);
      await startupOf(first.client, id);
      await first.client.shutdown();
      assert.equal((await first.ended).code, 0);
      await created;
      const second = await bench.start({}, ['--log-level', 'info']);
      const session = await second.client.request(getSession, { sessionId: id });
      assert.deepEqual([session.status, session.lastError], ['closed', 'The host stopped.']);
      assert.doesNotMatch(second.log(), /left/);
    } finally {
      await bench.dispose();
    }
  });

  it('is told of in order: starting, ready, busy, idle, closed', async () => {
    const { client } = host;
    const sessions = watchSessions(client);
    const session = await client.session();
    await client.repl(session, '1');
    await client.request(closeSession, { sessionId: session.id });
    await sessions.until(({ id, status }) => id === session.id && status === 'closed');
    const statuses = sessions.seen.filter(({ id }) => id === session.id).map(({ status }) => status);
    assert.deepEqual(
      statuses.filter((status, index) => status !== statuses[index - 1]),
      ['starting', 'ready', 'closed'],
    );
  });
});

describe('background work', () => {
  const host = useHost();

  const background = async (cell: Execution, ...statuses: Execution['status'][]): Promise<Execution> => {
    const heard = await host.client.hears(
      (each) =>
        each.what === 'execution' &&
        each.execution.causedBy === cell.id &&
        (statuses.length === 0 || statuses.includes(each.execution.status)),
    );
    assert.ok(heard.what === 'execution');
    return heard.execution;
  };
  const types = async ({ id }: Execution) =>
    (await host.client.request(listEvents, { executionId: id, limit: 1000 })).items.map(({ type }) => type);

  it('that throws ends with that one exception', async () => {
    const { client } = host;
    const session = await client.session();
    const cell = await client.repl(
      session,
      `setTimeout(() => { console.log(1); throw new Error('late'); }); 0`,
    );
    const row = await background(cell, 'error');
    assert.equal(row.error?.message, 'late');
    assert.deepEqual(await types(row), ['console', 'exception']);
  });

  it('that runs into its CPU limit times out', async () => {
    const { client } = host;
    const { id: templateId } = await client.template({ settings: { limits: { cpuMs: 200 } } });
    const session = await client.session({ templateId });
    const cell = await client.repl(session, 'setTimeout(() => { for (;;); }); 0');
    const row = await background(cell, 'timeout', 'error');
    assert.deepEqual([row.status, row.error?.code], ['timeout', 'CPU_LIMIT_EXCEEDED']);
  });

  it('of several executions is kept apart, and each ends in an execution of its own', async () => {
    const { client } = host;
    const session = await client.session();
    const cells = [];
    for (const name of ['a', 'b']) {
      cells.push(await client.repl(session, `setTimeout(() => console.log('${name}'), 20); 0`));
    }
    const rows = await Promise.all(cells.map((cell) => background(cell, 'ok')));
    assert.deepEqual(
      rows.map(({ causedBy }) => causedBy),
      cells.map(({ id }) => id),
    );
    for (const row of rows) assert.deepEqual(await types(row), ['console']);
  });

  it('stops for good at its event limit', async () => {
    const { client } = host;
    const { id: templateId } = await client.template({ settings: { limits: { maxEvents: 10 } } });
    const session = await client.session({ templateId });
    const cell = await client.repl(
      session,
      'globalThis.ticks = 0; setInterval(() => { ticks++; console.log("tick"); }, 0); 0',
    );
    const row = await background(cell, 'error');
    assert.equal(row.error?.code, 'EVENT_LIMIT_EXCEEDED');
    assert.deepEqual(await types(row), [...Array<string>(10).fill('console'), 'system', 'exception']);
    const ticks = (await client.repl(session, 'ticks')).result?.preview;
    await client.repl(session, 'await new Promise((resolve) => setTimeout(resolve, 50))');
    assert.equal((await client.repl(session, 'ticks')).result?.preview, ticks);
  });

  it('is cancelled like any other execution', async () => {
    const { client } = host;
    const session = await client.session();
    const cell = await client.repl(
      session,
      'globalThis.ticks = 0; setInterval(() => { ticks++; console.log("tick"); }, 0); 0',
    );
    const { id } = await background(cell);
    const cancelled = await client.request(cancelExecution, { executionId: id });
    assert.deepEqual([cancelled.status, cancelled.error?.code], ['cancelled', 'CANCELLED']);
    const ticks = (await client.repl(session, 'ticks')).result?.preview;
    await client.repl(session, 'await new Promise((resolve) => setTimeout(resolve, 50))');
    assert.equal((await client.repl(session, 'ticks')).result?.preview, ticks);
    const { items } = await client.request(listExecutions, { sessionId: session.id, kind: 'background' });
    assert.deepEqual(items, [cancelled]);
  });
});

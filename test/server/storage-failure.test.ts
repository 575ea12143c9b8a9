import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Execution, Session } from '../../shared/models.js';
import {
  deleteSession,
  didChangeHealth,
  getExecution,
  getSession,
  health,
  listEvents,
  listExecutions,
  listSessions,
} from '../../shared/protocol.js';
import type { TestClient } from '../support/client.js';
import { useHostOnDisk } from './host-on-disk.js';

describe('a disk that is full', () => {
  const host = useHostOnDisk();
  const { disk } = host;

  it('ends the running execution with STORAGE_FAILED and keeps the session and its state', async () => {
    const { client } = host;
    const session = await client.session();
    await client.repl(session, 'globalThis.kept = 1');
    const statuses: string[] = [];
    client.connection.onNotification(didChangeHealth.type, ({ status }) => void statuses.push(status));
    const id = randomUUID();
    const running = client.refusal('vm/executions/repl', {
      sessionId: session.id,
      id,
      input:
        'console.log("stored"); await new Promise((r) => setTimeout(r, 100)); for (;;) console.log("lost");',
    });
    await client.hears(
      (heard) =>
        heard.what === 'events' &&
        heard.executionId === id &&
        heard.events.some(({ type }) => type === 'console'),
    );
    disk.fail('writeSync', 'ENOSPC');
    const refusal = await running;
    assert.equal(refusal.code, 'STORAGE_FAILED');
    assert.equal(refusal.details?.['executionId'], id);
    const lastSeq = refusal.details['lastSeq'] as number;
    const { items } = await client.request(listEvents, { executionId: id });
    assert.equal(items.length, lastSeq);
    assert.equal((await client.request(health, {})).status, 'degraded');
    assert.equal((await client.request(listSessions, {})).items.length, 1);
    const refused = await client.refusal('vm/executions/repl', { sessionId: session.id, input: '1' });
    assert.equal(refused.code, 'STORAGE_FAILED');

    disk.heal();
    const after = await client.repl(session, 'kept');
    assert.equal(after.result?.preview, '1');
    assert.equal((await client.request(health, {})).status, 'ok');
    assert.deepEqual(statuses, ['degraded', 'ok']);
    const settled = await client.request(getExecution, { executionId: id });
    assert.equal(settled.error?.code, 'STORAGE_FAILED');
    assert.notEqual(settled.status, 'running');
  });

  /** An execution that runs until the disk fails. Its refusal comes then. */
  const untilTheDiskFails = async (
    session: Session,
    { id = randomUUID() } = {},
  ): Promise<{ request: object; refusal: ReturnType<TestClient['refusal']> }> => {
    const { client } = host;
    const input = 'globalThis.runs = (globalThis.runs ?? 0) + 1; for (;;) console.log("line");';
    const request = { sessionId: session.id, id, input };
    const refusal = client.refusal('vm/executions/repl', request);
    await client.hears((heard) => heard.what === 'events' && heard.executionId === id);
    return { request, refusal };
  };

  it('lets nothing run that waited for its turn', async () => {
    const { client } = host;
    const session = await client.session();
    const { refusal } = await untilTheDiskFails(session);
    const waiting = client.refusal('vm/executions/repl', {
      sessionId: session.id,
      input: 'globalThis.ran = true',
      whenBusy: 'queue',
    });
    await client.hears((heard) => heard.what === 'execution' && heard.execution.status === 'queued');
    disk.fail('writeSync', 'ENOSPC');
    assert.equal((await refusal).code, 'STORAGE_FAILED');
    assert.equal((await waiting).code, 'STORAGE_FAILED');

    disk.heal();
    assert.equal((await client.repl(session, 'typeof ran')).result?.json, 'undefined');
    for (const status of ['queued', 'running'] as const) {
      assert.deepEqual((await client.request(listExecutions, { status })).items, []);
    }
  });

  it('refuses what would have to wait, and the running execution goes on', async () => {
    const { client } = host;
    const session = await client.session();
    const id = randomUUID();
    const running = client.repl(session, 'await new Promise((resolve) => setTimeout(resolve, 500)); 1', {
      id,
    });
    await client.hears((heard) => heard.what === 'events' && heard.executionId === id);
    disk.fail('writeSync', 'ENOSPC');
    const waiting = { sessionId: session.id, input: '2', whenBusy: 'queue' };
    assert.equal((await client.refusal('vm/executions/repl', waiting)).code, 'STORAGE_FAILED');
    disk.heal();
    assert.equal((await running).result?.preview, '1');
    assert.equal((await client.repl(session, '3')).status, 'ok');
  });

  it('makes no execution run twice when its request is sent again', async () => {
    const { client } = host;
    const session = await client.session();
    const { request, refusal } = await untilTheDiskFails(session);
    disk.fail('writeSync', 'ENOSPC');
    assert.equal((await refusal).code, 'STORAGE_FAILED');
    assert.equal((await client.refusal('vm/executions/repl', request)).code, 'STORAGE_FAILED');
    disk.heal();
    const again = await client.connection.sendRequest<Execution>('vm/executions/repl', request);
    assert.deepEqual([again.status, again.error?.code], ['error', 'STORAGE_FAILED']);
    assert.equal((await client.repl(session, 'runs')).result?.preview, '1');
  });

  it('is over when it takes writes again, also when what was unsaved has been removed', async () => {
    const { client } = host;
    const [session, other] = [await client.session(), await client.session()];
    const { refusal } = await untilTheDiskFails(session);
    disk.fail('writeSync', 'ENOSPC');
    assert.equal((await refusal).code, 'STORAGE_FAILED');
    disk.heal();
    await client.request(deleteSession, { sessionId: session.id });
    assert.equal((await client.repl(other, '1 + 1')).result?.preview, '2');
    assert.equal((await client.request(health, {})).status, 'ok');
  });

  it('does not keep a session from being rolled back, which is recorded later', async () => {
    const { client } = host;
    const [session, other] = [await client.session(), await client.session()];
    const id = randomUUID();
    const running = client.refusal('vm/executions/repl', {
      sessionId: session.id,
      id,
      input: 'console.log(1); Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
    });
    await client.hears((heard) => heard.what === 'events' && heard.executionId === id);
    disk.fail('writeSync', 'ENOSPC');
    const cancelled = await client.refusal('vm/executions/cancel', { executionId: id });
    assert.equal(cancelled.code, 'STORAGE_FAILED');
    assert.equal((await running).code, 'STORAGE_FAILED');
    disk.heal();
    assert.equal((await client.repl(other, '1')).status, 'ok');
    assert.equal((await client.request(getSession, { sessionId: session.id })).status, 'ready');
    assert.equal((await client.request(getExecution, { executionId: id })).status, 'cancelled');
  });
});

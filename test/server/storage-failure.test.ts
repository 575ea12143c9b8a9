import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { didChangeHealth, getExecution, health, listEvents, listSessions } from '../../shared/protocol.js';
import { type HostInProcess, startHostInProcess } from '../support/host-in-process.js';
import { useTempFolder } from '../support/temp-folder.js';
import { FaultyIo } from './store/support.js';

describe('a disk that is full', () => {
  const folder = useTempFolder();
  const disk = new FaultyIo();
  let host: HostInProcess;
  beforeEach(async () => {
    const worktree = path.join(folder(), 'worktree');
    mkdirSync(worktree);
    host = await startHostInProcess({ worktree, database: path.join(folder(), 'vm.db'), io: disk.io });
  });
  afterEach(() => host.dispose());

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
});

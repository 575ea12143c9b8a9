import assert from 'node:assert/strict';
import type { Execution } from '../../shared/models.js';
import { getExecution, listEvents, listExecutions } from '../../shared/protocol.js';
import type { HostProcess } from '../support/host-process.js';
import { withOtherSqlite } from '../support/other-sqlite.js';
import { Workbench } from '../support/use-host.js';

const kills = 50;

describe('durability', () => {
  let bench: Workbench;
  beforeEach(() => {
    bench = new Workbench();
  });
  afterEach(() => bench.dispose());

  it('has every event in the file, for any SQLite, before the answer', async () => {
    const host = await bench.start();
    const session = await host.client.session();
    const execution = await host.client.repl(session, 'for (let i = 0; i < 100; i++) console.log(i); "end"');
    host.child.kill('SIGKILL');
    await host.ended;
    const seqs = withOtherSqlite(bench.database, (database) =>
      database.all(
        'SELECT seq FROM execution_event WHERE execution_key = (SELECT key FROM execution WHERE id = ?) ORDER BY seq',
        [execution.id],
      ),
    );
    assert.deepEqual(
      seqs.map((row) => row['seq']),
      Array.from({ length: 102 }, (_, i) => i + 1),
    );
  });

  it(`loses nothing that was answered when the host is killed ${kills} times under load`, async function () {
    this.timeout(300_000);
    const acknowledged: Execution[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const host = await bench.start();
      const loads = [load(host, acknowledged), load(host, acknowledged)];
      await Promise.all(loads.map(({ running }) => running));
      // A random moment is the point of it.
      setTimeout(() => host.child.kill('SIGKILL'), Math.random() * 150);
      await Promise.all([host.ended, ...loads.map(({ over }) => over)]);
    }
    const host = await bench.start();
    const { client } = host;
    assert.ok(acknowledged.length >= kills, `${acknowledged.length} executions were answered`);
    for (const execution of acknowledged) {
      assert.deepEqual(await client.request(getExecution, { executionId: execution.id }), execution);
      const { items } = await client.request(listEvents, { executionId: execution.id, limit: 1000 });
      assert.deepEqual(
        items.map(({ seq }) => seq),
        Array.from({ length: execution.lastSeq }, (_, i) => i + 1),
      );
    }
    for (const status of ['queued', 'running'] as const) {
      assert.deepEqual((await client.request(listExecutions, { status })).items, []);
    }
    await client.shutdown();
    await host.ended;
    withOtherSqlite(bench.database, (database) => {
      assert.deepEqual(database.all('PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
      assert.deepEqual(database.all('PRAGMA foreign_key_check'), []);
    });
  });
});

/** Keeps a session of its own busy until the host is gone, and pushes what was answered. */
function load(
  { client }: HostProcess,
  acknowledged: Execution[],
): { running: Promise<void>; over: Promise<void> } {
  const started = (async () => {
    const session = await client.session();
    acknowledged.push(await client.repl(session, '0'));
    return session;
  })();
  const over = started.then(async (session) => {
    for (let i = 0; ; i++) {
      acknowledged.push(
        await client.repl(session, `for (let i = 0; i < ${i % 30}; i++) console.log(i); ${i}`),
      );
    }
  });
  return { running: started.then(() => undefined), over: over.catch(() => undefined) };
}

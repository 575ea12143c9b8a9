import assert from 'node:assert/strict';
import { openDatabase } from '../../server/store/open-database.js';
import {
  cancelExecution,
  createCheckpoint,
  getExecution,
  listCheckpoints,
  listExecutions,
  listVariables,
  restoreSession,
} from '../../shared/protocol.js';
import type { HostProcess } from '../support/host-process.js';
import { Workbench } from '../support/use-host.js';
import { storeOptions } from './store/support.js';

/** Nothing but the end of the thread stops it. */
const endless = 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)';

describe('the states of a session', () => {
  let bench: Workbench;
  let host: HostProcess;
  let sessionId: string;
  const repl = (input: string, more: object = {}) => host.client.repl({ id: sessionId }, input, more);
  const states = async () => (await host.client.request(listCheckpoints, { sessionId, limit: 100 })).items;
  /** A new host, after the old one was ended as an editor does, or killed. */
  async function startAgain(how: 'end' | 'kill'): Promise<void> {
    if (how === 'end') await host.client.shutdown();
    else host.child.kill('SIGKILL');
    await host.ended;
    host = await bench.start();
  }

  beforeEach(async () => {
    bench = new Workbench();
    host = await bench.start();
    sessionId = (await host.client.session()).id;
  });
  afterEach(() => bench.dispose());

  it('stay what they are when it is only looked at between two nights', async () => {
    await repl('let n = 1');
    await startAgain('end');
    const before = await states();
    await host.client.request(listVariables, { sessionId });
    await startAgain('end');
    assert.deepEqual(await states(), before);
  });

  it('let it go back although the newest one is damaged', async () => {
    const { id: executionId } = await repl('let n = 1');
    await repl('n = 2');
    await host.client.shutdown();
    await host.ended;
    const { database } = await openDatabase({ ...storeOptions(bench.database), keyPath: bench.keyFile });
    database.execute(`UPDATE checkpoint SET mark = x'00' WHERE key = (SELECT max(key) FROM checkpoint)`);
    database.close();
    host = await bench.start();
    await host.client.request(restoreSession, { sessionId, executionId });
    assert.equal((await repl('n')).result?.json, 1);
  });

  it('that it left are kept, the last ten of them', async () => {
    const { id: executionId } = await repl('let n = 1');
    await host.client.request(createCheckpoint, { sessionId, label: 'mine' });
    for (let back = 0; back < 12; back++) {
      await repl(`n = ${back}`);
      await host.client.request(restoreSession, { sessionId, executionId });
    }
    const labels = (await states()).flatMap(({ label }) => label ?? []);
    assert.deepEqual(labels.sort(), [...Array<string>(10).fill('Before going back'), 'mine']);
  });

  it('are without background work that was cancelled, also after a kill', async () => {
    const { client } = host;
    const cell = await repl('let ticks = 0; setInterval(() => { ticks++; console.log(ticks) }, 10); 0');
    const { execution } = await client.hears(
      (heard): heard is typeof heard & { what: 'execution' } =>
        heard.what === 'execution' && heard.execution.causedBy === cell.id,
    );
    const keptAt = async () => (await states())[0]?.createdAt;
    await client.request(cancelExecution, { executionId: execution.id });
    const before = await keptAt();
    while ((await keptAt()) === before);
    await startAgain('kill');
    const { result } = await repl(
      'const then = ticks; await new Promise((done) => setTimeout(done, 50)); ticks - then',
    );
    assert.equal(result?.json, 0);
  });

  it('hold what timers did, whose rows are not marked when the host ends in peace', async () => {
    const { client } = host;
    const cell = await repl(`setTimeout(() => console.log('late'), 20); 0`);
    const { execution } = await client.hears(
      (heard): heard is typeof heard & { what: 'execution' } =>
        heard.what === 'execution' &&
        heard.execution.causedBy === cell.id &&
        heard.execution.endedAt !== undefined,
    );
    assert.ok(execution.metrics.wallMs < 500, `${execution.metrics.wallMs} ms, the quiet after it included`);
    for (let night = 0; night < 2; night++) {
      await startAgain('end');
      await host.client.request(listVariables, { sessionId });
    }
    const { items } = await host.client.request(listExecutions, { sessionId });
    assert.deepEqual(
      items.filter(({ rewound }) => rewound),
      [],
    );
  });

  it('that a roll-back leaves hold what waited meanwhile, and what runs afterwards', async () => {
    await repl('let n = 1');
    const lost = repl(`n = 10; ${endless}`, { limits: { wallMs: 300 } });
    const waiting = repl('n += 1', { whenBusy: 'queue' });
    assert.deepEqual([(await lost).status, (await lost).rewound], ['timeout', true]);
    assert.deepEqual([(await waiting).result?.json, (await waiting).rewound], [2, undefined]);
    const executionId = (await waiting).id;
    assert.equal((await host.client.request(getExecution, { executionId })).rewound, undefined);
    await startAgain('end');
    await host.client.request(restoreSession, { sessionId, executionId });
    assert.equal((await repl('n')).result?.json, 2);
    assert.equal((await host.client.request(getExecution, { executionId })).rewound, undefined);
  });

  it('that a roll-back leads to before anything ran draw other numbers than the template’s', async () => {
    const numbers = new Set<unknown>();
    for (const { id } of [{ id: sessionId }, await host.client.session(), await host.client.session()]) {
      await host.client.repl({ id }, endless, { limits: { wallMs: 100 } });
      numbers.add((await host.client.repl({ id }, 'Math.random()')).result?.json);
    }
    assert.equal(numbers.size, 3);
  });
});

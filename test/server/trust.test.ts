import assert from 'node:assert/strict';
import type { Session } from '../../shared/models.js';
import { health, listEvents, listExecutions, setTrust } from '../../shared/protocol.js';
import type { TestClient } from '../support/client.js';
import { useHost } from '../support/use-host.js';

const trust = (client: TestClient, trusted: boolean): Promise<void> =>
  client.connection.sendNotification(setTrust.type, { trusted });

/** Until the host is this much older, in milliseconds: it answers, but runs nothing. */
async function hostAges(client: TestClient, ms: number): Promise<void> {
  const { uptimeMs } = await client.request(health, {});
  while ((await client.request(health, {})).uptimeMs < uptimeMs + ms);
}

describe('a session whose workspace is not trusted any more', () => {
  const host = useHost();
  let session: Session;
  beforeEach(async () => {
    await trust(host.client, true);
    session = await host.client.session();
  });

  it('runs no timer until trust returns, and then each late one once, in order', async () => {
    const { client } = host;
    const cell = await client.repl(
      session,
      `globalThis.came = [];
       for (const ms of [30, 20, 40]) setTimeout(() => { came.push(ms); console.log('timer', ms) }, ms);
       setInterval(() => came.push('tick'), 50); 0`,
    );
    await trust(client, false);
    await hostAges(client, 600);
    const before = await client.request(listExecutions, { sessionId: session.id, kind: 'background' });
    const ticksBefore = before.items.length;
    await trust(client, true);
    const { result } = await client.repl(session, 'came.filter((entry) => entry !== "tick").join()');
    assert.equal(result?.json, '20,30,40');
    const ticks = await client.repl(session, 'came.filter((entry) => entry === "tick").length');
    assert.ok(Number(ticks.result?.json) < 10, `the interval came ${ticks.result?.preview} times`);
    const background = await client.hears(
      (heard): heard is typeof heard & { what: 'execution' } =>
        heard.what === 'execution' && heard.execution.causedBy === cell.id,
    );
    const { items } = await client.request(listEvents, { executionId: background.execution.id });
    assert.deepEqual(
      items.flatMap((event) => (event.type === 'console' ? [event.payload.text] : [])),
      ['timer 20', 'timer 30', 'timer 40'],
    );
    assert.ok(ticksBefore <= 1);
  });

  it('has what runs and what waits cancelled, and keeps its state', async () => {
    const { client } = host;
    await client.repl(session, 'let kept = 1');
    const running = client.repl(session, 'kept = 2; console.log("runs"); for (;;);');
    const waiting = client.repl(session, 'kept = 3', { whenBusy: 'queue' });
    await client.hears(
      (heard) =>
        heard.what === 'events' &&
        heard.events.some((event) => event.type === 'console' && event.payload.text === 'runs'),
    );
    await trust(client, false);
    for (const execution of await Promise.all([running, waiting])) {
      assert.equal(execution.status, 'cancelled');
      assert.equal(execution.error?.code, 'CANCELLED');
      assert.match(execution.error.message, /no longer trusted/);
    }
    const refused = await client.refusal('vm/executions/repl', { sessionId: session.id, input: '1' });
    assert.equal(refused.code, 'WORKSPACE_NOT_TRUSTED');
    await trust(client, true);
    assert.equal((await client.repl(session, 'kept')).result?.json, 2);
  });

  it('has an execution that merely waits cancelled', async () => {
    const { client } = host;
    const running = client.repl(
      session,
      'console.log("waits"); await new Promise((done) => setTimeout(done, 1e6))',
    );
    await client.hears(
      (heard) =>
        heard.what === 'events' &&
        heard.events.some((event) => event.type === 'console' && event.payload.text === 'waits'),
    );
    await trust(client, false);
    assert.equal((await running).status, 'cancelled');
  });

  it('has background work stopped that does not end by itself', async () => {
    const { client } = host;
    const cell = await client.repl(session, `setTimeout(() => { console.log('endless'); for (;;); }, 1); 0`);
    await client.hears(
      (heard) =>
        heard.what === 'events' &&
        heard.events.some((event) => event.type === 'console' && event.payload.text === 'endless'),
    );
    await trust(client, false);
    const { execution } = await client.hears(
      (heard): heard is typeof heard & { what: 'execution' } =>
        heard.what === 'execution' &&
        heard.execution.causedBy === cell.id &&
        heard.execution.endedAt !== undefined,
    );
    assert.equal(execution.error?.code, 'CANCELLED');
    await trust(client, true);
    assert.equal((await client.repl(session, '1 + 1')).result?.preview, '2');
  });

  it('runs nothing while it is rolled back, either', async () => {
    const { client } = host;
    await client.repl(session, 'const came = []; setInterval(() => came.push(Date.now()), 1); 0');
    await client.repl(
      session,
      `setTimeout(() => {
         console.log('native');
         // Nothing is told while it runs.
         setTimeout(() => Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1), 100);
       }, 1); 0`,
    );
    const says = (type: 'console' | 'system', what: RegExp) =>
      client.hears(
        (heard) =>
          heard.what === 'events' &&
          heard.events.some((event) => event.type === type && what.test(JSON.stringify(event.payload))),
      );
    await says('console', /native/);
    await hostAges(client, 150);
    const left = Date.now();
    await trust(client, false);
    await says('system', /ROLLED_BACK/);
    await hostAges(client, 300);
    const returned = Date.now();
    await trust(client, true);
    const { result } = await client.repl(
      session,
      `await new Promise((done) => setTimeout(done, 20)); ({
         meanwhile: came.filter((at) => at > ${left + 500} && at < ${returned}).length,
         since: came.filter((at) => at >= ${returned}).length > 0,
       })`,
    );
    assert.deepEqual(result?.json, { meanwhile: 0, since: true });
  });
});

import assert from 'node:assert/strict';
import {
  addCapability,
  addModule,
  addStartupFile,
  createCheckpoint,
  getExecution,
  getSession,
  interruptSession,
  listEvents,
  listExecutions,
  listVariables,
  restartSession,
  setTrust,
} from '../../shared/protocol.js';
import { openDatabase } from '../../server/store/open-database.js';
import type { TestClient } from '../support/client.js';
import type { HostProcess } from '../support/host-process.js';
import { Workbench } from '../support/use-host.js';
import { storeOptions } from './store/support.js';

describe('a session whose host ended', () => {
  let bench: Workbench;
  let host: HostProcess;
  beforeEach(async () => {
    bench = new Workbench();
    host = await bench.start();
  });
  afterEach(() => bench.dispose());

  const status = async (client: TestClient, sessionId: string) =>
    (await client.request(getSession, { sessionId })).status;

  /** Ends the host as an editor does. */
  async function restart(): Promise<TestClient> {
    await host.client.shutdown();
    await host.ended;
    host = await bench.start();
    return host.client;
  }

  /** Ends the host without a word, once what it had is kept. */
  async function kill(sessionId: string): Promise<TestClient> {
    await host.client.request(createCheckpoint, { sessionId });
    host.child.kill('SIGKILL');
    await host.ended;
    host = await bench.start();
    return host.client;
  }

  it('goes on as if nothing had been, with timers, promises and modules', async () => {
    let { client } = host;
    bench.write('shared.js', 'export const seen = [];');
    const session = await client.session();
    await client.repl(
      session,
      `
      import { seen } from './shared.js'; seen.push('before');
      class Counter { #n = 0; next() { return ++this.#n } }
      const counter = new Counter(); counter.next();
      function* letters() { yield 'a'; yield 'b'; yield 'c' } const letter = letters(); letter.next();
      const map = new Map([[counter, 'counter']]), weak = new WeakMap([[counter, 'weak']]), set = new Set(['s']);
      let settle; const heard = []; (async () => heard.push(await new Promise((resolve) => (settle = resolve))))();
      setTimeout(() => heard.push('timer'), 150); 0`,
    );
    for (const end of ['restart', 'kill'] as const) {
      client = end === 'restart' ? await restart() : await kill(session.id);
      assert.equal(await status(client, session.id), 'hibernated');
    }
    const value = async (code: string) => (await client.repl(session, code)).result?.preview;
    assert.equal(await value('counter.next()'), '2');
    assert.equal(await value('letter.next().value'), "'b'");
    assert.equal(
      await value('[map.get(counter), weak.get(counter), set.has("s")].join()'),
      "'counter,weak,true'",
    );
    assert.equal(
      await value('import { seen as again } from "./shared.js"; again === seen && seen.join()'),
      "'before'",
    );
    await client.repl(session, 'settle("late"); await new Promise((done) => setTimeout(done, 200))');
    assert.equal(await value('heard.sort().join()'), "'late,timer'");
    assert.equal(await status(client, session.id), 'ready');
  });

  it('says from when its state is, and marks what is not in it', async () => {
    let { client } = host;
    const session = await client.session();
    const kept = await client.repl(session, 'let n = 1');
    await client.request(createCheckpoint, { sessionId: session.id });
    const lost = await client.repl(session, 'n = 2');
    host.child.kill('SIGKILL');
    await host.ended;
    host = await bench.start();
    ({ client } = host);
    const { result } = await client.repl(session, 'n');
    const mark = (await client.request(getExecution, { executionId: lost.id })).rewound;
    assert.deepEqual([result?.preview, mark], ['1', true]);
    const { execution } = await client.hears(
      (heard): heard is typeof heard & { what: 'execution' } =>
        heard.what === 'execution' && heard.execution.kind === 'background',
    );
    const notice = await client.request(listEvents, { executionId: execution.id });
    const [event] = notice.items;
    assert.ok(event?.type === 'system');
    assert.match(event.payload.message, /goes on with its state of \d/);
    assert.equal(execution.causedBy, kept.id);
  });

  it('rejects what was under way, once it wakes', async () => {
    const { client: first } = host;
    const template = await first.template({ settings: { limits: { wallMs: 0 } } });
    await first.request(addModule, {
      templateId: template.id,
      name: 'exec',
    });
    await first.request(addCapability, {
      templateId: template.id,
      kind: 'exec',
      name: '/bin/sleep',
    });
    const session = await first.session({ templateId: template.id });
    await first.repl(
      session,
      `
      import { runAsync } from 'exec'; let ended = 'not yet';
      runAsync('/bin/sleep', ['59.71']).catch((error) => (ended = error.code)); 0`,
    );
    const client = await restart();
    const { result } = await client.repl(session, 'await new Promise((done) => setTimeout(done, 50)); ended');
    assert.equal(result?.json, 'HOST_STOPPED');
  });

  it('is woken by whatever needs it, and by nothing else', async () => {
    const session = await host.client.session();
    await host.client.repl(session, 'let named = 1');
    const client = await restart();
    const sessionId = session.id;
    assert.deepEqual(await client.request(interruptSession, { sessionId }), { interrupted: false });
    assert.equal(await status(client, sessionId), 'hibernated');
    const { items } = await client.request(listVariables, { sessionId });
    assert.deepEqual(
      items.map(({ name }) => name),
      ['named'],
    );
    assert.equal(await status(client, sessionId), 'ready');
  });

  it('can be restarted afresh', async () => {
    const session = await host.client.session();
    await host.client.repl(session, 'let n = 1');
    const client = await restart();
    await client.request(restartSession, { sessionId: session.id });
    assert.equal((await client.repl(session, 'typeof n')).result?.json, 'undefined');
  });

  it('is closed with the reason when its state is of another build, or damaged', async () => {
    for (const [sql, reason] of [
      [`UPDATE checkpoint SET build = 'other'`, /another version of the engine/],
      [`UPDATE image_piece SET content = substr(content, 1, 10)`, /damaged/],
    ] as const) {
      const session = await host.client.session();
      await host.client.repl(session, 'let n = 1');
      await host.client.shutdown();
      await host.ended;
      const { database } = await openDatabase({
        ...storeOptions(bench.database),
        keyPath: bench.keyFile,
      });
      database.execute(sql);
      database.close();
      host = await bench.start();
      const refusal = await host.client.refusal('vm/executions/repl', { sessionId: session.id, input: 'n' });
      assert.equal(refusal.code, 'SESSION_NOT_READY');
      const { status: now, lastError } = await host.client.request(getSession, { sessionId: session.id });
      assert.equal(now, 'closed');
      assert.match(lastError ?? '', reason);
      await host.client.request(restartSession, { sessionId: session.id });
      assert.equal((await host.client.repl(session, '1 + 1')).result?.preview, '2');
    }
  });

  it('runs nothing when trust is taken away while it wakes', async () => {
    const session = await host.client.session();
    await host.client.repl(session, 'const came = []; setInterval(() => came.push(Date.now()), 1); 0');
    const client = await restart();
    const woken = Date.now();
    const waking = client.refusal('vm/executions/repl', { sessionId: session.id, input: 'came.length = 0' });
    await client.connection.sendNotification(setTrust.type, { trusted: false });
    assert.equal((await waking).code, 'WORKSPACE_NOT_TRUSTED');
    assert.equal(await status(client, session.id), 'ready');
    const returned = Date.now();
    await client.connection.sendNotification(setTrust.type, { trusted: true });
    const { result } = await client.repl(
      session,
      `came.filter((at) => at >= ${woken} && at < ${returned}).length`,
    );
    assert.equal(result?.json, 0);
  });

  it('does not wake in an untrusted workspace', async () => {
    const session = await host.client.session();
    await host.client.shutdown();
    await host.ended;
    host = await bench.start({ trusted: false });
    const refusal = await host.client.refusal('vm/executions/repl', { sessionId: session.id, input: '1' });
    assert.equal(refusal.code, 'WORKSPACE_NOT_TRUSTED');
    assert.equal(await status(host.client, session.id), 'hibernated');
  });
});

describe('a session that is rolled back', () => {
  it('marks at once what it goes on without, and for good', async () => {
    const bench = new Workbench();
    try {
      let host = await bench.start();
      const session = await host.client.session();
      await host.client.repl(session, 'let kept = 1');
      const lost = await host.client.repl(
        session,
        'kept = 2; Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
        { limits: { wallMs: 300 } },
      );
      assert.equal(lost.status, 'timeout');
      assert.equal(lost.rewound, true);
      assert.equal((await host.client.repl(session, 'kept')).result?.json, 1);
      const marks = async () => {
        const { items } = await host.client.request(listExecutions, { sessionId: session.id, kind: 'repl' });
        return items.map(({ rewound }) => rewound === true);
      };
      assert.deepEqual(await marks(), [false, true, false]);
      await host.client.shutdown();
      await host.ended;
      host = await bench.start();
      assert.equal((await host.client.repl(session, 'kept += 1')).result?.json, 2);
      assert.deepEqual(await marks(), [false, false, true, false]);
    } finally {
      await bench.dispose();
    }
  });
});

describe('sessions of one template', () => {
  it('share libraries, but nothing of a worktree', async () => {
    const benches = [new Workbench(), new Workbench()];
    try {
      const [first, second] = benches;
      assert.ok(first && second);
      for (const [index, bench] of benches.entries()) {
        bench.write(
          'start.js',
          `globalThis.data = (await import('./data.json')).default.text; globalThis.drawn = Math.random();`,
        );
        bench.write('data.json', JSON.stringify({ text: `of ${index}` }));
      }
      const { client } = await first.start();
      const { id: templateId } = await client.template();
      await client.request(addStartupFile, { templateId, path: 'start.js' });
      const texts: unknown[] = [];
      const numbers = new Set<unknown>();
      for (const bench of [first, second, first]) {
        const session = await client.session({ templateId, worktreePath: bench.worktree });
        texts.push((await client.repl(session, 'data')).result?.json);
        numbers.add((await client.repl(session, 'drawn')).result?.json);
      }
      assert.deepEqual(texts, ['of 0', 'of 1', 'of 0']);
      assert.equal(numbers.size, 3);
    } finally {
      for (const bench of benches) await bench.dispose();
    }
  });
});

import assert from 'node:assert/strict';
import type { Execution, ExecutionEvent, Session } from '../../shared/models.js';
import { getSession, listEvents, listExecutions } from '../../shared/protocol.js';
import type { TestClient } from '../support/client.js';
import { useHost } from '../support/use-host.js';

async function eventsOf(client: TestClient, { id }: Pick<Execution, 'id'>): Promise<ExecutionEvent[]> {
  const { items } = await client.request(listEvents, { executionId: id, limit: 1000 });
  return items;
}

/** Messages of the exceptions of an execution. */
async function exceptionsOf(client: TestClient, execution: Pick<Execution, 'id'>): Promise<string[]> {
  const events = await eventsOf(client, execution);
  return events.flatMap((event) => (event.type === 'exception' ? [event.payload.message] : []));
}

/** The first background execution of this cause, when it has ended. */
async function backgroundOf(client: TestClient, cause: Pick<Execution, 'id'>): Promise<Execution> {
  const heard = await client.hears(
    (heard): heard is typeof heard & { what: 'execution' } =>
      heard.what === 'execution' &&
      heard.execution.causedBy === cause.id &&
      heard.execution.endedAt !== undefined,
  );
  return heard.execution;
}

describe('a rejection that nobody handles', () => {
  const host = useHost();
  let session: Session;
  beforeEach(async () => {
    session = await host.client.session();
  });

  const reported = [
    { of: 'Promise.reject', code: `Promise.reject(new Error('lost')); 1` },
    { of: 'an async function that nobody awaits', code: `(async () => { throw new Error('lost') })(); 1` },
    {
      of: 'an async function that fails later, but within the cell',
      code: `(async () => { await null; throw new Error('lost') })(); 1`,
    },
    {
      of: 'a chain that handles only success',
      code: `Promise.reject(new Error('lost')).then(() => 0).finally(() => 0); 1`,
    },
    { of: 'a constructor', code: `new Promise(() => { throw new Error('lost') }); 1` },
    { of: 'an async generator', code: `(async function* () { throw new Error('lost') })().next(); 1` },
    {
      of: 'a Promise with everything patched',
      code: `Promise.prototype.then = () => {}; globalThis.Promise = null; (async () => { throw new Error('lost') })(); 1`,
    },
    { of: 'a microtask', code: `queueMicrotask(() => { throw new Error('lost') }); 1` },
  ];
  for (const { of, code } of reported) {
    it(`of ${of} is an exception of its cell, which ends well`, async () => {
      const { client } = host;
      const cell = await client.repl(session, code);
      assert.equal(cell.status, 'ok');
      assert.equal(cell.result?.preview, '1');
      assert.deepEqual(await exceptionsOf(client, cell), ['lost']);
      assert.equal((await eventsOf(client, cell)).at(-1)?.type, 'value');
    });
  }

  it('says where it came from', async () => {
    const { client } = host;
    const cell = await client.repl(
      session,
      `\n  async function load() { throw new TypeError('no') }\nload(); 0`,
    );
    const failure = (await eventsOf(client, cell)).find((event) => event.type === 'exception')?.payload;
    assert.equal(failure?.name, 'TypeError');
    assert.deepEqual([failure.frames[0]?.line, failure.frames[0]?.function], [2, 'load']);
  });

  it('shows a reason that is no error as it is', async () => {
    const { client } = host;
    const cell = await client.repl(session, `Promise.reject({ code: 7 }); 0`);
    const failure = (await eventsOf(client, cell)).find((event) => event.type === 'exception')?.payload;
    assert.equal(failure?.stack, 'Uncaught { code: 7 }');
  });

  it('is reported once for each promise', async () => {
    const { client } = host;
    const cell = await client.repl(
      session,
      `for (const n of [1, 2]) Promise.reject(new Error('lost ' + n)); await null; 0`,
    );
    assert.deepEqual(await exceptionsOf(client, cell), ['lost 1', 'lost 2']);
  });

  const handled = [
    { how: 'caught', code: `Promise.reject(1).catch(() => {}); 0` },
    { how: 'awaited', code: `try { await (async () => { throw 1 })() } catch {} 0` },
    {
      how: 'handled later in the same turn',
      code: `const p = Promise.reject(1); await null; p.catch(() => {}); 0`,
    },
    { how: 'raced', code: `await Promise.race([Promise.reject(1), 2]).catch(() => {}); 0` },
    { how: 'one of many that settle', code: `(await Promise.allSettled([Promise.reject(1)])).length - 1` },
    { how: 'of a module that failed to load', code: `await import('./missing.mjs').catch(() => 0)` },
    { how: 'of a module that throws', code: `await import('./throws.mjs').catch(() => 0)` },
    { how: 'of a module that throws later', code: `await import('./throws-later.mjs').catch(() => 0)` },
    { how: 'of a module that imports one that throws', code: `await import('./imports.mjs').catch(() => 0)` },
  ];
  for (const { how, code } of handled) {
    it(`is none when it is ${how}`, async () => {
      const { bench, client } = host;
      bench.write('throws.mjs', `throw new Error('in the module')`);
      bench.write('throws-later.mjs', `await null; throw new Error('in the module')`);
      bench.write('imports.mjs', `import './throws.mjs'; import './throws-later.mjs'`);
      const cell = await client.repl(session, code);
      assert.equal(cell.result?.preview, '0');
      assert.deepEqual(await exceptionsOf(client, cell), []);
    });
  }

  for (const file of ['throws.mjs', 'throws-later.mjs', 'imports.mjs', 'cell.js']) {
    it(`is no second report of the error that ends ${file}`, async () => {
      const { bench, client } = host;
      bench.write('throws.mjs', `throw new Error('in the module')`);
      bench.write('throws-later.mjs', `await null; throw new Error('in the module')`);
      bench.write('imports.mjs', `import './throws.mjs'`);
      bench.write('cell.js', `await null; throw new Error('in the module')`);
      const { id: sessionId } = session;
      const run = await client.connection.sendRequest<Execution>('vm/executions/runFile', {
        sessionId,
        path: file,
      });
      assert.equal(run.status, 'error');
      assert.deepEqual(await exceptionsOf(client, run), ['in the module']);
    });
  }

  it('belongs to the cell while it runs, also when a timer of it causes it', async () => {
    const { client } = host;
    const cell = await client.repl(
      session,
      `setTimeout(async () => { throw new Error('in a timer') });
       await new Promise((resolve) => setTimeout(resolve, 30)); 0`,
    );
    assert.equal(cell.status, 'ok');
    assert.deepEqual(await exceptionsOf(client, cell), ['in a timer']);
  });

  for (const [what, callback] of [
    ['a timer that throws', `() => { throw new Error('after the end') }`],
    ['an async timer', `async () => { throw new Error('after the end') }`],
    ['a microtask of a timer', `() => queueMicrotask(() => { throw new Error('after the end') })`],
    ['a rejection in a timer', `() => { Promise.reject(new Error('after the end')) }`],
  ] as const) {
    it(`after the end of its cell is a background execution that the cell caused: ${what}`, async () => {
      const { client } = host;
      const cell = await client.repl(session, `setTimeout(${callback}, 20); 0`);
      assert.deepEqual(await exceptionsOf(client, cell), []);
      const background = await backgroundOf(client, cell);
      assert.equal(background.kind, 'background');
      assert.equal(background.status, 'error');
      assert.equal(background.error?.message, 'after the end');
      assert.deepEqual(await exceptionsOf(client, background), ['after the end']);
      assert.equal((await client.repl(session, '1 + 1')).result?.preview, '2');
    });
  }

  it('never ends the session, however many there are', async () => {
    const { client } = host;
    const { id: templateId } = await client.template({ settings: { limits: { maxEvents: 100 } } });
    const small = await client.session({ templateId });
    const cell = await client.repl(small, `for (let i = 0; i < 10000; i++) Promise.reject(i); 0`);
    assert.equal(cell.error?.code, 'EVENT_LIMIT_EXCEEDED');
    assert.equal((await client.repl(small, '1 + 1')).result?.preview, '2');
    assert.equal((await client.request(getSession, { sessionId: small.id })).status, 'ready');
  });
});

describe('background work that cannot be stopped', () => {
  const host = useHost();

  it('leaves a background execution that says why the session ended', async () => {
    const { client } = host;
    const { id: templateId } = await client.template({ settings: { limits: { cpuMs: 200, wallMs: 0 } } });
    const session = await client.session({ templateId });
    const cell = await client.repl(
      session,
      `setTimeout(() => Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1), 10); 0`,
    );
    const background = await backgroundOf(client, cell);
    assert.equal(background.status, 'timeout');
    assert.equal(background.error?.code, 'CPU_LIMIT_EXCEEDED');
    const { items } = await client.request(listExecutions, { sessionId: session.id, kind: 'background' });
    assert.deepEqual(
      items.map(({ causedBy }) => causedBy),
      [cell.id],
    );
  });
});

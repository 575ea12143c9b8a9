import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import type { Execution } from '../../shared/models.js';
import {
  addStartupFile,
  cancelExecution,
  closeSession,
  createSession,
  getExecution,
  interruptSession,
  listEvents,
  listExecutions,
  restartSession,
  runFile,
  runRepl,
} from '../../shared/protocol.js';
import type { TestClient } from '../support/client.js';
import { useHost } from '../support/use-host.js';

const sleep = (ms: number) => `await new Promise((resolve) => setTimeout(resolve, ${ms}))`;

const texts = async (client: TestClient, { id }: Pick<Execution, 'id'>) =>
  (await client.request(listEvents, { executionId: id, limit: 1000 })).items.flatMap((event) =>
    event.type === 'console' ? [event.payload.text] : [],
  );

/** The execution's `running` notification. */
const starts = (client: TestClient, id: string) =>
  client.hears(
    (heard) =>
      heard.what === 'execution' && heard.execution.id === id && heard.execution.status === 'running',
  );

describe('an execution', () => {
  const host = useHost();

  it('is on the wire in order: row, events by seq, final row, response, and nothing after', async () => {
    const { client } = host;
    const session = await client.session();
    const id = randomUUID();
    await client.repl(
      session,
      `for (let i = 0; i < 1000; i++) console.log(i); ${sleep(60)}; console.log('end')`,
      { id },
    );
    await client.repl(session, '1');
    const story = client.heard.flatMap((heard): (string | number)[] => {
      if (heard.what === 'execution') return heard.execution.id === id ? [heard.execution.status] : [];
      if (heard.what === 'events') return heard.executionId === id ? heard.events.map(({ seq }) => seq) : [];
      return heard.id === id ? ['response'] : [];
    });
    const seqs = story.filter((entry) => typeof entry === 'number');
    assert.deepEqual(
      seqs,
      Array.from({ length: 1003 }, (_, i) => i + 1),
    );
    assert.equal(story[0], 'running');
    assert.deepEqual(story.slice(-2), ['ok', 'response']);
    assert.deepEqual(
      story.filter((entry) => typeof entry === 'string'),
      ['running', 'ok', 'response'],
    );
  });

  it('is heard while its request is still open', async () => {
    const { client } = host;
    const session = await client.session();
    const id = randomUUID();
    const sent = performance.now();
    const answer = client.repl(session, `console.log('first'); ${sleep(2000)}; 'last'`, { id });
    await client.hears(
      (heard) =>
        heard.what === 'events' &&
        heard.executionId === id &&
        heard.events.some(({ type }) => type === 'console'),
    );
    const heardAfter = performance.now() - sent;
    assert.ok(heardAfter < 1000, `the first line came after ${heardAfter.toFixed(0)} ms`);
    const stored = await client.request(getExecution, { executionId: id });
    assert.equal(stored.status, 'running');
    assert.deepEqual(await texts(client, { id }), ['first']);
    await client.request(cancelExecution, { executionId: id });
    assert.equal((await answer).status, 'cancelled');
  });

  it('runs once when its request is sent again with the same id', async () => {
    const { client } = host;
    const session = await client.session();
    await client.repl(session, 'globalThis.runs = 0');
    const request = { id: randomUUID(), sessionId: session.id, input: `runs++; ${sleep(50)}; runs` };
    const together = await Promise.all([client.request(runRepl, request), client.request(runRepl, request)]);
    const later = await client.request(runRepl, request);
    assert.deepEqual(together[0], together[1]);
    assert.deepEqual(later, together[0]);
    assert.equal((await client.repl(session, 'runs')).result?.preview, '1');
    const other = await client.refusal('vm/executions/repl', { ...request, input: 'runs' });
    assert.equal(other.code, 'DUPLICATE');
  });

  it('waits its turn when asked to, and is refused otherwise', async () => {
    const { client } = host;
    const session = await client.session();
    const order: string[] = [];
    const ids = [randomUUID(), randomUUID(), randomUUID()] as const;
    const inputs = [`${sleep(100)}; 1`, '2', '3'];
    const runs = ids.map(async (id, index) => {
      const execution = await client.repl(session, inputs[index] ?? '', { id, whenBusy: 'queue' });
      order.push(execution.result?.preview ?? execution.status);
    });
    await client.hears(
      (heard) =>
        heard.what === 'execution' && heard.execution.id === ids[2] && heard.execution.status === 'queued',
    );
    const busy = await client.refusal('vm/executions/repl', { sessionId: session.id, input: '4' });
    assert.equal(busy.code, 'SESSION_BUSY');
    assert.deepEqual(busy.details, { executionId: ids[0] });
    await Promise.all(runs);
    assert.deepEqual(order, ['1', '2', '3']);
  });

  it('is cancelled while it waits, while it runs, and not after it has ended', async () => {
    const { client } = host;
    const session = await client.session();
    await client.repl(session, 'globalThis.ran = []');
    const [first, second] = [randomUUID(), randomUUID()] as const;
    const running = client.repl(session, `ran.push(1); ${sleep(60_000)}`, { id: first });
    await starts(client, first);
    const waiting = client.repl(session, 'ran.push(2)', { id: second, whenBusy: 'queue' });
    await client.hears((heard) => heard.what === 'execution' && heard.execution.id === second);

    const queued = await client.request(cancelExecution, { executionId: second });
    assert.equal(queued.status, 'cancelled');
    assert.equal(queued.error?.code, 'CANCELLED');
    assert.deepEqual(await waiting, queued);
    const stopped = await client.request(cancelExecution, { executionId: first });
    assert.equal(stopped.status, 'cancelled');
    assert.deepEqual(await running, stopped);
    const { items } = await client.request(listEvents, { executionId: first });
    assert.equal(items.at(-1)?.type, 'exception');
    const ended = await client.repl(session, 'ran');
    assert.deepEqual(ended.result?.json, [1]);
    assert.deepEqual(await client.request(cancelExecution, { executionId: ended.id }), ended);
  });

  it('is cancelled by $/cancelRequest, and answers with its row', async () => {
    const { client } = host;
    const session = await client.session();
    const id = randomUUID();
    const source = new CancellationTokenSource();
    const answer = client.connection.sendRequest<Execution>(
      'vm/executions/repl',
      { sessionId: session.id, input: 'while (true) {}', id },
      source.token,
    );
    await starts(client, id);
    source.cancel();
    assert.equal((await answer).status, 'cancelled');
    assert.equal((await client.repl(session, '1')).status, 'ok');
  });

  it('is cancelled by $/cancelRequest of the request that was sent again', async () => {
    const { client } = host;
    const session = await client.session();
    const params = { sessionId: session.id, input: 'while (true) {}', id: randomUUID() };
    const first = client.request(runRepl, params);
    await starts(client, params.id);
    const source = new CancellationTokenSource();
    const second = client.connection.sendRequest<Execution>('vm/executions/repl', params, source.token);
    source.cancel();
    assert.equal((await second).status, 'cancelled');
    assert.deepEqual(await first, await second);
  });

  it('counts memory from its own start, also when it has waited for that', async () => {
    const { client } = host;
    const session = await client.session();
    const queue = { whenBusy: 'queue' } as const;
    const [, light, , never] = await Promise.all([
      client.repl(session, `globalThis.heavy = new Uint8Array(20e6).fill(1); ${sleep(50)}`, queue),
      client.repl(session, '1', queue),
      client.repl(session, 'nope', { ...queue, queueGroup: 'failing' }),
      client.repl(session, '2', { ...queue, queueGroup: 'failing' }),
    ]);
    assert.ok(Math.abs(light.metrics.memoryDeltaBytes) < 10e6, `${light.metrics.memoryDeltaBytes} bytes`);
    assert.equal(never.status, 'cancelled');
    assert.equal(never.metrics.memoryDeltaBytes, 0);
  });

  it('takes the rest of its group with it when it does not end well', async () => {
    const { client } = host;
    const session = await client.session();
    const group = { whenBusy: 'queue', queueGroup: 'cells' } as const;
    const [bad, mate, stranger] = await Promise.all([
      client.repl(session, `${sleep(50)}; nope`, group),
      client.repl(session, '2', group),
      client.repl(session, '3', { whenBusy: 'queue' }),
    ]);
    assert.deepEqual([bad.status, mate.status, stranger.status], ['error', 'cancelled', 'ok']);
  });

  it('is interrupted, and the session keeps its state and its queue', async () => {
    const { client } = host;
    const session = await client.session();
    await client.repl(session, 'globalThis.kept = 1');
    const id = randomUUID();
    const endless = client.repl(session, 'for (;;) {}', { id });
    await starts(client, id);
    const next = client.repl(session, 'kept', { whenBusy: 'queue' });
    assert.deepEqual(await client.request(interruptSession, { sessionId: session.id }), {
      interrupted: true,
    });
    assert.equal((await endless).status, 'cancelled');
    assert.equal((await next).result?.preview, '1');
  });

  it('ends with SESSION_CLOSED or SESSION_RESTARTED when its session does', async () => {
    const { client } = host;
    for (const [request, code] of [
      [closeSession, 'SESSION_CLOSED'],
      [restartSession, 'SESSION_RESTARTED'],
    ] as const) {
      const session = await client.session();
      const id = randomUUID();
      const running = client.repl(session, 'for (;;) {}', { id });
      await starts(client, id);
      const waiting = client.repl(session, '1', { whenBusy: 'queue' });
      await client.request(request, { sessionId: session.id });
      for (const execution of [await running, await waiting]) {
        assert.equal(execution.status, 'cancelled');
        assert.equal(execution.error?.code, code);
      }
    }
  });

  it('leaves what its timers do later to a background execution', async () => {
    const { client } = host;
    const session = await client.session();
    const cell = await client.repl(session, `setTimeout(() => console.log('late'), 30); 'now'`);
    assert.equal(cell.result?.json, 'now');
    const heard = await client.hears(
      (each) =>
        each.what === 'execution' && each.execution.causedBy === cell.id && each.execution.status === 'ok',
    );
    assert.ok(heard.what === 'execution');
    assert.equal(heard.execution.kind, 'background');
    assert.deepEqual(await texts(client, heard.execution), ['late']);
    assert.deepEqual(await client.request(getExecution, { executionId: cell.id }), cell);
  });

  it('keeps apart what an earlier timer prints while it waits itself', async () => {
    const { client } = host;
    const session = await client.session();
    const first = await client.repl(session, `setTimeout(() => console.log('of the first'), 50); 0`);
    const second = await client.repl(session, `${sleep(150)}; console.log('of the second')`);
    assert.deepEqual(await texts(client, second), ['of the second']);
    const { items } = await client.request(listExecutions, { sessionId: session.id, kind: 'background' });
    assert.deepEqual(
      items.map(({ causedBy }) => causedBy),
      [first.id],
    );
  });

  it('of a startup file is recorded like any other', async () => {
    const { client, bench } = host;
    bench.write('start/one.js', `globalThis.order = ['one']; console.log('starting')`);
    bench.write('start/two.js', `order.push('two')`);
    const template = await client.template();
    for (const [path, orderIndex] of [
      ['start/two.js', 2],
      ['start/one.js', 1],
    ] as const) {
      await client.request(addStartupFile, {
        templateId: template.id,
        path,
        orderIndex,
      });
    }
    const session = await client.session({ templateId: template.id });
    assert.deepEqual((await client.repl(session, 'order')).result?.json, ['one', 'two']);
    const { items } = await client.request(listExecutions, { sessionId: session.id, kind: 'startup' });
    assert.deepEqual(
      items.map(({ path, status }) => [path, status]),
      [
        ['start/two.js', 'ok'],
        ['start/one.js', 'ok'],
      ],
    );
    assert.deepEqual(await texts(client, items[1] ?? { id: '' }), ['starting']);
  });

  it('creates its session once when the request is sent again with the same id', async () => {
    const { client } = host;
    const id = randomUUID();
    const [one, two] = await Promise.all([client.session({ id }), client.session({ id })]);
    assert.deepEqual(one, two);
    assert.equal((await client.request(createSession, { id })).id, id);
    assert.equal((await client.refusal('vm/sessions/create', { id, name: 'other' })).code, 'DUPLICATE');
  });

  it('of a file is refused where its extension says that it is no code', async () => {
    const { client, bench } = host;
    bench.write('notes.txt', '1 + 1');
    bench.write('bin/tool', '1 + 1');
    const { id: sessionId } = await client.session();
    const refusal = await client.refusal('vm/executions/runFile', { sessionId, path: 'notes.txt' });
    assert.equal(refusal.code, 'VALIDATION_ERROR');
    assert.match(refusal.message, /"notes\.txt" cannot be run: only \.js, .* and \.json files are code\./);
    assert.equal((await client.request(runFile, { sessionId, path: 'bin/tool' })).result?.json, 2);
  });

  it('shows what its error has beside a message, as Node does', async () => {
    const session = await host.client.session();
    const stackOf = async (code: string) => (await host.client.repl(session, code)).error?.stack;
    assert.equal(
      await stackOf("throw Object.assign(new Error('no'), { status: 404, code: 'ENOENT' })"),
      "Error: no\n    at <cell 1>:1:21 {\n  status: 404,\n  code: 'ENOENT'\n}",
    );
    assert.equal(
      await stackOf("const e = new Error('no'); e.self = e; e.cause = 1; throw e"),
      'Error: no\n    at <cell 2>:1:11 {\n  self: [Circular *1]\n}',
    );
    assert.equal((await stackOf("await import('./none.js')"))?.includes("code: 'MODULE_NOT_FOUND'"), true);
    const told = await host.client.repl(
      session,
      `class Told extends Error {
        constructor(issues) { super(); Object.defineProperties(this, {
          issues: { value: issues }, _hidden: { value: 1 }, message: { get() { throw 1 }, enumerable: true } }) } }
      throw new Told([{ path: ['a'] }])`,
    );
    assert.match(
      told.error?.stack ?? '',
      /^Told \[Error\]\n {4}at [^\n]* \{\n {2}issues: \[ \{ path: \[ 'a' \] \} \]\n\}$/,
    );
    assert.match((await host.client.repl(session, '_error')).result?.preview ?? '', /issues: \[ \{ path/);
  });

  it('of a file reads its args and env, and shows its own lines in errors', async () => {
    const { client, bench } = host;
    bench.write('args.js', `import { args, env } from 'vm:execution';\n[args.n + 1, env.WHO, __ARGS__.n]`);
    bench.write('lib/thrower.js', `export function fail() {\n  throw new TypeError('no luck');\n}\n`);
    bench.write('main.js', `import { fail } from './lib/thrower.js';\n\n  fail();\n`);
    const session = await client.session();
    const file = (path: string, rest = {}) =>
      client.request(runFile, { sessionId: session.id, path, ...rest });
    const read = await file('args.js', { args: { n: 1 }, env: { WHO: 'me' } });
    assert.deepEqual(read.result?.json, [2, 'me', 1], read.error?.stack);
    const { error } = await file('main.js');
    assert.equal(error?.name, 'TypeError');
    assert.equal(error.message, 'no luck');
    assert.deepEqual(
      error.frames.slice(0, 2).map(({ path, line, column }) => [path, line, column]),
      [
        ['lib/thrower.js', 2, 9],
        ['main.js', 3, 3],
      ],
    );
  });
});

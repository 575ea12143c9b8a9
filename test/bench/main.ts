/**
 * First figures, with those of `node -i` and `deno repl` over a pipe and of a bare quickjs-emscripten loop from the same
 * run: `npm run bench`. Machines are noisy: read the ratios.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cancelExecution, listTemplates, renameSession } from '../../shared/protocol.js';
import { defaultKeyPath, openStore } from '../../server/store/index.js';
import { storeOptions } from '../server/store/support.js';
import { type HostProcess, spawnHost } from '../support/host-process.js';
import { checkpointFigures } from './checkpoints.js';
import { ms, residentMb, type Row, sample, summary, time } from './measure.js';
import { bareEngine, PipedRepl } from './peers.js';
import { runtimeFigures } from './runtime.js';

const folder = mkdtempSync(path.join(tmpdir(), 'vm-system-bench-'));
const worktree = mkdtempSync(path.join(folder, 'worktree-'));
const lines = 20_000;
const printing = `for (let i = 0; i < ${lines}; i++) console.log('line', i)`;

async function startHost(database: string): Promise<HostProcess> {
  const host = spawnHost(['--worktree', worktree, '--db', path.join(folder, database)]);
  await host.client.initialize();
  return host;
}

async function stopHost(host: HostProcess): Promise<void> {
  await host.client.shutdown();
  await host.ended;
}

async function startToFirstResult(): Promise<Row> {
  const ours = await sample(7, async () => {
    const host = await startHost(`${randomUUID()}.db`);
    await host.client.repl(await host.client.session(), '1 + 1');
    await stopHost(host);
  });
  const node = await sample(7, async () => {
    const repl = PipedRepl.node();
    await repl.run('1 + 1');
    await repl.close();
  });
  const engine = await sample(7, async () => (await bareEngine()).run('1 + 1'));
  return {
    figure: 'start to first result and stop',
    ours: ms(ours.median),
    node: ms(node.median),
    engine: ms(engine.median),
  };
}

async function oneHost(): Promise<Row[]> {
  const host = await startHost('one.db');
  const { client } = host;
  const create = await sample(20, () => client.session());
  const memory = await memoryPerSession(host);
  const session = await client.session();
  const repl = PipedRepl.node();
  const engine = await bareEngine();
  await repl.run('1 + 1');

  const roundTrip = await sample(300, () => client.repl(session, '1 + 1'));
  const nodeRoundTrip = await sample(300, () => repl.run('1 + 1'));
  const engineRoundTrip = await sample(300, () => engine.run('1 + 1'));

  const perSecond = (took: { median: number }) => `${Math.round(lines / (took.median / 1000))} /s`;
  const consoleOurs = await sample(5, () => client.repl(session, printing));
  const consoleNode = await sample(5, () => repl.run(printing));
  const consoleEngine = await sample(5, () => engine.run(printing));
  await repl.close();
  await stopHost(host);
  return [
    { figure: 'new session', ours: `${ms(create.median)} (p95 ${ms(create.p95)})` },
    { figure: 'memory per session', ours: `${memory.toFixed(1)} MB` },
    {
      figure: '1 + 1, durable',
      ours: `${ms(roundTrip.median)} (p95 ${ms(roundTrip.p95)})`,
      node: ms(nodeRoundTrip.median),
      engine: ms(engineRoundTrip.median),
    },
    {
      figure: 'console lines',
      ours: perSecond(consoleOurs),
      node: perSecond(consoleNode),
      engine: perSecond(consoleEngine),
    },
  ];
}

/** The runaways that a session has to be held against; the last two are ended with their thread. */
const runaways = [
  'while (true) {}',
  '{ const all = []; for (;;) all.push(new Uint8Array(10_000).fill(1)); }',
  'for (let i = 0; i < 1e6; i++) console.log("line", i)',
  'JSON.parse("[".repeat(1e6))',
  '(function f() { Promise.resolve().then(f); })(); 0',
  'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
];

/** How soon a person sees something: the first line of a running cell, and another session beside a runaway. */
async function responsiveness(): Promise<Row[]> {
  const host = await startHost('responsive.db');
  const { client } = host;
  const session = await client.session();
  const firstLine = await sample(5, async () => {
    const id = randomUUID();
    const running = client.repl(
      session,
      'console.log(1); await new Promise((done) => setTimeout(done, 2000))',
      { id },
    );
    await client.hears(
      (heard) =>
        heard.what === 'events' &&
        heard.executionId === id &&
        heard.events.some(({ type }) => type === 'console'),
    );
    await client.request(cancelExecution, { executionId: id });
    await running;
  });
  const { id: templateId } = await client.template();
  const answers: number[] = [];
  for (const code of runaways) {
    const wild = await client.session({ templateId });
    const ended = new AbortController();
    void client.repl(wild, code).then(() => ended.abort());
    while (!ended.signal.aborted) answers.push(await time(() => client.repl(session, '1 + 1')));
  }
  await stopHost(host);
  const neighbour = summary(answers);
  return [
    { figure: 'first line of a 2 s cell, and its cancel', ours: ms(firstLine.median) },
    {
      figure: `1 + 1 beside ${runaways.length} runaways`,
      ours: `${ms(neighbour.median)} (p95 ${ms(neighbour.p95)}, worst ${ms(neighbour.worst)})`,
    },
  ];
}

async function memoryPerSession({ client, child }: HostProcess): Promise<number> {
  const pid = child.pid ?? 0;
  const before = residentMb(pid);
  const count = 10;
  for (let i = 0; i < count; i++) await client.session();
  return (residentMb(pid) - before) / count;
}

/** A database with this much in it, as years of use leave it. */
async function fill(database: string, megabytes: number): Promise<void> {
  const store = await openStore({ ...storeOptions(path.join(folder, database)), keyPath: defaultKeyPath() });
  const text = 'x'.repeat(1000);
  const host = store.sessions.list({}, { limit: 1 }).items[0];
  if (host === undefined) throw new Error('fill wants a database with a session in it');
  for (let written = 0; written < megabytes; written += 10) {
    store.transaction(() => {
      const id = randomUUID();
      const at = new Date().toISOString();
      store.executions.insert({
        id,
        sessionId: host.id,
        kind: 'repl',
        input: '',
        language: 'javascript',
        args: {},
        env: {},
        status: 'ok',
        startedAt: at,
        endedAt: at,
        lastSeq: 10_000,
        metrics: { wallMs: 0, cpuMs: 0, memoryBytes: 0, memoryDeltaBytes: 0, events: 10_000, outputBytes: 0 },
      });
      store.executions.appendEvents(
        Array.from({ length: 10_000 }, (_, i) => ({
          executionId: id,
          seq: i + 1,
          ts: at,
          type: 'input_echo' as const,
          payload: { text },
        })),
      );
    });
  }
  store.close();
}

async function databaseOf(label: string, database: string): Promise<Row> {
  let open = 0;
  let host: HostProcess | undefined;
  open = await time(async () => {
    host = await startHost(database);
    await host.client.request(listTemplates, {});
  });
  if (host === undefined) throw new Error('The host did not start');
  const session = await host.client.session();
  const { client, child } = host;
  let names = 0;
  const commit = await sample(200, () =>
    client.request(renameSession, { sessionId: session.id, name: `name ${++names}` }),
  );
  const memory = residentMb(child.pid ?? 0);
  await stopHost(host);
  return {
    figure: `durable commit, ${label}`,
    ours: `${ms(commit.median)} (start ${ms(open)}, host ${memory.toFixed(0)} MB)`,
  };
}

try {
  const rows = [await startToFirstResult(), ...(await oneHost()), ...(await responsiveness())];
  rows.push(...(await runtimeFigures(() => startHost('runtime.db'), worktree, folder)));
  rows.push(...(await checkpointFigures((database) => startHost(database), worktree, folder)));
  rows.push(await databaseOf('empty database', 'empty.db'));
  const big = await startHost('big.db');
  await big.client.session();
  await stopHost(big);
  await fill('big.db', 500);
  rows.push(await databaseOf('500 MB database', 'big.db'));
  console.log(`Medians, ${process.platform} ${process.arch}, Node ${process.version}`);
  console.table(
    rows.map(({ figure, ours, node, deno, engine }) => ({
      figure,
      'vm-system': ours,
      'node -i': node ?? '',
      'deno repl': deno ?? '',
      'bare engine': engine ?? '',
    })),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

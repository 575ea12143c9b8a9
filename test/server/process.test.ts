import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  getExecution,
  getSession,
  health,
  listEvents,
  listSessions,
  restartSession,
} from '../../shared/protocol.js';
import { openStore } from '../../server/store/index.js';
import { repository, spawnHost, spawnServer } from '../support/host-process.js';
import { Workbench } from '../support/use-host.js';
import { storeOptions } from './store/support.js';

/** Waits until a condition holds, looking again and again. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(5);
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // Nobody has this id.
  }
};

describe('the host process', () => {
  let bench: Workbench;
  beforeEach(() => {
    bench = new Workbench();
  });
  afterEach(() => bench.dispose());

  it('answers a client that writes its own frames', async () => {
    const { child } = bench.spawn();
    let output = '';
    child.stdout
      .removeAllListeners('data')
      .setEncoding('utf8')
      .on('data', (text: string) => (output += text));
    const send = (message: object) => {
      const body = JSON.stringify({ jsonrpc: '2.0', ...message });
      child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    };
    const answer = async (
      id: number,
    ): Promise<{ id: string; status: string; result?: { preview: string } }> => {
      const pattern = new RegExp(`\\{"jsonrpc":"2\\.0","id":${id},"result":`);
      await until(() => pattern.test(output));
      const start = output.search(pattern);
      const length = Number(/Content-Length: (\d+)\r\n\r\n$/.exec(output.slice(0, start))?.[1]);
      await until(() => Buffer.byteLength(output.slice(start)) >= length);
      const body = Buffer.from(output.slice(start)).subarray(0, length).toString();
      return (JSON.parse(body) as { result: { id: string; status: string } }).result;
    };
    send({ id: 1, method: 'initialize', params: { processId: null, rootUri: null, capabilities: {} } });
    await answer(1);
    send({ method: 'initialized', params: {} });
    send({ id: 2, method: 'vm/templates/create', params: { name: 'by hand' } });
    const template = await answer(2);
    send({ id: 3, method: 'vm/sessions/create', params: { templateId: template.id } });
    const session = await answer(3);
    assert.equal(session.status, 'ready');
    const run = { sessionId: session.id };
    send({ id: 4, method: 'vm/executions/repl', params: { ...run, input: 'globalThis.n = 20' } });
    await answer(4);
    send({ id: 5, method: 'vm/executions/repl', params: { ...run, input: 'n + 22' } });
    assert.equal((await answer(5)).result?.preview, '42');
  });

  it('has an execution and its events in the database before it answers', async () => {
    const host = await bench.start();
    const session = await host.client.session();
    const execution = await host.client.repl(session, 'console.log("a"); console.log("b"); 42');
    host.child.kill('SIGKILL');
    await host.ended;
    const store = await openStore({ ...storeOptions(bench.database), keyPath: bench.keyFile });
    try {
      assert.deepEqual(store.executions.get(execution.id)?.result, execution.result);
      assert.deepEqual(
        store.executions.events(execution.id, 0, 100).map(({ seq, type }) => [seq, type]),
        [
          [1, 'input_echo'],
          [2, 'console'],
          [3, 'console'],
          [4, 'value'],
        ],
      );
    } finally {
      store.close();
    }
  });

  it('settles what a killed host left running, and closes its sessions with the reason', async () => {
    const first = await bench.start();
    const session = await first.client.session();
    const id = randomUUID();
    first.client.repl(session, 'console.log("on disk"); for (;;);', { id }).catch(() => undefined);
    await first.client.hears(
      (heard) =>
        heard.what === 'events' &&
        heard.executionId === id &&
        heard.events.some(({ type }) => type === 'console'),
    );
    first.child.kill('SIGKILL');
    await first.ended;

    const { client } = await bench.start();
    const execution = await client.request(getExecution, { executionId: id });
    assert.equal(execution.status, 'error');
    assert.equal(execution.error?.code, 'HOST_STOPPED');
    assert.ok(execution.endedAt !== undefined);
    const { items } = await client.request(listEvents, { executionId: id });
    assert.deepEqual(
      items.map(({ seq, type }) => [seq, type]),
      [
        [1, 'input_echo'],
        [2, 'console'],
        [3, 'exception'],
      ],
    );
    const closed = await client.request(getSession, { sessionId: session.id });
    assert.equal(closed.status, 'closed');
    assert.match(closed.lastError ?? '', /host ended/);
    assert.equal((await client.request(restartSession, { sessionId: session.id })).status, 'ready');
  });

  const endings: [string, (host: Awaited<ReturnType<Workbench['start']>>) => void | Promise<void>, number][] =
    [
      ['shutdown and exit', (host) => host.client.shutdown(), 0],
      ['exit without shutdown', (host) => host.client.connection.sendNotification('exit'), 1],
      ['the end of its input', (host) => void host.child.stdin.end(), 1],
      ['a broken output', (host) => void host.child.stdout.destroy(), 1],
      ['SIGTERM', (host) => void host.child.kill('SIGTERM'), 1],
    ];
  for (const [what, end, code] of endings) {
    it(`ends at ${what} with code ${code} while sessions run, and leaves no process`, async () => {
      const host = await bench.start();
      host.client.connection.onError(() => undefined);
      const stuck = await host.client.session();
      const id = randomUUID();
      host.client
        .repl(stuck, 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)', { id })
        .catch(() => undefined);
      await host.client.hears((heard) => heard.what === 'execution' && heard.execution.id === id);
      const closed = once(host.child, 'close');
      await end(host);
      if (what === 'a broken output') {
        host.client.connection.sendNotification('$/anything').catch(() => undefined);
        host.child.stdin.write('Content-Length: 46\r\n\r\n{"jsonrpc":"2.0","id":9,"method":"vm/health"}\n');
      }
      assert.deepEqual(await host.ended, { code, signal: null }, host.log());
      await closed;
      assert.ok(!isAlive(host.child.pid ?? 0));
    });
  }

  it('ends when the process that initialize named is gone', async () => {
    const editor = spawnServer(['--stdio']);
    const host = bench.spawn();
    await host.client.initialize({}, editor.pid);
    editor.kill('SIGKILL');
    assert.deepEqual(await host.ended, { code: 1, signal: null });
  });

  it('lets a second host have the database as soon as the first is gone', async () => {
    const first = await bench.start();
    const session = await first.client.session({ name: 'of the first' });
    const second = bench.spawn();
    const params = { processId: null, rootUri: null, capabilities: {} };
    const locked = await second.client.refusal('initialize', params);
    assert.equal(locked.code, 'DATABASE_LOCKED');
    assert.equal(locked.details?.['pid'], first.child.pid);
    first.child.kill('SIGKILL');
    await first.ended;
    await second.client.initialize();
    const { items } = await second.client.request(listSessions, {});
    assert.deepEqual(
      items.map(({ id, name }) => [id, name]),
      [[session.id, 'of the first']],
    );
  });

  it("keeps each worktree's database in the user's data folder, for this user alone", async () => {
    const data = path.join(bench.folder, 'xdg');
    const host = spawnHost(['--worktree', bench.worktree], { env: { XDG_DATA_HOME: data } });
    await host.client.initialize();
    const { database } = await host.client.request(health, {});
    await host.client.shutdown();
    await host.ended;
    assert.match(path.relative(data, database.path), /^vm-system[/\\][0-9a-f]{32}[/\\]vm\.db$/);
    assert.ok(existsSync(database.path));
    assert.deepEqual(readdirSync(bench.worktree), []);
  });

  it('writes nothing but protocol to standard output, whatever guests print', async () => {
    const host = bench.spawn(['--log-level', 'debug']);
    const chunks: Buffer[] = [];
    host.child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    await host.client.initialize();
    const session = await host.client.session();
    await host.client.repl(session, 'console.log("Content-Length: 5\\r\\n\\r\\nhello"); console.error("x")');
    await host.client.shutdown();
    await host.ended;
    let rest = Buffer.concat(chunks);
    while (rest.length > 0) {
      const header = /^Content-Length: (\d+)\r\n\r\n/.exec(rest.subarray(0, 100).toString('latin1'));
      assert.ok(header !== null, rest.subarray(0, 100).toString());
      const end = header[0].length + Number(header[1]);
      JSON.parse(rest.subarray(header[0].length, end).toString());
      rest = rest.subarray(end);
    }
  });
});

describe('node server', () => {
  const example = path.join(repository, 'examples', 'orders');
  let bench: Workbench;
  before(() => {
    bench = new Workbench();
  });
  after(() => bench.dispose());

  const server = async (args: string[], options: { interruptAfter?: string } = {}) => {
    const child = spawnServer(args, {
      cwd: bench.worktree,
      env: { XDG_DATA_HOME: path.join(bench.folder, 'data-home') },
    });
    let [out, error] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (options.interruptAfter !== undefined && out.includes(options.interruptAfter)) child.kill('SIGINT');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out, error };
  };

  it('run prints the console, the value and the metrics of the example', async () => {
    const { code, out, error } = await server(['run', 'report.js', '--worktree', example]);
    assert.equal(code, 0, error);
    const shown = readFileSync(path.join(repository, 'README.md'), 'utf8').split('```\n')[2] ?? '';
    assert.equal(out, shown.split('\n').slice(0, -2).join('\n') + '\n');
    assert.match(error, /^ok in [\d.]+ ms · [\d.]+ ms of CPU · [\d.]+ MB heap · 4 events, \d+ bytes\n$/);
  });

  it('run exits with 1 and shows the place when the file throws', async () => {
    bench.write('throws.js', 'console.warn("careful");\n\nthrow new RangeError("too far");');
    const { code, out, error } = await server(['run', 'throws.js']);
    assert.equal(code, 1);
    assert.equal(out, '');
    assert.match(error, /^careful\nRangeError: too far\n {4}at .*throws\.js:3:\d+\)?\nerror in /);
  });

  it('run tells a refusal once, and ends with how it went', async () => {
    bench.write('refused.js', 'import _ from "lodash";');
    const { code, error } = await server(['run', 'refused.js']);
    assert.equal(code, 1);
    assert.equal(error.split('add the library lodash').length - 1, 1, error);
    assert.match(error, /\n {4}at refused\.js:1:1 \(MODULE_NOT_ALLOWED\)\nerror in /);
    bench.write('later.js', 'setTimeout(() => { throw new Error("late") }, 1); 1');
    const later = await server(['run', 'later.js']);
    assert.equal(later.code, 1);
    assert.match(later.error, /^Error: late\n[^]*\nerror in [^\n]*\n$/);
  });

  it('run takes an absolute path inside the worktree', async () => {
    bench.write('absolute.js', '"absolute"');
    const { code, out, error } = await server(['run', path.join(bench.worktree, 'absolute.js')]);
    assert.equal(code, 0, error);
    assert.match(out, /absolute/);
  });

  it('run hands over args and env, and prints JSON when asked', async () => {
    bench.write('args.js', 'import { args, env } from "vm:execution"; console.log("quiet"); ({ args, env })');
    const { code, out, error } = await server([
      'run',
      'args.js',
      '--args',
      '{"n":1}',
      '--env',
      '{"A":"b"}',
      '--json',
    ]);
    assert.equal(code, 0, error);
    const execution = JSON.parse(out) as {
      status: string;
      result: { json: unknown };
      metrics: { wallMs: number };
    };
    assert.match(`${execution.metrics.wallMs}`, /^\d+(\.\d{1,3})?$/);
    assert.equal(execution.status, 'ok');
    assert.deepEqual(execution.result.json, { args: { n: 1 }, env: { A: 'b' } });
  });

  it('run is interrupted by Ctrl-C', async () => {
    bench.write('endless.js', 'console.log("started"); for (;;);');
    const { code, out, error } = await server(['run', 'endless.js'], { interruptAfter: 'started' });
    assert.equal(code, 130, error);
    assert.equal(out, 'started\n');
    assert.match(error, /CANCELLED/);
  });

  it('run takes a worktree relative to the current folder', async () => {
    bench.write('inner/here.js', '"here"');
    const { code, out, error } = await server(['run', 'here.js', '--worktree', 'inner']);
    assert.equal(code, 0, error);
    assert.match(out, /here/);
  });

  it('run stops quietly when nobody reads what it prints', async () => {
    bench.write('talkative.js', 'for (;;) console.log("line");');
    const child = spawnServer(['run', 'talkative.js'], {
      cwd: bench.worktree,
      env: { XDG_DATA_HOME: path.join(bench.folder, 'data-home') },
    });
    let error = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text));
    child.stdout.once('data', () => child.stdout.destroy());
    await once(child, 'exit');
    assert.doesNotMatch(error, /EPIPE|node:/);
  });

  for (const [args, code, says] of [
    [['run', 'missing.js'], 1, /FILE_NOT_FOUND/],
    [['run', '../outside.js'], 1, /INVALID_PATH/],
    [['run', '/etc/hostname'], 1, /leads out of the worktree.*INVALID_PATH/],
    [['run', 'notes.txt'], 1, /FILE_NOT_FOUND/],
    [['run'], 2, /missing required argument 'file'/],
    [['run', 'a.js', '--args', '[1]'], 2, /must be a JSON object/],
    [['run', 'a.js', '--args', '{'], 2, /not JSON/],
    [['run', 'a.js', '--template', 'none'], 1, /TEMPLATE_NOT_FOUND/],
    [['run', 'a.js', '--worktree', 'no/such/folder'], 1, /INVALID_WORKTREE/],
    [['frobnicate'], 2, /frobnicate/],
    [['--frobnicate'], 2, /frobnicate/],
    [['--stdio', '--log-level', 'loud'], 2, /loud/],
    [[], 2, /Usage/],
  ] as [string[], number, RegExp][]) {
    it(`${args.join(' ') || 'alone'} says what is wrong and exits with ${code}`, async () => {
      const answer = await server(args);
      assert.equal(answer.code, code, answer.error);
      assert.match(answer.error, says);
      assert.equal(answer.out, '');
    });
  }

  it('--help and --version answer on standard output', async () => {
    const help = await server(['--help']);
    assert.equal(help.code, 0);
    assert.match(help.out, /run \[options\] <file>/);
    const version = await server(['--version']);
    const { version: expected } = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8')) as {
      version: string;
    };
    assert.deepEqual([version.code, version.out], [0, `${expected}\n`]);
  });

  it('run says who has the database when an editor has it open', async () => {
    mkdirSync(path.join(bench.worktree, 'sub'), { recursive: true });
    const host = await bench.start();
    bench.write('one.js', '1');
    const answer = await server(['run', 'one.js', '--db', bench.database]);
    assert.equal(answer.code, 1);
    assert.match(answer.error, new RegExp(`${host.child.pid}.*DATABASE_LOCKED`, 's'));
  });
});

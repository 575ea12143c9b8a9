import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Runtime } from '../../../server/core/ports.js';
import { VmError } from '../../../shared/errors.js';
import { codeOf, failureOf, openRuntime, shown, TestSession } from './harness.js';

describe('a job', () => {
  let runtime: Runtime;
  let session: TestSession;
  before(async () => {
    runtime = openRuntime();
    session = await TestSession.open(runtime);
  });
  after(async () => {
    await session.close();
    await runtime.close();
  });

  it('leaves its bindings to later jobs', async () => {
    await session.cell(
      'let a = 1; const b = 2; class C { m() { return a + b } } function f() { return new C().m() }',
    );
    assert.equal(shown(await session.cell('f()')), '3');
    await session.cell('let a = 10; const b = 20;');
    assert.equal(shown(await session.cell('f()')), '30');
  });

  it('may await at its top level', async () => {
    assert.equal(
      shown(await session.cell('const v = await new Promise(r => setTimeout(r, 20, 7)); v * 2')),
      '14',
    );
    assert.equal(shown(await session.cell('v')), '7');
  });

  it('counts waiting as wall time, not as CPU time', async () => {
    const { cpuMs, wallMs, outcome } = await session.cell('await new Promise(r => setTimeout(r, 300))', {
      limits: { cpuMs: 200 },
    });
    assert.equal(outcome.kind, 'value');
    assert.ok(wallMs >= 295 && cpuMs < 200, `wall ${wallMs}, cpu ${cpuMs}`);
  });

  it('that waits ends at once when its wall limit is reached, and keeps the state', async () => {
    await session.cell('globalThis.before = 1');
    const result = await session.cell('before = 2; await new Promise(r => setTimeout(r, 5000))', {
      limits: { wallMs: 100 },
    });
    assert.equal(codeOf(result), 'WALL_LIMIT_EXCEEDED');
    assert.ok(result.wallMs < 400, `${result.wallMs} ms`);
    assert.equal(shown(await session.cell('before')), '2');
  });

  it('that was stopped has its timers dropped', async () => {
    const id = randomUUID();
    const running = session.cell('setInterval(() => console.log("tick"), 5); await new Promise(() => {})', {
      id,
    });
    await session.until(() => session.printed(id).length > 1);
    session.live.stop('CANCELLED', 'Enough.');
    assert.equal(codeOf(await running), 'CANCELLED');
    const ticks = session.printed(id).length;
    await session.cell('await new Promise(r => setTimeout(r, 50))');
    assert.equal(session.printed(id).length, ticks);
  });

  it('does not feel a stop that was meant for the one before', async () => {
    const first = session.cell('1');
    session.live.stop('CANCELLED', 'Too late or not.');
    await first;
    session.live.stop('CANCELLED', 'Nothing runs.');
    assert.equal(
      shown(await session.cell('let s = 0; for (let i = 0; i < 1e5; i++) s += i; s')),
      '4999950000',
    );
  });

  it('is told when nothing is left that could settle its promise', async () => {
    assert.match(
      shown(await session.cell('await new Promise(() => {})')),
      /^thrown Error: This promise can never settle/,
    );
  });

  it('runs its promise jobs before it ends', async () => {
    const id = randomUUID();
    await session.cell('Promise.resolve().then(() => console.log("job")); "ended"', { id });
    assert.deepEqual(session.printed(id), ['job']);
  });

  it('shows where it threw, in the document that its text stands in', async () => {
    const failure = failureOf(
      await session.cell('const x = 1;\nfunction thrower() {\n  throw new TypeError("bad");\n}\nthrower()', {
        uri: 'file:///notes/a.js',
        line: 10,
      }),
    );
    assert.equal(failure.name, 'TypeError');
    assert.equal(failure.message, 'bad');
    assert.deepEqual(
      failure.frames.map(({ uri, line, function: name }) => ({ uri, line, name })),
      [
        { uri: 'file:///notes/a.js', line: 12, name: 'thrower' },
        { uri: 'file:///notes/a.js', line: 14, name: undefined },
      ],
    );
  });

  it('names a cell without a document by its number', async () => {
    const failure = failureOf(await session.cell('null.x'));
    assert.match(failure.stack, /^TypeError: .*\n {4}at <cell \d+>:1:\d+$/);
  });

  it('reports a syntax error with its place', async () => {
    const failure = failureOf(await session.cell('let ok = 1;\nlet = = 2'));
    assert.equal(failure.name, 'SyntaxError');
    assert.equal(failure.frames[0]?.line, 2);
  });

  it('can throw anything', async () => {
    assert.equal(shown(await session.cell('throw 42')), 'thrown number: 42');
    assert.equal(shown(await session.cell('throw null')), 'thrown null: null');
  });

  it('tells how much memory the heap holds', async () => {
    const { memoryBytes: before } = await session.cell('0');
    const { memoryBytes: after } = await session.cell(
      'globalThis.big = new Uint8Array(4 * 2 ** 20).fill(1); 0',
    );
    const grown = after - before;
    assert.ok(grown > 4e6 && grown < 5e6, `${grown}`);
  });

  it('in strict mode refuses to make globals by mistake, and otherwise does not', async () => {
    assert.match(shown(await session.cell('oops = 1')), /^thrown ReferenceError/);
    const sloppy = await TestSession.open(runtime, { strict: false });
    assert.equal(shown(await sloppy.cell('oops = 1')), '1');
    await sloppy.close();
  });
});

describe('a session', () => {
  let runtime: Runtime;
  before(() => {
    runtime = openRuntime();
  });
  after(() => runtime.close());

  it('starts with the libraries it names', async () => {
    const session = await TestSession.open(runtime, { libraries: ['lodash'] });
    assert.equal(shown(await session.cell('_.chunk([1, 2, 3], 2)')), '[ [ 1, 2 ], [ 3 ] ]');
    await session.close();
  });

  it('does not start with a library that does not exist', async () => {
    await assert.rejects(
      TestSession.open(runtime, { libraries: ['left-pad'] }),
      (error) => error instanceof VmError && error.code === 'LIBRARY_NOT_FOUND',
    );
  });

  it('sees nothing of another session', async () => {
    const [one, other] = await Promise.all([TestSession.open(runtime), TestSession.open(runtime)]);
    await one.cell('globalThis.secret = 1; Array.prototype.polluted = 1');
    assert.equal(shown(await other.cell('typeof secret + typeof [].polluted')), "'undefinedundefined'");
    await Promise.all([one.close(), other.close()]);
  });

  it('ends its running job when it is closed', async () => {
    const session = await TestSession.open(runtime);
    const running = session.cell('for(;;);');
    await session.close();
    assert.equal(codeOf(await running), 'SESSION_CLOSED');
    await session.close();
  });
});

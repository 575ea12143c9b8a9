import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import type { Runtime } from '../../../server/core/ports.js';
import { codeOf, openRuntime, type RunOptions, type SessionOptions, shown, TestSession } from './harness.js';

/** How long a session may take to answer while another one runs away, in milliseconds. */
const answerMs = 250;

interface Runaway {
  readonly title: string;
  readonly code: string;
  readonly run?: RunOptions;
  readonly session?: SessionOptions;
  /** How it must end: a code of the stop, or the beginning of what it throws or yields. */
  readonly ends: string;
  /** What the session goes on with: what the run left, or the state before it. */
  readonly state: 'kept' | 'rolled back' | 'either';
}

const shortCpu: RunOptions = { limits: { cpuMs: 300 } };
const runaways: readonly Runaway[] = [
  {
    title: 'an endless loop',
    code: 'while(true){}',
    run: shortCpu,
    ends: 'stopped CPU_LIMIT_EXCEEDED',
    state: 'kept',
  },
  {
    title: 'an endless loop under wallMs',
    code: 'while(true){}',
    run: { limits: { cpuMs: 0, wallMs: 300 } },
    ends: 'stopped WALL_LIMIT_EXCEEDED',
    state: 'kept',
  },
  {
    title: 'a loop that catches everything',
    code: 'for(;;){ try { for(;;); } catch {} }',
    run: shortCpu,
    ends: 'stopped CPU_LIMIT_EXCEEDED',
    state: 'kept',
  },
  {
    title: 'a loop that goes on in finally',
    code: 'for(;;){ try { for(;;); } finally { continue } }',
    run: shortCpu,
    ends: 'stopped CPU_LIMIT_EXCEEDED',
    state: 'kept',
  },
  {
    title: 'a chain of promise jobs',
    code: '(function f(){ Promise.resolve().then(f) })()',
    run: shortCpu,
    ends: 'stopped CPU_LIMIT_EXCEEDED',
    // By which of its jobs the flag meets.
    state: 'either',
  },
  {
    title: 'an async loop that catches everything',
    code: 'async function a(){ for(;;); } for(;;) { try { await a() } catch {} }',
    run: shortCpu,
    ends: 'stopped CPU_LIMIT_EXCEEDED',
    state: 'rolled back',
  },
  {
    title: 'a native loop',
    code: 'Array.prototype.indexOf.call({length:2**53-1},1)',
    run: shortCpu,
    ends: 'stopped CPU_LIMIT_EXCEEDED',
    state: 'rolled back',
  },
  {
    title: 'an allocation of 10 GB',
    code: 'new ArrayBuffer(10*2**30)',
    ends: 'stopped MEMORY_LIMIT_EXCEEDED',
    state: 'kept',
  },
  {
    title: 'an array filled without end',
    code: '(() => { const a = []; for(;;) a.push("x".repeat(1000) + a.length) })()',
    session: { limits: { memMb: 32 } },
    ends: 'stopped MEMORY_LIMIT_EXCEEDED',
    state: 'kept',
  },
  {
    title: 'a linked list without end',
    code: '(() => { let a = null; for(;;) a = {a} })()',
    session: { limits: { memMb: 32 } },
    ends: 'stopped MEMORY_LIMIT_EXCEEDED',
    state: 'kept',
  },
  {
    title: 'a native fill over the cap',
    code: 'new Array(1e9).fill(0).length',
    session: { limits: { memMb: 32 } },
    ends: 'stopped MEMORY_LIMIT_EXCEEDED',
    state: 'kept',
  },
  {
    title: 'a million open brackets to JSON.parse',
    code: 'JSON.parse("[".repeat(1e6))',
    ends: 'thrown ',
    state: 'kept',
  },
  {
    title: 'recursion without end',
    code: '(function f(){ f() })()',
    ends: 'thrown InternalError',
    state: 'kept',
  },
  {
    title: 'a hundred thousand brackets',
    code: '['.repeat(100_000),
    ends: 'thrown ',
    state: 'kept',
  },
];

async function threadCount(): Promise<number> {
  return (await readdir('/proc/self/task')).length;
}

describe('a guest that runs away', () => {
  let runtime: Runtime;
  let neighbour: TestSession;
  before(async () => {
    runtime = openRuntime();
    neighbour = await TestSession.open(runtime);
  });
  after(async () => {
    await neighbour.close();
    await runtime.close();
  });

  for (const { title, code, run, session: options, ends, state } of runaways) {
    it(`ends at its limit while others answer: ${title}`, async () => {
      const session = await TestSession.open(runtime, options);
      try {
        await session.cell('globalThis.kept = 7');
        const ending = session.cell(code, run);
        const ended = ending.then(() => 'ended');
        do {
          const asked = performance.now();
          assert.equal(shown(await neighbour.cell('6 * 7')), '42');
          assert.ok(performance.now() - asked < answerMs, `answered after ${performance.now() - asked} ms`);
        } while ((await Promise.race([ended, Promise.resolve('running')])) === 'running');
        assert.ok(shown(await ending).startsWith(ends), shown(await ending));
        assert.equal(shown(await session.cell('kept')), '7');
        if (state !== 'either') assert.equal(session.rollBacks.length, state === 'rolled back' ? 1 : 0);
        assert.equal(session.lostBecause, undefined);
      } finally {
        await session.close();
      }
    });
  }

  it('keeps ordinary range errors ordinary', async () => {
    assert.equal(shown(await neighbour.cell('new Array(-1)')), 'thrown RangeError: invalid array length');
    assert.match(shown(await neighbour.cell('"x".repeat(-1)')), /^thrown RangeError/);
  });

  it('says so when code breaks the engine itself, and other sessions go on', async () => {
    const session = await TestSession.open(runtime, { limits: { memMb: 256 } });
    const { outcome } = await session.cell('()=>'.repeat(10_000) + '1');
    assert.ok(outcome.kind === 'stopped' && outcome.code === 'SESSION_CRASHED', JSON.stringify(outcome));
    assert.match(outcome.message, /^The code broke the session's engine \(.*\)\.$/);
    assert.equal(shown(await session.cell('6 * 7')), '42');
    assert.equal(shown(await neighbour.cell('1')), '1');
    await session.close();
  });

  it('refuses source text over 10 MB before the parser sees it', async () => {
    assert.match(
      shown(await neighbour.cell(`"${'x'.repeat(11 * 1024 * 1024)}"`)),
      /^thrown RangeError: The source is larger/,
    );
  });

  it('takes back an execution whose data would leave no room for the next', async () => {
    const session = await TestSession.open(runtime, { limits: { memMb: 32 } });
    const filling = await session.cell('globalThis.hog = []; for(;;) hog.push(new Array(1000).fill(1))');
    assert.equal(codeOf(filling), 'MEMORY_LIMIT_EXCEEDED');
    assert.equal(shown(await session.cell('typeof hog')), "'undefined'");
    assert.equal(shown(await session.cell('Array.from({length: 100000}, (_, i) => ({i})).length')), '100000');
    await session.close();
  });

  it('leaves no thread behind', async () => {
    const before = await threadCount();
    const own = openRuntime();
    const sessions = await Promise.all([1, 2, 3].map(() => TestSession.open(own)));
    const native = sessions.map((session) =>
      session.cell('Array.prototype.indexOf.call({length:2**53-1},1)', shortCpu),
    );
    await Promise.all(native);
    await Promise.all(sessions.map((session) => session.close()));
    await own.close();
    assert.ok((await threadCount()) <= before, `${await threadCount()} threads, ${before} before`);
  });
});

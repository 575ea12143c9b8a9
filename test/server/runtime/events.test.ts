import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Runtime } from '../../../server/core/ports.js';
import { codeOf, openRuntime, type SessionOptions, shown, TestSession } from './harness.js';

describe('what a session tells', () => {
  let runtime: Runtime;
  let session: TestSession;
  const opened: TestSession[] = [];
  const open = async (options?: SessionOptions): Promise<TestSession> => {
    const extra = await TestSession.open(runtime, options);
    opened.push(extra);
    return extra;
  };
  before(async () => {
    runtime = openRuntime();
    session = await open();
  });
  after(async () => {
    await Promise.all(opened.map((each) => each.close()));
    await runtime.close();
  });

  it('arrives complete and in order before the job ends, a hundred thousand lines of it', async () => {
    const id = randomUUID();
    await session.cell('for (let i = 0; i < 100000; i++) console.log("line", i)', {
      id,
      limits: { cpuMs: 0 },
    });
    const lines = session.printed(id);
    assert.equal(lines.length, 100_000);
    assert.equal(
      lines.findIndex((line, i) => line !== `line ${i}`),
      -1,
    );
  });

  it('arrives while a busy cell still runs', async () => {
    const id = randomUUID();
    const running = session.cell('console.log("early"); for(;;);', { id });
    await session.until(() => session.printed(id).length === 1);
    session.live.stop('CANCELLED', 'Enough.');
    assert.equal(codeOf(await running), 'CANCELLED');
  });

  it('holds the guest back while too much of it is not durable', async () => {
    let release: (() => void) | undefined;
    const durable = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = await open({ onEvents: () => durable });
    const running = slow.cell('for (let i = 0; i < 20000; i++) console.log(i)');
    await slow.until(() => slow.events.length > 4000);
    assert.ok(slow.events.length < 20_000);
    release?.();
    const { cpuMs, wallMs } = await running;
    assert.equal(slow.printed().length, 20_000);
    assert.ok(cpuMs <= wallMs);
  });

  it('lets a guest be stopped that is held back', async () => {
    const stuck = await open({ onEvents: () => new Promise(() => undefined) });
    const running = stuck.cell('for (;;) console.log("x")');
    await stuck.until(() => stuck.events.length > 4000);
    stuck.live.stop('CANCELLED', 'Enough.');
    assert.equal(codeOf(await running), 'CANCELLED');
    assert.equal(stuck.lostBecause, undefined);
  });

  it('loses nothing that was printed just before a thread has to be killed', async () => {
    const doomed = await open();
    const code =
      'console.log("a"); console.log("b"); console.log("ü"); Array.prototype.indexOf.call({length:2**53-1},1)';
    assert.equal(codeOf(await doomed.cell(code, { limits: { cpuMs: 200 } })), 'CPU_LIMIT_EXCEEDED');
    assert.deepEqual(doomed.printed(), ['a', 'b', 'ü']);
  });

  it('names the execution that armed a timer as the cause of what the timer does later', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    await session.cell(
      'setTimeout(() => { console.log("late"); Promise.resolve().then(() => console.log("later")) }, 20)',
      {
        id: first,
      },
    );
    await session.cell(
      'console.log("meanwhile"); await new Promise(r => setTimeout(r, 60)); console.log("end")',
      {
        id: second,
      },
    );
    await session.until(() => session.printed(first).length === 2);
    assert.deepEqual(session.printed(first), ['late', 'later']);
    assert.deepEqual(session.printed(second), ['meanwhile', 'end']);
  });

  it('reports an uncaught error of a timer and goes on', async () => {
    const id = randomUUID();
    await session.cell('function tick() { throw new TypeError("in a timer") } setTimeout(tick, 5)', { id });
    await session.until(() => session.exceptions(id).length === 1);
    const [failure] = session.exceptions(id);
    assert.equal(failure?.name, 'TypeError');
    assert.equal(failure.frames[0]?.function, 'tick');
    assert.equal(shown(await session.cell('1 + 1')), '2');
  });

  it('stops a timer that runs away, and the others of its execution, under the limit of the session', async () => {
    const busy = await open({ limits: { cpuMs: 200 } });
    const id = randomUUID();
    await busy.cell('setTimeout(() => { for(;;); }, 5); setInterval(() => console.log("never again"), 600)', {
      id,
    });
    await busy.until(() => busy.exceptions(id).length === 1);
    assert.equal(busy.exceptions(id)[0]?.code, 'CPU_LIMIT_EXCEEDED');
    assert.equal(shown(await busy.cell('await new Promise(r => setTimeout(r, 700)); "quiet"')), "'quiet'");
    assert.deepEqual(busy.printed(id), []);
  });

  it('drops the timers of ended executions on request, and keeps those of the running one', async () => {
    const id = randomUUID();
    const quiet = await open();
    await quiet.cell('setInterval(() => console.log("old"), 5)', { id });
    await quiet.until(() => quiet.printed(id).length > 2);
    const running = quiet.cell('await new Promise(r => setTimeout(r, 100)); "own timer fired"');
    quiet.live.stopBackground();
    assert.equal(shown(await running), "'own timer fired'");
    const count = quiet.printed(id).length;
    await quiet.cell('await new Promise(r => setTimeout(r, 50))');
    assert.equal(quiet.printed(id).length, count);
  });

  it('stops background work that is busy when it is asked to', async () => {
    const busy = await open({ limits: { cpuMs: 0 } });
    const id = randomUUID();
    await busy.cell('setTimeout(() => { console.log("in"); for(;;); }, 1)', { id });
    await busy.until(() => busy.printed(id).length === 1);
    busy.live.stopBackground();
    assert.equal(shown(await busy.cell('"free again"')), "'free again'");
    assert.equal(busy.lostBecause, undefined);
  });

  it('shows no console where the settings have none', async () => {
    const mute = await open({ console: false });
    assert.equal(shown(await mute.cell('typeof console')), "'undefined'");
  });
});

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { HeapImage, Runtime } from '../../../server/core/ports.js';
import { codeOf, openRuntime, shown, TestSession } from './harness.js';

/** Everything that a session can hold on to. */
const setUp = [
  'let n = 1; const inc = () => ++n; class Point { #x; constructor(x) { this.#x = x } get x() { return this.#x } }',
  'const p = new Point(42), map = new Map([[p, "at p"], ["inc", inc]]), set = new Set([1, 2]), weak = new WeakMap([[p, "weak"]])',
  'function* count() { let i = 0; while (true) yield i++ } const counting = count(); counting.next(); counting.next(); 0',
  'let settle; const waiting = new Promise((resolve) => (settle = resolve)); let heard = "nothing"; (async () => { heard = await waiting; console.log("heard", heard) })(); 0',
  'import { shared } from "./m.js"; shared.push("first"); shared.length',
  'const bytes = new Uint8Array([1, 2, 3]), big = 2n ** 70n, re = /a+/g, sym = Symbol.for("s"); re.lastIndex = 3; console.group("in"); 0',
];

const checks: readonly (readonly [code: string, value: string])[] = [
  ['inc() > 1 && n === inc() - 1', 'true'],
  ['[p.x, p instanceof Point, map.get(p), set.size, weak.get(p)].join()', "'42,true,at p,2,weak'"],
  ['map.get("inc") === inc', 'true'],
  [
    '[bytes.join(), String(big), re.lastIndex, sym === Symbol.for("s")].join(" ")',
    "'1,2,3 1180591620717411303424 3 true'",
  ],
  ['import { shared as again } from "./m.js"; again === shared && again.join()', "'first'"],
  ['_.chunk([1, 2, 3], 2).length', '2'],
];

describe("an image of a guest's state", () => {
  let runtime: Runtime;
  let root: string;
  let first: TestSession;
  let image: HeapImage;

  const restored = (from: HeapImage, options = {}) =>
    TestSession.open(runtime, { image: from, root, libraries: ['lodash'], ...options });

  before(async () => {
    runtime = openRuntime();
    first = await TestSession.open(runtime, { libraries: ['lodash'] });
    ({ root } = first);
    await first.write({ 'm.js': 'export const shared = [];' });
    for (const code of setUp) assert.doesNotMatch(shown(await first.cell(code)), /^(thrown|stopped)/, code);
    image = await first.live.image();
  });
  after(async () => {
    await runtime.close();
    await first.close();
  });

  it('holds everything: closures, private fields, collections, modules, libraries', async () => {
    const second = await restored(image);
    for (const [code, value] of checks) assert.equal(shown(await second.cell(code)), value, code);
    await second.live.close();
  });

  it('holds what has begun: a generator goes on, and an async function hears of what it waits for', async () => {
    const second = await restored(image);
    assert.equal(shown(await second.cell('counting.next().value')), '2');
    assert.equal(shown(await second.cell('settle("you"); await waiting; heard')), "'you'");
    assert.deepEqual(second.printed(), ['  heard you']);
    await second.live.close();
  });

  it('leaves what it was taken of as it was', async () => {
    assert.equal(shown(await first.cell('heard')), "'nothing'");
    assert.equal(shown(await first.cell('counting.next().value')), '2');
  });

  it('holds timers: one that is due goes off in the new thread, as its own execution', async () => {
    const id = randomUUID();
    await first.cell('setTimeout(() => console.log("ring"), 60)', { id });
    const armed = await first.live.image();
    const second = await restored(armed);
    await second.until(() => second.printed(id).length === 1);
    assert.deepEqual(second.printed(id), ['  ring']);
    await second.live.close();
  });

  it('sees the edit of a module that was imported before', async () => {
    const second = await restored(image);
    await second.write({ 'm.js': 'export const shared = ["edited"];' });
    assert.equal(shown(await second.cell('import { shared as now } from "./m.js"; now.join()')), "'edited'");
    await second.live.close();
  });

  it('is as right and as large after a hundred generations', async () => {
    let current = image;
    const sizes: number[] = [];
    for (let generation = 0; generation < 100; generation++) {
      const next = await restored(current);
      assert.equal(shown(await next.cell('inc(); counting.next().value')), String(generation + 2));
      current = await next.live.image();
      await next.live.close();
      sizes.push(current.pages.length);
    }
    assert.ok((sizes.at(-1) ?? 0) < (sizes[4] ?? 0) * 1.05, `${sizes[4]} bytes became ${sizes.at(-1)}`);
  });

  it('comes after every execution, and names it', async () => {
    const session = await TestSession.open(runtime);
    const ids = [randomUUID(), randomUUID()];
    for (const id of ids) await session.cell('globalThis.x = 1', { id });
    await session.until(() => session.images.some(({ executionId }) => executionId === ids[1]));
    assert.deepEqual(
      session.images.map(({ executionId }) => executionId).filter((id) => id !== undefined),
      ids,
    );
    await session.close();
  });

  it('is small again after a large heap has been freed', async () => {
    const session = await TestSession.open(runtime);
    await session.cell('globalThis.rows = Array.from({ length: 100_000 }, (_, i) => ({ i })); 0');
    const large = await session.live.image();
    assert.ok(large.pages.length > 8e6, `${large.pages.length}`);
    await session.cell('rows = null');
    const small = await session.live.image();
    assert.ok(small.pages.length < 1.5e6, `${small.pages.length}`);
    await session.close();
  });
});

describe('a session whose thread had to be ended', () => {
  let runtime: Runtime;
  before(() => {
    runtime = openRuntime();
  });
  after(() => runtime.close());
  const nativeLoop = 'Array.prototype.indexOf.call({length:2**53-1},1)';

  it('goes on with the state from before, and the execution says so', async () => {
    const session = await TestSession.open(runtime);
    await session.cell('let kept = [1]; setInterval(() => kept.push(kept.length + 1), 5); 0');
    const id = randomUUID();
    const ended = await session.cell(`kept.length = 0; console.log("printed"); ${nativeLoop}`, {
      id,
      limits: { cpuMs: 100 },
    });
    assert.equal(codeOf(ended), 'CPU_LIMIT_EXCEEDED');
    assert.deepEqual(session.printed(id), ['printed']);
    assert.match(session.rollBacks.join(), /goes on with the state it had before/);
    assert.equal(shown(await session.cell('kept.length > 0 && kept[0] === 1')), 'true');
    const before = shown(await session.cell('kept.length'));
    await session.cell('await new Promise((resolve) => setTimeout(resolve, 30))');
    assert.ok(Number(shown(await session.cell('kept.length'))) > Number(before), 'the interval runs on');
    await session.close();
  });

  it('keeps what was queued behind', async () => {
    const session = await TestSession.open(runtime);
    const loop = session.cell(nativeLoop, { limits: { cpuMs: 100 } });
    assert.equal(codeOf(await loop), 'CPU_LIMIT_EXCEEDED');
    assert.equal(shown(await session.cell('6 * 7')), '42');
    await session.close();
  });

  it('goes on when a timer was to blame, without that timer', async () => {
    const session = await TestSession.open(runtime, { limits: { cpuMs: 100 } });
    const id = randomUUID();
    await session.cell(`let kept = 7; setInterval(() => { ${nativeLoop} }, 20); 0`, { id });
    await session.until(() => session.rollBacks.length > 0);
    assert.equal(session.events.at(-1)?.executionId, id);
    assert.equal(
      shown(await session.cell('await new Promise((resolve) => setTimeout(resolve, 100)); kept')),
      '7',
    );
    assert.equal(session.rollBacks.length, 1);
    await session.close();
  });

  it('can be stopped while it is brought back', async () => {
    const session = await TestSession.open(runtime, { limits: { cpuMs: 100 } });
    await session.cell(`setTimeout(() => { ${nativeLoop} }, 0); 0`);
    await session.until(() => session.rollBacks.length > 0 || session.lostBecause !== undefined);
    const next = session.cell('for(;;);', { limits: { cpuMs: 0 } });
    session.live.stop('CANCELLED', 'Enough.');
    assert.equal(codeOf(await next), 'CANCELLED');
    await session.close();
  });
});

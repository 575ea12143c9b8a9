import assert from 'node:assert/strict';
import type { Runtime } from '../../../server/core/ports.js';
import { failureOf, openRuntime, shown, TestSession } from '../runtime/harness.js';

describe('CommonJS', () => {
  let runtime: Runtime;
  let session: TestSession;
  before(() => {
    runtime = openRuntime();
  });
  after(() => runtime.close());
  beforeEach(async () => {
    session = await TestSession.open(runtime);
  });
  afterEach(() => session.close());

  const json = async (cell: string) => {
    const { outcome } = await session.cell(cell);
    if (outcome.kind !== 'value') assert.fail(JSON.stringify(outcome));
    return outcome.value.json;
  };

  it('is imported with module.exports as the default, and with its names', async () => {
    await session.write({
      'a.cjs':
        'exports.one = 1; module.exports.two = 2; Object.defineProperty(exports, "__esModule", { value: true })',
      'b.js': 'module.exports = { three: 3, four() { return 4 } }',
      'c.cjs': 'module.exports = class C {}; module.exports["odd name"] = 5; exports.gone = 6',
    });
    const cell = `
      import a, { one, two } from './a.cjs'; import b, { three, four } from './b.js'; import C, * as c from './c.cjs';
      [a === (await import('./a.cjs')).default, one, two, three, four(), b.three, C.name, Object.keys(c).sort(), c['odd name']]`;
    assert.deepEqual(await json(cell), [true, 1, 2, 3, 4, 3, 'C', ['default', 'gone', 'odd name'], 5]);
  });

  it('exports again the names of what it requires', async () => {
    await session.write({
      'index.cjs':
        'if (process_is_not_here()) module.exports = require("./deep/one.cjs"); function process_is_not_here() { return typeof process === "undefined" }',
      'deep/one.cjs':
        '__exportStar(require("./two.cjs"), exports); exports.one = 1; function __exportStar(m, e) { for (const k in m) e[k] = m[k] }',
      'deep/two.cjs': 'exports.two = 2',
    });
    assert.deepEqual(await json(`import { one, two } from './index.cjs'; [one, two]`), [1, 2]);
  });

  it('has require, module, exports, __filename, __dirname and itself as this', async () => {
    await session.write({
      'lib/x.cjs': `
        const before = { loaded: module.loaded, same: this === exports && exports === module.exports };
        exports.seen = () => ({ ...before, id: module.id, filename: __filename, dirname: __dirname, loaded: module.loaded,
          keys: Object.keys(module), type: typeof require, own: require === module.require });`,
    });
    assert.deepEqual(await json(`require('./lib/x.cjs').seen()`), {
      loaded: true,
      same: true,
      id: '/lib/x.cjs',
      filename: '/lib/x.cjs',
      dirname: '/lib',
      keys: ['id', 'path', 'exports', 'filename', 'loaded', 'require'],
      type: 'function',
      own: true,
    });
  });

  it('runs in sloppy mode, and keeps its names to itself', async () => {
    await session.write({
      'a.cjs': 'var mine = 1; undeclared = 2; exports.self = (function () { return this === globalThis })()',
    });
    assert.deepEqual(await json(`const { self } = require('./a.cjs'); [self, typeof mine, undeclared]`), [
      true,
      'undefined',
      2,
    ]);
  });

  it('runs a module once, also for import and require together', async () => {
    await session.write({
      'count.cjs': 'globalThis.runs = (globalThis.runs ?? 0) + 1; exports.runs = runs',
      'a.cjs': 'exports.count = require("./count.cjs")',
    });
    const cell = `import count from './count.cjs'; [runs, require('./a.cjs').count === count, require('./count') === count]`;
    assert.deepEqual(await json(cell), [1, true, true]);
  });

  it('shows half-made exports in a cycle', async () => {
    await session.write({
      'a.cjs': 'exports.early = 1; const b = require("./b.cjs"); exports.late = 2; exports.seenByB = b.seen',
      'b.cjs': 'const a = require("./a.cjs"); exports.seen = { ...a }; exports.later = () => a.late',
    });
    assert.deepEqual(await json(`const a = require('./a.cjs'); [a.seenByB, require('./b.cjs').later()]`), [
      { early: 1 },
      2,
    ]);
  });

  it('requires JSON, and finds it without an extension', async () => {
    await session.write({ 'data.json': '{"a":[1],"__proto__":2}' });
    assert.deepEqual(
      await json(`const d = require('./data'); [d.a, Object.keys(d), require('./data.json') === d]`),
      [[1], ['a', '__proto__'], true],
    );
  });

  it('requires an ES module that does not await at its top level', async () => {
    await session.write({
      'm.mjs': 'import { b } from "./b.mjs"; export const a = b + 1; export default "main"',
      'b.mjs': 'export const b = 1',
      'late.mjs': 'await 0; export const a = 1',
    });
    assert.deepEqual(
      await json(
        `const m = require('./m.mjs'); [m.a, m.default, m === await import('./m.mjs'), require('./m.mjs') === m]`,
      ),
      [2, 'main', true, true],
    );
    assert.match(
      failureOf(await session.cell(`require('./late.mjs')`)).message,
      /"\/late\.mjs".*awaits at its top level/,
    );
    assert.deepEqual(await json(`(await import('./late.mjs')).a`), 1);
  });

  it('refuses an ES module in a cycle, which the session survives', async () => {
    await session.write({
      'main.mjs': 'import c from "./c.cjs"; export const main = 1; export { c }',
      'c.cjs':
        'try { exports.got = require("./side.mjs") } catch (error) { exports.message = error.message; exports.code = error.code }',
      'side.mjs': 'import { main } from "./main.mjs"; export default main',
      'self.mjs': 'let m; try { require("./back.mjs") } catch (error) { m = error.code } export default m',
      'back.mjs': 'import "./self.mjs"',
    });
    assert.deepEqual(await json(`import { c } from './main.mjs'; c`), {
      message:
        'Cannot require "./side.mjs" from c.cjs: it is an ES module that needs c.cjs, which waits for it',
      code: 'MODULE_CYCLE',
    });
    assert.equal(await json(`(await import('./self.mjs')).default`), 'MODULE_CYCLE');
    assert.equal(await json(`(await import('./side.mjs')).default`), 1);
    assert.equal(session.lostBecause, undefined);
  });

  it('allows cycles between ES modules and CommonJS that need nothing too early', async () => {
    await session.write({
      'a.mjs': 'import b from "./b.cjs"; export const name = "a"; export const viaB = b.later',
      'b.cjs': 'exports.later = () => require("./c.cjs").name',
      'c.cjs': 'exports.name = "c" + typeof require("./b.cjs").later',
    });
    assert.equal(await json(`(await import('./a.mjs')).viaB()`), 'cfunction');
  });

  it('is loaded again when it, or what it requires, has changed', async () => {
    await session.write({
      'deep.cjs': 'exports.value = 1',
      'middle.cjs': 'exports.deep = require("./deep.cjs")',
      'top.mjs': 'import middle from "./middle.cjs"; export const value = middle.deep.value',
      'other.cjs': 'globalThis.others = (globalThis.others ?? 0) + 1',
    });
    const cell = `import { value } from './top.mjs'; require('./other.cjs'); [value, require('./middle.cjs').deep.value, others]`;
    assert.deepEqual(await json(cell), [1, 1, 1]);
    await session.write({ 'deep.cjs': 'exports.value = 2' });
    assert.deepEqual(await json(cell), [2, 2, 1]);
  });

  it('that throws is tried again at the next require', async () => {
    await session.write({
      'a.cjs': 'if (!globalThis.ready) throw new Error("not ready"); exports.ok = true',
    });
    assert.equal(failureOf(await session.cell(`require('./a.cjs')`)).message, 'not ready');
    assert.equal(await json(`globalThis.ready = true; require('./a.cjs').ok`), true);
  });

  it('works again once a missing module is there', async () => {
    await session.write({ 'a.cjs': 'exports.b = require("./b.cjs")' });
    assert.match(
      failureOf(await session.cell(`import './a.cjs'`)).message,
      /Cannot find module ".\/b.cjs" from a.cjs; tried b.cjs, /,
    );
    await session.write({ 'b.cjs': 'module.exports = 5' });
    assert.equal(await json(`import { b } from './a.cjs'; b`), 5);
  });

  it('is required from where the code stands that asks', async () => {
    await session.write({
      'sub/main.js': 'globalThis.later = () => require("./x.cjs"); require("./x.cjs")',
      'sub/x.cjs': 'module.exports = "sub/x"',
      'x.cjs': 'module.exports = "x"',
    });
    assert.equal(shown(await session.file('sub/main.js')), "'sub/x'");
    assert.deepEqual(await json(`[require('./x.cjs'), later()]`), ['x', 'sub/x']);
    assert.equal(
      await json(`await new Promise((resolve) => setTimeout(() => resolve(require('./x.cjs')), 1))`),
      'x',
    );
  });

  it('can say where a module is without loading it', async () => {
    await session.write({ 'lib/a.cjs': 'throw 1', 'b.cjs': 'exports.where = require.resolve("./lib/a")' });
    assert.deepEqual(
      await json(`[require.resolve('./lib/a'), require('./b.cjs').where, require.resolve('vm:execution')]`),
      ['/lib/a.cjs', '/lib/a.cjs', 'vm:execution'],
    );
    assert.match(
      failureOf(await session.cell(`require.resolve('./nope')`)).message,
      /^Cannot find module ".\/nope" from <cell 2>; tried/,
    );
  });

  it('shows the user’s places in stacks and syntax errors', async () => {
    await session.write({
      'thrower.cjs': 'exports.f = function f() { null.x }',
      'broken.cjs': 'let a;\nlet b = = 1;',
      'top.cjs': '#!/usr/bin/env node\nrequire("./thrower.cjs").f() // no line break at the end',
    });
    const { frames } = failureOf(await session.cell(`import './top.cjs'`));
    assert.deepEqual(
      frames.map(({ path, line }) => [path, line]),
      [
        ['thrower.cjs', 1],
        ['top.cjs', 2],
      ],
    );
    assert.equal(frames[0]?.function, 'f');
    for (const cell of [`import './broken.cjs'`, `require('./broken.cjs')`]) {
      const failure = failureOf(await session.cell(cell));
      assert.equal(failure.name, 'SyntaxError');
      assert.deepEqual([failure.frames[0]?.path, failure.frames[0]?.line], ['broken.cjs', 2]);
    }
  });

  it('runs as a file of its own: the result is module.exports', async () => {
    await session.write({
      'main.cjs': 'const x = require("./x.cjs"); module.exports = { x, main: require.main === module }',
      'x.cjs': 'module.exports = 1',
    });
    assert.equal(shown(await session.file('main.cjs')), '{ x: 1, main: false }');
    assert.equal(await json('typeof x'), 'undefined');
  });

  it('is told from ES modules by what the text uses, where no package.json says', async () => {
    await session.write({
      'cjs.js': 'exports.kind = typeof this',
      'esm.js': 'export const kind = typeof this',
      'effect.js': 'globalThis.effect = typeof this',
      'says/package.json': '{"type":"commonjs"}',
      'says/effect.js': 'globalThis.said = typeof this',
      'says/esm.js': 'export const kind = typeof this',
      'esm/package.json': '{"type":"module"}',
      'esm/x.js': 'globalThis.said2 = typeof this + typeof module',
    });
    const cell = `import * as cjs from './cjs.js'; import * as esm from './esm.js'; import './effect.js'; import './says/effect.js';
      import { kind } from './says/esm.js'; import './esm/x.js'; [cjs.kind, esm.kind, effect, said, kind, said2]`;
    assert.deepEqual(await json(cell), [
      'object',
      'undefined',
      'undefined',
      'object',
      'undefined',
      'undefinedundefined',
    ]);
  });

  it('gets nothing of Node', async () => {
    await session.write({ 'a.cjs': 'exports.types = [typeof process, typeof Buffer, typeof global]' });
    assert.deepEqual(await json(`require('./a.cjs').types`), ['undefined', 'undefined', 'undefined']);
    const failure = failureOf(await session.cell(`require('node:path')`));
    assert.equal(failure.code, 'MODULE_NOT_ALLOWED');
    assert.match(
      failure.message,
      /^Cannot require "node:path" from <cell 2>: it is part of Node, which sessions do not have/,
    );
  });

  it('names modules by strings only', async () => {
    for (const cell of ['require(1)', 'require()', 'require.resolve({ toString() { throw 1 } })']) {
      assert.equal(failureOf(await session.cell(cell)).name, 'TypeError');
    }
  });

  it('works whatever guest code did to the built-ins', async () => {
    await session.write({ 'a.cjs': 'exports.b = require("./b.cjs")', 'b.cjs': 'exports.ok = 1' });
    await session.cell(`
      for (const proto of [Object.prototype, Array.prototype, Map.prototype, Function.prototype, String.prototype]) {
        for (const key of Reflect.ownKeys(proto)) try { if (key !== 'constructor') delete proto[key] } catch {}
      }
      Object.defineProperty(Object.prototype, 'kind', { get() { throw 'seen' }, set() { throw 'seen' } });
      Object.defineProperty(Array.prototype, 0, { get() { throw 'seen' }, set() { throw 'seen' } });
      globalThis.JSON = globalThis.Error = undefined;`);
    assert.equal(shown(await session.cell(`require('./a.cjs').b.ok`)), '1');
  });

  it('can be stopped in the middle of a module', async () => {
    await session.write({ 'spin.cjs': 'for (;;) {}', 'ok.cjs': 'exports.ok = 1' });
    const job = await session.cell(`try { require('./spin.cjs') } catch {} 1`, { limits: { cpuMs: 100 } });
    assert.equal(job.outcome.kind, 'stopped');
    assert.equal(await json(`require('./ok.cjs').ok`), 1);
  });
});

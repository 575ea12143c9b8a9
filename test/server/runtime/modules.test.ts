import assert from 'node:assert/strict';
import { symlink } from 'node:fs/promises';
import path from 'node:path';
import type { Runtime } from '../../../server/core/ports.js';
import { failureOf, openRuntime, shown, TestSession } from './harness.js';

describe('imports', () => {
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

  it('bring names of worktree modules into a cell, for later cells too', async () => {
    await session.write({
      'lib/math.js': 'import { one } from "./one.js"; export const two = one + 1; export default "main";',
      'lib/one.js': 'export const one = 1;',
    });
    assert.equal(
      shown(await session.cell('import main, { two } from "./lib/math.js"; [main, two]')),
      "[ 'main', 2 ]",
    );
    assert.equal(shown(await session.cell('two')), '2');
  });

  it('find files with the resolver’s extensions, index files, and from its roots', async () => {
    await session.write({
      'a.mjs': 'export default "a.mjs"',
      'b/index.js': 'export default "b/index.js"',
      'c/d.js': 'import a from "/a"; export default "c/d saw " + a',
      'data.json': '{"list":[1,2],"__proto__":{"x":1}}',
      'we ird?#%.js': 'export default import.meta.url',
    });
    const cell = `
      import a from "./a"; import b from "./b"; import d from "/c/d.js"; import data from "./data.json";
      import odd from "./we ird?#%.js";
      [a, b, d, data.list, Object.keys(data), odd]`;
    assert.equal(
      JSON.stringify((await value(cell)).json),
      '["a.mjs","b/index.js","c/d saw a.mjs",[1,2],["list","__proto__"],"file:///we%20ird%3F%23%25.js"]',
    );
  });

  it('tell a module where it is', async () => {
    await session.write({ 'x/y.js': 'export default { ...import.meta }' });
    assert.deepEqual((await value('(await import("./x/y.js")).default')).json, {
      url: 'file:///x/y.js',
      dirname: '/x',
      filename: '/x/y.js',
    });
  });

  it('allow cycles', async () => {
    await session.write({
      'a.js': 'import { b } from "./b.js"; export const a = () => "a" + b(); ',
      'b.js': 'import { a } from "./a.js"; export const b = () => "b" + typeof a;',
    });
    assert.equal(shown(await session.cell('import { a } from "./a.js"; a()')), "'abfunction'");
  });

  it('run a module once for all its importers', async () => {
    await session.write({
      'count.js': 'globalThis.runs = (globalThis.runs ?? 0) + 1; export default 0',
      'a.js': 'import "./count.js"; export default 1',
    });
    await session.cell('import "./count.js"; import "./a.js"');
    assert.equal(shown(await session.cell('import "./count.js"; runs')), '1');
  });

  it('see a file that changed, and load again what imports it, and nothing else', async () => {
    await session.write({
      'deep.js': 'export const value = 1',
      'middle.js': 'export { value } from "./deep.js"; globalThis.middles = (globalThis.middles ?? 0) + 1',
      'other.js': 'globalThis.others = (globalThis.others ?? 0) + 1',
    });
    const cell = 'import { value } from "./middle.js"; import "./other.js"; [value, middles, others]';
    assert.equal(shown(await session.cell(cell)), '[ 1, 1, 1 ]');
    assert.equal(shown(await session.cell(cell)), '[ 1, 1, 1 ]');
    await session.write({ 'deep.js': 'export const value = 2' });
    assert.equal(shown(await session.cell(cell)), '[ 2, 2, 1 ]');
  });

  it('work again once a broken or missing file is there', async () => {
    await session.write({ 'a.js': 'import { b } from "./b.js"; export const a = b' });
    assert.match(
      shown(await session.cell('import { a } from "./a.js"; a')),
      /Cannot find module ".\/b.js" from a.js/,
    );
    await session.write({ 'b.js': 'export const b = = 1' });
    const failure = failureOf(await session.cell('import { a } from "./a.js"; a'));
    assert.equal(failure.name, 'SyntaxError');
    assert.equal(failure.frames[0]?.path, 'b.js');
    await session.write({ 'b.js': 'export const b = 5' });
    assert.equal(shown(await session.cell('import { a } from "./a.js"; a')), '5');
  });

  it('tell what was tried when there is no such module', async () => {
    const failure = failureOf(await session.cell('import x from "./nope"'));
    assert.equal(
      failure.message,
      'Cannot find module "./nope" from <cell 1>; tried nope, nope.js, nope.mjs, nope.cjs, nope.ts, nope.mts, nope.json, ' +
        'nope/index.js, nope/index.mjs, nope/index.cjs, nope/index.ts, nope/index.mts, nope/index.json',
    );
  });

  it('refuse a specifier that is longer than any path at once, without repeating it', async () => {
    const job = await session.cell('await import("./" + "a/".repeat(5_000_000))');
    assert.match(
      failureOf(job).message,
      /^Cannot find the module .* 10000002 characters, and no path has more than/,
    );
    assert.ok(job.wallMs < 3000, `${job.wallMs.toFixed(0)} ms`);
  });

  it('show the user’s places in stacks, also on a module’s first line', async () => {
    await session.write({ 'lib/thrower.js': 'export function thrower() { throw new Error("here") }\n' });
    const failure = failureOf(await session.cell('import { thrower } from "./lib/thrower.js";\nthrower()'));
    assert.deepEqual(failure.frames[0], { path: 'lib/thrower.js', line: 1, column: 35, function: 'thrower' });
    assert.match(failure.stack, /^Error: here\n {4}at thrower \(lib\/thrower\.js:1:35\)\n {4}at <cell 1>:2:/);
  });

  it('can be caught', async () => {
    const cell = 'try { await import("./nope.js") } catch (error) { [error instanceof Error, error.code] }';
    assert.equal(shown(await session.cell(cell)), "[ true, 'MODULE_NOT_FOUND' ]");
  });

  describe('never leave the worktree', () => {
    for (const specifier of [
      '../outside.js',
      '/../outside.js',
      './lib/../../outside.js',
      'file:///../outside.js',
    ]) {
      it(`by ${specifier}`, async () => {
        const failure = failureOf(await session.cell(`await import(${JSON.stringify(specifier)})`));
        assert.ok(
          failure.code === 'MODULE_NOT_ALLOWED' || failure.message.startsWith('Cannot find module'),
          failure.message,
        );
        assert.ok(!failure.message.includes(session.root));
      });
    }

    it('by a symbolic link, whether there is something or not', async () => {
      await symlink('/etc/hostname', path.join(session.root, 'there.js'));
      await symlink('/etc/no-such-file', path.join(session.root, 'gone.js'));
      const [there, gone] = [
        failureOf(await session.cell('await import("./there.js")')),
        failureOf(await session.cell('await import("./gone.js")')),
      ];
      assert.equal(there.code, 'MODULE_NOT_ALLOWED');
      assert.equal(there.message.replaceAll('there', 'gone').replaceAll('cell 1', 'cell 2'), gone.message);
    });

    for (const specifier of [
      'fs',
      'node:fs',
      'https://example.com/a.js',
      'vm:nothing',
      'data:text/javascript,1',
      '',
    ]) {
      it(`nor reach ${JSON.stringify(specifier)}, which nobody granted`, async () => {
        const failure = failureOf(await session.cell(`await import(${JSON.stringify(specifier)})`));
        assert.equal(failure.code, 'MODULE_NOT_ALLOWED');
      });
    }

    it('and guest code cannot claim that it was refused', async () => {
      const cell = 'throw Object.assign(new Error("no"), { code: "MODULE_NOT_ALLOWED" })';
      assert.equal(failureOf(await session.cell(cell)).code, undefined);
    });
  });

  async function value(cell: string) {
    const { outcome } = await session.cell(cell);
    if (outcome.kind !== 'value') assert.fail(JSON.stringify(outcome));
    return outcome.value;
  }
});

describe('a file', () => {
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

  it('without export runs like a cell: its names stay, and its completion value is the result', async () => {
    await session.write({ 'script.js': 'const kept = [1, 2];\nkept.length' });
    assert.equal(shown(await session.file('script.js')), '2');
    assert.equal(shown(await session.file('script.js')), '2');
    assert.equal(shown(await session.cell('kept')), '[ 1, 2 ]');
  });

  it('that imports does so from its own folder', async () => {
    await session.write({ 'sub/main.js': 'import x from "./x.js"; x', 'sub/x.js': 'export default "sub/x"' });
    assert.equal(shown(await session.file('sub/main.js')), "'sub/x'");
  });

  it('with export runs as a fresh module each time: the result is its default, and no name leaks', async () => {
    await session.write({
      'module.js': 'const hidden = 1; globalThis.times = (globalThis.times ?? 0) + 1; export default times',
    });
    assert.equal(shown(await session.file('module.js')), '1');
    assert.equal(shown(await session.file('module.js')), '2');
    assert.equal(shown(await session.cell('typeof hidden')), "'undefined'");
  });

  it('that is a module may await, and without a default its namespace is the result', async () => {
    await session.write({
      'names.mjs': 'export const a = await new Promise(r => setTimeout(r, 10, 1)); export const b = 2',
    });
    assert.match(shown(await session.file('names.mjs')), /^\[Module.*a: 1, b: 2/);
  });

  it('gets its arguments and environment, for that run only', async () => {
    await session.write({
      'args.js': '[__ARGS__.name, __ARGS__.__proto__.x]',
      'args.mjs': 'import { args, env } from "vm:execution"; export default args.name + env.MODE',
    });
    const given = {
      args: JSON.parse('{"name":"n","__proto__":{"x":1}}') as Record<string, never>,
      env: { MODE: 'm' },
    };
    assert.equal(shown(await session.file('args.js', given)), "[ 'n', 1 ]");
    assert.equal(shown(await session.file('args.mjs', given)), "'nm'");
    assert.equal(shown(await session.file('args.mjs', { args: { name: 'o' }, env: { MODE: 'p' } })), "'op'");
    assert.equal(shown(await session.cell('typeof __ARGS__')), "'undefined'");
  });

  it('throws with its own path, line and column', async () => {
    await session.write({
      'bad.js': '// one\nlet x = 1;\nx.y.z',
      'bad.mjs': 'export default 1; null.x',
    });
    const [script, module] = [
      failureOf(await session.file('bad.js')),
      failureOf(await session.file('bad.mjs')),
    ];
    assert.deepEqual([script.frames[0]?.path, script.frames[0]?.line], ['bad.js', 3]);
    assert.deepEqual([module.frames[0]?.path, module.frames[0]?.line], ['bad.mjs', 1]);
    assert.ok((module.frames[0]?.column ?? 99) <= 25, `column ${module.frames[0]?.column}`);
  });

  for (const [what, name, text, result] of [
    ['a hashbang', 'bin.js', '#!/usr/bin/env node\n1 + 1', '2'],
    ['a hashbang and export', 'bin.mjs', '#!/usr/bin/env node\nexport default 3', '3'],
    ['CRLF', 'crlf.js', 'const q = 1;\r\nq + 1\r\n', '2'],
    ['nothing in it', 'empty.js', '', 'undefined'],
    ['a byte order mark', 'bom.js', '\uFEFF5', '5'],
    ['JSON', 'data.json', '{"a": 1}', '{ a: 1 }'],
  ] as const) {
    it(`may have ${what}`, async () => {
      await session.write({ [name]: text });
      assert.equal(shown(await session.file(name)), result);
    });
  }
});

import assert from 'node:assert/strict';
import type { Runtime } from '../../../server/core/ports.js';
import { failureOf, openRuntime, TestSession } from '../runtime/harness.js';

describe('module errors', () => {
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

  it('stand where the module is asked for, in a cell and in a file', async () => {
    await session.write({
      'lib/broken.ts':
        'type A = {\n  a: 1;\n};\n\nexport const a: A = { a: 1 };\n import gone from "./gone.js";',
      'script.js': '// nothing\nimport "./nowhere.js"; 1',
    });
    const places: Record<string, object> = {
      '1;\n  import _ from "lodash"': { line: 2, column: 3 },
      '\nconst later = () => import("./later.js");\nawait later()': { line: 2, column: 21 },
      'import { a } from "./lib/broken.ts"': { path: 'lib/broken.ts', line: 6, column: 2 },
      'require("./lib/broken.ts")': { path: 'lib/broken.ts', line: 6, column: 2 },
    };
    for (const [cell, place] of Object.entries(places)) {
      const { stack, frames } = failureOf(await session.cell(cell));
      assert.deepEqual(frames[0], place, stack);
    }
    assert.match(failureOf(await session.cell('import _ from "lodash"')).stack, /\n {4}at <cell \d+>:1:1$/);
    assert.deepEqual(failureOf(await session.file('script.js')).frames[0], {
      path: 'script.js',
      line: 2,
      column: 1,
    });
  });

  it('leave the names of imports that failed as they were', async () => {
    assert.equal(await json('globalThis.kept = 1; const old = 2; old'), 2);
    for (const cell of [
      'import kept from "lodash"',
      'import { a as old, b } from "lodash"',
      'import * as none from "./none.js"',
      'import _ from "lodash"',
      'let x = 1; import _error from "lodash"',
    ])
      failureOf(await session.cell(cell));
    assert.deepEqual(await json('[kept, old, typeof b, "b" in globalThis, "none" in globalThis]'), [
      1,
      2,
      'undefined',
      false,
      false,
    ]);
    assert.equal(await json('40 + 2'), 42);
    assert.equal(await json('_'), 42);
    assert.equal(await json('_error.message.includes("lodash")'), true);
  });

  it('say which extensions are code, and run no other file as code', async () => {
    await session.write({ 't.txt': '1', 'data.csv': 'a,b', plain: 'module.exports = 3' });
    for (const cell of ['import t from "./t.txt"', 'require("./t.txt")', 'await import("./data.csv")']) {
      const { message } = failureOf(await session.cell(cell));
      assert.match(message, /only \.js, \.mjs, \.cjs, \.ts, \.mts, \.cts and \.json files are code$/);
    }
    assert.equal(await json('require("./plain")'), 3);
  });

  it('of a module that is required are told once', async () => {
    await session.write({ 'fails.js': 'export const a = 1;\nthrow new Error("once");' });
    const { stack } = failureOf(await session.cell('require("./fails.js")'));
    assert.match(stack, /^Error: once\n {4}at fails\.js:2:\d+/);
    assert.equal(await json('let caught = 0; try { require("./fails.js") } catch { caught++ } caught'), 1);
    assert.deepEqual(session.events, []);
  });

  it('name the export and the file that lacks it', async () => {
    await session.write({
      'a.js': 'import { nope } from "./b.js"; export default nope',
      'b.js': 'export const one = 1',
      'c.js': 'import { nope } from "./d.cjs"; export default nope',
      'd.cjs': 'exports.one = 1',
    });
    const messages = {
      'import "./a.js"': "Could not find export 'nope' in module 'file:///b.js'",
      'import "./c.js"': "Could not find export 'nope' in module 'file:///d.cjs'",
      'import { nope } from "./d.cjs"': "Could not find export 'nope' in module './d.cjs'",
    };
    for (const [cell, message] of Object.entries(messages)) {
      const failure = failureOf(await session.cell(cell));
      assert.deepEqual([failure.name, failure.message], ['SyntaxError', message]);
    }
  });

  it('are of the class that their name says, and like any other error', async () => {
    await session.write({ 'bad.json': '{"a":', 'bad.ts': 'enum = 1' });
    const cell = (specifier: string) => `try { await import('${specifier}') } catch (error) {
      const before = [error.name, error.constructor.name, error instanceof globalThis[error.name], Object.keys(error).join()];
      error.message = error.name = error.code = 'changed';
      [...before, error.message, error.name, error.code] }`;
    const rest = ['changed', 'changed', 'changed'];
    assert.deepEqual(await json(cell('./bad.json')), ['SyntaxError', 'SyntaxError', true, '', ...rest]);
    assert.deepEqual(await json(cell('./bad.ts')), ['SyntaxError', 'SyntaxError', true, '', ...rest]);
    assert.deepEqual(await json(cell('./nope')), ['Error', 'Error', true, 'code', ...rest]);
  });

  it('say where JSON and TypeScript are broken', async () => {
    await session.write({ 'bad.json': '{"a":', 'bad.ts': 'let a = 1;\nlet b: = 2; export {}' });
    assert.match(failureOf(await session.cell('import "./bad.json"')).message, /^bad\.json is not JSON: /);
    assert.deepEqual(failureOf(await session.cell('import "./bad.ts"')).frames[0]?.line, 2);
  });

  it('that say what is not allowed are system events too, each once, also when they are caught', async () => {
    await session.cell(`try { await import('node:os') } catch {} try { require('fs') } catch {}`, {
      id: 'caught',
    });
    await session.until(() => session.events.length >= 2);
    assert.deepEqual(
      session.events.map(({ executionId, event }) => [
        executionId,
        event.type === 'system' ? event.payload.code : event,
      ]),
      [
        ['caught', 'MODULE_NOT_ALLOWED'],
        ['caught', 'MODULE_NOT_ALLOWED'],
      ],
    );
  });

  it('that guest code makes up are no refusals', async () => {
    const cell = `let got; try { require('node:os') } catch (error) { got = error }
      throw Object.assign(new Error(got.message), { code: got.code })`;
    assert.equal(failureOf(await session.cell(cell)).code, undefined);
    assert.equal(failureOf(await session.cell('throw got')).code, 'MODULE_NOT_ALLOWED');
  });

  it('keep what is ours from guest code', async () => {
    for (const specifier of ['vm:commonjs', 'vm:meta', 'vm:require', 'vm:native', 'vm:kernel']) {
      for (const call of ['await import', 'require']) {
        assert.equal(
          failureOf(await session.cell(`${call}('${specifier}')`)).code,
          'MODULE_NOT_ALLOWED',
          specifier,
        );
      }
    }
  });
});

describe('import.meta', () => {
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

  it('resolves specifiers from its module, without loading anything', async () => {
    await session.write({
      'lib/m.js':
        'export const found = ["./x", "/top.js", "pkg", "vm:execution"].map((name) => import.meta.resolve(name)); export const ask = (name) => import.meta.resolve(name); throw_later();  function throw_later() {}',
      'lib/x.js': 'throw 1',
      'top.js': 'throw 2',
      'node_modules/pkg/package.json': '{"exports":{"import":"./i.mjs","require":"./r.cjs"}}',
      'node_modules/pkg/i.mjs': 'throw 3',
      'node_modules/pkg/r.cjs': 'throw 4',
    });
    const { outcome } = await session.cell('import { found, ask } from "./lib/m.js"; found');
    assert.deepEqual(outcome.kind === 'value' && outcome.value.json, [
      'file:///lib/x.js',
      'file:///top.js',
      'file:///node_modules/pkg/i.mjs',
      'vm:execution',
    ]);
    assert.match(
      failureOf(await session.cell('ask("./nope")')).message,
      /^Cannot find module ".\/nope" from lib\/m\.js; tried/,
    );
  });

  it('is written by the module alone, whose own lines and columns stay', async () => {
    await session.write({ 'thrower.js': 'export const at = import.meta.resolve("./thrower.js"); null.x' });
    const [frame] = failureOf(await session.cell('import "./thrower.js"')).frames;
    assert.deepEqual([frame?.path, frame?.line], ['thrower.js', 1]);
    assert.ok((frame?.column ?? 0) >= 56, `column ${frame?.column}`);
  });
});

describe('import attributes', () => {
  it('may ask for JSON, statically and dynamically, in cells and modules', async () => {
    const runtime = openRuntime();
    const session = await TestSession.open(runtime);
    try {
      await session.write({
        'data.json': '{"a":1}',
        'm.js': 'import data from "./data.json" with { type: "json" }; export default data',
      });
      const { outcome } =
        await session.cell(`import data from './data.json' with { type: 'json' }; import m from './m.js';
        const { default: dynamic } = await import('./data.json', { with: { type: 'json' } });
        [data.a, m === data, dynamic === data, require('./data.json') === data]`);
      assert.deepEqual(outcome.kind === 'value' && outcome.value.json, [1, true, true, true]);
    } finally {
      await session.close();
      await runtime.close();
    }
  });
});

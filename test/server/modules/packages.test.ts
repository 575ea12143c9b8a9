import assert from 'node:assert/strict';
import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { Runtime } from '../../../server/core/ports.js';
import { failureOf, openRuntime, TestSession } from '../runtime/harness.js';

describe('packages in node_modules', () => {
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
  /** Installs a package: its package.json and its files. */
  const install = (name: string, description: object, files: Record<string, string> = {}, folder = '') =>
    session.write(
      Object.fromEntries(
        Object.entries({ 'package.json': JSON.stringify({ name, ...description }), ...files }).map(
          ([file, text]) => [path.posix.join(folder, 'node_modules', name, file), text],
        ),
      ),
    );

  it('are found by exports, with the conditions of import and of require', async () => {
    await install(
      'dual',
      {
        exports: {
          '.': { node: './node.js', import: './index.mjs', require: './index.cjs' },
          './sub': { development: './dev.js', production: './prod.mjs', default: './dev.js' },
          './features/*.js': './src/features/*.mjs',
          './features/private/*': null,
          './json': './data.json',
        },
      },
      {
        'index.mjs': 'export default "import"',
        'index.cjs': 'module.exports = "require"',
        'prod.mjs': 'export default "production"',
        'src/features/x.mjs': 'export default "feature x"',
        'src/features/private/y.mjs': 'export default "private"',
        'data.json': '{"a":1}',
      },
    );
    assert.deepEqual(
      await json(`import a from 'dual'; import sub from 'dual/sub'; import x from 'dual/features/x.js'; import d from 'dual/json';
        [a, require('dual'), sub, x, d, require.resolve('dual'), require('dual/json').a]`),
      ['import', 'require', 'production', 'feature x', { a: 1 }, '/node_modules/dual/index.cjs', 1],
    );
    for (const hidden of ['dual/index.mjs', 'dual/features/private/y.js', 'dual/package.json']) {
      const { message, code } = failureOf(await session.cell(`await import('${hidden}')`));
      assert.match(message, /is not exported/, hidden);
      assert.ok(!message.includes(session.root), message);
      assert.equal(code, undefined);
    }
  });

  it('are found by main and module, or as an index file, with paths inside them', async () => {
    await install(
      'main',
      { main: 'lib' },
      {
        'lib/index.js': 'exports.name = "main"; exports.util = require("./util")',
        'lib/util/package.json': '{"main":"deep.js"}',
        'lib/util/deep.js': 'module.exports = "util"',
      },
    );
    await install('esm', { module: 'es.js' }, { 'es.js': 'export default "es"' });
    await install(
      'index',
      {},
      { 'index.js': 'module.exports = require("./package.json").name', 'a/b.js': 'exports.b = 1' },
    );
    await install('@scope/pkg', {}, { 'index.js': 'exports.scoped = __filename' });
    assert.deepEqual(
      await json(`import { name, util } from 'main'; import es from 'esm'; import index from 'index'; import { b } from 'index/a/b'; import { scoped } from '@scope/pkg';
        [name, util, es, index, b, scoped]`),
      ['main', 'util', 'es', 'index', 1, '/node_modules/@scope/pkg/index.js'],
    );
  });

  it('are taken as for a browser where they say so', async () => {
    await install(
      'isomorphic',
      { main: 'node.js', browser: 'web.js' },
      { 'node.js': 'require("fs")', 'web.js': 'module.exports = "web"' },
    );
    await install(
      'replaced',
      { main: 'index.js', browser: { fs: false, './a.js': './b.js' } },
      {
        'index.js': 'exports.fs = require("fs"); exports.a = require("./a")',
        'a.js': 'throw 1',
        'b.js': 'module.exports = "b"',
      },
    );
    await install(
      'conditional',
      { exports: { node: './node.js', browser: './web.js', default: './node.js' } },
      { 'node.js': 'throw 1', 'web.js': 'module.exports = "web"' },
    );
    assert.deepEqual(
      await json(
        `import a from 'isomorphic'; import b from 'replaced'; import c from 'conditional'; [a, b, c]`,
      ),
      ['web', { fs: {}, a: 'b' }, 'web'],
    );
  });

  it('find their own, nested and hoisted packages, themselves and their imports', async () => {
    await install(
      'outer',
      {
        type: 'module',
        exports: { '.': './index.js', './self': './self.js' },
        imports: { '#inner/*': './src/*.js' },
      },
      {
        'index.js':
          'export { default as nested } from "nested"; export { default as hoisted } from "hoisted"; export { default as self } from "outer/self"; export { default as inner } from "#inner/x"',
        'self.js': 'export default "self"',
        'src/x.js': 'export default "inner"',
      },
    );
    await install('nested', {}, { 'index.js': 'module.exports = "nested 2"' }, 'node_modules/outer');
    await install('nested', {}, { 'index.js': 'module.exports = "nested 1"' });
    await install('hoisted', {}, { 'index.js': 'module.exports = "hoisted, sees " + require("nested")' });
    assert.deepEqual(await json(`({ ...(await import('outer')) })`), {
      hoisted: 'hoisted, sees nested 1',
      inner: 'inner',
      nested: 'nested 2',
      self: 'self',
    });
  });

  it('may lie in a store that links lead to, as pnpm lays them out', async () => {
    const store = 'node_modules/.pnpm/a@1.0.0';
    await install('a', {}, { 'index.js': 'exports.file = __filename; exports.b = require("b")' }, store);
    await install('b', {}, { 'index.js': 'module.exports = "b of a"' }, 'node_modules/.pnpm/b@2.0.0');
    await symlink('.pnpm/a@1.0.0/node_modules/a', path.join(session.root, 'node_modules/a'));
    await symlink('../../b@2.0.0/node_modules/b', path.join(session.root, store, 'node_modules/b'));
    assert.deepEqual(await json(`require('a')`), { file: `/${store}/node_modules/a/index.js`, b: 'b of a' });
    assert.match(
      failureOf(await session.cell(`require('b')`)).message,
      /Install the package into the worktree's node_modules/,
    );
  });

  it('see NODE_ENV as production, and nothing else of process', async () => {
    const react =
      'if (process.env.NODE_ENV === "production") { module.exports = require("./prod.js") } else { module.exports = require("./dev.js") }';
    await install(
      'reactish',
      {},
      {
        'index.js': react,
        'prod.js': 'exports.name = "prod"; exports.seen = Object.keys(process)',
        'dev.js': 'exports.name = "dev"; exports.seen = 0',
      },
    );
    await install(
      'esmish',
      { type: 'module', exports: './index.js' },
      { 'index.js': 'export default process.env.NODE_ENV !== "production" ? "dev" : typeof process' },
    );
    await install('own', {}, { 'index.js': 'const process = { own: true }; module.exports = process.own' });
    assert.deepEqual(
      await json(
        `import { name, seen } from 'reactish'; import e from 'esmish'; import o from 'own'; [name, seen, e, o, typeof process]`,
      ),
      ['prod', ['env', 'browser'], 'undefined', true, 'undefined'],
    );
  });

  it('that are installed or changed later are seen', async () => {
    assert.equal(failureOf(await session.cell(`await import('late')`)).message.includes('"late"'), true);
    await install('late', {}, { 'index.js': 'module.exports = 1' });
    assert.equal(await json(`(await import('late')).default`), 1);
    await install('late', { main: 'other.js' }, { 'other.js': 'module.exports = 2' });
    assert.equal(await json(`(await import('late')).default`), 2);
  });

  it('that are missing are told from what a template could grant', async () => {
    const refusals = {
      'left-pad': [
        undefined,
        /^Cannot import "left-pad" from <cell \d+>: there is no node_modules\/left-pad\. Install the package into the worktree's node_modules/,
      ],
      lodash: ['MODULE_NOT_ALLOWED', /add the library lodash to the session's template, or install/],
      fs: ['MODULE_NOT_ALLOWED', /grant the module fs to the session's template/],
      'node:fs': [
        'MODULE_NOT_ALLOWED',
        /sessions have no Node; the module fs of vm-system is imported as "fs"/,
      ],
      'node:path': ['MODULE_NOT_ALLOWED', /it is part of Node, which sessions do not have/],
      child_process: ['MODULE_NOT_ALLOWED', /it is part of Node/],
      'vm:nothing': ['MODULE_NOT_ALLOWED', /vm-system has no such module/],
      'https://example.com/a.js': ['MODULE_NOT_ALLOWED', /no other URLs/],
    } as const;
    for (const [specifier, [code, message]] of Object.entries(refusals)) {
      const failure = failureOf(await session.cell(`await import(${JSON.stringify(specifier)})`));
      assert.match(failure.message, message);
      assert.equal(failure.code, code);
    }
  });

  it('that need Node say so, with the package that asks, and it is an event', async () => {
    await install('server', {}, { 'index.js': 'exports.http = require("http")' });
    const failure = failureOf(await session.cell(`import 'server'`, { id: 'asks' }));
    assert.equal(failure.code, 'MODULE_NOT_ALLOWED');
    assert.match(
      failure.message,
      /^Cannot require "http" from node_modules\/server\/index\.js: it is part of Node/,
    );
    await session.until(() => session.events.some(({ event }) => event.type === 'system'));
    const [notice] = session.events.filter(({ event }) => event.type === 'system');
    assert.deepEqual(notice, {
      executionId: 'asks',
      event: {
        type: 'system',
        payload: { level: 'warn', message: failure.message, code: 'MODULE_NOT_ALLOWED' },
      },
    });
  });

  describe('with a package.json that is', () => {
    const hostile: Record<string, string> = {
      'not JSON': '{"name": "x", ',
      'a list': '[]',
      null: 'null',
      'larger than 1 MB': JSON.stringify({ main: 'index.js', padding: 'x'.repeat(1_100_000) }),
      'nested a hundred thousand deep': `{"exports":${'{"default":'.repeat(50_000)}"./index.js"${'}'.repeat(50_000)}}`,
      'nested in lists': `{"exports":${'['.repeat(100_000)}"./index.js"${']'.repeat(100_000)}}`,
      'of the wrong types':
        '{"name":1,"main":{},"module":[],"browser":7,"exports":{"./":5,"./*":[1,{"import":false}]},"imports":"x","type":{}}',
      'a cycle of replacements': '{"main":"./a.js","browser":{"./a.js":"./b.js","./b.js":"./a.js"}}',
      'full of places': JSON.stringify({ exports: Array.from({ length: 60_000 }, (_, i) => `./${i}.js`) }),
    };
    for (const [what, text] of Object.entries(hostile)) {
      it(`${what}: the import fails or works, soon, and nothing else does`, async () => {
        await session.write({
          'node_modules/bad/package.json': text,
          'node_modules/bad/index.js': 'module.exports = 1',
        });
        await install('good', {}, { 'index.js': 'module.exports = "good"' });
        const started = performance.now();
        let longest = 0;
        let before = started;
        const pulse = setInterval(() => {
          longest = Math.max(longest, performance.now() - before);
          before = performance.now();
        }, 5);
        const { outcome } = await session.cell(
          `try { (await import('bad')).default } catch (error) { error.message }`,
        );
        clearInterval(pulse);
        assert.equal(outcome.kind, 'value');
        assert.ok(performance.now() - started < 20_000);
        assert.ok(longest < 500, `the host's thread stood still for ${longest.toFixed(0)} ms`);
        assert.equal(await json(`(await import('good')).default`), 'good');
      });
    }
  });

  describe('never lead out of the worktree', () => {
    const escapes: Record<string, object> = {
      'by exports': { exports: '../../../../../../etc/hostname' },
      'by an absolute path in exports': { exports: '/etc/hostname' },
      'by a URL in exports': { exports: { '.': 'file:///etc/hostname' } },
      'by an encoded path in exports': { exports: './%2e%2e/%2e%2e/%2e%2e/etc/hostname' },
      'by a pattern': { exports: { '.': './x/../../../../../../etc/hostname' } },
      'by main': { main: '../../../../../../etc/hostname' },
      'by an absolute main': { main: '/etc/hostname' },
      'by browser': { main: 'a.js', browser: { './a.js': '../../../../../etc/hostname' } },
    };
    for (const [how, description] of Object.entries(escapes)) {
      it(how, async () => {
        await install('bad', description);
        const failure = failureOf(await session.cell(`await import('bad')`));
        assert.match(failure.message, /^Cannot import "bad"/);
        assert.ok(!failure.message.includes(session.root), failure.message);
      });
    }

    it('by a link to a package elsewhere', async () => {
      await mkdir(path.join(session.root, 'node_modules'));
      await symlink(path.resolve('node_modules/ms'), path.join(session.root, 'node_modules/ms'));
      assert.match(failureOf(await session.cell(`await import('ms')`)).message, /^Cannot import "ms"/);
    });

    it('by names made of dots, slashes and escapes', async () => {
      await install('a', {}, { 'index.js': 'module.exports = 1' });
      for (const specifier of [
        'a/../../../../etc/hostname',
        'a/..%2f..%2f..%2fetc/hostname',
        '..\\..\\etc\\hostname',
        './%2e%2e/%2e%2e/etc/hostname',
        'file:///%2e%2e/%2e%2e/etc/hostname',
        'file:///..%2f..%2fetc/hostname',
        'file://host/etc/hostname',
        'file:/etc/hostname',
        '@/../../etc/hostname',
        'data:text/javascript,export default 1',
      ]) {
        for (const call of ['await import', 'require']) {
          const failure = failureOf(await session.cell(`${call}(${JSON.stringify(specifier)})`));
          assert.match(failure.message, /^Cannot (import|require|find)/, specifier);
        }
      }
    });
  });

  it('that are ten thousand take no longer each than one', async () => {
    await install('one', {}, { 'index.js': 'module.exports = 1' });
    const cell = `
      let found = 0;
      for (let i = 0; i < 2000; i++) try { require('no-such-' + i) } catch { found++ }
      [found, require('one')]`;
    const { outcome } = await session.cell(cell, { limits: { cpuMs: 60_000 } });
    assert.equal(outcome.kind === 'value' && JSON.stringify(outcome.value.json), '[2000,1]');
  });

  it('are not looked for where the template says so', async () => {
    await install('one', {}, { 'index.js': 'module.exports = 1' });
    const closed = await TestSession.open(runtime, { resolver: { nodeModules: false } });
    try {
      const failure = failureOf(await closed.cell(`await import('one')`));
      assert.equal(failure.code, 'MODULE_NOT_ALLOWED');
      assert.match(failure.message, /the template's resolver does not look into node_modules/);
    } finally {
      await closed.close();
    }
  });

  it('tell names apart by case', async () => {
    await install('cased', {}, { 'index.js': 'module.exports = 1' });
    assert.match(
      failureOf(await session.cell(`require('Cased')`)).message,
      /there is no node_modules\/Cased\. Install/,
    );
  });
});

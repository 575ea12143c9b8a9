import assert from 'node:assert/strict';
import { cpSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { useHost } from '../support/use-host.js';

const nodeModules = path.resolve(createRequire(import.meta.url).resolve('mathjs-3/package.json'), '../..');
const fixtures = path.resolve(import.meta.dirname, '../fixtures/library-suite');

/** Test files that ask for what the package leaves out: data files, their reader, underscore, a program's files. */
const unserved = [
  'approx.test.js',
  'cli/',
  'function/algebra/decomposition/slu.test.js',
  'function/algebra/sparse/cs_amd.test.js',
  'function/algebra/sparse/cs_lu.test.js',
  'function/arithmetic/multiply.test.js',
  'function/probability/distribution.test.js',
  'function/probability/multinomial.test.js',
];

/** 44 tests that take three quarters of the time: they compute symbolically, which no interpreter does fast. */
const slow = ['function/algebra/rationalize.test.js', 'function/algebra/simplify.test.js'];

/** They ask for V8's words, "is not a function" with a name before it; the engine says "not a function". */
const expectedFailures = [
  'security > should not allow using method chain',
  'security > should not allow using method chain (2)',
];

interface Report {
  readonly passed: number;
  readonly failed: readonly { readonly name: string; readonly why: string }[];
  readonly assertions: number;
}

describe('a well-known library from node_modules', () => {
  const host = useHost();

  it('passes its own test suite in a session', async function () {
    this.timeout(180_000);
    const { bench, client } = host;
    const target = path.join(bench.worktree, 'node_modules');
    cpSync(path.join(nodeModules, 'mathjs-3'), path.join(target, 'mathjs'), { recursive: true });
    for (const name of ['escape-latex', 'javascript-natural-sort', 'seed-random']) {
      cpSync(path.join(nodeModules, name), path.join(target, name), { recursive: true });
    }
    cpSync(path.join(fixtures, 'assert.cjs'), path.join(target, 'assert/index.js'));
    cpSync(path.join(fixtures, 'approx.cjs'), path.join(target, 'mathjs/tools/approx.js'));
    cpSync(path.join(fixtures, 'runner.cjs'), path.join(bench.worktree, 'runner.cjs'));
    const files = readdirSync(path.join(target, 'mathjs/test'), { recursive: true, encoding: 'utf8' })
      .map((file) => file.replaceAll(path.sep, '/'))
      .filter(
        (file) => file.endsWith('.test.js') && ![...unserved, ...slow].some((each) => file.startsWith(each)),
      )
      .sort();

    const limits = { cpuMs: 0, wallMs: 0, memMb: 512, maxEvents: 0, maxOutputKb: 0 };
    const { id: templateId } = await client.template({ settings: { limits, runtime: { strict: false } } });
    const session = await client.session({ templateId });
    const started = performance.now();
    const { result, error } = await client.repl(
      session,
      // The generator of random numbers that it uses asks for Node's name of the global object, or a browser's.
      `globalThis.global = globalThis;
      const { run } = require('./runner.cjs');
      const files = ${JSON.stringify(files)};
      const report = await run(() => files.forEach((file) => require('./node_modules/mathjs/test/' + file)));
      JSON.stringify({ ...report, assertions: require('assert').count })`,
    );
    assert.equal(error?.stack, undefined);
    assert.ok(typeof result?.json === 'string');
    const report = JSON.parse(result.json) as Report;
    console.log(
      `      Math.js 3.20.2 in a session: ${report.passed} tests passed, ${report.failed.length} failed, ` +
        `${report.assertions} assertions in ${files.length} files, ${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
    assert.deepEqual(
      report.failed.filter(({ name }) => !expectedFailures.includes(name)),
      [],
    );
    assert.ok(report.passed >= 3900, `only ${report.passed} tests ran`);
  });
});

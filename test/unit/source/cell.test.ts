import assert from 'node:assert/strict';
import { render } from '../../../server/runtime/worker/inspect/render.js';
import { prepareCell } from '../../../server/runtime/worker/source/cell.js';
import { TestGuest } from '../guest/test-guest.js';

/** Runs cells one after the other in one real engine, as a session does. */
async function withSession(
  use: (run: (text: string) => { state: string; text: string }, guest: TestGuest) => void,
): Promise<void> {
  const guest = await TestGuest.open();
  try {
    use((text) => {
      const source = prepareCell(text);
      assert.equal(source.kind, 'prepared', 'message' in source ? source.message : '');
      assert.ok('code' in source);
      const { state, node } = guest.cell(source.code);
      return { state, text: render(node, { stackLines: () => [] }).text };
    }, guest);
  } finally {
    guest.close();
  }
}

/** Completion values: the text of a cell, and of its value. */
const completions: [cell: string, value: string][] = [
  ['1 + 1', '2'],
  ['', 'undefined'],
  ['// only a comment', 'undefined'],
  ['#!/usr/bin/env node\n7', '7'],
  ['let x = 5', 'undefined'],
  ['let x = 5; x', '5'],
  ['const { a, b: [c] } = { a: 1, b: [2] }; [a, c]', '[ 1, 2 ]'],
  ['let [d, ...rest] = [1, 2, 3]; rest', '[ 2, 3 ]'],
  ['class K { static n = 4 }', 'undefined'],
  ['class K { static n = 4 }\nK.n', '4'],
  ['class K {}\n(7)', '7'],
  ['class K {}\n[7]', '[ 7 ]'],
  ['class A {} class B extends A {} new B()', 'B {}'],
  ['class Self { static make() { return new Self() } } Self.make()', 'Self {}'],
  ['function f() { return 9 } f()', '9'],
  ['async function g() { return 9 } await g()', '9'],
  ['{ a: 1 }', '{ a: 1 }'],
  ['{ a: 1 };', '1'],
  ['{ a: 1 }.a', '1'],
  ['  \n{ a: 1, b: { c: 2 } } // note', '{ a: 1, b: { c: 2 } }'],
  ['{}', '{}'],
  ['{ let y = 3; y }', '3'],
  ['{ a: await 5 }', '{ a: 5 }'],
  ['if (true) { "yes" } else { "no" }', `'yes'`],
  ['for (let i = 0; i < 3; i++) i * 2', '4'],
  ['let n = 0; while (n < 3) n++', '2'],
  ['do { 8 } while (false)', '8'],
  ['switch (2) { case 2: "two" }', `'two'`],
  ['try { throw 1 } catch { "caught" }', `'caught'`],
  ['try { "tried" } finally { 1 }', `'tried'`],
  ['outer: for (const i of [1, 2]) { for (;;) { i; continue outer } }', '2'],
  ['with_label: { 5; break with_label }', '5'],
  ['await Promise.resolve(3)', '3'],
  ['const p = Promise.resolve(3); p', 'Promise { 3 }'],
  ['let s = 0; for await (const i of [Promise.resolve(1), 2]) s += i; s', '3'],
  ['(await import("vm:lib")).one', '1'],
  ['var let_ = 1; let_', '1'],
  ['typeof await 1', `'number'`],
  [`'use strict'; (function () { return this })()`, 'undefined'],
  ['let a1 = 1,\n  b1,\n  c1 = 3; [a1, b1, c1]', '[ 1, undefined, 3 ]'],
  ['/[\\p{L}--[a-z]]/v.test("A")', 'true'],
  ['`t${`n${1}`}`', `'tn1'`],
];

describe('a prepared cell', () => {
  it('of every kind of statement has the value that a debugger would show', async () => {
    for (const [cell, value] of completions) {
      await withSession((run, guest) => {
        guest.addModule('vm:lib', 'export const one = 1');
        assert.deepEqual(run(cell), { state: 'fulfilled', text: value }, cell);
      });
    }
  });

  it('can declare its names again, whatever they were before', () =>
    withSession((run) => {
      const declarations = [
        'let v = 1; v',
        'const v = 2; v',
        'var v = 3; v',
        'let v = 4, w = 5; v',
        'let v = 4, w = 5; v',
        'const { v } = { v: 6 }; v',
        'class v { static n = 7 } v.n',
        'class v { static n = 8 } v.n',
        'function v() {} typeof v',
        'function v() {} typeof v',
        'let v = 9; v',
      ];
      const values = declarations.map((cell) => run(cell).text);
      assert.deepEqual(values, ['1', '2', '3', '4', '4', '6', '7', '8', `'function'`, `'function'`, '9']);
    }));

  it('resets a name that is declared without a value', () =>
    withSession((run) => {
      run('let total = 5');
      assert.equal(run('let total; total').text, 'undefined');
    }));

  it('keeps the value of a name that var declares again, as the language says', () =>
    withSession((run) => {
      run('var kept = 5');
      assert.equal(run('var kept; kept').text, '5');
    }));

  it('leaves a name usable whose initialiser threw', () =>
    withSession((run) => {
      assert.equal(run('let late = missing()').state, 'rejected');
      assert.equal(run('late').text, 'undefined');
      assert.equal(run('late = 1; late').text, '1');
      assert.equal(run('let late = 2; late').text, '2');
      assert.equal(run('class Broken { static x = missing() }').state, 'rejected');
      assert.equal(run('class Broken { static x = 3 } Broken.x').text, '3');
    }));

  it('keeps what follows an await and sees it in the next cell', () =>
    withSession((run) => {
      run(
        'const first = await Promise.resolve(1); let second = await Promise.resolve(2); function third() { return 3 }',
      );
      assert.equal(run('[first, second, third()]').text, '[ 1, 2, 3 ]');
    }));

  it('is untouched inside blocks and functions', () =>
    withSession((run) => {
      assert.equal(run('{ const inner = 1 }\ntypeof inner').text, `'undefined'`);
      assert.equal(
        run('(() => { const c = 1; try { c = 2 } catch (e) { return e.name } })()').text,
        `'TypeError'`,
      );
      assert.equal(
        run('var fs = []; for (let i = 0; i < 2; i++) fs.push(() => i); fs.map((f) => f())').text,
        '[ 0, 1 ]',
      );
    }));

  it('refuses to declare a name twice in itself', () =>
    withSession((run) => {
      const { state, text } = run('let twice = 1; let twice = 2');
      assert.equal(state, 'rejected');
      assert.match(text, /SyntaxError/);
    }));

  describe('with static imports', () => {
    const imports: [cell: string, value: string][] = [
      ['import { one } from "vm:lib"; one', '1'],
      ['import main from "vm:lib"\nmain', `'main'`],
      ['import main, { two as deux } from "vm:lib"; [main, deux]', `[ 'main', 2 ]`],
      ['import main, * as lib from "vm:lib"; [main, lib.one]', `[ 'main', 1 ]`],
      ['import * as lib from "vm:lib"; lib.two', '2'],
      ['import { default as d, "odd name" as odd } from "vm:lib"; [d, odd]', `[ 'main', 3 ]`],
      ['import {} from "vm:lib"; 1', '1'],
      ['import "vm:lib"; globalThis.loaded', 'true'],
      ['import "vm:lib"', 'undefined'],
      ['const early = hoisted; import { one as hoisted } from "vm:lib"; early', '1'],
      [
        `'use strict'; import { one } from "vm:lib"; (function () { return [this, one] })()`,
        '[ undefined, 1 ]',
      ],
      ['import {\n  one,\n  two,\n} from "vm:lib";\none + two', '3'],
      ['import { one } from "vm:lib"\nclass K {}\nnew K() && one', '1'],
    ];

    it('has the names it imports, before its first statement', async () => {
      for (const [cell, value] of imports) {
        await withSession((run, guest) => {
          const lib =
            'globalThis.loaded = true; export default "main"; export const one = 1, two = 2; const odd = 3; export { odd as "odd name" }';
          guest.addModule('vm:lib', lib);
          assert.deepEqual(run(cell), { state: 'fulfilled', text: value }, cell);
          assert.deepEqual(run(cell), { state: 'fulfilled', text: value }, `${cell} (again)`);
        });
      }
    });

    it('says which export is missing', () =>
      withSession((run, guest) => {
        guest.addModule('vm:lib', 'export const one = 1');
        const { state, text } = run('import { one, three } from "vm:lib"; one');
        assert.equal(state, 'rejected');
        assert.equal(text, `[SyntaxError: Could not find export 'three' in module 'vm:lib']`);
      }));
  });

  it('cannot export, and says where it tried', () => {
    assert.deepEqual(prepareCell('const a = 1;\n  export { a };'), {
      kind: 'error',
      name: 'SyntaxError',
      message: 'export is for modules; names of a cell stay in the session without it',
      line: 2,
      column: 3,
    });
  });

  it('reports a mistake beside an import at its own place', () => {
    const source = prepareCell('import { a } from "./a.js";\nlet x = ;');
    assert.deepEqual(
      [source.kind, 'line' in source && source.line, 'column' in source && source.column],
      ['error', 2, 9],
    );
  });

  it('leaves other mistakes to the engine, which knows the place', () =>
    withSession((run) => {
      const { state, text } = run('let x = 1;\nlet y = ;');
      assert.equal(state, 'rejected');
      assert.match(text, /SyntaxError/);
    }));

  it('survives 100,000 nested brackets', () => {
    assert.equal(prepareCell('['.repeat(100_000)).kind, 'prepared');
    assert.equal(prepareCell('{'.repeat(100_000)).kind, 'prepared');
  });

  it('runs unchanged when it is longer than what is parsed', () => {
    const long = `let x = 1; ${' '.repeat(600_000)}`;
    const source = prepareCell(long);
    assert.ok(source.kind === 'prepared');
    assert.equal(source.code, long);
  });
});

import assert from 'node:assert/strict';
import { shownFrames } from '../../../server/runtime/worker/inspect/frames.js';
import { prepareCell } from '../../../server/runtime/worker/source/cell.js';
import { applyEdits } from '../../../server/runtime/worker/source/position-map.js';
import { TestGuest } from '../guest/test-guest.js';

/** `¦` stands before the place that the engine must report for the error, and is not part of the cell. */
const throwing = [
  'throw ¦new Error("x")',
  '  throw ¦new Error("x")',
  'let a = 1; throw ¦new Error("x")',
  'let o = {}; o.¦f()',
  'let o = {}; o.a.¦b',
  'let f; f?.(); ¦f ()',
  'class E extends Error {} throw ¦new E("x")',
  'for (const x of ¦5) {}',
  'function f() { return null.¦x } f()',
  'let a = ¦missing',
  'const a = ¦missing',
  'let a, b, c; ¦missing',
  'let a,\n  b; ¦missing',
  'class K {} ¦missing',
  'class K { static x = ¦missing }',
  'class K {\n  static x = ¦missing\n}',
  'import { one } from "vm:lib"; ¦missing',
  'import {\n  one,\n} from "vm:lib";\n\n  ¦missing',
  '{ a: ¦missing }',
  '\n\n{ a: 1, b: ¦missing }',
  '"😀😀"; ¦missing',
  'let s = "😀"; class K {}; let t, u = "日本"; ¦missing',
  'if (true) {\n\tlet x = 1;\n\t¦missing\n}',
  'let a = 1\r\nlet b\r\n¦missing',
  '#!/usr/bin/env node\nlet a = 1; ¦missing',
];

describe('the place of an error', () => {
  for (const marked of throwing) {
    it(`is right for ${JSON.stringify(marked)}`, async () => {
      const offset = marked.indexOf('¦');
      const text = marked.replace('¦', '');
      const before = text.slice(0, offset).split('\n');
      const expected = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };

      const guest = await TestGuest.open();
      try {
        guest.addModule('vm:lib', 'export const one = 1');
        const source = prepareCell(text);
        assert.ok(source.kind === 'prepared');
        assert.equal(source.code.split('\n').length - text.split('\n').length, /^\s*\{/.test(text) ? 1 : 0);
        const { state, node } = guest.cell(source.code, '/cell.js');
        assert.equal(state, 'rejected');
        assert.ok(typeof node === 'object' && node?.kind === 'error' && node.stack !== undefined);
        const [top] = shownFrames(node.stack, ({ line, column, file }) => {
          const place = source.positions.original(line, column);
          return place && { frame: place, file };
        });
        assert.deepEqual(top?.frame, expected);
      } finally {
        guest.close();
      }
    });
  }

  it('of code that stands for text elsewhere is that text', () => {
    const { code, positions } = applyEdits('aaa\nbbb\nccc', [
      { start: 0, end: 0, code: 'XX', origin: 8 },
      { start: 4, end: 5, code: 'YYY' },
    ]);
    assert.equal(code, 'XXaaa\nYYYbb\nccc');
    assert.deepEqual(positions.original(1, 2), { line: 3, column: 1 });
    assert.deepEqual(positions.original(1, 4), { line: 1, column: 2 });
    assert.deepEqual(positions.original(2, 3), { line: 2, column: 1 });
    assert.deepEqual(positions.original(2, 5), { line: 2, column: 3 });
    assert.deepEqual(positions.original(3, 3), { line: 3, column: 3 });
  });

  it('beyond the end is the end', () => {
    const { positions } = applyEdits('ab\ncd', []);
    assert.deepEqual(positions.original(99, 99), { line: 2, column: 3 });
    assert.deepEqual(positions.original(1, 99), { line: 1, column: 3 });
  });
});

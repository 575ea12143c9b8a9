import assert from 'node:assert/strict';
import { render } from '../../../server/runtime/worker/inspect/render.js';
import { valueOf } from '../../../server/runtime/worker/inspect/value.js';
import type { PathStep } from '../../../server/runtime/guest/contract.js';
import { hostile } from '../../support/hostile-values.js';
import { TestGuest } from './test-guest.js';

/** Expands everything at a path, a few objects deep. @returns how many places there were to expand */
function explore(guest: TestGuest, path: readonly PathStep[]): number {
  const page = guest.variables(path, '', 50, null);
  if (page === null) return 0;
  let places = 1;
  if (path.length < 4) for (const { step } of page.items) places += explore(guest, [...path, step]);
  return places;
}

describe('looking at a hostile value', () => {
  for (const [what, setup, shown] of hostile) {
    it(`runs none of its code: ${what}`, async () => {
      const guest = await TestGuest.open();
      try {
        guest.run(`var touched = 0, value; function touch() { touched++; return {} } ${setup}`);
        const before = guest.look('touched');
        const node = guest.look('value');
        guest.run('console.log(value)');
        assert.ok(explore(guest, [['property', 'value']]) > 0);
        guest.variables([], 'VALUE', 50, null);
        guest.members('', [], '', 500);
        guest.members('', ['value'], '', 500);
        assert.equal(guest.look('touched'), before);
        assert.match(render(node, { stackLines: () => [] }).text, shown);
        const [printed] = guest.printed;
        assert.match(render(printed?.args[0] ?? null, { stackLines: () => [] }).text, shown);
      } finally {
        guest.close();
      }
    });
  }

  it('is done in bounded time and space, and says what was left out', async () => {
    const guest = await TestGuest.open();
    try {
      const large: [expression: string, shown: RegExp][] = [
        [
          '(() => { let o = {}; for (let i = 0; i < 40; i++) o = { a: o, b: o, c: o }; return o })()',
          /\[Object\]/,
        ],
        ['(() => { let o = {}; for (let i = 0; i < 10000; i++) o = { o }; return o })()', /\[Object\]/],
        ['new Array(4e9)', /<4000000000 empty items>/],
        ['Object.assign([], { 4e9: 1 })', /<4000000000 empty items>/],
        ['Array.from({ length: 50000 }, (_, i) => i)', /\.\.\. 49900 more items/],
        ['new Uint8Array(1e7)', /\.\.\. 9999900 more items/],
        ['new Set(Array(50000).keys())', /\.\.\. 49900 more items/],
        [
          'Object.fromEntries(Array.from({ length: 50000 }, (_, i) => ["k" + i, i]))',
          /more properties|more characters/,
        ],
        ['"x".repeat(1e7)', /\.\.\. 9990000 more characters/],
        ['[["x".repeat(1e7)]]', /\.\.\. 9990000 more characters/],
        ['7n ** 50000n', /^0x[0-9a-f]{100}\.\.\.n$/],
        ['Symbol("x".repeat(1e6))', /^Symbol\(x+/],
        ['({ ["k".repeat(1e6)]: 1 })', /1 more property/],
        ['new Error("m".repeat(1e6))', /^Error: m+/],
      ];
      for (const [expression, shown] of large) {
        const value = valueOf(guest.look(expression));
        assert.match(value.preview, shown, expression);
        assert.ok(value.preview.length < 10_200, `${expression}: ${value.preview.length}`);
        assert.ok(JSON.stringify(value.json ?? null).length < 70_000, expression);
      }
    } finally {
      guest.close();
    }
  });
});

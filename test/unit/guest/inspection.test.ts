/** Variables and members, as the kernel lists them: hostile values, and what it costs to page through large ones. */
import assert from 'node:assert/strict';
import type { PathStep, VariableCursor } from '../../../server/runtime/guest/contract.js';
import { hostile } from '../../support/hostile-values.js';
import { TestGuest } from './test-guest.js';

/** Lists members along every way of property names, and looks into keys of entries. */
function explore(guest: TestGuest, path: readonly PathStep[], names: readonly string[]): void {
  guest.members('', names, '', 500);
  guest.members('', names, 'TO', 500);
  const page = guest.variables(path, '', 50, null);
  if (page === null || path.length > 3) return;
  for (const { step } of page.items) {
    if (step[0] === 'entry') guest.variables([...path, ['key', step[1]]], '', 50, null);
    explore(guest, [...path, step], step[0] === 'property' ? [...names, step[1]] : names);
  }
}

describe('variables and completions', () => {
  for (const [what, setup] of hostile) {
    it(`run none of a value's code: ${what}`, async () => {
      const guest = await TestGuest.open();
      try {
        guest.run(`var touched = 0, value; function touch() { touched++; return {} } ${setup}`);
        const before = guest.look('touched');
        explore(guest, [['property', 'value']], ['value']);
        guest.members('', [], '', 500);
        const { items } = guest.variables([], 'VALUE', 50, null) ?? { items: [] };
        assert.ok(items.some(({ step }) => step[0] === 'property' && step[1] === 'value'));
        assert.equal(guest.look('touched'), before);
      } finally {
        guest.close();
      }
    });
  }

  it('do not leave the global object when it gets a hostile prototype', async () => {
    const guest = await TestGuest.open();
    try {
      guest.run(`var touched = 0;
        const traps = new Proxy({}, { get() { touched++ } });
        Object.setPrototypeOf(globalThis, new Proxy({ hidden: 1 }, traps))`);
      guest.members('', [], '', 500);
      guest.variables([], '', 50, null);
      assert.equal(guest.look('touched'), 0);
    } finally {
      guest.close();
    }
  });

  it('see each global once, however many there are', async () => {
    const guest = await TestGuest.open();
    try {
      guest.run('for (let i = 0; i < 6000; i++) globalThis["g" + i] = i');
      const seen = new Set<string>();
      let cursor: VariableCursor | null = null;
      do {
        const page = guest.variables([], '', 1000, cursor);
        assert.ok(page);
        for (const { step } of page.items) seen.add(String(step[1]));
        cursor = page.next;
      } while (cursor !== null);
      assert.equal(seen.size, 6000);
    } finally {
      guest.close();
    }
  });

  it('end a page where its text would get long', async () => {
    const guest = await TestGuest.open();
    try {
      guest.run('var texts = Array.from({ length: 1000 }, () => Array(20).fill("x".repeat(1000)))');
      const page = guest.variables([['property', 'texts']], '', 1000, null);
      assert.ok(page?.next);
      assert.ok(page.items.length > 10 && JSON.stringify(page).length < 600_000);
    } finally {
      guest.close();
    }
  });

  it('show an export of a module that is not evaluated yet, without its value', async () => {
    const guest = await TestGuest.open();
    try {
      guest.addModule(
        '/self.js',
        'import * as self from "/self.js"; globalThis.late = self; await null; throw 1; export let x',
      );
      guest.cell('import("/self.js").catch(() => 0)');
      const page = guest.variables([['property', 'late']], '', 50, null);
      assert.deepEqual(page?.items[0]?.value, { kind: 'uninitialized' });
      assert.deepEqual(guest.members('', ['late'], '', 50)?.items[0]?.name, 'x');
      assert.equal(guest.members('', ['late', 'x'], '', 50), null);
    } finally {
      guest.close();
    }
  });
});

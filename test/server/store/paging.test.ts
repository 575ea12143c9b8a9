import assert from 'node:assert/strict';
import type { Store } from '../../../server/core/ports.js';
import { at, code, execution, session, template, useStore } from './support.js';

describe('pages of a list', () => {
  const use = useStore();

  /** Walks through all pages; `between` is called after each. */
  function walk(store: Store, limit: number, between: () => void = () => undefined): string[] {
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = store.sessions.list({}, { limit, cursor });
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
      between();
    } while (cursor !== undefined);
    return ids;
  }

  it('show every row once, newest first, ties by later insertion', async () => {
    const store = await use.open();
    const rows = [3, 1, 1, 2, 1].map((seconds) => session({ createdAt: at(seconds) }));
    for (const row of rows) store.sessions.insert(row);
    const expected = [0, 3, 4, 2, 1].map((index) => rows[index]?.id);
    for (const limit of [1, 2, 3, 4, 5, 6]) assert.deepEqual(walk(store, limit), expected);
  });

  it('are not shifted by rows that arrive or go meanwhile', async () => {
    const store = await use.open();
    const rows = Array.from({ length: 6 }, (_, index) => session({ createdAt: at(index) }));
    for (const row of rows) store.sessions.insert(row);
    const expected = rows.map(({ id }) => id).reverse();
    let arrivals = 0;
    const seen = walk(store, 2, () => {
      store.sessions.insert(session({ createdAt: at(100 + arrivals++) }));
      if (arrivals === 1) store.sessions.delete(expected[1] ?? '');
    });
    assert.deepEqual(seen, expected);
  });

  it('name a next page only when there is one', async () => {
    const store = await use.open();
    assert.deepEqual(store.sessions.list({}, { limit: 2 }), { items: [] });
    store.sessions.insert(session());
    store.sessions.insert(session());
    assert.equal(store.sessions.list({}, { limit: 2 }).nextCursor, undefined);
    store.sessions.insert(session());
    assert.equal(typeof store.sessions.list({}, { limit: 2 }).nextCursor, 'string');
  });

  it('end at about 1 MB, with at least one row', async () => {
    const store = await use.open();
    const owner = session();
    store.sessions.insert(owner);
    for (const size of [2_000_000, 400_000, 400_000, 400_000]) {
      store.executions.insert(execution(owner.id, { input: 'x'.repeat(size) }));
    }
    const first = store.executions.list({}, { limit: 10 });
    assert.equal(first.items.length, 2);
    const second = store.executions.list({}, { limit: 10, cursor: first.nextCursor });
    assert.equal(second.items.length, 1);
    const third = store.executions.list({}, { limit: 10, cursor: second.nextCursor });
    assert.deepEqual(
      third.items.map(({ input }) => input?.length),
      [2_000_000],
    );
    assert.equal(third.nextCursor, undefined);
  });

  it('refuse a cursor that this list did not give out', async () => {
    const store = await use.open();
    for (let count = 0; count < 2; count++) {
      store.templates.insert(template());
      store.sessions.insert(session());
    }
    const ofSessions = store.sessions.list({}, { limit: 1 }).nextCursor ?? '';
    const bad = ['', 'x', 'ééé', `${ofSessions}=`, `${ofSessions}A`, ofSessions.slice(1), 'A'.repeat(500)];
    for (const cursor of bad) {
      assert.throws(() => store.sessions.list({}, { limit: 1, cursor }), code('VALIDATION_ERROR'), cursor);
    }
    assert.throws(() => store.templates.list({ limit: 1, cursor: ofSessions }), code('VALIDATION_ERROR'));
  });
});

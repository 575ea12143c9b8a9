import assert from 'node:assert/strict';
import { Rows } from '../../../client/views/rows.js';

interface Row {
  readonly id: string;
  readonly at: string;
}
const row = (n: number): Row => ({ id: `${n}`, at: `2026-01-01T00:00:0${n}.000Z` });

/** Rows 5 to 1, two on a page. */
function fiveRows() {
  const stored = [5, 4, 3, 2, 1].map(row);
  return new Rows<Row>({
    read: (cursor) => {
      const from = Number(cursor ?? 0);
      const next = from + 2 < stored.length ? { nextCursor: `${from + 2}` } : {};
      return Promise.resolve({ items: stored.slice(from, from + 2), ...next });
    },
    time: ({ at }) => at,
  });
}
const ids = async (rows: Rows<Row>) => (await rows.all()).map(({ id }) => id).join('');

describe('the rows of a view', () => {
  it('are read a page at a time, until there are no more', async () => {
    const rows = fiveRows();
    assert.equal(await ids(rows), '54');
    await rows.more();
    assert.equal(await ids(rows), '5432');
    assert.equal(rows.hasMore, true);
    await rows.more();
    assert.equal(await ids(rows), '54321');
    assert.equal(rows.hasMore, false);
  });

  it('take a new row on top, and it does not come again with the next page', async () => {
    const rows = fiveRows();
    await rows.all();
    assert.equal(rows.put(row(6)), 'moved');
    await rows.more();
    assert.equal(await ids(rows), '65432');
  });

  it('replace a row that changed in its place', async () => {
    const rows = fiveRows();
    await rows.all();
    assert.equal(rows.put({ ...row(4) }), 'changed');
    assert.equal(await ids(rows), '54');
  });

  it('leave out a row that belongs to a page not read yet', async () => {
    const rows = fiveRows();
    await rows.all();
    assert.equal(rows.put(row(2)), 'ignored');
    assert.equal(await ids(rows), '54');
  });

  it('drop what an answer brings that was asked for before a reset', async () => {
    const rows = fiveRows();
    const early = rows.more();
    rows.reset();
    await early;
    assert.equal(await ids(rows), '54');
  });
});

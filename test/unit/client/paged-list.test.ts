import assert from 'node:assert/strict';
import { PagedList } from '../../../client/views/paged-list.js';

/** Numbers from 0 on, and how often they were asked for. */
function numbers(length: number) {
  const source = { length, questions: 0 };
  const list = new PagedList<number>(({ limit, cursor }) => {
    source.questions++;
    const from = Number(cursor ?? 0);
    const items = Array.from({ length: Math.min(limit, source.length - from) }, (_, i) => from + i);
    const next = from + limit < source.length ? { nextCursor: `${from + limit}` } : {};
    return Promise.resolve({ items, ...next });
  });
  return { source, list };
}

describe('a list below a row', () => {
  it('is read once for all who look, until it may have changed', async () => {
    const { source, list } = numbers(3);
    const [first, second] = await Promise.all([list.shown(), list.shown()]);
    assert.deepEqual(first.items, [0, 1, 2]);
    assert.equal(second, first);
    assert.equal(source.questions, 1);
    source.length = 4;
    list.drop();
    assert.deepEqual((await list.shown()).items, [0, 1, 2, 3]);
  });

  it('shows a page more when that is asked for, and still does when it is read anew', async () => {
    const { source, list } = numbers(120);
    assert.deepEqual([(await list.shown()).items.length, (await list.shown()).hasMore], [50, true]);
    list.showMore();
    assert.equal((await list.shown()).items.length, 100);
    list.showMore();
    assert.deepEqual([(await list.shown()).items.length, (await list.shown()).hasMore], [120, false]);
    source.length = 110;
    list.drop();
    assert.equal((await list.shown()).items.length, 110);
  });

  it('is asked for again after a question that failed', async () => {
    const answers = [() => Promise.reject(new Error('not now')), () => Promise.resolve({ items: ['there'] })];
    const list = new PagedList<string>(() => (answers.shift() ?? assert.fail())());
    await assert.rejects(list.shown(), /not now/);
    assert.deepEqual((await list.shown()).items, ['there']);
  });
});

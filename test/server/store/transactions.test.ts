import assert from 'node:assert/strict';
import { addExecution, code, consoleEvents, FaultyIo, session, useStore } from './support.js';

describe('a transaction', () => {
  const use = useStore();

  it('gives back what its work gives', async () => {
    const store = await use.open();
    assert.equal(
      store.transaction(() => 42),
      42,
    );
  });

  it('that throws leaves nothing behind', async () => {
    const store = await use.open();
    const { id } = addExecution(store);
    const before = store.stats().totals;
    const work = () => {
      store.executions.appendEvents(consoleEvents(id, 1, 3));
      store.sessions.insert(session());
      throw new RangeError('enough');
    };
    assert.throws(() => store.transaction(work), RangeError);
    assert.deepEqual(store.executions.events(id, 0, 10), []);
    assert.deepEqual(store.stats().totals, before);
    store.sessions.insert(session());
  });

  it('takes inner ones along, whether they came well or not', async () => {
    const store = await use.open();
    const [outer, inner, undone] = [session(), session(), session()];
    store.transaction(() => {
      store.sessions.insert(outer);
      store.transaction(() => store.sessions.insert(inner));
      assert.throws(
        () =>
          store.transaction(() => {
            store.sessions.insert(undone);
            throw new RangeError('enough');
          }),
        RangeError,
      );
    });
    const kept = [outer, inner, undone].map(({ id }) => store.sessions.get(id) !== undefined);
    assert.deepEqual(kept, [true, true, false]);
    assert.throws(() =>
      store.transaction(() => {
        store.transaction(() => store.sessions.insert(undone));
        throw new RangeError('enough');
      }),
    );
    assert.equal(store.sessions.get(undone.id), undefined);
  });

  it('costs one fsync, however much is in it', async () => {
    const faulty = new FaultyIo();
    const store = await use.open({ io: faulty.io });
    const { id } = addExecution(store);
    store.probe();
    const before = faulty.count('fdatasyncSync');
    store.transaction(() => {
      const row = store.executions.get(id);
      assert.ok(row);
      store.executions.appendEvents(consoleEvents(id, 1, 200));
      store.executions.update({ ...row, status: 'ok', lastSeq: 200 });
    });
    assert.equal(faulty.count('fdatasyncSync') - before, 1);
    store.executions.appendEvents(consoleEvents(id, 201, 220));
    assert.equal(faulty.count('fdatasyncSync') - before, 2);
    store.executions.events(id, 0, 100);
    store.stats();
    assert.equal(faulty.count('fdatasyncSync') - before, 2);
    assert.equal(faulty.count('fsyncSync') <= 2, true);
  });
});

describe('a disk that is full', () => {
  const use = useStore();

  for (const errorCode of ['ENOSPC', 'EDQUOT']) {
    it(`(${errorCode}) costs the transaction only, and the store works again when there is space`, async () => {
      const faulty = new FaultyIo();
      const store = await use.open({ io: faulty.io, onFatal: () => assert.fail('not fatal') });
      const { id } = addExecution(store);
      store.executions.appendEvents(consoleEvents(id, 1, 2));
      faulty.fail('writeSync', errorCode);
      assert.throws(() => store.executions.appendEvents(consoleEvents(id, 3, 4)), code('STORAGE_FAILED'));
      assert.throws(() => store.probe(), code('STORAGE_FAILED'));
      assert.equal(store.executions.events(id, 0, 10).length, 2);
      faulty.heal();
      store.probe();
      store.executions.appendEvents(consoleEvents(id, 3, 4));
      store.close();
      const again = await use.open();
      assert.deepEqual(again.executions.events(id, 0, 10), consoleEvents(id, 1, 4));
      assert.equal(again.stats().totals.events, 4);
    });
  }

  it('costs the outermost transaction, even if somebody inside catches the error', async () => {
    const faulty = new FaultyIo();
    const store = await use.open({ io: faulty.io });
    const { id } = addExecution(store);
    faulty.fail('writeSync', 'ENOSPC');
    const work = () => {
      // More than the cache holds, so that pages are written before the end.
      for (let seq = 1; seq <= 60; seq++) {
        try {
          store.executions.appendEvents(consoleEvents(id, seq, seq, 'x'.repeat(1_000_000)));
        } catch (error) {
          code('STORAGE_FAILED')(error);
          faulty.heal();
        }
      }
    };
    assert.throws(() => store.transaction(work), code('STORAGE_FAILED'));
    assert.deepEqual(store.executions.events(id, 0, 10), []);
    store.probe();
  });

  it('does not fail a commit that is in the log already', async () => {
    const faulty = new FaultyIo();
    const store = await use.open({ io: faulty.io });
    const { id } = addExecution(store);
    // A commit that takes the log past 1000 pages is followed by a checkpoint, which enlarges the database itself.
    faulty.failAfterSync('writeSync', 'ENOSPC');
    store.executions.appendEvents(consoleEvents(id, 1, 6, 'x'.repeat(1_000_000)));
    assert.ok(faulty.refused > 0, 'the checkpoint was reached');
    faulty.heal();
    store.close();
    const again = await use.open();
    assert.equal(again.executions.events(id, 5, 1).length, 1);
  });
});

describe('a disk that fails', () => {
  const use = useStore();

  for (const [call, errorCode] of [
    ['fdatasyncSync', 'EIO'],
    ['fdatasyncSync', 'ENOSPC'],
    ['writeSync', 'EIO'],
  ] as const) {
    it(`(${call} ${errorCode}) ends the store's work, and the next one recovers`, async () => {
      const faulty = new FaultyIo();
      let report: (error: unknown) => void = () => undefined;
      const reported = new Promise((resolve) => (report = resolve));
      const store = await use.open({ io: faulty.io, onFatal: (error) => report(error) });
      const { id } = addExecution(store);
      faulty.fail(call, errorCode);
      assert.throws(() => store.executions.appendEvents(consoleEvents(id, 1, 1)), code('STORAGE_FAILED'));
      code('STORAGE_FAILED')(await reported);
      faulty.heal();
      assert.throws(() => store.probe(), code('STORAGE_FAILED'));
      assert.throws(() => store.executions.get(id), code('STORAGE_FAILED'));
      const writes = faulty.count('writeSync');
      store.close();
      assert.equal(faulty.count('writeSync'), writes, 'nothing is written after the failure');
      const again = await use.open();
      assert.equal(again.executions.get(id)?.id, id);
      again.executions.appendEvents(consoleEvents(id, again.executions.events(id, 0, 9).length + 1, 2));
    });
  }
});

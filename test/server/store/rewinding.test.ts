import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { HeapImage, Store } from '../../../server/core/ports.js';
import { at, consoleEvents, execution, session, useStore } from './support.js';

const image: HeapImage = {
  build: 'a'.repeat(64),
  linearBytes: 4096,
  pageNumbers: Uint32Array.of(0),
  pages: new Uint8Array(new SharedArrayBuffer(4096)),
  companion: '{}',
  memoryBytes: 0,
  pending: 0,
};

describe('executions that a kept state does not hold', () => {
  const use = useStore();

  /** Executions of one session, each from and to a second of the tests' clock, in this order. */
  function ran(store: Store, spans: readonly (readonly [from: number, to: number])[]) {
    const owner = session();
    store.sessions.insert(owner);
    const ids = spans.map(([from, to]) => {
      const row = execution(owner.id, { status: 'ok', startedAt: at(from), endedAt: at(to) });
      store.executions.insert(row);
      return row.id;
    });
    const rewound = () => ids.map((id) => store.executions.get(id)?.rewound === true);
    const rewindTo = async (after: number | undefined, createdAt: string) => {
      const executionId = after === undefined ? undefined : ids[after];
      const timeline = store.executions.timeline(owner.id);
      const checkpoint = { id: randomUUID(), sessionId: owner.id, timeline, executionId, createdAt };
      const { id } = await store.checkpoints.put(checkpoint, image);
      store.executions.goBack(owner.id, store.checkpoints.point(id));
      return rewound();
    };
    return { owner, rewindTo };
  }

  it('are those after its own, even when they had ended before the host heard of the state', async () => {
    const store = await use.open();
    for (const [last, rewound] of [
      [0, [false, true, true]],
      [1, [false, false, true]],
      [2, [false, false, false]],
    ] as const) {
      const { rewindTo } = ran(store, [
        [0, 1],
        [1, 2],
        [2, 2.001],
      ]);
      assert.deepEqual(await rewindTo(last, at(3)), rewound);
    }
  });

  it('are told apart when they are of one millisecond', async () => {
    const { rewindTo } = ran(await use.open(), [
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    assert.deepEqual(await rewindTo(1, at(0)), [false, false, true]);
  });

  it('are those that ended later, when it is the state after none', async () => {
    const { rewindTo } = ran(await use.open(), [
      [0, 1],
      [2, 3],
    ]);
    assert.deepEqual(await rewindTo(undefined, at(1.5)), [false, true]);
  });

  it('are, of what runs beside others, those that ended later', async () => {
    const store = await use.open();
    const { owner, rewindTo } = ran(store, [[0, 1]]);
    const beside = [2, 4].map((end) => {
      const row = execution(owner.id, {
        kind: 'background',
        status: 'ok',
        startedAt: at(0.5),
        endedAt: at(end),
      });
      store.executions.insert(row);
      store.executions.appendEvents(consoleEvents(row.id, 1, 1));
      return row.id;
    });
    await rewindTo(0, at(3));
    assert.deepEqual(
      beside.map((id) => store.executions.get(id)?.rewound),
      [undefined, true],
    );
  });

  it('are none of what waits, nor of what the host says of the session', async () => {
    const store = await use.open();
    const { owner, rewindTo } = ran(store, [
      [0, 1],
      [1, 2],
    ]);
    const waits = execution(owner.id, { status: 'queued', startedAt: at(2) });
    store.executions.insert(waits);
    const notice = execution(owner.id, {
      kind: 'background',
      status: 'ok',
      startedAt: at(3),
      endedAt: at(3),
    });
    store.executions.insert(notice);
    const payload = { level: 'info', message: 'The session goes on.' } as const;
    store.executions.appendEvents([{ executionId: notice.id, seq: 1, ts: at(3), type: 'system', payload }]);
    assert.deepEqual(await rewindTo(0, at(1)), [false, true]);
    for (const { id } of [waits, notice]) assert.equal(store.executions.get(id)?.rewound, undefined);
    // It runs from the earlier state on, and is in those that come.
    store.executions.update({ ...waits, status: 'ok', startedAt: at(4), endedAt: at(5) });
    assert.deepEqual(await rewindTo(0, at(1)), [false, true]);
    assert.equal(store.executions.get(waits.id)?.rewound, true);
  });

  describe('of a session that goes back and forth', () => {
    /** A session whose cells are told by their number; each takes a second and has its state kept. */
    async function history() {
      const store = await use.open();
      const owner = session();
      store.sessions.insert(owner);
      const ids: string[] = [];
      const states: string[] = [];
      const run = async () => {
        const second = ids.length;
        const row = execution(owner.id, { status: 'ok', startedAt: at(second), endedAt: at(second + 1) });
        store.executions.insert(row);
        ids.push(row.id);
        const checkpoint = {
          id: randomUUID(),
          sessionId: owner.id,
          timeline: store.executions.timeline(owner.id),
          executionId: row.id,
          createdAt: at(second + 1),
        };
        states.push((await store.checkpoints.put(checkpoint, image)).id);
      };
      const goBackTo = (cell: number) =>
        store.executions
          .goBack(owner.id, store.checkpoints.point(states[cell] ?? ''))
          .map(({ id }) => ids.indexOf(id));
      const inState = () =>
        [...ids.keys()].filter((cell) => store.executions.get(ids[cell] ?? '')?.rewound !== true);
      const lines = () => store.executions.timeline(owner.id);
      return { run, goBackTo, inState, lines };
    }

    it('are those that its present state does not come from', async () => {
      const { run, goBackTo, inState } = await history();
      for (let cell = 0; cell < 4; cell++) await run();
      assert.deepEqual(goBackTo(1), [2, 3]);
      await run();
      await run();
      assert.deepEqual(inState(), [0, 1, 4, 5]);
      assert.deepEqual(goBackTo(4), [5]);
      await run();
      assert.deepEqual(inState(), [0, 1, 4, 6]);
      assert.deepEqual(goBackTo(3).sort(), [2, 3, 4, 6]);
      assert.deepEqual(inState(), [0, 1, 2, 3]);
      await run();
      assert.deepEqual(goBackTo(6).sort(), [2, 3, 4, 6, 7]);
      assert.deepEqual(inState(), [0, 1, 4, 6]);
      assert.deepEqual(goBackTo(0).sort(), [1, 4, 6]);
    });

    it('are none, and nothing is written, when it is where it was', async () => {
      const { run, goBackTo, inState, lines } = await history();
      await run();
      await run();
      for (let start = 0; start < 3; start++) assert.deepEqual(goBackTo(1), []);
      assert.equal(lines(), null);
      assert.deepEqual(goBackTo(0), [1]);
      const line = lines();
      await run();
      assert.deepEqual(goBackTo(2), []);
      assert.equal(lines(), line);
      assert.deepEqual(inState(), [0, 2]);
    });
  });
});

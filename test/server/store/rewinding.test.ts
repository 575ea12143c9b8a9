import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { HeapImage, Store } from '../../../server/core/ports.js';
import { at, execution, session, useStore } from './support.js';

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
      const checkpoint = { id: randomUUID(), sessionId: owner.id, executionId, createdAt };
      store.executions.rewindTo((await store.checkpoints.put(checkpoint, image)).id);
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
      return row.id;
    });
    await rewindTo(0, at(3));
    assert.deepEqual(
      beside.map((id) => store.executions.get(id)?.rewound),
      [undefined, true],
    );
  });
});

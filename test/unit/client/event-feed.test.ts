import assert from 'node:assert/strict';
import { type EventBatch, EventFeed } from '../../../client/host/event-feed.js';
import type { ExecutionEvent } from '../../../shared/models.js';

const executionId = 'e';
const event = (seq: number): ExecutionEvent => ({
  executionId,
  seq,
  ts: '2026-01-01T00:00:00.000Z',
  type: 'system',
  payload: { level: 'info', message: `${seq}` },
});
const events = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => event(from + index));

/** A feed over a host that has stored `stored` events and gives three at a time. */
function feedOver(stored: number) {
  const heard: number[] = [];
  const asked: number[] = [];
  const feed = new EventFeed(
    (_, afterSeq) => {
      asked.push(afterSeq);
      return Promise.resolve(events(afterSeq + 1, Math.min(afterSeq + 3, stored)));
    },
    (batch: EventBatch) => heard.push(...batch.events.map(({ seq }) => seq)),
    (error) => assert.fail(String(error)),
  );
  return { feed, heard, asked };
}

describe('the event feed', () => {
  it('passes consecutive batches on at once and asks for nothing', () => {
    const { feed, heard, asked } = feedOver(4);
    feed.accept({ executionId, events: events(1, 2) });
    feed.accept({ executionId, events: events(3, 4) });
    assert.deepEqual(heard, [1, 2, 3, 4]);
    assert.deepEqual(asked, []);
  });

  it('passes an event on once, however often it comes', () => {
    const { feed, heard } = feedOver(3);
    feed.accept({ executionId, events: events(1, 2) });
    feed.accept({ executionId, events: events(1, 3) });
    assert.deepEqual(heard, [1, 2, 3]);
  });

  it('asks for what the host left out, and keeps the order', async () => {
    const { feed, heard } = feedOver(9);
    feed.accept({ executionId, events: events(1, 1) });
    feed.accept({ executionId, lastSeq: 5, gap: true });
    feed.accept({ executionId, events: events(6, 8) });
    await feed.caughtUp(executionId, 9);
    assert.deepEqual(heard, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('reads the log of an execution that it heard nothing of', async () => {
    const { feed, heard } = feedOver(7);
    await feed.caughtUp(executionId, 7);
    assert.deepEqual(heard, [1, 2, 3, 4, 5, 6, 7]);
  });

  it('says so when the host does not have what it announced', async () => {
    const { feed } = feedOver(2);
    await assert.rejects(feed.caughtUp(executionId, 5), /are not there/);
  });
});

import assert from 'node:assert/strict';
import { EventTail } from '../../../server/runtime/event-tail.js';

describe('the tail of events that were not posted', () => {
  it('is read by the other side as the batch that it is', () => {
    const tail = new EventTail();
    tail.append(1, 'one', '{"a":"ü"}');
    tail.append(1, 'one', '{"b":2}');
    assert.deepEqual(new EventTail(tail.buffer).remainder(0), {
      batch: 1,
      executionId: 'one',
      json: '[{"a":"ü"},{"b":2}]',
    });
  });

  it('is empty once its batch came by message', () => {
    const tail = new EventTail();
    tail.append(1, 'one', '1');
    assert.equal(tail.remainder(1), undefined);
  });

  it('holds the latest batch only', () => {
    const tail = new EventTail();
    tail.append(1, 'one', '1');
    tail.append(2, 'two', '2');
    assert.deepEqual(tail.remainder(1), { batch: 2, executionId: 'two', json: '[2]' });
  });

  it('takes nothing that does not fit', () => {
    const tail = new EventTail();
    assert.equal(tail.append(1, 'one', JSON.stringify('x'.repeat(100_000))), false);
    assert.equal(tail.remainder(0), undefined);
  });
});

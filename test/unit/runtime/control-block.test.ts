import assert from 'node:assert/strict';
import { ControlBlock } from '../../../server/runtime/control-block.js';

describe('the control block', () => {
  const both = () => {
    const host = new ControlBlock();
    return { host, thread: new ControlBlock(host.buffer) };
  };

  it('stops the run that was meant and no other', () => {
    const { host, thread } = both();
    host.requestStop(4);
    assert.deepEqual(
      [2, 3, 4, 5, 6].map((run) => thread.isStopRequested(run)),
      [false, false, true, false, false],
    );
  });

  it('can have a job and a background entry stop at once', () => {
    const { host, thread } = both();
    host.requestStop(4);
    host.requestStop(7);
    assert.ok(thread.isStopRequested(4) && thread.isStopRequested(7));
  });

  it('tells what a run used, and grows only while it is on the thread', () => {
    const { host, thread } = both();
    thread.occupy(2, 100);
    assert.ok(host.occupancy().running && host.occupancy().cpuMs >= 100);
    thread.release(120.4);
    assert.deepEqual(host.occupancy(), { run: 2, running: false, cpuMs: 120 });
  });

  it('wakes a waiting thread by whatever the main thread changes', () => {
    const { host, thread } = both();
    let asked = 0;
    thread.waitUntil(() => {
      // The change comes after the look and before the wait, which must not sleep over it.
      if (++asked === 1) host.acknowledgeBatch();
      return asked > 1;
    });
    assert.equal(thread.acknowledged, 1);
  });
});

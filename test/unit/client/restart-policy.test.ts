import assert from 'node:assert/strict';
import { RestartPolicy } from '../../../client/host/restart-policy.js';

const minute = 60_000;

describe('the restart policy of the host', () => {
  it('admits four restarts in three minutes and refuses the fifth', () => {
    const policy = new RestartPolicy();
    const answers = [0, 1, 2, 3, 4].map((at) => policy.admits(at * 1000));
    assert.deepEqual(answers, [true, true, true, true, false]);
  });

  it('admits one again when the first is three minutes ago', () => {
    const policy = new RestartPolicy();
    for (const at of [0, 1, 2, 3]) policy.admits(at * 1000);
    assert.equal(policy.admits(3 * minute - 1), false);
    assert.equal(policy.admits(3 * minute), true);
  });

  it('starts counting anew when a person restarts the host', () => {
    const policy = new RestartPolicy();
    for (const at of [0, 1, 2, 3]) policy.admits(at);
    policy.reset();
    assert.equal(policy.admits(4), true);
  });
});

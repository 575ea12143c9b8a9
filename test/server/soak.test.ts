/** Short versions of test/soak. */
import assert from 'node:assert/strict';
import { summary } from '../bench/measure.js';
import { liveThrough } from '../support/soak/generations.js';
import { loseThreads } from '../support/soak/native-loops.js';
import { killAtRandom } from '../support/soak/random-kills.js';

describe('sessions in bad times', function () {
  this.timeout(120_000);

  it('are whole and tell what they lost after 20 kills of their host at random moments', async () => {
    const { executions } = await killAtRandom(20, 500, ['quick', 'labelled']);
    assert.ok(executions > 0);
  });

  it('keep their state, and the host its threads, through 20 loops that only the end of a thread stops', async () => {
    const { late, threads } = await loseThreads(20, 2, 'side by side');
    assert.equal(late.length, 20);
    const { median } = summary(late);
    assert.ok(median < 1000, `${median} ms beyond the limit`);
    if (process.platform === 'linux') assert.ok(threads[1] <= threads[0], threads.join(' threads, then '));
  });

  it('live through five hosts, ended or killed, as they were and as large', async () => {
    const { imageBytes } = await liveThrough(5);
    const [first = 0] = imageBytes;
    assert.ok(
      imageBytes.every((bytes) => bytes < first * 1.2),
      imageBytes.join(),
    );
  });
});

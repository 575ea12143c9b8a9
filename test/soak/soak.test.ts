/** What takes minutes and is printed: `npm run soak`. */
import assert from 'node:assert/strict';
import { summary } from '../bench/measure.js';
import { spread } from '../support/soak/figures.js';
import { liveThrough } from '../support/soak/generations.js';
import { loseThreads } from '../support/soak/native-loops.js';
import { killAtRandom } from '../support/soak/random-kills.js';

const say = (line: string): void => console.log(`      ${line}`);

describe('soak', function () {
  this.timeout(30 * 60_000);

  it('200 kills of a host at random moments leave every session whole, and the store intact', async () => {
    const { kills, executions, rewound, young } = await killAtRandom(200, 2500, [
      'quick',
      'slow',
      'labelled',
      'large',
    ]);
    say(`${kills} kills, ${executions} cells answered, ${rewound} of them gone on without`);
    say(`${young.woke} sessions woke that were made right before, ${young.closed} had not begun`);
    assert.equal(young.woke + young.closed, kills);
  });

  it('200 loops that only the end of a thread stops cost neither state, nor threads, nor memory', async () => {
    const { late, threads, residentMb } = await loseThreads(200, 4, 'in turn');
    say(`beyond the wall limit: ${spread(late, 'ms')}`);
    say(`threads ${threads.join(' → ')}, resident ${residentMb.map((mb) => mb.toFixed(0)).join(' → ')} MB`);
    const { p95 } = summary(late);
    assert.ok(p95 < 500, `${p95} ms beyond the limit`);
    if (process.platform !== 'linux') return;
    assert.ok(threads[1] <= threads[0]);
    assert.ok(residentMb[1] < residentMb[0] + 64, residentMb.join());
  });

  it('a hundred generations of one session stay right, and as large as the first', async () => {
    const { residentMb, imageBytes, storedBytes, wake } = await liveThrough(100);
    const ends = (values: readonly number[], unit: number) =>
      [4, 49, 99].map((at) => ((values[at] ?? NaN) / unit).toFixed(2)).join(' → ');
    say(`resident ${ends(residentMb, 1)} MB, image ${ends(imageBytes, 2 ** 20)} MB`);
    say(
      `stored by each: ${spread(
        storedBytes.slice(1).map((bytes) => bytes / 1024),
        'KB',
      )}`,
    );
    say(`wake: ${spread(wake, 'ms')}`);
    const [, , , , early = 0] = imageBytes;
    assert.ok((imageBytes.at(-1) ?? 0) < early * 1.1, `${early} bytes became ${imageBytes.at(-1)}`);
    if (process.platform !== 'linux') return;
    const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
    assert.ok(mean(residentMb.slice(-20)) < mean(residentMb.slice(0, 20)) * 1.1);
  });
});

import assert from 'node:assert/strict';
import { formatDuration } from '../../../server/runtime/guest/duration.js';

describe('a measured time', () => {
  const texts: [ms: number, text: string][] = [
    [0, '0ms'],
    [999, '999ms'],
    [1000, '1.000s'],
    [59_999, '59.999s'],
    [60_000, '1:00.000 (m:ss.mmm)'],
    [123_456, '2:03.456 (m:ss.mmm)'],
    [3_600_000, '1:00:00.000 (h:mm:ss.mmm)'],
    [3_723_004, '1:02:03.004 (h:mm:ss.mmm)'],
    [360_000_000, '100:00:00.000 (h:mm:ss.mmm)'],
  ];
  for (const [ms, text] of texts) {
    it(`of ${ms} milliseconds reads ${text}`, () => {
      assert.equal(formatDuration(ms), text);
    });
  }
});

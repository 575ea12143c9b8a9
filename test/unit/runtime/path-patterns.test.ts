import assert from 'node:assert/strict';
import { pathMatcher } from '../../../server/runtime/services/native/path-patterns.js';

describe('a pattern of paths', () => {
  const cases: [pattern: string, matching: string[], others: string[]][] = [
    ['**', ['a', 'a/b/c', '.hidden/x'], []],
    ['report.csv', ['report.csv'], ['a/report.csv', 'report.csv/a', 'reportxcsv']],
    ['Report (1).csv', ['Report (1).csv'], ['Report 1.csv']],
    ['data/**', ['data', 'data/a', 'data/.a/b'], ['database', 'a/data', 'Data/a']],
    ['data/*.csv', ['data/a.csv', 'data/.csv'], ['data/a/b.csv', 'data/a.csv/b']],
    ['./data//x/.', ['data/x'], ['data', 'data/x/y']],
    ['**/x', ['x', 'a/x', 'a/b/x'], ['xx', 'x/a']],
    ['a/**/b', ['a/b', 'a/x/y/b'], ['a', 'ab', 'a/b/c']],
    ['{a/b,c}/?.js', ['a/b/1.js', 'c/é.js'], ['a/1.js', 'c/12.js']],
    ['[!a-c]x', ['dx'], ['ax', '/x']],
    ['!x', ['!x'], ['y']],
    ['#x', ['#x'], []],
  ];
  for (const [pattern, matching, others] of cases) {
    it(`matches a whole path: ${pattern}`, () => {
      const matches = pathMatcher(pattern);
      for (const path of matching) assert.ok(matches(path), path);
      for (const path of others) assert.ok(!matches(path), path);
    });
  }

  it('takes no longer than the host may, whatever path guest code asks for', () => {
    const patterns = [
      '**/a/**/b/**/*.txt',
      '**/a/**/a/**/a/**/b',
      '**/a*/**/a*/**/a*/*.md',
      '*a*a*a*a*a*b',
      '*.*.*.*.*.*.x',
    ];
    const paths = [
      'a/b/'.repeat(1000) + 'x',
      'a/'.repeat(2000) + 'x',
      'ab/'.repeat(1300) + 'x',
      'a'.repeat(255),
      'a.'.repeat(2000),
    ];
    for (const pattern of patterns) {
      const matches = pathMatcher(pattern);
      for (const path of paths) {
        const started = performance.now();
        assert.ok(!matches(path));
        const took = performance.now() - started;
        assert.ok(took < 200, `${pattern} took ${took.toFixed()} ms for ${path.slice(0, 20)}`);
      }
    }
  });
});

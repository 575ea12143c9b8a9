import assert from 'node:assert/strict';
import { matchesWildcards } from '../../../server/runtime/services/native/wildcards.js';

describe('a pattern with wildcards', () => {
  const cases: [pattern: string, matching: string[], others: string[]][] = [
    ['plain', ['plain'], ['', 'plai', 'plainer', 'a plain']],
    ['*', ['', 'anything at all', '*'], []],
    ['--name=*', ['--name=', '--name=a=b'], ['--name', ' --name=a']],
    ['*.txt', ['.txt', 'a.txt', 'a.txt.txt'], ['a.txt.sh', 'txt']],
    ['a*b*c', ['abc', 'a1b2c', 'abbcc'], ['acb', 'ab', 'abcd']],
    ['ab*ba', ['abba', 'ab ba'], ['aba', 'ab']],
    ['[a-z].?', ['[a-z].?'], ['b.c']],
  ];
  for (const [pattern, matching, others] of cases) {
    it(`matches a whole text: ${pattern}`, () => {
      for (const text of matching) assert.ok(matchesWildcards(pattern, text), text);
      for (const text of others) assert.ok(!matchesWildcards(pattern, text), text);
    });
  }

  it('takes no longer than the text is long, however many wildcards there are', () => {
    const started = performance.now();
    assert.ok(!matchesWildcards(`${'a*'.repeat(50)}b`, 'a'.repeat(131_072)));
    assert.ok(performance.now() - started < 500);
  });
});

import assert from 'node:assert/strict';
import { parseWorktreePath } from '../../../server/core/worktree-path.js';

describe('parseWorktreePath', () => {
  const accepted: [string, string][] = [
    ['main.js', 'main.js'],
    ['./lib/a.js', 'lib/a.js'],
    ['runtime/../runtime/startup.js', 'runtime/startup.js'],
    ['a//b.js', 'a/b.js'],
    ['a\\b.js', 'a/b.js'],
    ['..a/b..js', '..a/b..js'],
    ['a b/ü.js', 'a b/ü.js'],
  ];
  for (const [written, normal] of accepted) {
    it(`reads ${JSON.stringify(written)} as ${normal}`, () => {
      assert.equal(parseWorktreePath(written), normal);
    });
  }

  it('reads the URI of a file inside the worktree', () => {
    assert.equal(parseWorktreePath('file:///home/me/work/a%20b/c.js', '/home/me/work'), 'a b/c.js');
  });

  for (const uri of ['file:///home/me/other.js', 'file:///home/me/work', 'file://host/home/me/work/a.js']) {
    it(`refuses ${uri} for a worktree /home/me/work`, () => {
      assert.throws(() => parseWorktreePath(uri, '/home/me/work'), { code: 'INVALID_PATH' });
    });
  }

  it('says how long a path may be, without repeating it', () => {
    assert.throws(() => parseWorktreePath('a/'.repeat(5_000_000)), {
      code: 'INVALID_PATH',
      message: 'A path has at most 4096 characters; this one has 10000000.',
    });
  });

  const refused = [
    '',
    '.',
    '..',
    '../a.js',
    'a/../../b.js',
    '/etc/passwd',
    '\\\\host\\share',
    'C:\\a.js',
    'a\0.js',
    'a/..',
  ];
  for (const written of refused) {
    it(`refuses ${JSON.stringify(written)} as INVALID_PATH`, () => {
      assert.throws(() => parseWorktreePath(written), { name: 'VmError', code: 'INVALID_PATH' });
    });
  }
});

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { checkDatabasePath, defaultDatabasePath } from '../../../server/store/index.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { code } from './support.js';

describe('the default database path', () => {
  const before = process.env['XDG_DATA_HOME'];
  afterEach(() => {
    if (before === undefined) delete process.env['XDG_DATA_HOME'];
    else process.env['XDG_DATA_HOME'] = before;
  });

  it('is one per worktree', () => {
    const file = defaultDatabasePath('/home/me/a');
    assert.match(file, /[/\\]vm-system[/\\](.+[/\\])?[0-9a-f]{32}[/\\]vm\.db$/);
    assert.equal(defaultDatabasePath('/home/me/a'), file);
    assert.notEqual(defaultDatabasePath('/home/me/b'), file);
  });

  it('respects XDG_DATA_HOME', function () {
    if (process.platform !== 'linux') return;
    process.env['XDG_DATA_HOME'] = '/data/home';
    assert.ok(defaultDatabasePath('/home/me/a').startsWith('/data/home/vm-system/'));
  });
});

describe('a database path of the user', () => {
  const folder = useTempFolder();
  const worktree = () => path.join(folder(), 'tree');
  const inFolder = (name: string) => path.join(folder(), name);
  beforeEach(() => fs.mkdirSync(path.join(worktree(), 'sub'), { recursive: true }));

  it('may be anywhere outside the worktree, and comes back as a real path', () => {
    assert.equal(checkDatabasePath(inFolder('a/b/vm.db'), worktree()), inFolder('a/b/vm.db'));
    assert.equal(checkDatabasePath(inFolder('tree.db'), worktree()), inFolder('tree.db'));
    assert.equal(checkDatabasePath(inFolder('..tree/vm.db'), worktree()), inFolder('..tree/vm.db'));
    fs.symlinkSync(inFolder('elsewhere'), inFolder('link'));
    assert.equal(checkDatabasePath(inFolder('link/vm.db'), worktree()), inFolder('elsewhere/vm.db'));
  });

  it('is refused inside the worktree, whatever leads there', () => {
    fs.symlinkSync(worktree(), inFolder('folder-link'));
    fs.symlinkSync(path.join(worktree(), 'not-there.db'), inFolder('dangling.db'));
    fs.symlinkSync('dangling.db', inFolder('chain.db'));
    const paths = [
      'tree',
      'tree/vm.db',
      'tree/..vm.db',
      'tree/new/deep/vm.db',
      'other/../tree/sub/vm.db',
      'folder-link/vm.db',
      'dangling.db',
      'chain.db',
    ];
    for (const name of paths) {
      assert.throws(
        () => checkDatabasePath(`${folder()}/${name}`, worktree()),
        code('VALIDATION_ERROR'),
        name,
      );
    }
  });

  it('is refused when it leads nowhere', () => {
    fs.symlinkSync('loop.db', inFolder('loop.db'));
    fs.writeFileSync(inFolder('file'), '');
    for (const name of [inFolder('loop.db'), inFolder('file/vm.db'), '', 'a\0b']) {
      assert.throws(() => checkDatabasePath(name, worktree()), code('VALIDATION_ERROR'), name);
    }
  });
});

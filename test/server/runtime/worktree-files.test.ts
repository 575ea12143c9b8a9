import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createWorktreeFiles } from '../../../server/runtime/index.js';
import { VmError } from '../../../shared/errors.js';

const files = createWorktreeFiles();

describe('a worktree', () => {
  let root: string;
  let outside: string;
  const at = (name: string) => path.join(root, name);

  before(async () => {
    const base = await realpath(await mkdtemp(path.join(tmpdir(), 'vm-files-')));
    root = path.join(base, 'tree');
    outside = path.join(base, 'outside.js');
    await mkdir(at('lib/deep'), { recursive: true });
    await writeFile(outside, '"secret"');
    await writeFile(at('lib/a.js'), '"a"');
  });
  after(() => rm(path.dirname(root), { recursive: true }));

  const readAs = async (name: string): Promise<string> => {
    const { path: real, text } = await files.readSource(root, name);
    return `${real}: ${text}`;
  };
  const refusal = async (name: string): Promise<VmError> => {
    try {
      await files.readSource(root, name);
    } catch (error) {
      if (error instanceof VmError) return error;
      throw error;
    }
    throw new assert.AssertionError({ message: `${name} was read` });
  };

  it('reads a file by its real path', async () => {
    assert.equal(await readAs('lib/a.js'), 'lib/a.js: "a"');
    assert.equal(await readAs('./lib//deep/../a.js'), 'lib/a.js: "a"');
  });

  it('follows links that stay inside, relative, absolute or in chains', async () => {
    await symlink('lib/a.js', at('relative.js'));
    await symlink(at('lib/a.js'), at('absolute.js'));
    await symlink('../lib', at('lib/self'));
    await symlink('relative.js', at('chain.js'));
    for (const name of ['relative.js', 'absolute.js', 'chain.js', 'lib/self/self/a.js']) {
      assert.equal(await readAs(name), 'lib/a.js: "a"');
    }
  });

  it('refuses every way out with INVALID_PATH', async () => {
    await symlink(outside, at('out.js'));
    await symlink('../outside.js', at('out-relative.js'));
    await symlink('out.js', at('out-chain.js'));
    await symlink('..', at('up'));
    await symlink('/', at('system'));
    await symlink('/proc/self', at('process'));
    const ways = ['../outside.js', 'lib/../../outside.js', outside, '/etc/passwd', 'a\0.js'];
    const links = [
      'out.js',
      'out-relative.js',
      'out-chain.js',
      'up/outside.js',
      'system/etc/passwd',
      'process/environ',
    ];
    for (const name of [...ways, ...links]) assert.equal((await refusal(name)).code, 'INVALID_PATH', name);
  });

  it('does not tell whether something is there outside', async () => {
    await symlink('/etc/hostname', at('x1.js'));
    await symlink('/etc/no-such-file-at-all', at('x2.js'));
    const [there, gone] = [await refusal('x1.js'), await refusal('x2.js')];
    assert.equal(there.code, gone.code);
    assert.equal(there.message.replace('x1', 'x2'), gone.message);
    assert.ok(!there.message.includes(root) && !there.message.includes('/etc'));
  });

  it('has only regular files: no folder, pipe, device or socket, and waits for none', async () => {
    execFileSync('mkfifo', [at('pipe.js')]);
    await symlink('pipe.js', at('to-pipe.js'));
    await symlink('/dev/zero', at('zero.js'));
    for (const name of ['lib', 'pipe.js', 'to-pipe.js', 'missing.js', 'lib/a.js/b', 'loop.js', '.', '']) {
      if (name === 'loop.js') await symlink('loop.js', at('loop.js'));
      assert.equal((await refusal(name)).code, 'FILE_NOT_FOUND', name);
    }
    assert.equal((await refusal('zero.js')).code, 'INVALID_PATH');
  });

  it('refuses what is no UTF-8 text, or too much of it', async () => {
    await writeFile(at('latin1.js'), Buffer.from([0x22, 0xe4, 0x22]));
    await writeFile(at('huge.js'), '');
    await truncate(at('huge.js'), 50 * 1024 * 1024);
    for (const name of ['latin1.js', 'huge.js'])
      assert.equal((await refusal(name)).code, 'VALIDATION_ERROR', name);
  });

  it('drops a byte order mark and nothing else', async () => {
    await writeFile(at('bom.js'), '\uFEFFa\r\n\uFEFF');
    assert.equal(await readAs('bom.js'), 'bom.js: a\r\n\uFEFF');
  });

  it('leaves no file open', async () => {
    for (const name of ['lib/a.js', 'out.js', 'lib', 'missing.js', 'pipe.js', 'system/etc/passwd']) {
      await files.readSource(root, name).catch(() => undefined);
    }
    const listing = execFileSync('ls', ['-l', `/proc/${process.pid}/fd`]).toString();
    assert.ok(!listing.includes(root), listing);
  });

  it('is opened by its real path', async () => {
    await symlink(root, path.join(path.dirname(root), 'alias'));
    assert.equal(await files.openRoot(path.join(path.dirname(root), 'alias')), root);
  });

  it('must be an absolute path of a folder', async () => {
    for (const name of ['tree', '', at('missing'), at('lib/a.js'), `${root}\0`]) {
      await assert.rejects(
        files.openRoot(name),
        (error) => error instanceof VmError && error.code === 'INVALID_WORKTREE',
        name,
      );
    }
  });
});

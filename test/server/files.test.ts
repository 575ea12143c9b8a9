/** Every kind of file that a worktree may hold, run through the wire. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runFile } from '../../shared/protocol.js';
import { useHost } from '../support/use-host.js';

describe('a file that is run', () => {
  const host = useHost();
  let sessionId = '';
  before(async () => {
    sessionId = (await host.client.session()).id;
  });
  const run = async (name: string) => {
    const execution = await host.client.request(runFile, { sessionId, path: name });
    return execution.error === undefined ? execution.result?.preview : execution.error.stack;
  };
  const refusal = (name: string) => host.client.refusal('vm/executions/runFile', { sessionId, path: name });

  const good: [string, string, string | Uint8Array, string][] = [
    ['a byte order mark', 'bom.js', '\uFEFF40 + 2', '42'],
    ['a shebang', 'shebang.js', '#!/usr/bin/env node\n40 + 2', '42'],
    ['CRLF line ends', 'crlf.js', 'const a = 40\r\nconst b = 2\r\na + b\r\n', '42'],
    ['nothing in it', 'empty.js', '', 'undefined'],
    ['only a comment', 'comment.js', '// nothing', 'undefined'],
    ['await at its top', 'await.js', 'await null; "awaited"', "'awaited'"],
    ['an export and a default', 'default.js', 'export const a = 1;\nexport default { a };', '{ a: 1 }'],
    ['a name with spaces and umlauts', 'ä b/ü.js', '"ü"', "'ü'"],
    ['a NUL in a string', 'nul.js', '"a\\0b".length', '3'],
  ];
  for (const [what, name, content, preview] of good) {
    it(`with ${what} runs`, async () => {
      host.bench.write(name, content);
      assert.equal(await run(name), preview);
    });
  }

  it('as a module keeps its bindings to itself and runs afresh each time', async () => {
    host.bench.write(
      'fresh.mjs',
      'const secret = 1; globalThis.count = (globalThis.count ?? 0) + 1; export { secret };',
    );
    await run('fresh.mjs');
    await run('fresh.mjs');
    const after = await host.client.repl({ id: sessionId }, '[count, typeof secret]');
    assert.deepEqual(after.result?.json, [2, 'undefined']);
  });

  it('as a script leaves its bindings and can be run again', async () => {
    host.bench.write('again.js', 'const again = 1; let other = again + 1; class Thing {} other');
    assert.equal(await run('again.js'), '2');
    assert.equal(await run('again.js'), '2');
    const after = await host.client.repl({ id: sessionId }, '[again, typeof Thing]');
    assert.deepEqual(after.result?.json, [1, 'function']);
  });

  const hostile: [string, string, string, (worktree: string) => void][] = [
    ['is not there', 'missing.js', 'FILE_NOT_FOUND', () => undefined],
    ['is a folder', 'folder', 'FILE_NOT_FOUND', (worktree) => mkdirSync(path.join(worktree, 'folder'))],
    [
      'is a FIFO',
      'fifo.js',
      'FILE_NOT_FOUND',
      (worktree) => execFileSync('mkfifo', [path.join(worktree, 'fifo.js')]),
    ],
    [
      'links to a device',
      'zero.js',
      'INVALID_PATH',
      (worktree) => symlinkSync('/dev/zero', path.join(worktree, 'zero.js')),
    ],
    [
      'links to itself',
      'loop.js',
      'FILE_NOT_FOUND',
      (worktree) => symlinkSync('loop.js', path.join(worktree, 'loop.js')),
    ],
    [
      'lies in a folder that links out',
      'out/passwd',
      'INVALID_PATH',
      (worktree) => symlinkSync('/etc', path.join(worktree, 'out')),
    ],
    ['is absolute', '/etc/passwd', 'INVALID_PATH', () => undefined],
    ['leads out', 'a/../../b.js', 'INVALID_PATH', () => undefined],
    ['has a NUL in its name', 'a\0.js', 'INVALID_PATH', () => undefined],
    ['has no name', '', 'INVALID_PATH', () => undefined],
    [
      'is not UTF-8',
      'latin1.js',
      'VALIDATION_ERROR',
      (worktree) => writeFileSync(path.join(worktree, 'latin1.js'), Buffer.from([0x22, 0xfc, 0x22])),
    ],
    [
      'has 50 MB',
      'huge.js',
      'VALIDATION_ERROR',
      (worktree) => writeFileSync(path.join(worktree, 'huge.js'), Buffer.alloc(50_000_000, ' ')),
    ],
  ];
  for (const [what, name, code, make] of hostile) {
    it(`and ${what} is refused with ${code}`, async () => {
      make(host.bench.worktree);
      const refused = await refusal(name);
      assert.equal(refused.code, code, refused.message);
      assert.ok(!refused.message.includes(host.bench.worktree), refused.message);
    });
  }

  it('is refused in the same words whether what it leads out to exists or not', async () => {
    symlinkSync('/etc/hostname', path.join(host.bench.worktree, 'exists.js'));
    symlinkSync('/etc/no-such-file-here', path.join(host.bench.worktree, 'absent.js'));
    const [one, two] = [await refusal('exists.js'), await refusal('absent.js')];
    assert.equal(one.message.replace('exists.js', ''), two.message.replace('absent.js', ''));
  });

  it('is found through a link that stays inside, by the path that it really has', async () => {
    host.bench.write('real/target.js', '"target"');
    symlinkSync('real/target.js', path.join(host.bench.worktree, 'alias.js'));
    const execution = await host.client.request(runFile, { sessionId, path: 'alias.js' });
    assert.equal(execution.path, 'real/target.js');
    assert.equal(execution.result?.json, 'target');
  });
});

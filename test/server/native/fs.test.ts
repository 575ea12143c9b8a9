import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { Execution, Session } from '../../../shared/models.js';
import { useHost } from '../../support/use-host.js';
import { type Grant, notices, sessionWith, wholeWorktree } from './support.js';

describe('the fs module', () => {
  const host = useHost();
  const inWorktree = (...parts: string[]) => path.join(host.bench.worktree, ...parts);
  const run = (session: Session, code: string): Promise<Execution> =>
    host.client.repl(session, `import fs from 'fs'; ${code}`);
  const valueOf = async (session: Session, code: string) => {
    const { result, error } = await run(session, code);
    assert.equal(error, undefined, error?.stack);
    return result?.json;
  };
  /** What `error.code` guest code sees. */
  const codeOf = (session: Session, code: string) =>
    valueOf(
      session,
      `await (async () => { try { ${code}; return 'ok' } catch (error) { return error.code } })()`,
    );

  it('takes / for the root of the worktree, as __dirname and import.meta.dirname have it', async () => {
    const { bench } = host;
    bench.write('app/data.txt', 'here');
    bench.write(
      'app/module.mjs',
      "import fs from 'fs'; export default fs.readFileSync(import.meta.dirname + '/data.txt');",
    );
    bench.write('app/common.cjs', "exports.text = require('fs').readFileSync(__dirname + '/data.txt');");
    const session = await sessionWith(host.client, wholeWorktree);
    assert.deepEqual(
      await valueOf(
        session,
        `import text from './app/module.mjs';
         [text, require('./app/common.cjs').text, fs.readdirSync('/').includes('app'), await fs.exists('/etc/passwd')]`,
      ),
      ['here', 'here', true, false],
    );
    assert.equal(await codeOf(session, `fs.readFileSync('/../outside.txt')`), 'INVALID_PATH');
  });

  it('writes text and bytes, and nothing that would have to be made text first', async () => {
    const session = await sessionWith(host.client, wholeWorktree);
    for (const data of ['{ a: 1 }', 'undefined', 'null', '7', 'new Date()']) {
      const { error } = await run(session, `fs.writeFileSync('never.txt', ${data})`);
      assert.equal(error?.name, 'TypeError', data);
      const later = await run(session, `await fs.appendFile('never.txt', ${data})`);
      assert.equal(later.error?.name, 'TypeError', data);
    }
    assert.equal(existsSync(inWorktree('never.txt')), false);
  });

  it('lists a folder in the order of its names, with types or without', async () => {
    for (const name of ['b', 'a', 'C', 'd/x']) host.bench.write(`listed/${name}`, '');
    const session = await sessionWith(host.client, wholeWorktree);
    assert.deepEqual(
      await valueOf(
        session,
        `[fs.readdirSync('listed'), (await fs.readdir('listed', { withFileTypes: true })).map(({ name }) => name)]`,
      ),
      [
        ['C', 'a', 'b', 'd'],
        ['C', 'a', 'b', 'd'],
      ],
    );
  });

  it('has the functions of Node, waiting or with promises, under the same names', async () => {
    const session = await sessionWith(host.client, wholeWorktree);
    assert.deepEqual(
      await valueOf(
        session,
        `import * as promises from 'fs/promises';
         const names = ['readFile', 'writeFile', 'appendFile', 'copyFile', 'rename', 'stat', 'lstat', 'readdir', 'mkdir', 'rm', 'exists'];
         names.filter((name) => [fs[name], fs[name + 'Sync'], fs.promises[name], promises[name]].some((each) => typeof each !== 'function'))`,
      ),
      [],
    );
    assert.deepEqual(
      await valueOf(
        session,
        `await fs.mkdir('tour/deep/er', { recursive: true });
         fs.writeFileSync('tour/a.txt', 'one');
         await fs.promises.appendFile('tour/a.txt', '\\0two');
         fs.copyFileSync('tour/a.txt', 'tour/deep/b.txt');
         await fs.rename('tour/deep', 'tour/moved');
         fs.writeFileSync('tour/bytes', Uint8Array.of(0, 255, 7));
         const listed = fs.readdirSync('tour', { withFileTypes: true }).map((entry) => [entry.name, entry.isDirectory()]);
         const { size, mtime } = await fs.stat('tour/moved/b.txt');
         const result = [
           await fs.readFile('tour/moved/b.txt'), [...fs.readFileSync('tour/bytes', 'buffer')], listed.sort(),
           size, mtime instanceof Date, fs.readdirSync('tour/moved'), fs.existsSync('tour/deep'),
         ];
         await fs.rm('tour', { recursive: true });
         [...result, fs.existsSync('tour')]`,
      ),
      [
        'one\0two',
        [0, 255, 7],
        [
          ['a.txt', false],
          ['bytes', false],
          ['moved', true],
        ],
        7,
        true,
        ['b.txt', 'er'],
        false,
        false,
      ],
    );
    assert.ok(!existsSync(inWorktree('tour')));
  });

  it('has the errors of Node, with paths as they were written', async () => {
    const { bench, client } = host;
    bench.write('errors/file', '');
    bench.write('errors/full/file', '');
    const session = await sessionWith(client, wholeWorktree);
    const expectations: [code: string, expected: string][] = [
      [`fs.readFileSync('errors/none')`, 'ENOENT'],
      [`await fs.readFile('errors/none/below')`, 'ENOENT'],
      [`fs.readFileSync('errors/file/below')`, 'ENOTDIR'],
      [`fs.readFileSync('errors')`, 'EISDIR'],
      [`fs.writeFileSync('errors', '')`, 'EISDIR'],
      [`fs.mkdirSync('errors/file')`, 'EEXIST'],
      [`fs.mkdirSync('errors/none/below')`, 'ENOENT'],
      [`fs.readdirSync('errors/file')`, 'ENOTDIR'],
      [`fs.rmSync('errors/none')`, 'ENOENT'],
      [`fs.rmSync('errors/none', { force: true })`, 'ok'],
      [`fs.rmSync('errors/full')`, 'EISDIR'],
      [`fs.rmSync('.', { recursive: true })`, 'EBUSY'],
      [`fs.renameSync('errors/none', 'errors/other')`, 'ENOENT'],
      [`fs.statSync('errors/none')`, 'ENOENT'],
    ];
    for (const [code, expected] of expectations) {
      assert.equal(await codeOf(session, code), expected, code);
    }
    const { error } = await run(session, `fs.readFileSync('errors/../errors/none')`);
    assert.equal(error?.message, `ENOENT: no such file or directory, open 'errors/../errors/none'`);
    const callback = await run(session, `await fs.readFile('errors/file', () => {})`);
    assert.match(callback.error?.message ?? '', /takes no callback/);
  });

  it('judges both ends of a move and a copy, and everything below what is removed or moved', async () => {
    const { bench, client } = host;
    for (const name of ['in/a', 'in/locked/b', 'hidden/c', 'out/d']) bench.write(`judged/${name}`, name);
    const session = await sessionWith(client, [
      ['module', 'fs'],
      ['fs', 'judged/in/**', { config: { read: true, write: true } }],
      ['fs', 'judged/in/locked/b', { effect: 'deny' }],
      ['fs', 'judged/hidden/**', { config: { read: false, write: true } }],
      ['fs', 'judged/moved/**', { config: { read: true, write: true } }],
    ]);
    for (const code of [
      `fs.renameSync('judged/in/a', 'judged/out/a')`,
      `fs.renameSync('judged/out/d', 'judged/in/d')`,
      `fs.renameSync('judged/hidden/c', 'judged/in/c')`,
      `fs.copyFileSync('judged/hidden/c', 'judged/in/c')`,
      `fs.copyFileSync('judged/in/a', 'judged/out/a')`,
      `fs.renameSync('judged/in', 'judged/moved')`,
      `await fs.rm('judged/in', { recursive: true })`,
      `fs.mkdirSync('judged/new/folder', { recursive: true })`,
    ]) {
      assert.equal(await codeOf(session, code), 'CAPABILITY_DENIED', code);
    }
    const files = execFileSync('find', ['judged', '-type', 'f'], { cwd: bench.worktree, encoding: 'utf8' });
    assert.deepEqual(files.trim().split('\n').sort(), [
      'judged/hidden/c',
      'judged/in/a',
      'judged/in/locked/b',
      'judged/out/d',
    ]);
  });

  it('lists what may be read, and tells nothing of what may not', async () => {
    const { bench, client } = host;
    for (const name of ['open/a', 'open/secret', 'partly/report.csv', 'partly/x', 'closed/x']) {
      bench.write(`listed/${name}`, '');
    }
    const session = await sessionWith(client, [
      ['module', 'fs'],
      ['fs', 'listed/open/**'],
      ['fs', 'listed/open/secret', { effect: 'deny' }],
      ['fs', 'listed/partly/*.csv'],
    ]);
    assert.deepEqual(await valueOf(session, `fs.readdirSync('listed/open')`), ['a']);
    assert.deepEqual(await valueOf(session, `fs.readdirSync('listed/partly')`), ['report.csv']);
    for (const folder of ['listed/closed', 'listed/none', '.']) {
      assert.equal(await codeOf(session, `fs.readdirSync('${folder}')`), 'CAPABILITY_DENIED', folder);
      assert.equal(await valueOf(session, `fs.existsSync('${folder}')`), false, folder);
    }
    const asked = await run(session, `fs.existsSync('listed/closed/x')`);
    assert.match((await notices(client, asked)).join(), /no fs capability for "listed\/closed\/x"/);
  });

  it('refuses pipes, devices and sockets at once, whatever is asked of them', async () => {
    const { bench, client } = host;
    execFileSync('mkfifo', [inWorktree('pipe')]);
    const session = await sessionWith(client, wholeWorktree);
    bench.write('plain', 'plain');
    for (const code of [
      `fs.readFileSync('pipe')`,
      `await fs.readFile('pipe')`,
      `fs.writeFileSync('pipe', 'x')`,
      `fs.appendFileSync('pipe', 'x')`,
      `fs.copyFileSync('pipe', 'copy')`,
      `fs.copyFileSync('plain', 'pipe')`,
    ]) {
      const started = performance.now();
      assert.equal(await codeOf(session, code), 'EINVAL', code);
      assert.ok(performance.now() - started < 2000, code);
    }
    assert.ok(statSync(inWorktree('pipe')).isFIFO());
  });

  it('replaces a file as a whole, keeps its mode, and leaves one alone that may not be written', async () => {
    const { bench, client } = host;
    const file = bench.write('whole/script.sh', 'before');
    chmodSync(file, 0o750);
    const fixed = bench.write('whole/fixed', 'before');
    chmodSync(fixed, 0o444);
    const before = statSync(file).ino;
    const session = await sessionWith(client, wholeWorktree);
    await valueOf(session, `fs.writeFileSync('whole/script.sh', 'after')`);
    assert.equal(readFileSync(file, 'utf8'), 'after');
    assert.equal(statSync(file).mode & 0o777, 0o750);
    assert.notEqual(statSync(file).ino, before);
    assert.equal(await codeOf(session, `fs.writeFileSync('whole/fixed', 'after')`), 'EACCES');
    assert.equal(await codeOf(session, `fs.appendFileSync('whole/fixed', 'after')`), 'EACCES');
    assert.deepEqual(readdirSync(inWorktree('whole')).sort(), ['fixed', 'script.sh']);
  });

  it('changes no file outside that has a second name inside, and reads none of the host', async () => {
    const { bench, client } = host;
    const outside = path.join(bench.folder, 'linked-outside.txt');
    writeFileSync(outside, 'outside');
    linkSync(outside, inWorktree('hard.txt'));
    linkSync(bench.database, inWorktree('innocent.bin'));
    const session = await sessionWith(client, wholeWorktree);
    await valueOf(session, `fs.appendFileSync('hard.txt', ' and more')`);
    assert.equal(readFileSync(inWorktree('hard.txt'), 'utf8'), 'outside and more');
    assert.equal(readFileSync(outside, 'utf8'), 'outside');
    for (const code of [
      `fs.readFileSync('innocent.bin', 'buffer')`,
      `fs.copyFileSync('innocent.bin', 'copy.bin')`,
      `fs.appendFileSync('innocent.bin', 'junk')`,
    ]) {
      const { error } = await run(session, code);
      assert.match(error?.message ?? '', /belongs to the host itself/, code);
    }
  });

  it('follows links inside the worktree, and removes and moves the links themselves', async () => {
    const { bench, client } = host;
    bench.write('links/target.txt', 'target');
    mkdirSync(inWorktree('links/folder'));
    symlinkSync('target.txt', inWorktree('links/file-link'));
    symlinkSync('folder', inWorktree('links/folder-link'));
    symlinkSync('new.txt', inWorktree('links/dangling'));
    const session = await sessionWith(client, wholeWorktree);
    assert.deepEqual(
      await valueOf(
        session,
        `fs.writeFileSync('links/file-link', 'through'); fs.writeFileSync('links/folder-link/x', 'x');
         fs.writeFileSync('links/dangling', 'made'); fs.renameSync('links/file-link', 'links/moved-link');
         await fs.rm('links/folder-link', { recursive: true });
         [fs.readFileSync('links/target.txt'), fs.readFileSync('links/folder/x'), fs.readFileSync('links/new.txt'),
          fs.lstatSync('links/moved-link').isSymbolicLink(), fs.existsSync('links/folder-link')]`,
      ),
      ['through', 'x', 'made', true, false],
    );
  });

  it('never leaves the worktree while somebody swaps files and folders for links', async function () {
    this.timeout(60_000);
    const { bench, client } = host;
    const outside = path.join(bench.folder, 'outside');
    for (const folder of ['', 'sub']) mkdirSync(path.join(outside, folder));
    for (const file of ['file', 'sub/file', 'canary']) writeFileSync(path.join(outside, file), 'outside');
    const before = snapshotOf(outside);
    mkdirSync(inWorktree('race/folder'), { recursive: true });
    const grants: Grant[] = wholeWorktree;
    const session = await sessionWith(client, grants, { limits: { wallMs: 0, cpuMs: 0 } });

    const swapper = spawn(process.execPath, ['-e', swapping], {
      cwd: inWorktree('race'),
      env: { OUTSIDE: outside },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(swapper.stdout, 'data');
    const raced = await run(session, racing);
    swapper.stdin.end();
    const [last] = (await once(swapper.stdout, 'data')) as [Buffer];

    assert.equal(raced.error, undefined, raced.error?.stack);
    const { leaks, done, refused } = raced.result?.json as {
      leaks: string[];
      done: Record<string, number>;
      refused: number;
    };
    const swaps = Number(last.toString());
    const total = Object.values(done).reduce((sum, each) => sum + each, 0);
    console.log(`      ${swaps} swaps, ${total} operations done, ${refused} refused`);
    assert.deepEqual(leaks, []);
    assert.deepEqual(snapshotOf(outside), before);
    assert.ok(swaps >= 3000, `${swaps} swaps`);
    assert.ok(
      Object.values(done).every((count) => count > 0),
      JSON.stringify(done),
    );
    assert.ok(refused > 0);
  });
});

/** What is in a folder, and whether any of it was replaced. */
function snapshotOf(folder: string): unknown {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const file = path.join(folder, name);
      const { ino, mtimeMs, size } = statSync(file);
      return [name, ino, mtimeMs, size];
    });
}

/** Swaps a folder, and a file in it, for links to the outside, until its input ends. */
const swapping = `
const fs = require('node:fs');
const { OUTSIDE } = process.env;
let swaps = 0;
let isOver = false;
process.stdin.on('end', () => { isOver = true; console.log(swaps); process.exit(); }).resume();
const attempt = (work) => { try { work(); } catch {} };
console.log('ready');
(function swap() {
  for (let i = 0; i < 20; i++) {
    attempt(() => fs.mkdirSync('folder/sub', { recursive: true }));
    attempt(() => fs.writeFileSync('folder/file', 'inside'));
    attempt(() => fs.writeFileSync('folder/sub/file', 'inside'));
    attempt(() => fs.symlinkSync(OUTSIDE + '/file', 'folder/swapped'));
    attempt(() => fs.renameSync('folder/swapped', 'folder/file'));
    attempt(() => fs.renameSync('folder', 'aside' + swaps % 2));
    attempt(() => fs.symlinkSync(OUTSIDE, 'folder'));
    if (++swaps === 3000) fs.writeFileSync('enough', '');
    attempt(() => fs.unlinkSync('folder'));
    attempt(() => fs.renameSync('aside' + (swaps + 1) % 2, 'folder'));
    attempt(() => fs.rmSync('folder/file'));
  }
  setImmediate(swap);
})();
`;

/** Does everything to what is swapped, until that was often enough. */
const racing = `
const leaks = [];
const done = {};
let refused = 0;
const attempt = async (name, work) => {
  try {
    const result = await work();
    done[name] = (done[name] ?? 0) + 1;
    return result;
  } catch (error) {
    refused++;
  }
};
for (let i = 0; !fs.existsSync('race/enough'); i++) {
  await Promise.all([
    attempt('read', () => fs.readFile('race/folder/file')).then((text) => text === 'outside' && leaks.push('read')),
    attempt('write', () => fs.writeFile('race/folder/sub/file', 'written')),
    attempt('append', () => fs.appendFile('race/folder/file', 'appended')),
    attempt('readdir', () => fs.readdir('race/folder')).then((names) => names?.includes('canary') && leaks.push('readdir')),
    attempt('stat', () => fs.stat('race/folder/canary')).then((found) => found && leaks.push('stat')),
    attempt('mkdir', () => fs.mkdir('race/folder/made' + i % 10)),
    attempt('copy', () => fs.copyFile('race/folder/file', 'race/copied')).then(async () => {
      if ((await fs.readFile('race/copied').catch(() => '')) === 'outside') leaks.push('copy');
    }),
    attempt('rename', () => fs.rename('race/folder/file', 'race/folder/moved')),
    attempt('renameFolder', () => fs.rename('race/folder/sub', 'race/folder/sub' + i % 10)),
    attempt('remove', () => fs.rm(i % 2 ? 'race/folder/sub/file' : 'race/folder/moved')),
    attempt('removeFolder', () => fs.rm('race/folder', { recursive: true })),
  ]);
}
delete done.stat;
({ leaks, done, refused })
`;

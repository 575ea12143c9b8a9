import assert from 'node:assert/strict';
import { linkSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { runFile } from '../../../shared/protocol.js';
import { type Grant, sessionWith, wholeWorktree } from '../native/support.js';
import { type Attempt, usePrison } from './prison.js';

const databases: Grant[] = [...wholeWorktree, ['module', 'database']];
const everything: Grant[] = [...databases, ['module', 'exec'], ['exec', '/bin/pwd']];
const narrow: Grant[] = [
  ['module', 'fs'],
  ['module', 'database'],
  ['fs', 'mine/**', { config: { read: true, write: true } }],
  ['fs', 'mine/denied', { effect: 'deny' }],
];

/** Ways to spell a file outside the worktree; `$` is the absolute path of the folder that holds it. */
const spellings = [
  '../outside/secret.txt',
  './../outside/secret.txt',
  'mine/../../outside/secret.txt',
  'mine/../mine/../../outside/secret.txt',
  '..\\outside\\secret.txt',
  'mine/..\\../outside/secret.txt',
  '$/secret.txt',
  '/$/secret.txt',
  '//$/secret.txt',
  'file://$/secret.txt',
  'FILE://$/secret.txt',
  'file:$/secret.txt',
  'file://localhost$/secret.txt',
  'out/secret.txt',
  'out/../outside/secret.txt',
  'out/../../outside/secret.txt',
  'far/secret.txt',
  'deep/link/secret.txt',
  'file-link',
  'file-link/',
  'file-link/.',
  'mine/file-link',
  'loop/loop/loop/secret.txt',
  'root/proc/self/environ',
  'proc/self/environ',
  'proc/thread-self/environ',
  'proc/1/root/etc/passwd',
  'fds/0',
  '/proc/self/environ',
  '/proc/self/cwd/../outside/secret.txt',
  '/proc/1/root$/secret.txt',
  '/dev/fd/0',
  '/dev/stdin',
  '%2e%2e/outside/secret.txt',
  '..%2foutside%2fsecret.txt',
  '..\0/outside/secret.txt',
  '../outside/secret.txt\0.js',
  'mine\0/../../outside/secret.txt',
  '．．/outside/secret.txt',
  '..／outside／secret.txt',
  '.. /outside/secret.txt',
  '~/secret.txt',
  'C:\\outside\\secret.txt',
  '\\\\?\\outside\\secret.txt',
  'mine/\ud800/../../../outside/secret.txt',
  '../data/vm.db',
  '../data/vm.db-wal',
];

const spellingsOf = (outside: string): string[] => spellings.map((each) => each.replaceAll('$', outside));

/** Each spelling, tried by code that returns what it got. */
const trying = (code: string) => `import fs from 'fs';
  const got = [];
  for (const name of spellings) { try { const result = await (${code})(name); if (result !== undefined) got.push([name, result]) } catch {} }
  got`;

const attempts: readonly Attempt[] = [
  {
    title: 'reading a file outside, in every spelling',
    code: trying('async (name) => [fs.readFileSync(name), await fs.promises.readFile(name)]'),
    ends: /^\[\]$/,
    grants: everything,
  },
  {
    title: 'reading it as bytes, its size, its folder and whether it is there',
    code: trying(
      `async (name) => { for (const look of [() => fs.readFileSync(name, 'buffer'), () => fs.statSync(name), () => fs.readdirSync(name.replace(/[^/\\\\]*$/, '')), () => fs.lstatSync(name).isFile() || undefined])
        try { const seen = look(); if (JSON.stringify(seen).includes('secret.') || seen.size === 28 || seen === true) return seen } catch {} }`,
    ),
    ends: /^\[\]$/,
    grants: everything,
  },
  {
    title: 'telling by existsSync whether something outside is there',
    code: trying(`async (name) => fs.existsSync(name) ? name : undefined`),
    ends: /^\[\]$/,
    grants: everything,
  },
  {
    title: 'writing, appending and making folders outside',
    code: trying(
      `async (name) => { for (const change of [() => fs.writeFileSync(name, 'owned'), () => fs.appendFileSync(name, 'owned'), () => fs.mkdirSync(name + '-new', { recursive: true })]) try { change() } catch {} }`,
    ),
    ends: /^\[\]$/,
    grants: everything,
  },
  {
    title: 'copying and moving in, out, and between',
    code: trying(
      `async (name) => { fs.mkdirSync('mine', { recursive: true }); fs.writeFileSync('mine/own', 'own');
        for (const change of [() => fs.copyFileSync(name, 'mine/got'), () => fs.renameSync(name, 'mine/got'), () => fs.copyFileSync('mine/own', name), () => fs.renameSync('mine/own', name + '-moved')]) try { change() } catch {}
        try { return /CANARY/.test(fs.readFileSync('mine/got')) || undefined } catch {} }`,
    ),
    ends: /^\[\]$/,
    grants: everything,
  },
  {
    title: 'removing what is outside, and through a link to it',
    code: trying(
      `async (name) => { if (!/^(out|far|deep|file-link|loop|root|proc|fds)/.test(name) || name.includes('/')) for (const change of [() => fs.rmSync(name, { recursive: true, force: true })]) try { change() } catch {} }`,
    ),
    ends: /^\[\]$/,
    grants: everything,
  },
  {
    title: 'a database outside, in every spelling',
    code: `import { open } from 'database';
      const got = [];
      for (const name of spellings) try { const opened = open(name); const found = opened.query('select * from sqlite_schema'); if (found.length > 0) got.push([name, found]); opened.exec('create table owned (x)'); opened.close() } catch {}
      got`,
    ends: /^\[\]$/,
    grants: everything,
  },
  {
    title: 'a program started outside',
    code: `import { run } from 'exec';
      const got = [];
      for (const name of spellings.map((each) => each.replace(/[^/\\\\]*$/, ''))) try { const cwd = run('/bin/pwd', ['-P'], { cwd: name }); if (!cwd.startsWith(worktree)) got.push([name, cwd]) } catch {}
      got`,
    ends: /^\[\]$/,
    grants: everything,
  },
  {
    title: 'SQL that reads and writes files',
    code: `import { open } from 'database';
      const database = open(':memory:');
      const got = [];
      for (const sql of ["attach '" + outside + "/x.db' as x", "/**/attach/**/database '" + outside + "/x.db' as x", "\\ufeffattach 'x' as x", ";;attach 'x' as x", "vacuum into '" + outside + "/x.db'", "vacuum main into 'x'", "pragma temp_store_directory = '" + outside + "'", "pragma main.journal_mode = wal", "select load_extension('x')", "select readfile('" + outside + "/secret.txt')", "select writefile('" + outside + "/x', 'x')", "create virtual table t using csv(filename='" + outside + "/secret.txt')", "select fts3_tokenizer('x', x'00')", "select edit('x')", "explain attach 'x' as x", "select 1; attach 'x' as x", "with a as (select 1) attach 'x' as x", "create trigger t after insert on t begin attach 'x' as x; end", "pragma writable_schema = 1", "pragma hard_heap_limit = 0", "pragma [trusted_schema] = 1", "select * from pragma_database_list, fsdir('/')", "begin; attach 'x' as x; commit"])
        try { got.push([sql, database.query(sql)]) } catch { try { database.exec(sql); if (!sql.startsWith('select 1')) got.push(sql) } catch {} }
      got`,
    ends: /^\[\]$/,
    grants: databases,
  },
  {
    title: 'an import of a file outside, in every spelling',
    code: `const got = [];
      for (const name of spellings.flatMap((each) => [each, each.replace('.txt', '.js'), './' + each.replace('.txt', '.js'), each.replace('.txt', '.json'), '/' + each.replace('.txt', '.js')]))
        for (const load of [(each) => import(each), async (each) => require(each), async (each) => require.resolve(each)])
          try { const found = await load(name); if (/CANARY|secret/.test(JSON.stringify(found) + found?.default)) got.push(name) } catch {}
      got`,
    ends: /^\[\]$/,
    limits: { cpuMs: 20_000, wallMs: 30_000 },
  },
  {
    title: 'packages whose package.json leads outside',
    code: `const got = [];
      for (const name of ['main', 'module', 'exports', 'pattern', 'browser', 'linked', 'linked-file', '@scope/linked', 'imports', 'nested/../../../../outside', 'pattern/secret.js', 'pattern/..%2f..%2f..%2f..%2foutside%2fsecret.js', '..', '../outside', '.', '', 'json'])
        for (const load of [(each) => import(each), async (each) => require(each)])
          try { const found = await load(name); if (/CANARY/.test(JSON.stringify(found) + found?.default)) got.push(name) } catch {}
      got`,
    ends: /^\[\]$/,
  },
  {
    title: 'TypeScript that names files outside: references, source maps, import of types and by require',
    code: `const got = [];
      for (const name of ['./escape.ts', './escape-map.js']) try { got.push(await import(name)) } catch (error) { got.push(error.name) }
      got.map(String)`,
    ends: /^\[.*\]$/s,
  },
  {
    title: 'what a narrow grant leaves out: by links, dots, case, moves and a new folder above',
    code: `import fs from 'fs';
      const got = [];
      for (const change of [
        () => fs.readFileSync('mine/to-other'), () => fs.readFileSync('mine/../other'), () => fs.readFileSync('MINE/../other'), () => fs.readFileSync('mine/denied'), () => fs.readFileSync('mine/./denied'),
        () => fs.readFileSync('mine//denied'), () => fs.readFileSync('mine/x/../denied'), () => fs.readFileSync('mine/to-denied'), () => fs.copyFileSync('mine/denied', 'mine/copy'), () => fs.renameSync('mine/denied', 'mine/free'),
        () => fs.renameSync('mine', 'mine2'), () => fs.renameSync('mine/ok', 'other'), () => fs.writeFileSync('mine/to-other', 'x'), () => fs.rmSync('mine', { recursive: true }), () => fs.mkdirSync('other2'), () => fs.readFileSync('mine/denied\\0x'), () => fs.readFileSync('mine\\\\denied'),
      ]) try { got.push([String(change), change()]) } catch {}
      got`,
    ends: /^\[\]$/,
    grants: narrow,
  },
  {
    title: 'the host’s own database by a second name, to read, to query and to copy',
    code: `import fs from 'fs'; import { open } from 'database';
      const got = [];
      for (const look of [() => fs.readFileSync('innocent.db', 'buffer'), () => fs.copyFileSync('innocent.db', 'copy.db'), () => open('innocent.db').query('select * from sqlite_schema'), () => fs.appendFileSync('innocent.db', 'x')])
        try { got.push(look()) } catch {}
      got`,
    ends: /^\[\]$/,
    grants: databases,
  },
  {
    title: 'files and programs without any grant, by every module that has them',
    code: `const got = [];
      for (const name of ['fs', 'fs/promises', 'exec', 'database', 'fetch', 'node:fs', 'FS', 'fs/', './fs', 'fs/promises/']) for (const load of [(each) => import(each), async (each) => require(each)]) try { got.push(await load(name)) } catch {}
      got`,
    ends: /^\[\]$/,
  },
];

describe('a way out through files', function () {
  this.timeout(60_000);
  const prison = usePrison();
  beforeEach(() => {
    const { bench, outside, secretFile } = prison;
    for (const name of readdirSync(bench.worktree))
      rmSync(path.join(bench.worktree, name), { recursive: true });
    const inside = (name: string) => path.join(bench.worktree, name);
    const link = (target: string, name: string) => {
      mkdirSync(path.dirname(inside(name)), { recursive: true });
      symlinkSync(target, inside(name));
    };
    link('../outside', 'out');
    link(outside, 'far');
    link('../../outside', 'deep/link');
    link(secretFile, 'file-link');
    link('../../outside/secret.txt', 'mine/file-link');
    link('.', 'loop');
    link('/', 'root');
    link('/proc', 'proc');
    link('/proc/self/fd', 'fds');
    link('../other', 'mine/to-other');
    link('denied', 'mine/to-denied');
    link(outside, 'node_modules/linked');
    link('../../outside', 'node_modules/@scope/linked');
    bench.write('other', 'other');
    bench.write('mine/denied', 'denied');
    bench.write('mine/ok', 'ok');
    linkSync(bench.database, inside('innocent.db'));
    const up = '../../../outside/secret';
    for (const [name, description] of Object.entries({
      main: { main: `${up}.js` },
      module: { module: secretFile.replace('.txt', '.js'), main: './absent.js' },
      exports: { exports: { '.': `./${up}.js` } },
      pattern: { exports: { '.': { default: `./../../${up}.js` }, './*': './../../../outside/*' } },
      browser: { main: './a.js', browser: { './a.js': `${up}.js` } },
      json: { main: `${up}.json` },
      imports: { main: './a.js', imports: { '#secret': `./${up}.js` } },
    })) {
      bench.write(`node_modules/${name}/package.json`, JSON.stringify({ name, ...description }));
      bench.write(`node_modules/${name}/a.js`, `module.exports = require('#secret')`);
    }
    link(path.join(outside, 'secret.js'), 'node_modules/linked-file/index.js');
    bench.write(
      'escape.ts',
      `/// <reference path="${secretFile}" />\nimport type { a } from "../outside/secret.js";\nimport b = require("../outside/secret.js");\nexport default b;\n//# sourceMappingURL=${secretFile}`,
    );
    bench.write(
      'escape-map.js',
      `//# sourceMappingURL=file://${secretFile}\n//# sourceURL=vm:module/exec\nthrow new Error('mapped')`,
    );
  });

  const withNames = (attempt: Attempt): Attempt => {
    const { outside, bench } = prison;
    const names = `const spellings = ${JSON.stringify(spellingsOf(outside))}; const outside = ${JSON.stringify(outside)}; const worktree = ${JSON.stringify(bench.worktree)};`;
    return { ...attempt, code: `${names}\n${attempt.code}` };
  };
  for (const attempt of attempts) {
    it(`holds: ${attempt.title}`, async () => {
      await prison.withstands(withNames(attempt));
    });
  }

  it('holds: running a file outside, in every spelling', async () => {
    const { client, outside } = prison;
    const session = await client.session();
    for (const written of spellingsOf(outside).map((each) => each.replace('.txt', '.js'))) {
      const { code } = await client.refusal(runFile.method, { sessionId: session.id, path: written });
      assert.match(code, /^(?:INVALID_PATH|FILE_NOT_FOUND|INVALID_PARAMS)$/, written);
    }
    prison.attempts++;
  });

  it('holds: a cell of a document whose URI says that it stands outside, or in a module of the runtime', async () => {
    const { client, outside } = prison;
    const session = await sessionWith(client, []);
    for (const sourceUri of [
      `file://${outside}/doc.js`,
      'vm:module/exec',
      'file:///x?w=1',
      'vm:require',
      `file://${outside}/../outside/x`,
    ]) {
      const execution = await client.repl(
        session,
        `[await import('./secret.js').catch((error) => error.name), await import('vm:native').catch((error) => error.name), await import('vm:commonjs').catch((error) => error.name)].join()`,
        { sourceUri },
      );
      assert.equal(execution.result?.json, 'Error,Error,Error', execution.error?.message);
      await prison.nothingGotOut(execution);
    }
    prison.attempts++;
  });
});

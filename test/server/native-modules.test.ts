import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Execution } from '../../shared/models.js';
import { addCapability, cancelExecution, listEvents } from '../../shared/protocol.js';
import { useHost } from '../support/use-host.js';

type Grant = readonly [kind: 'module' | 'fs' | 'exec' | 'env', name: string, rest?: object];

describe('native modules', () => {
  const host = useHost();

  const sessionWith = async (...grants: Grant[]) => {
    const { client } = host;
    const { id: templateId } = await client.template();
    for (const [kind, name, rest] of grants) {
      await client.request(addCapability, { templateId, kind, name, ...rest });
    }
    return client.session({ templateId });
  };
  const failure = ({ status, error }: Execution) => {
    assert.equal(status, 'error');
    return error?.code ?? error?.message;
  };

  it('read and write the files that are granted, and no others', async () => {
    const { client, bench } = host;
    bench.write('data/in.txt', 'in');
    bench.write('secret.txt', 'secret');
    const session = await sessionWith(
      ['module', 'fs'],
      ['fs', 'data/**', { config: { read: true, write: true } }],
      ['fs', 'data/private/**', { effect: 'deny' }],
    );
    const run = (code: string) => client.repl(session, `import fs from 'fs'; ${code}`);
    assert.equal((await run(`fs.readFileSync('data/in.txt')`)).result?.json, 'in');
    await run(`fs.writeFileSync('data/out.txt', 'out')`);
    assert.equal(readFileSync(path.join(bench.worktree, 'data/out.txt'), 'utf8'), 'out');
    assert.deepEqual(readdirSync(path.join(bench.worktree, 'data')).sort(), ['in.txt', 'out.txt']);

    for (const code of [
      `fs.readFileSync('secret.txt')`,
      `fs.readFileSync('data/../secret.txt')`,
      `fs.writeFileSync('other.txt', '')`,
      `fs.readFileSync('data/private/x.txt')`,
    ]) {
      const refused = await run(code);
      assert.equal(failure(refused), 'CAPABILITY_DENIED', code);
      const { items } = await client.request(listEvents, { executionId: refused.id });
      const notice = items.find((event) => event.type === 'system');
      assert.equal(notice?.payload.code, 'CAPABILITY_DENIED');
      assert.match(notice.payload.message, /fs capability for "/);
    }
    assert.ok(!existsSync(path.join(bench.worktree, 'other.txt')));
  });

  it('deny a path for reading and writing, or for what the rule names', async () => {
    const { client, bench } = host;
    for (const name of ['closed/x', 'fixed/x', 'hidden/x']) bench.write(`shared/${name}`, 'before');
    const session = await sessionWith(
      ['module', 'fs'],
      ['fs', 'shared/**', { config: { read: true, write: true } }],
      ['fs', 'shared/closed/**', { effect: 'deny' }],
      ['fs', 'shared/fixed/**', { effect: 'deny', config: { write: true } }],
      ['fs', 'shared/hidden/**', { effect: 'deny', config: { read: true } }],
    );
    const run = (code: string) => client.repl(session, `import fs from 'fs'; ${code}`);
    const mayRead = async (folder: string) =>
      (await run(`fs.readFileSync('shared/${folder}/x')`)).error?.code !== 'CAPABILITY_DENIED';
    const mayWrite = async (folder: string) =>
      (await run(`fs.writeFileSync('shared/${folder}/y', '')`)).error?.code !== 'CAPABILITY_DENIED';
    assert.deepEqual([await mayRead('closed'), await mayWrite('closed')], [false, false]);
    assert.deepEqual([await mayRead('fixed'), await mayWrite('fixed')], [true, false]);
    assert.deepEqual([await mayRead('hidden'), await mayWrite('hidden')], [false, true]);
    assert.deepEqual(readdirSync(path.join(bench.worktree, 'shared/closed')), ['x']);
  });

  it('never leave the worktree, whatever is granted', async () => {
    const { client, bench } = host;
    const outside = path.join(bench.folder, 'outside');
    mkdirSync(outside);
    writeFileSync(path.join(outside, 'file.txt'), 'outside');
    symlinkSync(outside, path.join(bench.worktree, 'out'));
    symlinkSync(path.join(outside, 'file.txt'), path.join(bench.worktree, 'link.txt'));
    const session = await sessionWith(
      ['module', 'fs'],
      ['fs', '**', { config: { read: true, write: true } }],
    );
    for (const file of ['../outside/file.txt', '/etc/passwd', 'out/file.txt', 'link.txt']) {
      const read = await client.repl(
        session,
        `import fs from 'fs'; fs.readFileSync(${JSON.stringify(file)})`,
      );
      assert.match(read.error?.message ?? '', /leads out of the worktree|no such file/, file);
      await client.repl(session, `import fs from 'fs'; fs.writeFileSync(${JSON.stringify(file)}, 'changed')`);
    }
    assert.equal(readFileSync(path.join(outside, 'file.txt'), 'utf8'), 'outside');
    assert.deepEqual(readdirSync(outside), ['file.txt']);
  });

  it('never reach the database of the host, whatever is granted', async () => {
    const { client, bench } = host;
    const { id: templateId } = await client.template();
    for (const [kind, name, rest] of [
      ['module', 'fs', {}],
      ['fs', '**', { config: { read: true, write: true } }],
    ] as const) {
      await client.request(addCapability, { templateId, kind, name, ...rest });
    }
    const session = await client.session({ templateId, worktreePath: bench.folder });
    const folder = path.relative(bench.folder, path.dirname(bench.database));
    symlinkSync(bench.database, path.join(bench.folder, 'innocent.txt'));
    for (const file of [
      `${folder}/vm.db`,
      `${folder}/vm.db-wal`,
      `${folder}/vm.db-journal`,
      'innocent.txt',
    ]) {
      const name = JSON.stringify(file);
      const read = await client.repl(session, `import fs from 'fs'; fs.readFileSync(${name})`);
      assert.match(read.error?.message ?? '', /belongs to the host itself|does not exist/, file);
      const write = await client.repl(session, `import fs from 'fs'; fs.writeFileSync(${name}, 'junk')`);
      assert.match(write.error?.message ?? '', /belongs to the host itself|not a regular file/, file);
    }
    assert.ok(readFileSync(bench.database).toString('latin1').startsWith('SQLite format 3'));
    assert.equal((await client.repl(session, `fs.writeFileSync('${folder}/mine.txt', '')`)).status, 'ok');
  });

  it('cannot be forged: a thrown look-alike has no code, and the inner call cannot be imported', async () => {
    const { client } = host;
    const session = await sessionWith(['module', 'database']);
    const forged = await client.repl(
      session,
      `throw Object.assign(new Error('no'), { code: 'CAPABILITY_DENIED', name: 'Error' })`,
    );
    assert.equal(forged.error?.code, undefined);
    const inner = await client.repl(
      session,
      `import { call } from 'vm:native'; call('fs.readFile', { path: 'a' })`,
    );
    assert.equal(failure(inner), 'MODULE_NOT_ALLOWED');
  });

  it('run the programs that are granted, with the environment that is granted, and no shell', async () => {
    const { client } = host;
    const session = await sessionWith(
      ['module', 'exec'],
      ['exec', '/usr/bin/env'],
      ['exec', '/bin/echo'],
      ['env', 'HOME'],
    );
    const run = (code: string) => client.repl(session, `import { run } from 'exec'; ${code}`);
    const variables = (await run(`run('/usr/bin/env')`)).result?.json;
    assert.ok(typeof variables === 'string');
    assert.deepEqual(
      variables
        .trim()
        .split('\n')
        .map((line) => line.split('=')[0])
        .sort(),
      ['HOME', 'PATH'],
    );
    assert.equal((await run(`run('/bin/echo', ['$HOME; ls', '*'])`)).result?.json, '$HOME; ls *\n');
    assert.equal(failure(await run(`run('/bin/sh', ['-c', 'true'])`)), 'CAPABILITY_DENIED');
    assert.equal(failure(await run(`run('echo', [])`)), 'CAPABILITY_DENIED');
    assert.match(String(failure(await run(`run('/usr/bin/env', ['no-such-program'])`))), /exited with 127/);
  });

  it('say why a program cannot be started with its arguments', async () => {
    const { client } = host;
    const session = await sessionWith(['module', 'exec'], ['exec', '/bin/echo']);
    const run = (args: string) =>
      client.repl(session, `import { run } from 'exec'; run('/bin/echo', ${args})`);
    assert.equal(failure(await run(`Array(5000).fill('x'.repeat(1000))`)), '/bin/echo did not start: E2BIG');
    assert.match(String(failure(await run(`['a\\0b']`))), /arguments that it does not take/);
  });

  it('end a program in time, also when a process that left its group keeps its output open', async () => {
    const { client } = host;
    const session = await sessionWith(
      ['module', 'exec'],
      ['exec', '/bin/sh', { config: { timeoutMs: 500 } }],
    );
    const started = performance.now();
    const ended = await client.repl(
      session,
      `import { run } from 'exec'; run('/bin/sh', ['-c', 'setsid sleep 5 & echo started'])`,
    );
    assert.equal(ended.result?.json, 'started\n');
    assert.ok(performance.now() - started < 4000);
  });

  it('give a session a database of its own', async () => {
    const { client } = host;
    const [one, two] = [await sessionWith(['module', 'database']), await sessionWith(['module', 'database'])];
    const run = (session: typeof one, code: string) =>
      client.repl(session, `import * as db from 'database'; ${code}`);
    await run(one, `db.exec('create table t (n integer)')`);
    const inserted = await run(one, `db.exec('insert into t values (?)', 7)`);
    assert.deepEqual(inserted.result?.json, { rowsAffected: 1, lastInsertId: 1 });
    assert.deepEqual((await run(one, `db.query('select n from t where n = ?', [7])`)).result?.json, [
      { n: 7 },
    ]);
    assert.match(String(failure(await run(two, `db.query('select * from t')`))), /no such table/);
  });

  it('refuse a result that is too large, and keep the database', async () => {
    const { client } = host;
    const session = await sessionWith(['module', 'database']);
    const run = (code: string) => client.repl(session, `import * as db from 'database'; ${code}`);
    await run(`db.exec('create table t (n integer)'); db.exec('insert into t values (7)')`);
    const numbers =
      'with recursive n(i) as (select 1 union all select i + 1 from n limit 1000000) select i from n';
    assert.match(String(failure(await run(`db.query('${numbers}')`))), /larger than 8 MB/);
    assert.match(
      String(failure(await run(`db.query('select zeroblob(900000000)')`))),
      /out of memory|larger/,
    );
    assert.deepEqual((await run(`db.query('select n from t')`)).result?.json, [{ n: 7 }]);
  });

  const endless: [string, Grant[], string][] = [
    [
      'a program',
      [
        ['module', 'exec'],
        ['exec', '/bin/sleep'],
      ],
      `import { run } from 'exec'; run('/bin/sleep', ['600'])`,
    ],
    [
      'a query',
      [['module', 'database']],
      `import { query } from 'database';
       query('with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n')`,
    ],
  ];
  for (const [what, grants, code] of endless) {
    it(`are stopped with the execution that waits for ${what}`, async () => {
      const { client } = host;
      const session = await sessionWith(...grants);
      await client.repl(session, 'globalThis.kept = 1');
      const id = randomUUID();
      const running = client.repl(session, code, { id });
      await client.hears((heard) => heard.what === 'execution' && heard.execution.id === id);
      const asked = performance.now();
      await client.request(cancelExecution, { executionId: id });
      const took = performance.now() - asked;
      assert.equal((await running).status, 'cancelled');
      assert.ok(took < 1000, `${took.toFixed(0)} ms`);
      assert.equal((await client.repl(session, 'kept')).result?.preview, '1');
    });
  }
});

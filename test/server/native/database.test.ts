import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import initSqlJs from 'sql.js';
import type { Session } from '../../../shared/models.js';
import { addCapability, cancelExecution, listEvents } from '../../../shared/protocol.js';
import { useHost } from '../../support/use-host.js';

type Grant = readonly [kind: 'module' | 'fs', name: string, rest?: object];

const endless = 'with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n';

describe('the module database', () => {
  const host = useHost();

  const sessionWith = async (...grants: Grant[]) => {
    const { client } = host;
    const { id: templateId } = await client.template();
    for (const [kind, name, rest] of [['module', 'database'] as const, ...grants]) {
      await client.request(addCapability, { templateId, kind, name, ...rest });
    }
    return client.session({ templateId });
  };
  const writable: Grant = ['fs', 'data/**', { config: { read: true, write: true } }];
  const run = (session: Session, code: string) =>
    host.client.repl(session, `import * as db from 'database'; ${code}`);
  const value = async (session: Session, code: string) => {
    const execution = await run(session, code);
    assert.equal(execution.status, 'ok', execution.error?.stack);
    return execution.result?.json;
  };
  const preview = async (session: Session, code: string) => {
    const execution = await run(session, code);
    assert.equal(execution.status, 'ok', execution.error?.stack);
    return execution.result?.preview;
  };
  const message = async (session: Session, code: string) => {
    const execution = await run(session, code);
    assert.equal(execution.status, 'error', code);
    return execution.error?.message ?? '';
  };
  /** Code and message of what `code` throws. */
  const thrown = (session: Session, code: string) =>
    value(
      session,
      `(() => { try { ${code}; return 'nothing' } catch (e) { return [e.code, e.message] } })()`,
    );
  const rowsIn = async (file: string, sql: string) => {
    const { Database } = await initSqlJs();
    const database = new Database(readFileSync(file));
    return database.exec(sql)[0]?.values ?? [];
  };

  it('binds values by position and by name, and runs scripts', async () => {
    const session = await sessionWith();
    await value(
      session,
      `db.exec('create table t (a, b); insert into t values (1, 2); insert into t values (3, 4)')`,
    );
    assert.deepEqual(await value(session, `db.query('select * from t where a = ? and b = ?', 3, 4)`), [
      { a: 3, b: 4 },
    ]);
    assert.deepEqual(await value(session, `db.query('select b from t where a = :a', { a: 1 })`), [{ b: 2 }]);
    assert.deepEqual(await value(session, `db.query('select $x as x, @y as y', { $x: 1, y: true })`), [
      { x: 1, y: 1 },
    ]);
    assert.match(await message(session, `db.query('select :a', { b: 1 })`), /no parameter named b/);
    assert.match(await message(session, `db.query('select ?', new Date())`), /cannot hold a Date/);
    assert.match(await message(session, `db.query('select 1; select 2')`), /one statement/);
  });

  it('keeps bytes and integers exact, beyond 2^53 as bigint', async () => {
    const session = await sessionWith();
    await value(session, `db.exec('create table t (n integer, b blob)')`);
    await value(
      session,
      `for (const n of [1n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)])
         db.exec('insert into t values (?, ?)', n, new Uint8Array([0, 255, Number(n & 7n)])); 0`,
    );
    assert.equal(
      await preview(session, `db.query('select n from t order by rowid').map((row) => row.n)`),
      '[ 1, 9007199254740992n, 9223372036854775807n, -9223372036854775808n ]',
    );
    assert.equal(
      await preview(session, `db.query('select b, x\\'\\' as none from t limit 1')`),
      '[ { b: Uint8Array(3) [ 0, 255, 1 ], none: Uint8Array(0) [] } ]',
    );
    assert.equal(
      await preview(session, `db.query('select 9e999 as a, ? as b', -Infinity)`),
      '[ { a: Infinity, b: -Infinity } ]',
    );
    assert.match(await message(session, `db.query('select ?', 2n ** 64n)`), /64 bits/);
    assert.equal(
      await value(
        session,
        `const big = new Uint8Array(3_000_000).fill(7);
        db.query('select ? as b', big)[0].b.every((each) => each === 7)`,
      ),
      true,
    );
  });

  it('prepares statements that can be run again', async () => {
    const session = await sessionWith();
    assert.deepEqual(
      await value(
        session,
        `db.exec('create table t (a integer primary key, b text)');
         const insert = db.prepare('insert into t (b) values (?)');
         const changes = ['x', 'y', 'z'].map((b) => insert.run(b));
         const find = db.prepare('select * from t where a >= ? order by a');
         const found = [find.get(2), find.get(9) === undefined, find.all(2).length, [...find.iterate(3)], find.columns];
         find.finalize();
         [changes[2], ...found]`,
      ),
      [{ rowsAffected: 1, lastInsertId: 3 }, { a: 2, b: 'y' }, true, 2, [{ a: 3, b: 'z' }], ['a', 'b']],
    );
    assert.match(await message(session, `find.all(1)`), /finalized/);
    assert.match(await message(session, `db.prepare('selec 1')`), /syntax error/);
  });

  it('says what SQLite says, with the code DATABASE_FAILED', async () => {
    const session = await sessionWith();
    assert.deepEqual(await thrown(session, `db.query('select * from absent')`), [
      'DATABASE_FAILED',
      'no such table: absent',
    ]);
  });

  it('undoes a transaction whose function throws, the inner one alone when that is caught', async () => {
    const session = await sessionWith();
    await value(session, `db.exec('create table t (n)')`);
    const failed = await run(
      session,
      `db.transaction(() => { db.exec('insert into t values (1)'); throw new RangeError('mine') })`,
    );
    assert.deepEqual([failed.error?.name, failed.error?.message], ['RangeError', 'mine']);
    assert.deepEqual(
      await value(
        session,
        `const answer = db.transaction(() => {
           db.exec('insert into t values (2)');
           try { db.transaction(() => { db.exec('insert into t values (3)'); throw 0 }) } catch {}
           db.transaction(() => db.exec('insert into t values (4)'));
           return 'done';
         });
         [answer, db.query('select n from t')]`,
      ),
      ['done', [{ n: 2 }, { n: 4 }]],
    );
    assert.match(await message(session, `db.transaction(async () => {})`), /asynchronous/);
  });

  it('undoes a transaction whose execution is stopped, and is ready for the next', async () => {
    const { client } = host;
    const session = await sessionWith(writable);
    host.bench.write('data/keep', '');
    await value(session, `const file = db.open('data/stopped.db'); file.exec('create table t (n)')`);
    const id = randomUUID();
    const running = client.repl(
      session,
      `file.transaction(() => { file.exec('insert into t values (1)'); console.log('in'); for (;;) {} })`,
      { id },
    );
    await client.hears((heard) => heard.what === 'events' && heard.executionId === id);
    await client.request(cancelExecution, { executionId: id });
    assert.equal((await running).status, 'cancelled');
    assert.deepEqual(await value(session, `file.query('select n from t')`), []);
    await value(session, `file.transaction(() => file.exec('insert into t values (2)'))`);
    assert.deepEqual(await rowsIn(path.join(host.bench.worktree, 'data/stopped.db'), 'select n from t'), [
      [2],
    ]);
  });

  it('keeps a database in a file that is granted, after each commit', async () => {
    const { bench } = host;
    const session = await sessionWith(writable);
    bench.write('data/keep', '');
    const file = path.join(bench.worktree, 'data/app.db');
    await value(session, `const app = db.open('data/app.db'); 0`);
    assert.ok(!existsSync(file));
    await value(session, `app.exec('create table t (n)'); app.exec('insert into t values (1)')`);
    assert.deepEqual(await rowsIn(file, 'select n from t'), [[1]]);
    await value(
      session,
      `app.transaction(() => { for (let n = 2; n < 5; n++) app.exec('insert into t values (?)', n) })`,
    );
    assert.deepEqual(await rowsIn(file, 'select count(*) from t'), [[4]]);
    assert.deepEqual(
      readdirSync(path.dirname(file)).filter((name) => name.endsWith('.tmp')),
      [],
    );

    const other = await sessionWith(writable);
    await value(other, `db.configure('sqlite3', 'data/app.db')`);
    assert.deepEqual(await value(other, `db.query('select max(n) as most from t')`), [{ most: 4 }]);
  });

  it('does not overwrite what somebody else has written meanwhile', async () => {
    const { bench } = host;
    const [one, two] = [await sessionWith(writable), await sessionWith(writable)];
    bench.write('data/keep', '');
    await value(one, `const shared = db.open('data/shared.db'); shared.exec('create table t (n)')`);
    await value(two, `const shared = db.open('data/shared.db'); shared.exec('insert into t values (2)')`);
    assert.match(await message(one, `shared.exec('insert into t values (1)')`), /changed by somebody else/);
    assert.deepEqual(await value(one, `shared.query('select n from t')`), [{ n: 2 }]);
    await value(one, `shared.exec('insert into t values (1)')`);
    assert.deepEqual(await rowsIn(path.join(bench.worktree, 'data/shared.db'), 'select n from t'), [
      [2],
      [1],
    ]);
  });

  it('opens no file that is not granted for reading and writing, and none outside the worktree', async () => {
    const { client, bench } = host;
    bench.write('readable/a.db', '');
    bench.write('data/text.txt', 'no database at all, but a text that is long enough to be taken for one');
    const outside = path.join(bench.folder, 'outside.db');
    writeFileSync(outside, '');
    symlinkSync(outside, path.join(bench.worktree, 'data/link.db'));
    const session = await sessionWith(writable, ['fs', 'readable/**']);
    for (const file of ['other.db', 'readable/a.db', 'data/../other.db', outside]) {
      const refused = await run(session, `db.open('${file}')`);
      assert.equal(refused.error?.code, 'CAPABILITY_DENIED', file);
      const { items } = await client.request(listEvents, { executionId: refused.id });
      assert.ok(items.some(({ type, payload }) => type === 'system' && payload.code === 'CAPABILITY_DENIED'));
    }
    for (const file of ['../outside.db', '/../outside.db', 'data/link.db']) {
      assert.match(await message(session, `db.open(${JSON.stringify(file)})`), /leads out of|INVALID/, file);
    }
    assert.match(await message(session, `db.open('data/text.txt')`), /not a database/);
    assert.match(await message(session, `db.open('data')`), /capability|not a regular file/);
    assert.equal(readFileSync(outside, 'utf8'), '');
  });

  it('does not open a file that another program is in the middle of writing', async () => {
    const { bench } = host;
    const session = await sessionWith(writable);
    bench.write('data/busy.db', '');
    bench.write('data/busy.db-wal', 'something');
    assert.match(await message(session, `db.open('data/busy.db')`), /in use by another program/);
  });

  it('runs no statement that reaches another database or lifts its limits', async () => {
    const session = await sessionWith(writable);
    for (const sql of [
      `attach 'data/x.db' as x`,
      `/* */ -- \n; attach 'data/x.db' as x`,
      `\uFEFFattach 'data/x.db' as x`,
      `explain attach 'data/x.db' as x`,
      `select 1; attach 'data/x.db' as x`,
      `detach main`,
      `vacuum into 'data/x.db'`,
      `select load_extension('x')`,
      `pragma max_page_count = 1000000000`,
      `pragma main.hard_heap_limit = 0`,
      `pragma journal_mode = wal`,
      `pragma temp_store_directory = '/tmp'`,
      `pragma writable_schema = 1`,
    ]) {
      const [code] = (await thrown(session, `db.exec(${JSON.stringify(sql)})`)) as string[];
      assert.equal(code, 'DATABASE_FAILED', sql);
    }
    assert.deepEqual(await value(session, `db.query('pragma user_version')`), [{ user_version: 0 }]);
    await value(session, `db.exec('vacuum; pragma foreign_keys = on')`);
  });

  it('grows to 64 MB and says so', async () => {
    const session = await sessionWith();
    await value(session, `db.exec('create table t (b)')`);
    const full = await thrown(
      session,
      `for (let i = 0; i < 10; i++) db.exec('insert into t values (zeroblob(8000000))')`,
    );
    assert.deepEqual(full, ['DATABASE_FAILED', 'The database is full: it may have 64 MB']);
    assert.deepEqual(await value(session, `db.query('select count(*) > 6 as many from t')`), [{ many: 1 }]);
  });

  it('ends an endless query within 500 ms, while other sessions answer', async () => {
    const { client } = host;
    const [session, other] = [await sessionWith(writable), await client.session()];
    host.bench.write('data/keep', '');
    await value(
      session,
      `const kept = db.open('data/kept.db'); kept.exec('create table t as select 7 as n')`,
    );
    const id = randomUUID();
    const running = client.repl(session, `kept.query('${endless}')`, { id });
    await client.hears((heard) => heard.what === 'execution' && heard.execution.id === id);
    const before = performance.now();
    assert.equal((await client.repl(other, '1 + 1')).result?.json, 2);
    const answered = performance.now() - before;
    const asked = performance.now();
    await client.request(cancelExecution, { executionId: id });
    assert.equal((await running).status, 'cancelled');
    const took = performance.now() - asked;
    assert.ok(took < 500, `${took.toFixed(0)} ms`);
    assert.ok(answered < 500, `${answered.toFixed(0)} ms`);
    assert.deepEqual(await value(session, `kept.query('select n from t')`), [{ n: 7 }]);
  });

  it('keeps what is in memory when short statements are stopped', async () => {
    const { client } = host;
    const session = await sessionWith();
    await value(session, `db.exec('create table t (n)')`);
    const id = randomUUID();
    const running = client.repl(session, `console.log(1); for (;;) db.exec('insert into t values (1)')`, {
      id,
    });
    await client.hears((heard) => heard.what === 'events' && heard.executionId === id);
    await client.request(cancelExecution, { executionId: id });
    assert.equal((await running).status, 'cancelled');
    assert.deepEqual(await value(session, `db.query('select count(*) >= 0 as there from t')`), [
      { there: 1 },
    ]);
  });
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { schemaVersion } from '../../../server/store/migrations/index.js';
import { loadPlainSql, plainDatabase } from './plain-sql.js';
import { addExecution, code, consoleEvents, FaultyIo, keepCopy, session, useStore } from './support.js';

function digestOf(file: string): string {
  if (!fs.statSync(file).isFile()) return 'no file';
  return createHash('sha256').update(fs.readFileSync(file)).digest('hex');
}

describe('opening a store', () => {
  const use = useStore();

  it('makes file and folders that only their owner can look into', async () => {
    const file = path.join(use.folder, 'new', 'deep', 'vm.db');
    const store = await use.open({ path: file });
    store.sessions.insert(session());
    const mode = (name: string) => (fs.statSync(name).mode & 0o777).toString(8);
    assert.equal(mode(file), '600');
    assert.equal(mode(`${file}-wal`), '600');
    assert.equal(mode(`${file}.lock`), '600');
    assert.equal(mode(path.dirname(file)), '700');
    assert.equal(mode(path.join(use.folder, 'new')), '700');
  });

  it('takes an empty file for a new database', async () => {
    fs.writeFileSync(use.path, '');
    const store = await use.open();
    addExecution(store);
    assert.equal(store.stats().totals.executions, 1);
  });

  it('works on a real SQLite file, which another SQLite can read', async () => {
    const store = await use.open();
    const { id } = addExecution(store);
    store.executions.appendEvents(consoleEvents(id, 1, 500));
    store.close();
    assert.deepEqual(fs.readdirSync(use.folder).sort(), ['key', 'vm.db', 'vm.db.lock']);
    const { Database } = await loadPlainSql();
    const other = new Database(fs.readFileSync(use.path));
    const value = (sql: string) => other.exec(sql)[0]?.values[0]?.[0];
    assert.equal(value('PRAGMA integrity_check'), 'ok');
    assert.equal(value('PRAGMA auto_vacuum'), 2);
    assert.equal(value('SELECT count(*) FROM execution_event'), 500);
    assert.equal(other.exec('PRAGMA foreign_key_check').length, 0);
    other.close();
  });

  it('tells its path, size and schema', async () => {
    const store = await use.open();
    const before = store.stats();
    assert.equal(before.path, use.path);
    assert.equal(before.schemaVersion, schemaVersion);
    const { id } = addExecution(store);
    store.executions.appendEvents(consoleEvents(id, 1, 1, 'x'.repeat(1_000_000)));
    assert.ok(store.stats().sizeBytes > before.sizeBytes + 1_000_000, 'the log counts');
  });

  it('goes through links to the same database and the same lock', async () => {
    const link = path.join(use.folder, 'link.db');
    fs.symlinkSync(use.path, link);
    const store = await use.open({ path: link });
    assert.equal(store.stats().path, use.path);
    await assert.rejects(use.open(), code('DATABASE_LOCKED'));
  });

  it('serves several databases in one process', async () => {
    const one = await use.open();
    const other = await use.open({ path: path.join(use.folder, 'other.db') });
    addExecution(one);
    assert.deepEqual(
      [one, other].map((store) => store.stats().totals.executions),
      [1, 0],
    );
  });

  it('refuses calls after it was closed, and may be closed twice', async () => {
    const store = await use.open();
    store.close();
    store.close();
    assert.throws(() => store.sessions.get('x'), code('STORAGE_FAILED'));
    assert.throws(() => store.stats(), code('STORAGE_FAILED'));
  });

  it('fails when the disk is full, and succeeds later', async () => {
    const faulty = new FaultyIo();
    faulty.fail('writeSync', 'ENOSPC');
    await assert.rejects(use.open({ io: faulty.io }), code('STORAGE_FAILED'));
    faulty.heal();
    const store = await use.open({ io: faulty.io });
    addExecution(store);
  });

  it('goes on from wherever a crash left a database that was being made', async () => {
    const crashes: string[] = [];
    const faulty = new FaultyIo();
    faulty.beforeCall = (name) => {
      if (['writeSync', 'ftruncateSync', 'unlinkSync'].includes(name))
        crashes.push(keepCopy(use.path, path.join(use.folder, `crash-${crashes.length}`)));
    };
    (await use.open({ io: faulty.io })).close();
    assert.ok(crashes.length > 20);
    for (const file of crashes) {
      const store = await use.open({ path: file });
      addExecution(store);
      assert.equal(store.stats().totals.executions, 1);
      store.close();
    }
  });

  it('fails when the folder cannot be made', async () => {
    fs.writeFileSync(path.join(use.folder, 'file'), '');
    const file = path.join(use.folder, 'file', 'below', 'vm.db');
    await assert.rejects(use.open({ path: file }), code('VALIDATION_ERROR'));
    if (process.platform !== 'linux') return;
    await assert.rejects(use.open({ path: '/proc/vm-system/vm.db' }), code('STORAGE_FAILED'));
  });
});

describe('what is at the database path and not ours', () => {
  const use = useStore();

  /** Opening it must be refused and must leave every file as it is. */
  async function refuses(): Promise<void> {
    const look = () =>
      fs
        .readdirSync(use.folder)
        .filter((name) => name !== 'vm.db.lock')
        .map((name) => `${name} ${digestOf(path.join(use.folder, name))}`);
    const before = look();
    await assert.rejects(use.open(), code('DATABASE_UNSUPPORTED'));
    assert.deepEqual(look(), before);
  }

  it('is refused when it is a folder', async () => {
    fs.mkdirSync(use.path);
    await refuses();
  });

  it('is refused when it is a named pipe, without waiting for its other end', async () => {
    execFileSync('mkfifo', [use.path]);
    await refuses();
  });

  it('is refused when it is a text file, long or short', async () => {
    fs.writeFileSync(use.path, 'hello');
    await refuses();
    fs.writeFileSync(use.path, 'hello\n'.repeat(10_000));
    await refuses();
  });

  it('is refused when it is another program’s database', async () => {
    fs.writeFileSync(use.path, await plainDatabase('CREATE TABLE bookmark (url TEXT)'));
    await refuses();
    assert.deepEqual(fs.readdirSync(use.folder), ['vm.db'], 'not even a lock file appears');
  });

  it('is refused when it is another program’s database with a log', async () => {
    const store = await use.open();
    addExecution(store);
    const bytes = fs.readFileSync(use.path);
    const log = fs.readFileSync(`${use.path}-wal`);
    store.close();
    fs.writeFileSync(use.path, await plainDatabase('CREATE TABLE bookmark (url TEXT)'));
    fs.writeFileSync(`${use.path}-wal`, log.subarray(0, 40));
    await refuses();
    fs.writeFileSync(use.path, bytes);
    fs.writeFileSync(`${use.path}-wal`, log);
    const recovered = await use.open();
    assert.equal(recovered.stats().totals.executions, 1);
  });

  it('is refused when its schema is newer', async () => {
    const store = await use.open();
    addExecution(store);
    store.close();
    const bytes = fs.readFileSync(use.path);
    bytes.writeInt32BE(schemaVersion + 1, 60);
    fs.writeFileSync(use.path, bytes);
    await refuses();
  });

  it('is refused when it is damaged', async () => {
    const store = await use.open();
    const { id } = addExecution(store);
    store.executions.appendEvents(consoleEvents(id, 1, 100));
    store.close();
    const whole = fs.readFileSync(use.path);
    fs.writeFileSync(
      use.path,
      Buffer.concat([whole.subarray(0, 100), Buffer.alloc(whole.length - 100, 0xa5)]),
    );
    await refuses();
    fs.writeFileSync(use.path, whole.subarray(0, 2048));
    await refuses();
    fs.writeFileSync(use.path, whole.subarray(0, 60));
    await refuses();
  });

  it('is refused when the file has a second name', async () => {
    (await use.open()).close();
    fs.linkSync(use.path, path.join(use.folder, 'second.db'));
    await refuses();
  });

  it('shows as damage when a later page is unreadable, and the rest can still be read', async () => {
    const store = await use.open();
    const { id } = addExecution(store);
    store.executions.appendEvents(consoleEvents(id, 1, 2000));
    store.close();
    const bytes = fs.readFileSync(use.path);
    bytes.fill(0xa5, bytes.length - 20 * 4096);
    fs.writeFileSync(use.path, bytes);
    const again = await use.open();
    assert.equal(again.executions.get(id)?.id, id);
    assert.throws(() => {
      for (let seq = 0; seq < 2000; seq += 100) again.executions.events(id, seq, 100);
    }, code('DATABASE_UNSUPPORTED'));
  });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { claimPidFile } from '../../../server/store/pid-file.js';
import { VmError } from '../../../shared/errors.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { code, StoreProcess, useStore } from './support.js';

describe('a database in use', () => {
  const use = useStore();
  const processes: StoreProcess[] = [];

  afterEach(async () => {
    for (const { child, ...rest } of processes.splice(0)) {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await rest.lines.return?.();
    }
  });

  async function start(mode: 'hold' | 'write'): Promise<StoreProcess> {
    const started = await StoreProcess.start(mode, use.path);
    processes.push(started);
    return started;
  }

  async function lockOwner(): Promise<Record<string, unknown>> {
    const error: unknown = await use.open().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    code('DATABASE_LOCKED')(error);
    return error instanceof VmError ? { ...error.details } : {};
  }

  it('is refused to a second opener, who is told the owner and since when', async () => {
    const before = Date.now();
    await use.open();
    const { pid, since, ...rest } = await lockOwner();
    assert.equal(pid, process.pid);
    assert.ok(Date.parse(String(since)) >= before);
    assert.deepEqual(rest, {});
  });

  it('is free as soon as it is closed', async () => {
    for (let round = 0; round < 3; round++) (await use.open()).close();
  });

  it('is refused while another process has it, and free at once after a kill -9 of that process', async () => {
    const other = await start('hold');
    const { pid, since } = await lockOwner();
    assert.equal(pid, other.child.pid);
    assert.equal(typeof since, 'string');
    await other.kill();
    await use.open();
    assert.equal((await lockOwner())['pid'], process.pid);
  });

  it('stays locked when the database is deleted, and leaves its successor alone', async () => {
    const store = await use.open();
    fs.rmSync(use.path);
    assert.equal((await lockOwner())['pid'], process.pid);
    fs.writeFileSync(use.path, 'a successor');
    fs.writeFileSync(`${use.path}-wal`, 'its log');
    store.close();
    assert.equal(fs.readFileSync(`${use.path}-wal`, 'utf8'), 'its log');
  });

  it('is held by flock too, where that program is, so that containers exclude each other', async function () {
    if (process.platform !== 'linux' || spawnSync('flock', ['--version']).error !== undefined) return;
    const store = await use.open();
    const tryLock = () => spawnSync('flock', ['-n', '-x', `${use.path}.lock`, 'true']).status;
    assert.equal(tryLock(), 1);
    store.close();
    assert.equal(tryLock(), 0);
  });

  it('keeps all that was committed, and nothing by half, through a kill -9 at any moment', async () => {
    for (const commits of [1, 40, 150]) {
      const writer = await start('write');
      const ids: string[] = [];
      while (ids.length < commits) ids.push((await writer.nextLine()) ?? assert.fail('the writer ended'));
      await writer.kill();
      for (let id = await writer.nextLine(); id !== undefined; id = await writer.nextLine()) ids.push(id);
      const store = await use.open();
      for (const id of ids) assert.equal(store.executions.events(id, 0, 10).length, 2, `events of ${id}`);
      const { executions, events } = store.stats().totals;
      assert.equal(events, executions * 2);
      store.close();
    }
  });
});

describe('a lock by pid file', () => {
  const folder = useTempFolder();
  const file = () => path.join(folder(), 'lock.pid');

  it('is held by one and free after its release', () => {
    const release = claimPidFile(file());
    assert.ok(release);
    assert.equal(claimPidFile(file()), undefined);
    release();
    assert.deepEqual(fs.readdirSync(folder()), []);
    assert.ok(claimPidFile(file()));
  });

  it('is taken over from a process that is dead, or whose id is used again', () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    for (const stale of [`${dead} Thu Jan  1 00:00:00 1970`, `${process.pid} Thu Jan  1 00:00:00 1970`, '']) {
      fs.writeFileSync(file(), stale);
      const release = claimPidFile(file());
      assert.ok(release, stale);
      release();
      assert.deepEqual(fs.readdirSync(folder()), []);
    }
  });
});

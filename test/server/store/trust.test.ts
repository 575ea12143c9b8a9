import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ImageRefused } from '../../../server/core/image-refused.js';
import type { HeapImage, SessionRecord, Store } from '../../../server/core/ports.js';
import { applicationId } from '../../../server/store/database-file.js';
import { migrations, schemaVersion } from '../../../server/store/migrations/index.js';
import { VmError } from '../../../shared/errors.js';
import { type Capability, defaultSettings } from '../../../shared/models.js';
import { useTempFolder } from '../../support/temp-folder.js';
import { plainDatabase, PlainReader } from './plain-sql.js';
import {
  addExecution,
  at,
  code,
  consoleEvents,
  editDatabase,
  execution,
  FaultyIo,
  keepCopy,
  session,
  template,
  useStore,
} from './support.js';

function grant(templateId: string, fields: Partial<Capability> = {}): Capability {
  return {
    id: randomUUID(),
    templateId,
    kind: 'fs',
    name: 'src',
    effect: 'allow',
    enabled: true,
    config: { path: 'src', write: false },
    ...fields,
  };
}

function image(): HeapImage {
  const pages = new Uint8Array(new SharedArrayBuffer(4096));
  pages.set(randomBytes(4096));
  return {
    build: 'a'.repeat(64),
    linearBytes: 1 << 20,
    pageNumbers: Uint32Array.of(1),
    pages,
    companion: '{}',
    memoryBytes: 1,
    pending: 0,
  };
}

/** What a user may have: a template with a grant, a session of it that hibernates, its state and its history. */
async function fill(store: Store) {
  const owner = template({ name: 'reports' });
  store.templates.insert(owner);
  const allowed = grant(owner.id);
  store.templates.putCapability(allowed);
  const row = session({
    templateId: owner.id,
    status: 'hibernated',
    snapshot: { ...session().snapshot, name: 'reports', libraries: ['lodash@4'], capabilities: [allowed] },
  });
  store.sessions.insert(row);
  const ran = execution(row.id, { status: 'ok' });
  store.executions.insert(ran);
  store.executions.appendEvents(consoleEvents(ran.id, 1, 3));
  const checkpoint = await store.checkpoints.put(
    { id: randomUUID(), sessionId: row.id, timeline: null, executionId: ran.id, createdAt: at(1) },
    image(),
  );
  return { owner, allowed, row, ran, checkpoint };
}

/** Every file of a folder with its content, the lock's aside. */
function lookAt(folder: string): string[] {
  return fs
    .readdirSync(folder)
    .filter((name) => !name.endsWith('.lock'))
    .sort()
    .map((name) => `${name} ${fs.readFileSync(path.join(folder, name)).toString('base64')}`);
}

/** Puts a database of the current schema's first version there, as a host from before signatures left it. */
async function writeFirstVersion(file: string, templateId: string): Promise<void> {
  const [initial = ''] = migrations;
  const bytes = await plainDatabase(`
    ${initial}
    PRAGMA application_id = ${applicationId}; PRAGMA user_version = 1;
    INSERT INTO template VALUES
      (1, '${templateId}', 'old', '', 'quickjs', 1, '[]', '${JSON.stringify(defaultSettings)}', 0, 0);
    INSERT INTO capability VALUES (1, '${randomUUID()}', '${templateId}', 'module', 'fs', 'allow', 1, '{}');
    INSERT INTO session VALUES
      (1, 'old-session', 'old', '${templateId}', '', '', '/home/me/tree', 'closed', 0, 0, 0, NULL,
       '${JSON.stringify(session().snapshot)}', NULL, NULL);
  `);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, bytes);
}

describe('a database from elsewhere', () => {
  const use = useStore();
  const elsewhere = useTempFolder();
  const copy = () => path.join(elsewhere(), 'vm.db');
  /** As another user, or on another machine: with a key of one's own. */
  const open = (adopt?: true, warn?: (message: string) => void) =>
    use.open({ path: copy(), keyPath: path.join(use.folder, 'key-of-another'), adopt, warn });

  async function copied() {
    const store = await use.open();
    const filled = await fill(store);
    store.close();
    fs.copyFileSync(use.path, copy());
    return filled;
  }

  it('is refused in a sentence that says why and what to do, and stays as it is, byte for byte', async () => {
    await copied();
    const before = lookAt(elsewhere());
    await assert.rejects(open(), (error) => {
      assert.ok(error instanceof VmError);
      assert.equal(error.code, 'DATABASE_UNSUPPORTED');
      assert.match(error.message, /another user or on another machine.*--adopt.*--db/);
      return true;
    });
    assert.deepEqual(lookAt(elsewhere()), before);
  });

  it('is refused as well when it still has its log, and stays as it is', async () => {
    const store = await use.open();
    await fill(store);
    for (const suffix of ['', '-wal']) fs.copyFileSync(use.path + suffix, copy() + suffix);
    const before = lookAt(elsewhere());
    await assert.rejects(open(), code('DATABASE_UNSUPPORTED'));
    assert.deepEqual(lookAt(elsewhere()), before);
  });

  it('is taken over when the user says so, with templates and history, without grants and states', async () => {
    const { owner, row, ran, checkpoint } = await copied();
    const warnings: string[] = [];
    const store = await open(true, (message) => warnings.push(message));
    assert.match(warnings.join(), /adopted/);
    assert.equal(store.templates.get(owner.id)?.name, 'reports');
    assert.deepEqual(store.templates.capabilities(owner.id), []);
    assert.deepEqual(store.templates.get(owner.id)?.modules, []);
    assert.equal(store.executions.events(ran.id, 0, 10).length, 3);
    const adopted = store.sessions.get(row.id);
    assert.equal(adopted?.status, 'closed');
    assert.match(adopted.lastError ?? '', /adopted/);
    assert.ok(adopted.closedAt !== undefined);
    assert.deepEqual(adopted.snapshot, { ...row.snapshot, capabilities: [] });
    assert.equal(adopted.templateId, undefined, 'a restart gives it nothing either');
    assert.equal(store.checkpoints.get(checkpoint.id), undefined);
    assert.equal(store.checkpoints.storedBytes, 0);
  });

  it('is the user’s own from then on, and the former owner’s no more', async () => {
    const { owner } = await copied();
    const store = await open(true);
    const mine = grant(owner.id);
    store.templates.putCapability(mine);
    store.close();
    const again = await open();
    assert.deepEqual(again.templates.capabilities(owner.id), [mine]);
    again.close();
    await assert.rejects(use.open({ path: copy() }), code('DATABASE_UNSUPPORTED'));
  });

  it('loses settings that no template could have, and snapshots that are none', async () => {
    const { owner, row } = await copied();
    const store = await use.open();
    store.close();
    await editDatabase(
      use.path,
      `UPDATE template SET settings = json_set(settings, '$.limits.memMb', 1000000);
       UPDATE session SET snapshot = 'no JSON'`,
    );
    fs.copyFileSync(use.path, copy());
    const adopted = await open(true);
    assert.deepEqual(adopted.templates.get(owner.id)?.settings, defaultSettings);
    assert.deepEqual(adopted.sessions.get(row.id)?.snapshot.settings, defaultSettings);
  });

  it('is not even adopted when it brings programs of its own', async () => {
    await copied();
    await editDatabase(
      use.path,
      "CREATE TRIGGER helpful AFTER INSERT ON session BEGIN DELETE FROM capability WHERE effect = 'deny'; END",
    );
    fs.copyFileSync(use.path, copy());
    const before = lookAt(elsewhere());
    await assert.rejects(open(true), code('DATABASE_UNSUPPORTED'));
    assert.deepEqual(lookAt(elsewhere()), before);
  });

  it('is adopted as a whole or not at all, wherever a crash leaves it', async () => {
    const { owner } = await copied();
    const crashes: string[] = [];
    const faulty = new FaultyIo();
    faulty.beforeCall = (name) => {
      if (['writeSync', 'ftruncateSync', 'unlinkSync'].includes(name))
        crashes.push(keepCopy(copy(), path.join(use.folder, `crash-${crashes.length}`)));
    };
    const keyPath = path.join(use.folder, 'key-of-another');
    (await use.open({ path: copy(), keyPath, adopt: true, io: faulty.io })).close();
    assert.ok(crashes.length > 5);
    const outcomes = new Set<string>();
    for (const file of crashes) {
      const store = await use.open({ path: file, keyPath }).catch((error: unknown) => {
        assert.ok(error instanceof VmError);
        outcomes.add(error.code);
        return use.open({ path: file, keyPath, adopt: true });
      });
      assert.deepEqual(store.templates.capabilities(owner.id), []);
      assert.equal(store.stats().totals.executions, 1);
      store.close();
    }
    assert.deepEqual([...outcomes], ['DATABASE_UNSUPPORTED']);
  });

  it('is what the user’s own becomes when its key is lost', async () => {
    await copied();
    fs.rmSync(path.join(use.folder, 'key'));
    await assert.rejects(use.open(), code('DATABASE_UNSUPPORTED'));
    const store = await use.open({ adopt: true });
    assert.equal(store.stats().totals.executions, 1);
  });

  it('is refused, adopted or not, when its file belongs to another user', async () => {
    // Only root can give a file away.
    if (process.getuid?.() !== 0) return;
    await copied();
    fs.chownSync(copy(), 54_321, 54_321);
    const before = lookAt(elsewhere());
    await assert.rejects(use.open({ path: copy() }), code('DATABASE_UNSUPPORTED'));
    await assert.rejects(open(true), code('DATABASE_UNSUPPORTED'));
    assert.deepEqual(lookAt(elsewhere()), before);
  });

  it('changes nothing about the user’s own to be started with adoption', async () => {
    const { owner, allowed, row, checkpoint } = await copied();
    const store = await use.open({ adopt: true });
    assert.deepEqual(store.templates.capabilities(owner.id), [allowed]);
    assert.deepEqual(store.sessions.get(row.id), row);
    assert.equal((await store.checkpoints.image(checkpoint.id)).memoryBytes, 1);
  });
});

describe('a database from before databases were signed', () => {
  const use = useStore();

  it('is the user’s own where it lies in the user’s data folder, with its grants', async () => {
    const id = randomUUID();
    const file = path.join(use.folder, 'user-data', 'tree', 'vm.db');
    await writeFirstVersion(file, id);
    const options = { path: file, dataFolder: path.join(use.folder, 'user-data') };
    for (let start = 0; start < 2; start++) {
      const store = await use.open(options);
      assert.equal(store.stats().schemaVersion, schemaVersion);
      assert.deepEqual(store.templates.get(id)?.modules, ['fs']);
      assert.equal(store.sessions.get('old-session')?.templateId, id);
      store.close();
    }
  });

  it('is signed as a whole or not at all, wherever a crash leaves it', async () => {
    const id = randomUUID();
    const dataFolder = path.join(use.folder, 'user-data');
    const file = path.join(dataFolder, 'vm.db');
    await writeFirstVersion(file, id);
    const crashes: string[] = [];
    const faulty = new FaultyIo();
    faulty.beforeCall = (name) => {
      if (['writeSync', 'ftruncateSync', 'unlinkSync'].includes(name))
        crashes.push(keepCopy(file, path.join(dataFolder, `crash-${crashes.length}`)));
    };
    (await use.open({ path: file, dataFolder, io: faulty.io })).close();
    assert.ok(crashes.length > 5);
    for (const crash of crashes) {
      const store = await use.open({ path: crash, dataFolder });
      assert.deepEqual(store.templates.get(id)?.modules, ['fs']);
      store.close();
    }
  });

  it('is from elsewhere anywhere else: refused, and adopted without its grants', async () => {
    const id = randomUUID();
    await writeFirstVersion(use.path, id);
    const bytes = fs.readFileSync(use.path);
    await assert.rejects(use.open(), code('DATABASE_UNSUPPORTED'));
    assert.ok(fs.readFileSync(use.path).equals(bytes));
    const store = await use.open({ adopt: true });
    assert.deepEqual(store.templates.get(id)?.modules, []);
    assert.equal(store.stats().totals.sessions, 1);
  });

  it('is from elsewhere when only a link to it lies in the data folder', async () => {
    await writeFirstVersion(use.path, randomUUID());
    const link = path.join(use.folder, 'user-data', 'vm.db');
    fs.mkdirSync(path.dirname(link));
    fs.symlinkSync(use.path, link);
    await assert.rejects(use.open({ path: link }), code('DATABASE_UNSUPPORTED'));
  });
});

describe('a grant that was changed by another hand', () => {
  const use = useStore();

  const changes: Readonly<Record<string, string>> = {
    'widened in its config': `UPDATE capability SET config = '{"path":".","write":true}' WHERE effect = 'allow'`,
    'turned from deny to allow': "UPDATE capability SET effect = 'allow'",
    'switched on': 'UPDATE capability SET enabled = 1',
    'given another name': "UPDATE capability SET name = 'other' WHERE name = 'src'",
    'given another kind': "UPDATE capability SET kind = 'exec' WHERE effect = 'allow'",
    'taken from beside one that stays': "DELETE FROM capability WHERE effect = 'deny'",
    added:
      "INSERT INTO capability (id, template_id, kind, name, effect, enabled, config) SELECT 'new', template_id, 'module', 'exec', 'allow', 1, '{}' FROM capability LIMIT 1",
    'left without a mark': "UPDATE template SET grants_mark = x''",
  };
  for (const [what, sql] of Object.entries(changes)) {
    it(`has no effect: ${what}`, async () => {
      const store = await use.open();
      const owner = template();
      store.templates.insert(owner);
      store.templates.putCapability(grant(owner.id));
      store.templates.putCapability(grant(owner.id, { name: 'src/secret', effect: 'deny' }));
      store.templates.putCapability(grant(owner.id, { name: 'lib', enabled: false }));
      store.close();
      await editDatabase(use.path, sql);

      const warnings: string[] = [];
      const changed = await use.open({ warn: (message) => warnings.push(message) });
      assert.deepEqual(changed.templates.capabilities(owner.id), []);
      assert.deepEqual(changed.templates.get(owner.id)?.modules, []);
      assert.equal(warnings.length, 1);
      assert.ok(warnings[0]?.includes(owner.id));
    });
  }

  it('has no effect when it was moved to another template, with or without the mark', async () => {
    const store = await use.open();
    const [from, to] = [template(), template()];
    for (const each of [from, to]) store.templates.insert(each);
    store.templates.putCapability(grant(from.id, { kind: 'module', name: 'exec', config: {} }));
    store.close();
    const original = fs.readFileSync(use.path);
    const move = `UPDATE capability SET template_id = '${to.id}'`;
    const moveMark = `UPDATE template SET grants_mark = (SELECT grants_mark FROM template WHERE id = '${from.id}')`;
    for (const sql of [move, `${move}; ${moveMark}`]) {
      fs.writeFileSync(use.path, original);
      await editDatabase(use.path, sql);
      const changed = await use.open();
      const modules = changed.templates.list({ limit: 10 }).items.flatMap((each) => each.modules);
      assert.deepEqual(modules, []);
      changed.close();
    }
  });

  it('costs its own template only, which can be given new grants', async () => {
    const store = await use.open();
    const [hit, other] = [template(), template()];
    for (const each of [hit, other]) store.templates.insert(each);
    const before = grant(hit.id);
    store.templates.putCapability(before);
    const kept = grant(other.id);
    store.templates.putCapability(kept);
    store.close();
    await editDatabase(use.path, `UPDATE capability SET config = '{"path":"/"}' WHERE id = '${before.id}'`);
    const changed = await use.open();
    assert.deepEqual(changed.templates.capabilities(other.id), [kept]);
    const fresh = grant(hit.id);
    changed.templates.putCapability(fresh);
    assert.deepEqual(changed.templates.capabilities(hit.id), [fresh]);
    changed.close();
    const again = await use.open();
    assert.deepEqual(again.templates.capabilities(hit.id), [fresh], 'the widened one did not come back');
  });
});

describe('a session that was changed by another hand', () => {
  const use = useStore();

  async function changedBy(sql: string, fields: Partial<SessionRecord> = {}) {
    const store = await use.open();
    const filled = await fill(store);
    if (Object.keys(fields).length > 0) store.sessions.update({ ...filled.row, ...fields });
    store.close();
    await editDatabase(use.path, sql);
    const warnings: string[] = [];
    const changed = await use.open({ warn: (message) => warnings.push(message) });
    return { ...filled, changed, warnings, found: changed.sessions.get(filled.row.id) };
  }

  const changes: Readonly<Record<string, string>> = {
    'in what it may do': `UPDATE session SET snapshot = json_set(snapshot, '$.capabilities[0].config.path', '/')`,
    'in its folder': "UPDATE session SET worktree_path = '/'",
    'so that it is no JSON any more': 'UPDATE session SET snapshot = substr(snapshot, 1, 40)',
    'in its mark': "UPDATE session SET snapshot_mark = x'00'",
  };
  for (const [what, sql] of Object.entries(changes)) {
    it(`cannot be woken, and has no grants: ${what}`, async () => {
      const { found, changed, warnings } = await changedBy(sql);
      assert.equal(found?.status, 'closed');
      assert.match(found.lastError ?? '', /changed outside of vm-system/);
      assert.deepEqual(found.snapshot.capabilities, []);
      assert.equal(found.templateId, undefined, 'a restart gives it nothing either');
      assert.deepEqual(changed.sessions.inStatus('hibernated', 'ready', 'starting'), []);
      assert.equal(warnings.length, 1);
    });
  }

  it('has no grants either when it was closed before', async () => {
    const sql = `UPDATE session SET snapshot = json_set(snapshot, '$.capabilities[0].config.path', '/')`;
    const { found, warnings } = await changedBy(sql, { status: 'closed', closedAt: at(3) });
    assert.equal(found?.closedAt, at(3));
    assert.deepEqual(found.snapshot.capabilities, []);
    assert.deepEqual(warnings, []);
  });

  it('does not get the snapshot of another session', async () => {
    const store = await use.open();
    const { row } = await fill(store);
    const poor = session({ status: 'hibernated' });
    store.sessions.insert(poor);
    store.close();
    await editDatabase(
      use.path,
      `UPDATE session SET (snapshot, snapshot_mark) = (SELECT snapshot, snapshot_mark FROM session WHERE id = '${row.id}')`,
    );
    const changed = await use.open();
    assert.deepEqual(changed.sessions.get(poor.id)?.snapshot.capabilities, []);
    assert.deepEqual(changed.sessions.get(row.id), row, 'the other one is as it was');
  });
});

describe('what comes from another database of the same user', () => {
  const use = useStore();

  it('does not count: image, grants and snapshot with their marks', async () => {
    const first = await use.open();
    const { owner, row, checkpoint } = await fill(first);
    first.close();
    const otherPath = path.join(use.folder, 'other.db');
    const other = await use.open({ path: otherPath });
    other.templates.insert(owner);
    const same = session({ ...row, snapshot: { ...row.snapshot, capabilities: [] } });
    other.sessions.insert(same);
    await other.checkpoints.put(
      { id: checkpoint.id, sessionId: row.id, timeline: null, createdAt: at(1) },
      image(),
    );
    other.close();

    const reader = await PlainReader.open(use.path);
    const rows = reader.inserts('capability', 'image_piece');
    const copy = (table: string, column: string, id: string) =>
      `UPDATE ${table} SET ${column} = ${reader.literal(`SELECT ${column} FROM ${table} WHERE id = '${id}'`)} WHERE id = '${id}'`;
    await editDatabase(
      otherPath,
      [
        'DELETE FROM checkpoint_piece; DELETE FROM image_piece',
        ...rows,
        copy('template', 'grants_mark', owner.id),
        copy('session', 'snapshot', row.id),
        copy('session', 'snapshot_mark', row.id),
        copy('checkpoint', 'manifest', checkpoint.id),
        copy('checkpoint', 'mark', checkpoint.id),
      ].join(';\n'),
    );
    reader.close();

    const swapped = await use.open({ path: otherPath });
    await assert.rejects(swapped.checkpoints.image(checkpoint.id), ImageRefused);
    assert.deepEqual(swapped.templates.capabilities(owner.id), []);
    assert.deepEqual(swapped.sessions.get(row.id)?.snapshot.capabilities, []);
    swapped.close();
    const own = await use.open();
    assert.equal((await own.checkpoints.image(checkpoint.id)).memoryBytes, 1);
    assert.equal(own.templates.capabilities(owner.id).length, 1);
  });
});

describe('the user’s key', () => {
  const use = useStore();

  /** Nothing opens with it, and the database stays as it is. */
  async function isUseless(change: (key: string) => void): Promise<void> {
    const store = await use.open();
    addExecution(store);
    store.close();
    const before = fs.readFileSync(use.path);
    change(path.join(use.folder, 'key'));
    await assert.rejects(use.open(), code('STORAGE_FAILED'));
    await assert.rejects(use.open({ adopt: true }), code('STORAGE_FAILED'));
    assert.ok(fs.readFileSync(use.path).equals(before));
  }

  it('is not used when it is cut off', () => isUseless((key) => fs.truncateSync(key, 31)));
  it('is not used when it is empty', () => isUseless((key) => fs.truncateSync(key, 0)));
  it('is not used when others can read it', () => isUseless((key) => fs.chmodSync(key, 0o640)));
  it('is not used when it is a folder', () =>
    isUseless((key) => {
      fs.rmSync(key);
      fs.mkdirSync(key, { mode: 0o700 });
    }));
  it('is not used when it is a link', () =>
    isUseless((key) => {
      fs.renameSync(key, `${key}.real`);
      fs.symlinkSync(`${key}.real`, key);
    }));
  it('is not used when it is a named pipe, which is not waited for', () =>
    isUseless((key) => {
      fs.rmSync(key);
      execFileSync('mkfifo', ['-m', '600', key]);
    }));
  it('is not used when it cannot be read', async () => {
    // Nothing is unreadable to root.
    if (process.getuid?.() === 0) return;
    await isUseless((key) => fs.chmodSync(key, 0));
  });
  it('is not used when it belongs to another user', async () => {
    // Only root can give a file away.
    if (process.getuid?.() !== 0) return;
    await isUseless((key) => fs.chownSync(key, 54_321, 54_321));
  });
});

describe('marks', () => {
  const use = useStore();

  it('cost little: a thousand templates with three grants each are listed in half a second', async function () {
    const store = await use.open();
    store.transaction(() => {
      for (let index = 0; index < 1000; index++) {
        const each = template();
        store.templates.insert(each);
        for (const name of ['a', 'b', 'c']) store.templates.putCapability(grant(each.id, { name }));
      }
    });
    const started = performance.now();
    let cursor: string | undefined;
    let count = 0;
    do {
      const page = store.templates.list({ limit: 100, cursor });
      count += page.items.length;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    const took = performance.now() - started;
    assert.equal(count, 1000);
    assert.ok(took < 500, `${took.toFixed(1)} ms`);
  });
});

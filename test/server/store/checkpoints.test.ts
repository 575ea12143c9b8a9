import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ImageRefused } from '../../../server/core/image-refused.js';
import type { HeapImage, NewCheckpoint, Store } from '../../../server/core/ports.js';
import { editDatabase, session, useStore } from './support.js';

const pageBytes = 4096;

/** An image with these pages, of random content unless a page of another one is taken over. */
function image(pageNumbers: readonly number[], from?: HeapImage): HeapImage {
  const pages = new Uint8Array(new SharedArrayBuffer(pageNumbers.length * pageBytes));
  for (const [index, page] of pageNumbers.entries()) {
    const known = from?.pageNumbers.indexOf(page) ?? -1;
    const content =
      known < 0 || from === undefined
        ? randomBytes(pageBytes)
        : from.pages.subarray(known * pageBytes, (known + 1) * pageBytes);
    pages.set(content, index * pageBytes);
  }
  return {
    build: 'a'.repeat(64),
    linearBytes: 16 * 1024 * 1024,
    pageNumbers: Uint32Array.from(pageNumbers),
    pages,
    companion: JSON.stringify({ ü: 'x'.repeat(100_000), random: randomBytes(8).toString('hex') }),
    memoryBytes: 1234,
    pending: 2,
  };
}

const plain = ({ pageNumbers, pages, ...rest }: HeapImage) => ({
  ...rest,
  pageNumbers: [...pageNumbers],
  pages: Buffer.from(pages).toString('base64'),
});

describe('kept states of sessions', () => {
  const use = useStore();

  async function withSession(): Promise<{ store: Store; sessionId: string }> {
    const store = await use.open();
    const owner = session();
    store.sessions.insert(owner);
    return { store, sessionId: owner.id };
  }
  const next = (sessionId: string, more: Partial<NewCheckpoint> = {}): NewCheckpoint => ({
    id: randomUUID(),
    sessionId,
    timeline: null,
    executionId: randomUUID(),
    createdAt: new Date().toISOString(),
    ...more,
  });

  it('come back as they were, also after the host', async () => {
    const { store, sessionId } = await withSession();
    const original = image([0, 1, 17, 300, 4000]);
    const { id } = await store.checkpoints.put(next(sessionId, { label: 'first' }), original);
    assert.deepEqual(plain(await store.checkpoints.image(id)), plain(original));
    store.close();
    const again = await use.open();
    assert.deepEqual(plain(await again.checkpoints.image(id)), plain(original));
    const { label, sizeBytes, memoryBytes, build } = again.checkpoints.get(id) ?? {};
    assert.deepEqual(
      { label, sizeBytes, memoryBytes, build },
      {
        label: 'first',
        sizeBytes: 5 * pageBytes,
        memoryBytes: 1234,
        build: original.build,
      },
    );
  });

  it('share what they have in common', async () => {
    const { store, sessionId } = await withSession();
    const first = image(Array.from({ length: 160 }, (_, index) => index));
    const { storedBytes } = await store.checkpoints.put(next(sessionId), first);
    assert.ok(storedBytes > 160 * pageBytes);
    const second = image([...first.pageNumbers, 200], first);
    const row = await store.checkpoints.put(next(sessionId), second);
    // One chunk of memory and the two of the companion are new.
    assert.ok(row.storedBytes < 3 * 64 * 1024, `${row.storedBytes} bytes`);
    assert.deepEqual(plain(await store.checkpoints.image(row.id)), plain(second));
  });

  it('are found by session, by execution, and newest first', async () => {
    const { store, sessionId } = await withSession();
    const put = [];
    for (let index = 0; index < 3; index++)
      put.push(await store.checkpoints.put(next(sessionId), image([index])));
    assert.equal(store.checkpoints.latest(sessionId)?.id, put[2]?.id);
    assert.equal(store.checkpoints.ofExecution(sessionId, put[1]?.executionId ?? '')?.id, put[1]?.id);
    const page = store.checkpoints.list(sessionId, { limit: 2 });
    assert.deepEqual(
      page.items.map(({ id }) => id),
      [put[2]?.id, put[1]?.id],
    );
    const rest = store.checkpoints.list(sessionId, { limit: 2, cursor: page.nextCursor });
    assert.deepEqual(
      rest.items.map(({ id }) => id),
      [put[0]?.id],
    );
  });

  it('are trimmed to the newest of each session, those with a label aside, and leave nothing behind', async () => {
    const { store, sessionId } = await withSession();
    const labelled = await store.checkpoints.put(next(sessionId, { label: 'keep' }), image([1, 2]));
    for (let index = 0; index < 5; index++) await store.checkpoints.put(next(sessionId), image([1, 20, 40]));
    const before = store.checkpoints.storedBytes;
    await store.checkpoints.trim({ perSession: 2, bytes: 1e9 });
    assert.equal(store.checkpoints.list(sessionId, { limit: 10 }).items.length, 3);
    assert.ok(store.checkpoints.storedBytes < before * 0.7);
    assert.equal(plain(await store.checkpoints.image(labelled.id)).memoryBytes, 1234);
    await store.checkpoints.trim({ perSession: 0, bytes: 1e9 });
    await store.checkpoints.delete(labelled.id);
    assert.equal(store.checkpoints.storedBytes, 0);
  });

  it('are trimmed to a size, oldest first, but never the newest of a session', async () => {
    const { store, sessionId } = await withSession();
    for (let index = 0; index < 4; index++) await store.checkpoints.put(next(sessionId), image([1, 20, 40]));
    const newest = store.checkpoints.latest(sessionId);
    await store.checkpoints.trim({ perSession: 20, bytes: 1 });
    assert.deepEqual(store.checkpoints.list(sessionId, { limit: 10 }).items, [newest]);
  });

  it('of one execution are all but the last superfluous', async () => {
    const { store, sessionId } = await withSession();
    const executionId = randomUUID();
    await store.checkpoints.put(next(sessionId, { executionId }), image([1]));
    const last = await store.checkpoints.put(next(sessionId, { executionId }), image([1]));
    await store.checkpoints.trim({ perSession: 20, bytes: 1e9 });
    assert.deepEqual(store.checkpoints.list(sessionId, { limit: 10 }).items, [last]);
  });

  it('go with their session, pieces and all', async () => {
    const { store, sessionId } = await withSession();
    await store.checkpoints.put(next(sessionId), image([1, 2, 3]));
    store.sessions.delete(sessionId);
    await store.checkpoints.sweep();
    assert.equal(store.checkpoints.storedBytes, 0);
  });

  it('are refused when they were changed, moved, cut off or made with another key', async () => {
    const { store, sessionId } = await withSession();
    const other = session();
    store.sessions.insert(other);
    const first = await store.checkpoints.put(next(sessionId), image([1, 50]));
    const second = await store.checkpoints.put(next(other.id), image([1, 50]));
    store.close();

    const original = fs.readFileSync(use.path);
    const changes: Readonly<Record<string, string>> = {
      'a manifest of another session': `UPDATE checkpoint SET manifest = (SELECT manifest FROM checkpoint WHERE id = '${second.id}') WHERE id = '${first.id}'`,
      'manifest and mark of another session': `UPDATE checkpoint SET (manifest, mark) = (SELECT manifest, mark FROM checkpoint WHERE id = '${second.id}') WHERE id = '${first.id}'`,
      'a piece with another content':
        'UPDATE image_piece SET content = (SELECT content FROM image_piece ORDER BY key DESC LIMIT 1)',
      'a piece that is cut off': 'UPDATE image_piece SET content = substr(content, 1, 100)',
      'no pieces': 'DELETE FROM checkpoint_piece; DELETE FROM image_piece',
      'a manifest that is cut off': 'UPDATE checkpoint SET manifest = substr(manifest, 1, 150)',
      'another build in the manifest': `UPDATE checkpoint SET manifest = CAST(replace(CAST(manifest AS TEXT), 'aaaa', 'bbbb') AS BLOB)`,
    };
    for (const [title, sql] of Object.entries(changes)) {
      fs.writeFileSync(use.path, original);
      await editDatabase(use.path, sql);
      const changed = await use.open();
      await assert.rejects(changed.checkpoints.image(first.id), ImageRefused, title);
      changed.close();
    }

    fs.writeFileSync(use.path, original);
    const own = await use.open();
    assert.equal((await own.checkpoints.image(first.id)).memoryBytes, 1234);
  });

  it('need a key that nobody else can read', async () => {
    const keyPath = path.join(use.folder, 'open-key');
    fs.writeFileSync(keyPath, randomBytes(32), { mode: 0o644 });
    await assert.rejects(use.open({ keyPath }), { code: 'STORAGE_FAILED' });
    fs.writeFileSync(path.join(use.folder, 'short-key'), 'short', { mode: 0o600 });
    await assert.rejects(use.open({ keyPath: path.join(use.folder, 'short-key') }), {
      code: 'STORAGE_FAILED',
    });
  });

  it('make a key of 32 bytes for the user alone', async () => {
    await use.open();
    const status = fs.statSync(path.join(use.folder, 'key'));
    assert.equal(status.size, 32);
    assert.equal(status.mode & 0o777, 0o600);
  });
});

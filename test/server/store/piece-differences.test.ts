import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { ImageRefused } from '../../../server/core/image-refused.js';
import type { HeapImage, NewCheckpoint, SessionRecord, Store } from '../../../server/core/ports.js';
import { editDatabase, session, template, useStore } from './support.js';

const pageBytes = 4096;
const pageCount = 160;
const imageBytes = pageCount * pageBytes;

const image = (pages: Uint8Array, companion = 'companion'): HeapImage => ({
  build: 'a'.repeat(64),
  linearBytes: 16 * 1024 * 1024,
  pageNumbers: Uint32Array.from({ length: pageCount }, (_, index) => index),
  pages,
  companion,
  memoryBytes: 1,
  pending: 0,
});

const fresh = (): HeapImage => image(new Uint8Array(randomBytes(imageBytes)));

/** The same with one other word in every page, as counters and reference counts are. */
function touched(from: HeapImage): HeapImage {
  const pages = from.pages.slice();
  for (let page = 0; page < pageCount; page++) pages.set(randomBytes(4), page * pageBytes + 128);
  return image(pages, `${from.companion}, and more`);
}

describe('a state that is nearly the one before', () => {
  const use = useStore();

  const next = ({ id: sessionId }: SessionRecord, more: Partial<NewCheckpoint> = {}): NewCheckpoint => ({
    id: randomUUID(),
    sessionId,
    timeline: null,
    executionId: randomUUID(),
    createdAt: new Date().toISOString(),
    ...more,
  });
  async function opened(): Promise<{ store: Store; owner: SessionRecord }> {
    const store = await use.open();
    const owner = session();
    store.sessions.insert(owner);
    return { store, owner };
  }
  async function assertKept(store: Store, id: string, expected: HeapImage): Promise<void> {
    const { pages, pageNumbers, companion } = await store.checkpoints.image(id);
    assert.deepEqual([...pageNumbers], [...expected.pageNumbers]);
    assert.equal(companion, expected.companion);
    assert.ok(Buffer.from(pages).equals(expected.pages), 'the same bytes');
  }

  it('takes little, and comes back as it was, also after the host', async () => {
    const { store, owner } = await opened();
    const states: [id: string, image: HeapImage][] = [];
    let state = fresh();
    for (let count = 0; count < 4; count++, state = touched(state)) {
      const { id, storedBytes } = await store.checkpoints.put(next(owner), state);
      states.push([id, state]);
      if (count > 0) assert.ok(storedBytes < imageBytes / 50, `${storedBytes} bytes`);
    }
    for (const [id, expected] of states) await assertKept(store, id, expected);
    store.close();
    const again = await use.open();
    for (const [id, expected] of states) await assertKept(again, id, expected);
  });

  it('takes little in another session of the template, too', async () => {
    const store = await use.open();
    const common = template();
    store.templates.insert(common);
    const sessions = [session({ templateId: common.id }), session({ templateId: common.id })] as const;
    for (const owner of sessions) store.sessions.insert(owner);
    const first = fresh();
    await store.checkpoints.put(next(sessions[0]), first);
    const second = touched(first);
    const { id, storedBytes } = await store.checkpoints.put(next(sessions[1]), second);
    assert.ok(storedBytes < imageBytes / 50, `${storedBytes} bytes`);
    await assertKept(store, id, second);
  });

  it('outlives the one before, and leaves nothing behind in the end', async () => {
    const { store, owner } = await opened();
    const first = fresh();
    await store.checkpoints.put(next(owner), first);
    const second = touched(first);
    const { id } = await store.checkpoints.put(next(owner), second);
    await store.checkpoints.trim({ perSession: 1, bytes: 1e9 });
    assert.equal(store.checkpoints.list(owner.id, { limit: 10 }).items.length, 1);
    await assertKept(store, id, second);
    await store.checkpoints.delete(id);
    assert.equal(store.checkpoints.storedBytes, 0);
    store.close();
    assert.equal((await use.open()).checkpoints.storedBytes, 0);
  });

  it('goes with its session, whatever it was a difference from', async () => {
    const { store, owner } = await opened();
    const first = fresh();
    await store.checkpoints.put(next(owner), first);
    await store.checkpoints.put(next(owner), touched(first));
    store.sessions.delete(owner.id);
    await store.checkpoints.sweep();
    assert.equal(store.checkpoints.storedBytes, 0);
  });

  it('is kept in full where much is different, so that later ones take little again', async () => {
    const { store, owner } = await opened();
    await store.checkpoints.put(next(owner), fresh());
    const other = fresh();
    const { storedBytes } = await store.checkpoints.put(next(owner), other);
    assert.ok(storedBytes > imageBytes * 0.9, `${storedBytes} bytes`);
    const later = await store.checkpoints.put(next(owner), touched(other));
    assert.ok(later.storedBytes < imageBytes / 50, `${later.storedBytes} bytes`);
  });

  it('is refused when what it is a difference from was changed, until a state that has the same is kept', async () => {
    const { store, owner } = await opened();
    const first = fresh();
    await store.checkpoints.put(next(owner), first);
    const second = touched(first);
    const { id } = await store.checkpoints.put(next(owner), second);
    store.close();
    const original = fs.readFileSync(use.path);
    const bases = 'base_key IS NULL AND length(content) > 1000';
    for (const sql of [
      `UPDATE image_piece SET content = substr(content, 1, 100) WHERE ${bases}`,
      `UPDATE image_piece SET content = (SELECT max(content) FROM image_piece) WHERE ${bases}`,
      `PRAGMA foreign_keys = OFF; DELETE FROM image_piece WHERE ${bases}`,
      'UPDATE image_piece SET base_key = NULL',
    ]) {
      fs.writeFileSync(use.path, original);
      await editDatabase(use.path, sql);
      const changed = await use.open();
      await assert.rejects(changed.checkpoints.image(id), ImageRefused, sql);
      const third = touched(second);
      const kept = await changed.checkpoints.put(next(owner), third);
      await assertKept(changed, kept.id, third);
      // Who has the right bytes mends what was changed.
      await changed.checkpoints.put(next(owner), second);
      await assertKept(changed, id, second);
      changed.close();
    }
  });
});

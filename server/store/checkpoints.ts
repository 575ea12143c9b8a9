import type { Checkpoint } from '../../shared/models.js';
import { ImageRefused } from '../core/image-refused.js';
import type {
  CheckpointRecord,
  CheckpointStore,
  HeapImage,
  NewCheckpoint,
  Page,
  PageRequest,
} from '../core/ports.js';
import type { Database } from './database.js';
import { chunkCount, hashAt, type ImageLayout, WrongChunks } from './images/chunks.js';
import { decodeManifest, encodeManifest, manifestParts } from './images/manifest.js';
import type { ImageThread } from './images/thread.js';
import { equal, readPage } from './paging.js';
import { blob, integer, milliseconds, optionalText, present, type Row, text, time } from './row.js';
import type { DatabaseSeal } from './seal.js';

/** Of one transaction: others must not wait for long. */
const batchBytes = 1024 * 1024;
const piecesPerDelete = 64;
const lookupsPerTurn = 256;

/** States of sessions: rows, and images in pieces. Whatever takes long is done in steps, one call after the other. */
export class CheckpointTable implements CheckpointStore {
  #queue: Promise<unknown> = Promise.resolve();
  #storedBytes: number | undefined;

  constructor(
    private readonly database: Database,
    private readonly images: ImageThread,
    private readonly seal: DatabaseSeal,
  ) {}

  put(checkpoint: NewCheckpoint, image: HeapImage): Promise<CheckpointRecord> {
    return this.#inTurn(async () => {
      const layout = await this.images.cut(image);
      const { keys, bytes } = await this.#addPieces(image, layout);
      return this.#insert(checkpoint, image, layout, keys, bytes);
    });
  }

  async image(id: string): Promise<HeapImage> {
    const row = this.database.get('SELECT * FROM checkpoint WHERE id = ?', [id]);
    if (row === undefined) throw new ImageRefused('The state is not kept any more');
    const manifest = Buffer.from(blob(row, 'manifest'));
    const owner = { sessionId: text(row, 'session_id'), checkpointId: id };
    if (!this.seal.verify(blob(row, 'mark'), 'image', manifestParts(owner, manifest))) {
      throw new ImageRefused('The kept state is not from this host, or was changed');
    }
    try {
      const layout = decodeManifest(manifest);
      return await this.images.assemble(layout, await this.#pieces(layout));
    } catch (error) {
      if (error instanceof WrongChunks) throw new ImageRefused('The kept state is damaged', { cause: error });
      throw error;
    }
  }

  get(id: string): CheckpointRecord | undefined {
    const row = this.database.get('SELECT * FROM checkpoint WHERE id = ?', [id]);
    return row && toCheckpoint(row);
  }

  latest(sessionId: string): CheckpointRecord | undefined {
    const row = this.database.get('SELECT * FROM checkpoint WHERE session_id = ? ORDER BY key DESC LIMIT 1', [
      sessionId,
    ]);
    return row && toCheckpoint(row);
  }

  ofExecution(sessionId: string, executionId: string): CheckpointRecord | undefined {
    const row = this.database.get(
      'SELECT * FROM checkpoint WHERE session_id = ? AND execution_id = ? ORDER BY key DESC LIMIT 1',
      [sessionId, executionId],
    );
    return row && toCheckpoint(row);
  }

  list(sessionId: string, page: PageRequest): Page<CheckpointRecord> {
    const where = equal('t.session_id', sessionId);
    return readPage(this.database, { table: 'checkpoint', where }, page, toCheckpoint);
  }

  setLabel(id: string, label: string | undefined): void {
    this.database.run('UPDATE checkpoint SET label = ? WHERE id = ?', [label ?? null, id]);
  }

  delete(id: string): Promise<void> {
    return this.#inTurn(() => this.#remove(id));
  }

  trim({ perSession, bytes }: { perSession: number; bytes: number }): Promise<void> {
    return this.#inTurn(async () => {
      for (const id of this.#superfluous(perSession)) await this.#remove(id);
      while (this.storedBytes > bytes) {
        const oldest = this.#oldestUnlabelled();
        if (oldest === undefined) break;
        await this.#remove(oldest);
      }
    });
  }

  sweep(): Promise<void> {
    return this.#inTurn(() =>
      this.#removePieces(() =>
        this.database
          .all(
            `SELECT p.key FROM image_piece AS p
             WHERE NOT EXISTS (SELECT 1 FROM checkpoint_piece AS c WHERE c.piece_key = p.key) LIMIT ?`,
            [piecesPerDelete],
          )
          .map((row) => integer(row, 'key')),
      ),
    );
  }

  get storedBytes(): number {
    this.#storedBytes ??= integer(
      this.database.get('SELECT coalesce(sum(length(content)), 0) AS bytes FROM image_piece') ?? {},
      'bytes',
    );
    return this.#storedBytes;
  }

  // ---------------------------------------------------------------- writing

  /**
   * Adds the pieces that are not there yet.
   *
   * @returns keys of all that the image has, and how many bytes the new ones have
   */
  async #addPieces(image: HeapImage, layout: ImageLayout): Promise<{ keys: Set<number>; bytes: number }> {
    const keys = new Set<number>();
    const missing: number[] = [];
    for (let index = 0; index < chunkCount(layout); index++) {
      const key = this.#pieceKey(layout, index);
      if (key === undefined) missing.push(index);
      else keys.add(key);
      if (index % lookupsPerTurn === lookupsPerTurn - 1) await nextTurn();
    }
    const before = this.storedBytes;
    let added = 0;
    // Compressed to a third as a rule, so this is less than what one transaction may have.
    const step = Math.floor(batchBytes / (64 * 1024));
    for (let at = 0; at < missing.length; at += step) {
      const indexes = missing.slice(at, at + step);
      const contents = await this.images.compress(image, indexes);
      this.database.transaction(() => {
        for (const [position, content] of contents.entries()) {
          const hash = hashAt(layout, indexes[position] ?? 0);
          // Two pieces of one image may be the same.
          const changed = this.database.run(
            'INSERT INTO image_piece (hash, content) VALUES (?, ?) ON CONFLICT DO NOTHING',
            [hash, content],
          );
          if (changed > 0) added += content.length;
        }
      });
      for (const index of indexes) {
        const key = this.#pieceKey(layout, index);
        if (key === undefined) throw new Error('A piece is gone as soon as it was written');
        keys.add(key);
      }
      this.#storedBytes = before + added;
    }
    return { keys, bytes: added };
  }

  #insert(
    { id, sessionId, executionId, label, createdAt }: NewCheckpoint,
    { memoryBytes, pages, build }: HeapImage,
    layout: ImageLayout,
    pieces: ReadonlySet<number>,
    storedBytes: number,
  ): CheckpointRecord {
    const manifest = encodeManifest(layout);
    const mark = this.seal.sign('image', manifestParts({ sessionId, checkpointId: id }, manifest));
    this.database.transaction(() => {
      this.database.run(
        `INSERT INTO checkpoint (
           id, session_id, execution_id, label, created_at, size_bytes, stored_bytes, memory_bytes, build, manifest, mark,
           rewound
         ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
           (SELECT json_group_array(id) FROM execution WHERE session_id = ? AND rewound = 1))`,
        [
          id,
          sessionId,
          executionId ?? null,
          label ?? null,
          milliseconds(createdAt),
          pages.length,
          storedBytes,
          memoryBytes,
          build,
          manifest,
          mark,
          sessionId,
        ],
      );
      const key = integer(this.database.get('SELECT key FROM checkpoint WHERE id = ?', [id]) ?? {}, 'key');
      for (const piece of pieces)
        this.database.run('INSERT INTO checkpoint_piece (checkpoint_key, piece_key) VALUES (?, ?)', [
          key,
          piece,
        ]);
    });
    return present({
      id,
      sessionId,
      executionId,
      label,
      createdAt,
      sizeBytes: pages.length,
      storedBytes,
      memoryBytes,
      build,
    });
  }

  #pieceKey(layout: ImageLayout, index: number): number | undefined {
    const row = this.database.get('SELECT key FROM image_piece WHERE hash = ?', [hashAt(layout, index)]);
    return row && integer(row, 'key');
  }

  // ---------------------------------------------------------------- reading

  /** @throws WrongChunks: one is gone */
  async #pieces(layout: ImageLayout): Promise<Uint8Array[]> {
    const contents: Uint8Array[] = [];
    let bytes = 0;
    for (let index = 0; index < chunkCount(layout); index++) {
      const row = this.database.get('SELECT content FROM image_piece WHERE hash = ?', [
        hashAt(layout, index),
      ]);
      if (row === undefined) throw new WrongChunks('A part is missing');
      const content = blob(row, 'content');
      contents.push(content);
      bytes += content.length;
      if (bytes < batchBytes) continue;
      bytes = 0;
      await nextTurn();
    }
    return contents;
  }

  // ---------------------------------------------------------------- removing

  /** Of each session all but the newest states without a label; of one execution's states all but the last. */
  #superfluous(perSession: number): string[] {
    return this.database
      .all(
        `SELECT id FROM (
           SELECT id, label,
             row_number() OVER (PARTITION BY session_id ORDER BY key DESC) AS place,
             row_number() OVER (PARTITION BY session_id, execution_id ORDER BY key DESC) AS version
           FROM checkpoint WHERE label IS NULL
         ) WHERE place > ? OR version > 1`,
        [perSession],
      )
      .map((row) => text(row, 'id'));
  }

  /** The newest state of a session is what it wakes from, and stays. */
  #oldestUnlabelled(): string | undefined {
    const row = this.database.get(
      `SELECT id FROM checkpoint AS t
       WHERE label IS NULL AND key < (SELECT max(key) FROM checkpoint WHERE session_id = t.session_id)
       ORDER BY key LIMIT 1`,
    );
    return row && text(row, 'id');
  }

  async #remove(id: string): Promise<void> {
    const pieces = this.database
      .all(
        'SELECT p.piece_key AS key FROM checkpoint AS c JOIN checkpoint_piece AS p ON p.checkpoint_key = c.key WHERE c.id = ?',
        [id],
      )
      .map((row) => integer(row, 'key'));
    this.database.run('DELETE FROM checkpoint WHERE id = ?', [id]);
    await this.#removePieces(() => pieces.splice(0, piecesPerDelete));
  }

  /** Removes those pieces that no checkpoint has, a few at a time. @param next keys; none when there are no more */
  async #removePieces(next: () => readonly number[]): Promise<void> {
    for (let keys = next(); keys.length > 0; keys = next()) {
      this.database.transaction(() => {
        for (const key of keys) this.#removeUnused(key);
      });
      await nextTurn();
    }
  }

  #removeUnused(key: number): void {
    const unused = 'key = ? AND NOT EXISTS (SELECT 1 FROM checkpoint_piece WHERE piece_key = ?)';
    const row = this.database.get(`SELECT length(content) AS bytes FROM image_piece WHERE ${unused}`, [
      key,
      key,
    ]);
    if (row === undefined) return;
    this.database.run('DELETE FROM image_piece WHERE key = ?', [key]);
    this.#storedBytes = this.storedBytes - integer(row, 'bytes');
  }

  /** One after the other: a piece that is about to be referred to must not be swept away. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function toCheckpoint(row: Row): CheckpointRecord {
  const checkpoint: Checkpoint = present({
    id: text(row, 'id'),
    sessionId: text(row, 'session_id'),
    executionId: optionalText(row, 'execution_id'),
    label: optionalText(row, 'label'),
    createdAt: time(row, 'created_at'),
    sizeBytes: integer(row, 'size_bytes'),
    storedBytes: integer(row, 'stored_bytes'),
    memoryBytes: integer(row, 'memory_bytes'),
  });
  return { ...checkpoint, build: text(row, 'build') };
}

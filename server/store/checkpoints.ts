import { notFound } from '../../shared/errors.js';
import type { Checkpoint } from '../../shared/models.js';
import { ImageRefused } from '../core/image-refused.js';
import type {
  CheckpointRecord,
  CheckpointStore,
  HeapImage,
  NewCheckpoint,
  Page,
  PageRequest,
  StatePoint,
} from '../core/ports.js';
import type { Database } from './database.js';
import { type ImageLayout, WrongChunks } from './images/chunks.js';
import { decodeManifest, encodeManifest, manifestParts } from './images/manifest.js';
import { PieceTable } from './images/pieces.js';
import type { ImageThread } from './images/thread.js';
import { equal, readPage } from './paging.js';
import {
  blob,
  integer,
  milliseconds,
  optionalInteger,
  optionalText,
  present,
  type Row,
  text,
  time,
} from './row.js';
import type { DatabaseSeal } from './seal.js';

/** States of sessions: rows, and images in pieces. Whatever takes long is done in steps, one call after the other. */
export class CheckpointTable implements CheckpointStore {
  #queue: Promise<unknown> = Promise.resolve();
  readonly #pieces: PieceTable;

  constructor(
    private readonly database: Database,
    private readonly images: ImageThread,
    private readonly seal: DatabaseSeal,
  ) {
    this.#pieces = new PieceTable(database, images);
    // Sooner or later one of them is woken.
    if (database.get('SELECT 1 FROM checkpoint LIMIT 1') !== undefined) images.prepare();
  }

  put(checkpoint: NewCheckpoint, image: HeapImage): Promise<CheckpointRecord> {
    return this.#inTurn(async () => {
      const layout = await this.images.cut(image);
      const like = this.#akin(checkpoint.sessionId, image.build);
      const { keys, bytes } = await this.#pieces.add(image, layout, like);
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
      return await this.#assemble(decodeManifest(manifest));
    } catch (error) {
      if (error instanceof WrongChunks) throw new ImageRefused('The kept state is damaged', { cause: error });
      throw error;
    }
  }

  /** @throws WrongChunks */
  async #assemble(layout: ImageLayout): Promise<HeapImage> {
    try {
      return await this.images.assemble(layout, await this.#pieces.read(layout));
    } catch (error) {
      if (error instanceof WrongChunks) this.#pieces.distrust(layout);
      throw error;
    }
  }

  get(id: string): CheckpointRecord | undefined {
    const row = this.database.get('SELECT * FROM checkpoint WHERE id = ?', [id]);
    return row && toCheckpoint(row);
  }

  point(id: string): StatePoint {
    const row = this.database.get('SELECT * FROM checkpoint WHERE id = ?', [id]);
    if (row === undefined) throw notFound('CHECKPOINT_NOT_FOUND', id);
    return {
      timeline: optionalInteger(row, 'timeline_key') ?? null,
      executionId: optionalText(row, 'execution_id'),
      at: time(row, 'created_at'),
    };
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

  clearLabels(sessionId: string, label: string, keep: number): void {
    this.database.run(
      `UPDATE checkpoint SET label = NULL WHERE session_id = ?1 AND label = ?2 AND key NOT IN (
         SELECT key FROM checkpoint WHERE session_id = ?1 AND label = ?2 ORDER BY key DESC LIMIT ?3)`,
      [sessionId, label, keep],
    );
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
    return this.#inTurn(() => this.#pieces.sweep());
  }

  get storedBytes(): number {
    return this.#pieces.storedBytes;
  }

  // ---------------------------------------------------------------- writing

  /**
   * What the next image of a session will mostly be like: its newest state, or else the newest one of its template.
   * Nothing is taken on trust from it, so its mark is not looked at.
   */
  #akin(sessionId: string, build: string): ImageLayout | undefined {
    const row =
      this.database.get(
        'SELECT manifest FROM checkpoint WHERE session_id = ? AND build = ? ORDER BY key DESC LIMIT 1',
        [sessionId, build],
      ) ??
      this.database.get(
        `SELECT manifest FROM checkpoint
         WHERE build = ? AND session_id IN (
           SELECT id FROM session WHERE template_id IS (SELECT template_id FROM session WHERE id = ?))
         ORDER BY key DESC LIMIT 1`,
        [build, sessionId],
      );
    try {
      return row && decodeManifest(Buffer.from(blob(row, 'manifest')));
    } catch {
      // Damaged: whoever wants that state hears of it, and this one is kept in full.
      return undefined;
    }
  }

  #insert(
    { id, sessionId, timeline, executionId, label, createdAt }: NewCheckpoint,
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
           timeline_key
         ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
          timeline,
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
    await this.#pieces.remove(pieces);
  }

  /** One after the other: a piece that is about to be referred to must not be swept away. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
  }
}

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

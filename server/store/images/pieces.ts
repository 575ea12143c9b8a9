import type { HeapImage } from '../../core/ports.js';
import type { Database } from '../database.js';
import { blob, integer, optionalInteger } from '../row.js';
import { chunkCount, Counterparts, hashAt, type ImageLayout, WrongChunks } from './chunks.js';
import type { FullPiece, KeptPiece } from './packing.js';
import type { ImageThread } from './thread.js';

/** Of one transaction: others must not wait for long. */
const batchBytes = 1024 * 1024;
/** Compressed to a third as a rule, so this is less than what one transaction may have. */
const piecesPerBatch = batchBytes / (64 * 1024);
const piecesPerDelete = 64;
const lookupsPerTurn = 256;

/** The pieces of all images. Whatever takes long is done in steps, one call after the other. */
export class PieceTable {
  #storedBytes: number | undefined;
  /** Hashes of pieces that may be damaged: whoever has them as they should be writes them anew. */
  readonly #distrusted = new Set<string>();

  constructor(
    private readonly database: Database,
    private readonly images: ImageThread,
  ) {}

  /** Of all pieces, as they are kept. */
  get storedBytes(): number {
    this.#storedBytes ??= integer(
      this.database.get('SELECT coalesce(sum(length(content)), 0) AS bytes FROM image_piece') ?? {},
      'bytes',
    );
    return this.#storedBytes;
  }

  /**
   * Adds the pieces of an image that are not there yet.
   *
   * @param like an image that is kept and probably has much in common with it
   * @returns keys of all that the image needs, and how many bytes the new ones have
   */
  async add(
    image: HeapImage,
    layout: ImageLayout,
    like: ImageLayout | undefined,
  ): Promise<{ keys: ReadonlySet<number>; bytes: number }> {
    const keys = new Set<number>();
    const missing: number[] = [];
    for (let index = 0; index < chunkCount(layout); index++) {
      if (this.#isDoubted(layout, index) || !this.#collect(layout, index, keys)) missing.push(index);
      if (index % lookupsPerTurn === lookupsPerTurn - 1) await nextTurn();
    }
    const counterparts = like && new Counterparts(like);
    let bytes = 0;
    while (missing.length > 0)
      bytes += await this.#addBatch(image, layout, missing.splice(0, piecesPerBatch), counterparts, keys);
    return { keys, bytes };
  }

  async #addBatch(
    image: HeapImage,
    layout: ImageLayout,
    indexes: readonly number[],
    counterparts: Counterparts | undefined,
    keys: Set<number>,
  ): Promise<number> {
    // Those are written anew, in full, so that whatever is a difference from them is right again, too.
    const isDoubted = indexes.map((index) => this.#isDoubted(layout, index));
    const bases = indexes.map((index, at) =>
      isDoubted[at] === true ? undefined : this.#baseFor(counterparts?.hashFor(layout, index)),
    );
    const chunks = indexes.map((index, at) => ({ index, base: bases[at]?.piece }));
    const packed = await this.images.compress(image, chunks);
    const before = this.storedBytes;
    let bytes = 0;
    this.database.transaction(() => {
      for (const [at, index] of indexes.entries()) {
        const piece = packed[at];
        if (piece === undefined) throw new Error('The image thread left out a piece');
        const base = piece.form === 'difference' ? bases[at]?.key : undefined;
        const hash = hashAt(layout, index);
        // Two pieces of one image may be the same.
        const changed = this.database.run(
          `INSERT INTO image_piece (hash, content, base_key) VALUES (?, ?, ?) ON CONFLICT (hash) ${
            isDoubted[at] === true
              ? 'DO UPDATE SET content = excluded.content, base_key = NULL'
              : 'DO NOTHING'
          }`,
          [hash, piece.content, base ?? null],
        );
        if (changed > 0) bytes += piece.content.length;
      }
    });
    for (const [at, index] of indexes.entries())
      if (isDoubted[at] === true) this.#distrusted.delete(nameOf(hashAt(layout, index)));
    this.#storedBytes = isDoubted.includes(true) ? undefined : before + bytes;
    for (const index of indexes) {
      if (!this.#collect(layout, index, keys)) throw new Error('A piece is gone as soon as it was written');
    }
    return bytes;
  }

  /** Adds what a piece of an image needs to `keys`. @returns false when it is not there */
  #collect(layout: ImageLayout, index: number, keys: Set<number>): boolean {
    const piece = this.#find(hashAt(layout, index));
    if (piece === undefined) return false;
    keys.add(piece.key);
    // Whatever keeps a piece keeps its base.
    if (piece.base !== undefined) keys.add(piece.base);
    return true;
  }

  #isDoubted(layout: ImageLayout, index: number): boolean {
    return this.#distrusted.has(nameOf(hashAt(layout, index)));
  }

  #find(hash: Uint8Array): { key: number; base: number | undefined } | undefined {
    const row = this.database.get('SELECT key, base_key FROM image_piece WHERE hash = ?', [hash]);
    return row && { key: integer(row, 'key'), base: optionalInteger(row, 'base_key') };
  }

  /** The base of a piece that is kept, or the piece itself. */
  #baseFor(hash: Uint8Array | undefined): { key: number; piece: FullPiece } | undefined {
    const found = hash && this.#find(hash);
    if (found === undefined) return undefined;
    const key = found.base ?? found.key;
    const piece = this.#full(key);
    return piece && { key, piece };
  }

  /** One of its pieces is damaged, or the base of one. */
  distrust(layout: ImageLayout): void {
    for (let index = 0; index < chunkCount(layout); index++)
      this.#distrusted.add(nameOf(hashAt(layout, index)));
  }

  /** @returns the pieces in the layout's order @throws WrongChunks: one is gone */
  async read(layout: ImageLayout): Promise<KeptPiece[]> {
    const pieces: KeptPiece[] = [];
    let bytes = 0;
    for (let index = 0; index < chunkCount(layout); index++) {
      const piece = this.#read(hashAt(layout, index));
      pieces.push(piece);
      bytes += piece.content.length + (piece.base?.content.length ?? 0);
      if (bytes < batchBytes) continue;
      bytes = 0;
      await nextTurn();
    }
    return pieces;
  }

  #read(hash: Uint8Array): KeptPiece {
    const row = this.database.get('SELECT content, base_key FROM image_piece WHERE hash = ?', [hash]);
    if (row === undefined) throw new WrongChunks('A part is missing');
    const content = blob(row, 'content');
    const key = optionalInteger(row, 'base_key');
    if (key === undefined) return { content };
    const base = this.#full(key);
    if (base === undefined) throw new WrongChunks('What a part is different from is missing');
    return { content, base };
  }

  #full(key: number): FullPiece | undefined {
    const row = this.database.get('SELECT hash, content FROM image_piece WHERE key = ?', [key]);
    return row && { hash: blob(row, 'hash'), content: blob(row, 'content') };
  }

  /** Removes all pieces that no checkpoint has. */
  async sweep(): Promise<void> {
    await this.#removeUnused(() =>
      this.database
        .all(
          `SELECT p.key FROM image_piece AS p
           WHERE NOT EXISTS (SELECT 1 FROM checkpoint_piece AS c WHERE c.piece_key = p.key) LIMIT ?`,
          [piecesPerDelete],
        )
        .map((row) => integer(row, 'key')),
    );
  }

  /** Removes those of these pieces that no checkpoint has. */
  async remove(keys: readonly number[]): Promise<void> {
    const left = [...keys];
    await this.#removeUnused(() => left.splice(0, piecesPerDelete));
  }

  /** A few at a time. @param next keys; none when there are no more */
  async #removeUnused(next: () => readonly number[]): Promise<void> {
    for (let keys = next(); keys.length > 0; keys = next()) {
      const before = this.storedBytes;
      let bytes = 0;
      this.database.transaction(() => {
        for (const key of keys) bytes += this.#removeIfUnused(key);
      });
      this.#storedBytes = before - bytes;
      await nextTurn();
    }
  }

  /** With a base go its differences, which nobody has either. @returns how many bytes are gone */
  #removeIfUnused(key: number): number {
    const row = this.database.get(
      `SELECT sum(length(content)) AS bytes FROM image_piece
       WHERE (key = ?1 OR base_key = ?1)
         AND NOT EXISTS (SELECT 1 FROM checkpoint_piece WHERE piece_key = ?1)`,
      [key],
    );
    const bytes = row && optionalInteger(row, 'bytes');
    if (bytes === undefined) return 0;
    this.database.run('DELETE FROM image_piece WHERE key = ?', [key]);
    return bytes;
  }
}

const nameOf = (hash: Uint8Array): string => Buffer.from(hash).toString('base64');

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

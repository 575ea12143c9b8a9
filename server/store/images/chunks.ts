/**
 * How an image is cut for the disk: into pieces of 64 KB that are known by their hash, so that what two images have in
 * common is kept once. Linear memory is cut at multiples of 64 KB; the companion's text follows it.
 */
import { createHash } from 'node:crypto';
import type { HeapImage } from '../../core/ports.js';

const pageBytes = 4096;
const chunkBytes = 64 * 1024;
const pagesPerChunk = chunkBytes / pageBytes;
const hashBytes = 32;

/** What an image is besides its bytes. */
export interface ImageHeader {
  readonly build: string;
  readonly linearBytes: number;
  readonly memoryBytes: number;
  readonly pending: number;
  readonly companionBytes: number;
}

/** An image as pieces: which there are, and where each belongs. */
export interface ImageLayout {
  readonly header: ImageHeader;
  /** Of each chunk of linear memory, its address divided by 64 KB, ascending; the companion's chunks come after them. */
  readonly positions: Uint32Array;
  /** SHA-256 of every chunk, one after the other. */
  readonly hashes: Uint8Array;
}

export function hashAt({ hashes }: Pick<ImageLayout, 'hashes'>, index: number): Uint8Array {
  return hashes.subarray(index * hashBytes, (index + 1) * hashBytes);
}

export function chunkCount({ hashes }: Pick<ImageLayout, 'hashes'>): number {
  return hashes.length / hashBytes;
}

/** Finds what stands in another image where a chunk stands in this one. */
export class Counterparts {
  readonly #atPosition = new Map<number, number>();

  constructor(private readonly other: ImageLayout) {
    for (const [index, position] of other.positions.entries()) this.#atPosition.set(position, index);
  }

  /** @returns the hash of the other image's chunk; undefined when it has none there */
  hashFor({ positions }: ImageLayout, index: number): Uint8Array | undefined {
    const position = positions[index];
    const counterpart =
      position === undefined
        ? index - positions.length + this.other.positions.length
        : this.#atPosition.get(position);
    return counterpart === undefined || counterpart >= chunkCount(this.other)
      ? undefined
      : hashAt(this.other, counterpart);
  }
}

/** Cuts an image. Chunks are copies, made when they are asked for. */
export class ImageChunks {
  readonly #companion: Buffer;
  /** For each chunk of linear memory, where its pages begin among the image's. */
  readonly #firstPages: number[] = [];
  readonly #positions: number[] = [];

  constructor(private readonly image: HeapImage) {
    this.#companion = Buffer.from(image.companion);
    for (const [index, page] of image.pageNumbers.entries()) {
      const position = Math.floor(page / pagesPerChunk);
      if (position === this.#positions.at(-1)) continue;
      this.#positions.push(position);
      this.#firstPages.push(index);
    }
  }

  get count(): number {
    return this.#positions.length + Math.ceil(this.#companion.length / chunkBytes);
  }

  layout(): ImageLayout {
    const { build, linearBytes, memoryBytes, pending } = this.image;
    const hashes = new Uint8Array(this.count * hashBytes);
    for (let index = 0; index < this.count; index++) hashes.set(hashOf(this.chunk(index)), index * hashBytes);
    return {
      header: { build, linearBytes, memoryBytes, pending, companionBytes: this.#companion.length },
      positions: Uint32Array.from(this.#positions),
      hashes,
    };
  }

  chunk(index: number): Buffer {
    const position = this.#positions[index];
    if (position === undefined) {
      const start = (index - this.#positions.length) * chunkBytes;
      return this.#companion.subarray(start, start + chunkBytes);
    }
    const { pageNumbers, pages } = this.image;
    const chunk = Buffer.alloc(chunkBytes);
    const end = this.#firstPages[index + 1] ?? pageNumbers.length;
    for (let page = this.#firstPages[index] ?? end; page < end; page++) {
      const offset = ((pageNumbers[page] ?? 0) % pagesPerChunk) * pageBytes;
      chunk.set(pages.subarray(page * pageBytes, (page + 1) * pageBytes), offset);
    }
    return chunk;
  }
}

/** The pieces are not those that the image was cut into. */
export class WrongChunks extends Error {
  override readonly name = 'WrongChunks';
}

/**
 * Puts an image together again.
 *
 * @param chunks in the layout's order, each known to have its hash
 * @throws WrongChunks
 */
export function assemble(layout: ImageLayout, chunks: readonly Uint8Array[]): HeapImage {
  const { header, positions } = layout;
  const { companionBytes, ...rest } = header;
  const inMemory = chunks.slice(0, positions.length);
  if (inMemory.some(({ length }) => length !== chunkBytes))
    throw new WrongChunks('A part is of another size');
  const companion = Buffer.concat(chunks.slice(positions.length));
  if (companion.length !== companionBytes) throw new WrongChunks('A part is missing');
  return { ...rest, ...usedPages(positions, inMemory), companion: companion.toString() };
}

const zeroPage = Buffer.alloc(pageBytes);

function usedPages(positions: Uint32Array, chunks: readonly Uint8Array[]) {
  const pageNumbers: number[] = [];
  for (const [index, chunk] of chunks.entries()) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let page = 0; page < pagesPerChunk; page++) {
      const at = page * pageBytes;
      if (bytes.compare(zeroPage, 0, pageBytes, at, at + pageBytes) !== 0)
        pageNumbers.push((positions[index] ?? 0) * pagesPerChunk + page);
    }
  }
  const pages = new Uint8Array(new SharedArrayBuffer(pageNumbers.length * pageBytes));
  let index = 0;
  for (const [target, page] of pageNumbers.entries()) {
    while (positions[index] !== Math.floor(page / pagesPerChunk)) index++;
    const from = (page % pagesPerChunk) * pageBytes;
    const chunk = chunks[index];
    if (chunk !== undefined) pages.set(chunk.subarray(from, from + pageBytes), target * pageBytes);
  }
  return { pageNumbers: Uint32Array.from(pageNumbers), pages };
}

export const hashOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

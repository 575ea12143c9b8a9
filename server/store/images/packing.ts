/**
 * How a piece of an image is kept: compressed, and where it is nearly the same as another piece, its base, as what is
 * different from that. A cell such as `x++` changes a few hundred bytes, but these lie in a third of all pieces. A base is
 * never itself a difference, so that a piece is read in two steps at most.
 */
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { hashOf, WrongChunks } from './chunks.js';

/** Of what is unpacked: what claims to be more is damaged. */
const maxBytes = 64 * 1024;
/** Better than gzip's fastest, in size and in time. */
const compression = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const decompression = { maxOutputLength: maxBytes, chunkSize: maxBytes };
/** A larger difference is not worth it: kept in full, the piece is a better base for those that come. */
const maxDifferenceBytes = 4 * 1024;
/** With more of its words different than one in this many, it is not even compressed. */
const wordsPerChange = 8;
/** Of the pieces that were read last: sessions of one template have most of theirs in common. */
const maxRememberedBytes = 8 * 1024 * 1024;

/** A piece that is kept in full. */
export interface FullPiece {
  /** SHA-256 of the piece. */
  readonly hash: Uint8Array;
  readonly content: Uint8Array;
}

/** A piece as it is kept. */
export interface KeptPiece {
  readonly content: Uint8Array;
  /** What the content is the difference from. */
  readonly base?: FullPiece | undefined;
}

/** A piece that is to be kept. */
export interface PackedPiece {
  readonly content: Uint8Array;
  readonly form: 'full' | 'difference';
}

/** Packs and unpacks. Remembers what it unpacked last, as that takes longer than anything else that is done to it. */
export class Packing {
  /** By hash; the order tells what was used longest ago. */
  readonly #remembered = new Map<string, Uint8Array>();
  #rememberedBytes = 0;

  /** @param base what a difference can be from */
  pack(piece: Uint8Array, base: FullPiece | undefined): PackedPiece {
    const difference = base && this.#differenceFrom(base, piece);
    if (difference !== undefined) {
      const content = brotliCompressSync(difference, compression);
      if (content.length <= maxDifferenceBytes) return { content, form: 'difference' };
    }
    return { content: brotliCompressSync(piece, compression), form: 'full' };
  }

  /** @param hash of the piece @returns it, not to be changed @throws WrongChunks: it is another one, or damaged */
  unpack(hash: Uint8Array, { content, base }: KeptPiece): Uint8Array {
    if (base === undefined) return this.#unpackFull({ hash, content });
    const difference = decompress(content);
    return checked(hash, exclusiveOr(difference, this.#unpackFull(base)).bytes);
  }

  #unpackFull({ hash, content }: FullPiece): Uint8Array {
    const key = Buffer.from(hash).toString('base64');
    const remembered = this.#remembered.get(key);
    const piece = remembered ?? checked(hash, decompress(content));
    this.#remembered.delete(key);
    this.#remembered.set(key, piece);
    if (remembered === undefined) this.#rememberedBytes += piece.length;
    for (const [oldest, { length }] of this.#remembered) {
      if (this.#rememberedBytes <= maxRememberedBytes) break;
      this.#remembered.delete(oldest);
      this.#rememberedBytes -= length;
    }
    return piece;
  }

  /** @returns undefined when much is different, or the base is damaged */
  #differenceFrom(base: FullPiece, piece: Uint8Array): Uint8Array | undefined {
    try {
      const { bytes, changes } = exclusiveOr(piece, this.#unpackFull(base));
      return changes * 4 * wordsPerChange > bytes.length ? undefined : bytes;
    } catch (error) {
      // Whoever reads a state that has it hears of the damage.
      if (error instanceof WrongChunks) return undefined;
      throw error;
    }
  }
}

function decompress(content: Uint8Array): Uint8Array {
  try {
    return brotliDecompressSync(content, decompression);
  } catch (error) {
    throw new WrongChunks('A part cannot be unpacked', { cause: error });
  }
}

function checked(hash: Uint8Array, piece: Uint8Array): Uint8Array {
  if (hashOf(piece).compare(hash) !== 0) throw new WrongChunks('A part has another content');
  return piece;
}

/**
 * As long as the first; what the other one has not counts as zeros. Done twice, it gives the first again.
 *
 * @returns `changes`: how many of the words of 32 bits are not zero
 */
function exclusiveOr(one: Uint8Array, other: Uint8Array): { bytes: Uint8Array; changes: number } {
  const words = wordsOf(one);
  const others = wordsOf(other);
  const { length } = words;
  let changes = 0;
  for (let index = 0; index < length; index++) {
    const word = (words[index] ?? 0) ^ (others[index] ?? 0);
    words[index] = word;
    if (word !== 0) changes++;
  }
  return { bytes: new Uint8Array(words.buffer, 0, one.length), changes };
}

/** A copy, with zeros up to a whole word. */
function wordsOf(bytes: Uint8Array): Int32Array {
  const words = new Int32Array(Math.ceil(bytes.length / 4));
  new Uint8Array(words.buffer).set(bytes);
  return words;
}

/**
 * The pages of a guest's linear memory: what an image of it holds. Pages of zeros are left out, and so is what holds
 * nothing: free blocks, and the stack, which is dead while nothing runs.
 */
import type { Block } from './memory.js';

const pageBytes = 4096;
const zeroPage = Buffer.alloc(pageBytes);

export interface HeapPages {
  /** Ascending. */
  readonly pageNumbers: Uint32Array;
  /** One page after the other, on shared memory, so that several threads can read it. */
  readonly pages: Uint8Array;
}

/**
 * Copies the pages in use.
 *
 * @param unused stretches whose content does not matter
 */
export function copyPages(memory: ArrayBuffer, unused: readonly Block[]): HeapPages {
  const bytes = Buffer.from(memory);
  const pageNumbers = Uint32Array.from(usedPages(bytes, unused));
  const pages = new Uint8Array(new SharedArrayBuffer(pageNumbers.length * pageBytes));
  let at = 0;
  for (const [first, count] of runs(pageNumbers)) {
    pages.set(bytes.subarray(first * pageBytes, (first + count) * pageBytes), at);
    at += count * pageBytes;
  }
  return { pageNumbers, pages };
}

/** Makes linear memory what it was when the pages were copied. It must be as large as it was, or larger. */
export function putPages(memory: ArrayBuffer, { pageNumbers, pages }: HeapPages): void {
  const bytes = Buffer.from(memory);
  let end = 0;
  let at = 0;
  for (const [first, count] of runs(pageNumbers)) {
    // What start-up code has written is not the image's.
    clear(bytes, end, first * pageBytes);
    end = (first + count) * pageBytes;
    bytes.set(pages.subarray(at, at + count * pageBytes), first * pageBytes);
    at += count * pageBytes;
  }
  clear(bytes, end, bytes.length);
}

/** Writes only where it must: untouched pages of a fresh memory cost nothing. */
function clear(bytes: Buffer, from: number, to: number): void {
  for (let offset = from; offset < to; offset += pageBytes) {
    if (!isZero(bytes, offset)) bytes.fill(0, offset, offset + pageBytes);
  }
}

const isZero = (bytes: Buffer, offset: number): boolean =>
  bytes.compare(zeroPage, 0, pageBytes, offset, offset + pageBytes) === 0;

function* usedPages(bytes: Buffer, unused: readonly Block[]): Generator<number> {
  let offset = 0;
  for (const { address, size } of [...unused].sort((a, b) => a.address - b.address)) {
    // A page that is unused in part only has something else in it, too.
    const start = Math.ceil(address / pageBytes) * pageBytes;
    for (; offset < start; offset += pageBytes) if (!isZero(bytes, offset)) yield offset / pageBytes;
    offset = Math.max(offset, Math.floor((address + size) / pageBytes) * pageBytes);
  }
  for (; offset < bytes.length; offset += pageBytes) if (!isZero(bytes, offset)) yield offset / pageBytes;
}

/** Neighbouring pages together. */
function* runs(pageNumbers: Uint32Array): Generator<readonly [first: number, count: number]> {
  for (let index = 0; index < pageNumbers.length;) {
    const first = pageNumbers[index] ?? 0;
    let count = 1;
    while (pageNumbers[index + count] === first + count) count++;
    yield [first, count];
    index += count;
  }
}

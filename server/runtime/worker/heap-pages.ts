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

/**
 * Makes linear memory what it was when the pages were copied. It must be as large as it was, or larger.
 *
 * @param written pages that are not all zero: what start-up code wrote is not the image's
 */
export function putPages(
  memory: ArrayBuffer,
  { pageNumbers, pages }: HeapPages,
  written: readonly number[],
): void {
  const bytes = Buffer.from(memory);
  for (const page of written) bytes.fill(0, page * pageBytes, (page + 1) * pageBytes);
  let at = 0;
  for (const [first, count] of runs(pageNumbers)) {
    bytes.set(pages.subarray(at, at + count * pageBytes), first * pageBytes);
    at += count * pageBytes;
  }
}

/** Numbers of the pages that are not all zero. It looks at every page, which takes milliseconds in fresh memory. */
export function writtenPages(memory: ArrayBuffer): number[] {
  return [...usedPages(Buffer.from(memory), [])];
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

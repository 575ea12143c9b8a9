/**
 * The pages of a guest's linear memory: what an image of it holds. Pages of zeros are left out, and so is the stack,
 * which is dead while nothing runs.
 */
const pageBytes = 4096;
/** The engine's build has its C stack in the megabytes below the first address of the stack pointer. */
const stackBytes = 5 * 1024 * 1024;
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
 * @param stackTop the stack pointer of the idle engine
 */
export function copyPages(memory: ArrayBuffer, stackTop: number): HeapPages {
  const bytes = Buffer.from(memory);
  const pageNumbers = Uint32Array.from(usedPages(bytes, stackTop));
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

function* usedPages(bytes: Buffer, stackTop: number): Generator<number> {
  const stackStart = Math.ceil((stackTop - stackBytes) / pageBytes) * pageBytes;
  const stackEnd = Math.floor(stackTop / pageBytes) * pageBytes;
  for (let offset = 0; offset < bytes.length; offset += pageBytes) {
    if (offset >= stackStart && offset < stackEnd) continue;
    if (!isZero(bytes, offset)) yield offset / pageBytes;
  }
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

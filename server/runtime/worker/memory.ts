/**
 * The guest's linear memory and its caps. The engine's own memory limit does not hold in this build (it counts each
 * allocation as 8 bytes), but every growth of linear memory passes through `grow`, which is ours.
 *
 * - soft cap: the session's memMb, checked between bytecodes; going over it stops the run
 * - hard cap: half as much again, for native code that allocates between two checks; the guest gets "out of memory"
 * - reserve: above the hard cap, for the host's own needs: previews, messages and cleaning up
 */
const wasmPageBytes = 64 * 1024;
const megabyte = 1024 * 1024;
const reserveBytes = 8 * megabyte;
/** What a run may still take after the soft cap, while a garbage collection is asked for. */
const secondChanceBytes = 4 * megabyte;
/** The engine's build needs this much from the start. */
const initialPages = 256;
/** The largest soft cap that any session can have. */
const maxMemMb = 1024;

/** The engine's own allocator. */
export interface Allocator {
  /** @returns 0 when there is no such block */
  readonly malloc: (bytes: number) => number;
  readonly free: (address: number) => void;
}

/** A stretch of linear memory. */
export interface Block {
  readonly address: number;
  /** In bytes. */
  readonly size: number;
}

export class GuestMemory {
  readonly wasm: WebAssembly.Memory;
  #heapStart = 0;
  #softBytes = Infinity;
  #hardBytes = Infinity;
  #cap = Infinity;
  #runCap = Infinity;
  #collectionAsked = false;
  #refused = false;

  /** Called after each growth, while the engine is in the middle of an allocation. */
  onGrowth: () => void = () => undefined;

  /** @param linearBytes its size at first; the engine needs {@link initialPages} at least */
  constructor(linearBytes = 0) {
    const maximum = initialPages + ((maxMemMb * 1.5 + 8) * megabyte) / wasmPageBytes;
    const initial = Math.max(initialPages, linearBytes / wasmPageBytes);
    this.wasm = new WebAssembly.Memory({ initial, maximum });
    const grow = this.wasm.grow.bind(this.wasm);
    this.wasm.grow = (pages) => {
      if (this.linearBytes + pages * wasmPageBytes > this.#cap) {
        this.#refused = true;
        throw new RangeError('The guest reached its memory cap');
      }
      const before = grow(pages);
      this.onGrowth();
      return before;
    };
  }

  /** All that the guest took from the system. It never shrinks. */
  get linearBytes(): number {
    return this.wasm.buffer.byteLength;
  }

  /** A growth was refused since the run began. */
  get refused(): boolean {
    return this.#refused;
  }

  /**
   * Sets the session's caps.
   *
   * @param heapStart address of the first allocation: what lies below is the engine's own
   */
  limit(memMb: number, heapStart: number): void {
    this.#heapStart = heapStart;
    this.#softBytes = heapStart + memMb * megabyte;
    this.#hardBytes = heapStart + memMb * 1.5 * megabyte;
    this.#cap = this.#hardBytes + reserveBytes;
  }

  /** Starts to judge a run. Linear memory never shrinks, so what an earlier run took is not held against this one. */
  beginRun(): void {
    this.#runCap = Math.max(this.#softBytes, this.linearBytes);
    this.#collectionAsked = false;
    this.#refused = false;
  }

  /**
   * Is the run over the soft cap? The first time it is, a garbage collection is asked for and a little more allowed.
   *
   * @param collect asks the engine to collect at its next allocation
   */
  isRunOverCap(collect: () => void): boolean {
    if (this.linearBytes <= this.#runCap) return false;
    if (this.#collectionAsked) return true;
    this.#collectionAsked = true;
    this.#runCap = this.linearBytes + secondChanceBytes;
    collect();
    return false;
  }

  /** Guest code may grow the heap to the hard cap while `work` runs. */
  asGuest<T>(work: () => T): T {
    return this.#capped(this.#hardBytes, work);
  }

  /** The host may use the reserve while `work` runs, also in the middle of a call from the guest. */
  withReserve<T>(work: () => T): T {
    return this.#capped(this.#hardBytes + reserveBytes, work);
  }

  /**
   * Bytes that live on the heap, right within about 5%: the engine's own figures miss ropes, strings in maps and
   * generator frames, so all free blocks are taken for a moment, and what remains is in use.
   */
  liveBytes(allocator: Allocator): number {
    return this.withoutFreeBlocks(allocator, (taken) => {
      const freeBytes = taken.reduce((sum, { size }) => sum + size, 0);
      return Math.max(0, this.linearBytes - this.#heapStart - freeBytes);
    });
  }

  /**
   * Takes all free blocks while `work` runs, which must not allocate.
   *
   * @param work gets what was taken
   */
  withoutFreeBlocks<T>({ malloc, free }: Allocator, work: (taken: readonly Block[]) => T): T {
    const refused = this.#refused;
    return this.#capped(0, () => {
      const blocks: Block[] = [];
      for (let size = 4 * megabyte; size >= 4096; size /= 4) {
        for (let address = malloc(size); address !== 0; address = malloc(size))
          blocks.push({ address, size });
      }
      try {
        return work(blocks);
      } finally {
        for (const { address } of blocks) free(address);
        this.#refused = refused;
      }
    });
  }

  #capped<T>(cap: number, work: () => T): T {
    const before = this.#cap;
    this.#cap = cap;
    try {
      return work();
    } finally {
      this.#cap = before;
    }
  }
}

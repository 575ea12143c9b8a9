/**
 * Finds what a program started and left behind. Killing its process group misses a process that left the group, so each
 * program gets a file of its own open as descriptor 3, which whatever it starts inherits. A process that closes what it
 * inherits is not found; only Linux lets us look.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isSystemError } from '../system-error.js';
import { endProcess } from './end-process.js';

/** Where in a program's descriptors the mark is. */
const markDescriptor = 3;
/** A process may start others while we look; each round finds those that were there when it began. */
const maxRounds = 10;
/** Processes that are looked at together. */
const lookedAtOnce = 32;

export class ProcessMark {
  private constructor(
    private readonly handle: FileHandle,
    private readonly dev: bigint,
    private readonly ino: bigint,
  ) {}

  /** @returns undefined where processes cannot be looked at */
  static async create(): Promise<ProcessMark | undefined> {
    if (process.platform !== 'linux') return undefined;
    const file = path.join(tmpdir(), `vm-system-${randomUUID()}`);
    const { O_RDONLY, O_CREAT, O_EXCL } = constants;
    const handle = await open(file, O_RDONLY | O_CREAT | O_EXCL, 0o400);
    await rm(file);
    const { dev, ino } = await handle.stat({ bigint: true });
    return new ProcessMark(handle, dev, ino);
  }

  /** To be given to a program as descriptor {@link markDescriptor}. */
  get fd(): number {
    return this.handle.fd;
  }

  /** Ends every process that has the mark, and gives the mark up. */
  async endHolders(): Promise<void> {
    try {
      for (let round = 0; round < maxRounds; round++) {
        const holders = await this.#holders();
        if (holders.length === 0) return;
        for (const pid of holders) endProcess(pid);
      }
    } finally {
      await this.handle.close();
    }
  }

  async #holders(): Promise<number[]> {
    const all = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
    const holders: number[] = [];
    for (let from = 0; from < all.length; from += lookedAtOnce) {
      const some = all.slice(from, from + lookedAtOnce);
      const marked = await Promise.all(some.map((pid) => this.#isHeldBy(pid)));
      holders.push(...some.filter((_, index) => marked[index]));
    }
    return holders;
  }

  async #isHeldBy(pid: number): Promise<boolean> {
    try {
      const { dev, ino } = await stat(`/proc/${pid}/fd/${markDescriptor}`, { bigint: true });
      return dev === this.dev && ino === this.ino;
    } catch (error) {
      // It has ended, belongs to somebody else, or has no such descriptor.
      if (isSystemError(error)) return false;
      throw error;
    }
  }
}

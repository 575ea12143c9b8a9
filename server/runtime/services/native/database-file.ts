/** A database's file in the worktree: read as a whole when it is opened, replaced as a whole by each commit. */
import { randomUUID } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { ServiceError } from '../service-error.js';
import { isSystemError } from '../system-error.js';
import type { OpenPlace } from '../worktree-walk.js';
import type { FileAccess } from './files/access.js';
import { asFileError, FileProblem } from './files/errors.js';

/** The largest file that is opened, in bytes. A database grows no larger either. */
const maxFileBytes = 64 * 1024 * 1024;

/** Both, always: a database that may only be read could not even be rolled back. */
const needs = ['read', 'write'] as const;

/** Tells a file's content from a later one. */
type Stamp = Pick<BigIntStats, 'dev' | 'ino' | 'size' | 'mtimeNs'>;

export class DatabaseFile {
  #content: Uint8Array<ArrayBuffer>;
  /** Of the file as it was read or saved last; undefined while there is none. */
  #stamp: Stamp | undefined;

  private constructor(
    private readonly access: FileAccess,
    /** Worktree relative. */
    private readonly path: string,
    content: Uint8Array<ArrayBuffer>,
    stamp: Stamp | undefined,
  ) {
    this.#content = content;
    this.#stamp = stamp;
  }

  /**
   * Reads the file, if there is one.
   *
   * @param file worktree relative
   * @throws `CAPABILITY_DENIED`: it is not granted to be both read and written; `INVALID_PATH`; `DATABASE_FAILED`:
   *   another program is using it; the system's own codes
   */
  static async open(access: FileAccess, file: string): Promise<DatabaseFile> {
    return asFile(file, () =>
      access.at(file, needs, 'follow', async (place) => {
        if (place.status === undefined) return new DatabaseFile(access, file, new Uint8Array(), undefined);
        const handle = await place.open(constants.O_RDONLY);
        try {
          await access.requireForeign(handle, file);
          await requireUnused(place, file);
          const stamp = await handle.stat({ bigint: true });
          return new DatabaseFile(access, file, await contentOf(handle), stamp);
        } finally {
          await handle.close();
        }
      }),
    );
  }

  /** @returns what was read; once, to be given away */
  takeContent(): Uint8Array<ArrayBuffer> {
    const content = this.#content;
    this.#content = new Uint8Array();
    return content;
  }

  /**
   * Replaces the file: after a crash of any kind it has the old content or the new one.
   *
   * @throws `CAPABILITY_DENIED`, `INVALID_PATH`; `DATABASE_FAILED`: somebody else has changed the file since; the
   *   system's own codes
   */
  async save(content: Uint8Array): Promise<void> {
    await asFile(this.path, () =>
      this.access.at(this.path, needs, 'follow', async (place) => {
        const before = await statusOf(place.at);
        if (!isSame(before, this.#stamp)) {
          throw failed(`${quoted(this.path)} was changed by somebody else; what was to be saved is lost`);
        }
        this.#stamp = await replace(
          place,
          content,
          before === undefined ? 0o666 : Number(before.mode & 0o777n),
        );
      }),
    );
  }
}

/** The content is on the disk before it gets the file's name. */
async function replace(place: OpenPlace, content: Uint8Array, mode: number): Promise<Stamp> {
  if ((mode & 0o222) === 0) throw new FileProblem('EACCES');
  const { O_WRONLY, O_CREAT, O_EXCL } = constants;
  const name = path.posix.basename(place.path).slice(0, 100);
  const temporary = place.beside(`.${name}.${randomUUID()}.tmp`);
  const handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
  try {
    try {
      await handle.writeFile(content);
      await handle.datasync();
      const stamp = await handle.stat({ bigint: true });
      await rename(temporary, place.at);
      return stamp;
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A log or a journal beside it says that its content is not all in the file. */
async function requireUnused(place: OpenPlace, file: string): Promise<void> {
  for (const ending of ['-wal', '-journal']) {
    const beside = await statusOf(place.beside(path.posix.basename(place.path) + ending));
    if (beside !== undefined && beside.size > 0) {
      throw failed(
        `${quoted(file)} is in use by another program: there is ${quoted(file + ending)} beside it`,
      );
    }
  }
}

/** @returns bytes in a buffer of their own, which can be given to another thread */
async function contentOf(handle: FileHandle): Promise<Uint8Array<ArrayBuffer>> {
  const { size } = await handle.stat();
  if (size > maxFileBytes) throw new FileProblem('EFBIG', `larger than ${maxFileBytes / 1024 / 1024} MB`);
  const content = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await handle.read(content, length, size - length);
    if (bytesRead === 0) return content.slice(0, length);
    length += bytesRead;
  }
  return content;
}

async function statusOf(place: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(place, { bigint: true });
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isSame(one: Stamp | undefined, other: Stamp | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (['dev', 'ino', 'size', 'mtimeNs'] as const).every((key) => one[key] === other[key]);
}

async function asFile<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asFileError(error, 'open', file);
  }
}

const failed = (message: string): ServiceError => new ServiceError('DATABASE_FAILED', message);
const quoted = (text: string): string => JSON.stringify(text);

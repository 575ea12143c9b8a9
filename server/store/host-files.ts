/**
 * The files of one open database on the real disk, as SQLite asks for them: the database, its write-ahead log and its
 * journal, and no other. Remembers what went wrong, because SQLite tells its caller no more than "I/O error".
 */
import fs from 'node:fs';
import path from 'node:path';

/** The functions of node:fs that reach the disk. Tests put failures between them and the store. */
export type HostIo = Pick<
  typeof fs,
  | 'openSync'
  | 'closeSync'
  | 'readSync'
  | 'writeSync'
  | 'ftruncateSync'
  | 'fsyncSync'
  | 'fdatasyncSync'
  | 'fstatSync'
  | 'statSync'
  | 'unlinkSync'
>;

/**
 * `disk-full`: nothing was lost; the transaction is rolled back, and a later one may succeed.
 * `refused`: a file could not be opened, examined or removed; nothing was lost.
 * `io-error`: what the kernel holds of the files is uncertain. A failed fsync may have dropped the pages it was to
 * write, and asking again reports success, so only a new process that recovers from the log may go on.
 */
export interface IoFailure {
  readonly kind: 'disk-full' | 'refused' | 'io-error';
  readonly operation: string;
  readonly cause: unknown;
}

/** An error in the shape of node:fs: `code` is what the caller of the file layer goes by. */
export class FileError extends Error {
  override readonly name = 'FileError';

  constructor(readonly code: string) {
    super(code);
  }
}

/** The code of a failed system call, such as `ENOENT`; undefined for any other error. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const noSpaceCodes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** What SQLite appends to a database's name for the files beside it. */
const suffixes = ['', '-wal', '-journal', '-shm'];

/** Only its owner may read what the sessions did. */
const fileMode = 0o600;

export class HostFiles {
  /** The latest failed operation since {@link forgetFailure}. */
  failure: IoFailure | undefined;
  /** The `io-error` after which the files are not touched any more. */
  fatal: IoFailure | undefined;
  #writable = false;
  readonly #open = new Set<HostFile>();
  /** Files that were made while nothing may change: SQLite does not read a database without making its log. */
  readonly #made = new Set<string>();
  /** The inode of the database that is open. */
  #inode: number | undefined;

  /**
   * @param path real path of the database. The file may be missing, its folder may not
   * @param io the functions that reach the disk
   * @param onFatal called once, after the engine has returned, when an `io-error` makes the files unusable
   */
  constructor(
    readonly path: string,
    private readonly io: HostIo,
    private readonly onFatal: (failure: IoFailure) => void,
  ) {}

  /** Until this is called every change is refused, so that a database that is not ours stays as it is. */
  allowWrites(): void {
    this.#writable = true;
  }

  forgetFailure(): void {
    this.failure = undefined;
  }

  /** Bytes on disk of the database and its log. */
  sizeBytes(): number {
    const sizeOf = (name: string) => this.io.statSync(name, { throwIfNoEntry: false })?.size ?? 0;
    return sizeOf(this.path) + sizeOf(`${this.path}-wal`);
  }

  /**
   * @param name of the database or a file beside it; '' is their folder, which SQLite opens to sync it
   * @param flags of open(2), without O_CREAT for what must exist
   */
  open(name: string, flags: number): HostFile {
    const file = this.#attempt('open', () => {
      if (name === '') return new HostFile(this, this.io, this.#openFolder(), 'folder');
      const target = this.#resolve(name);
      const isNew = this.io.statSync(target, { throwIfNoEntry: false }) === undefined;
      const fd = this.io.openSync(target, flags, fileMode);
      if (isNew && !this.#writable) this.#made.add(target);
      return new HostFile(this, this.io, fd, 'file');
    });
    if (name === path.basename(this.path)) this.#inode = file.stat().ino;
    this.#open.add(file);
    return file;
  }

  stat(name: string): fs.Stats {
    return this.#attempt('stat', () => this.io.statSync(this.#resolve(name)));
  }

  /**
   * Removes a file beside the database. When the database was deleted or replaced meanwhile, the file of that name
   * belongs to its successor and stays.
   */
  unlink(name: string): void {
    this.checkWritable();
    this.#attempt('unlink', () => {
      const database = this.io.statSync(this.path, { throwIfNoEntry: false });
      if (database?.ino === this.#inode) this.io.unlinkSync(this.#resolve(name));
    });
  }

  /** Closes what SQLite left open, which it does only after a failure, and leaves the folder as it was found. */
  closeAll(): void {
    for (const file of this.#open) file.close();
    if (this.#writable) return;
    for (const file of this.#made) this.io.unlinkSync(file);
  }

  /** @internal for {@link HostFile} */
  closed(file: HostFile): void {
    this.#open.delete(file);
  }

  /** @internal for {@link HostFile}: runs an operation on an open file, where every failure but a full disk is fatal. */
  transfer<T>(operation: string, work: () => T): T {
    if (this.fatal !== undefined) throw new FileError('EIO');
    try {
      return work();
    } catch (cause) {
      const noSpace = noSpaceCodes.has(systemErrorCode(cause) ?? '');
      // A sync that fails for want of space has lost data that write calls had already accepted.
      const kind = noSpace && operation !== 'sync' ? 'disk-full' : 'io-error';
      this.failure = { kind, operation, cause };
      if (kind === 'disk-full') throw new FileError('ENOSPC');
      this.#fail(this.failure);
      throw new FileError('EIO');
    }
  }

  /** @internal for {@link HostFile} */
  checkWritable(): void {
    if (!this.#writable) throw new FileError('EROFS');
    if (this.fatal !== undefined) throw new FileError('EIO');
  }

  #attempt<T>(operation: string, work: () => T): T {
    try {
      return work();
    } catch (cause) {
      const code = systemErrorCode(cause) ?? 'EIO';
      // SQLite looks for a log or journal by asking for it.
      if (code !== 'ENOENT') {
        this.failure = { kind: noSpaceCodes.has(code) ? 'disk-full' : 'refused', operation, cause };
      }
      throw cause;
    }
  }

  #fail(failure: IoFailure): void {
    this.fatal = failure;
    queueMicrotask(() => this.onFatal(failure));
  }

  #resolve(name: string): string {
    if (name === '') return path.dirname(this.path);
    const base = path.basename(this.path);
    if (!suffixes.some((suffix) => name === base + suffix)) throw new FileError('ENOENT');
    return path.join(path.dirname(this.path), name);
  }

  /** Windows has no folders to open, and none to sync. */
  #openFolder(): number | undefined {
    return process.platform === 'win32' ? undefined : this.io.openSync(path.dirname(this.path), 'r');
  }
}

/** One open file with its position. */
export class HostFile {
  position = 0;

  constructor(
    private readonly files: HostFiles,
    private readonly io: HostIo,
    private readonly fd: number | undefined,
    readonly kind: 'file' | 'folder',
  ) {}

  /** Reads at the position and moves it. @returns the bytes read, fewer than asked for at the end of the file */
  read(into: Uint8Array, offset: number, length: number): number {
    return this.files.transfer('read', () => {
      const count = this.io.readSync(this.#fd, into, offset, length, this.position);
      this.position += count;
      return count;
    });
  }

  /** Writes at the position and moves it. @returns the bytes written, fewer than asked for when the disk fills up */
  write(from: Uint8Array, offset: number, length: number): number {
    this.files.checkWritable();
    return this.files.transfer('write', () => {
      const count = this.io.writeSync(this.#fd, from, offset, length, this.position);
      this.position += count;
      return count;
    });
  }

  truncate(size: number): void {
    this.files.checkWritable();
    this.files.transfer('truncate', () => this.io.ftruncateSync(this.#fd, size));
  }

  sync(): void {
    this.files.checkWritable();
    this.files.transfer('sync', () => {
      if (this.kind === 'file') this.io.fdatasyncSync(this.#fd);
      else if (this.fd !== undefined) this.io.fsyncSync(this.fd);
    });
  }

  stat(): fs.Stats {
    return this.files.transfer('stat', () => this.io.fstatSync(this.#fd));
  }

  close(): void {
    this.files.closed(this);
    if (this.fd !== undefined) this.io.closeSync(this.fd);
  }

  get #fd(): number {
    if (this.fd === undefined) throw new FileError('EISDIR');
    return this.fd;
  }
}

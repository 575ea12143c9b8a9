export type EntryType = 'file' | 'directory' | 'symlink' | 'other';

/** As the host tells it. Times are milliseconds since the epoch. */
export interface StatusRecord {
  readonly type: EntryType;
  readonly size: number;
  readonly mode: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;
}

/** What something is, asked as in Node. */
class Entry {
  readonly #type: EntryType;

  constructor(type: EntryType) {
    this.#type = type;
  }

  isFile(): boolean {
    return this.#type === 'file';
  }

  isDirectory(): boolean {
    return this.#type === 'directory';
  }

  isSymbolicLink(): boolean {
    return this.#type === 'symlink';
  }
}

export class Stats extends Entry {
  /** In bytes. */
  readonly size: number;
  readonly mode: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;
  readonly atime: Date;
  readonly mtime: Date;
  readonly ctime: Date;
  readonly birthtime: Date;

  constructor({ type, size, mode, atimeMs, mtimeMs, ctimeMs, birthtimeMs }: StatusRecord) {
    super(type);
    this.size = size;
    this.mode = mode;
    this.atimeMs = atimeMs;
    this.mtimeMs = mtimeMs;
    this.ctimeMs = ctimeMs;
    this.birthtimeMs = birthtimeMs;
    this.atime = new Date(atimeMs);
    this.mtime = new Date(mtimeMs);
    this.ctime = new Date(ctimeMs);
    this.birthtime = new Date(birthtimeMs);
  }
}

export class Dirent extends Entry {
  constructor(
    readonly name: string,
    /** The folder, as it was asked for. */
    readonly parentPath: string,
    type: EntryType,
  ) {
    super(type);
  }
}

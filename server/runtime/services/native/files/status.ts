import type { Dirent, Stats } from 'node:fs';
import type { FileAccess } from './access.js';
import { FileProblem } from './errors.js';

export type EntryType = 'file' | 'directory' | 'symlink' | 'other';

/** What guest code hears of a file. Times are milliseconds since the epoch. */
interface FileStatus {
  readonly type: EntryType;
  /** In bytes. */
  readonly size: number;
  readonly mode: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;
}

/** What a path leads to, or with `keep` what the link at its end is itself. */
export function statusAt(access: FileAccess, file: string, lastLink: 'follow' | 'keep'): Promise<FileStatus> {
  return access.at(file, ['read'], lastLink, ({ status }) => {
    if (status === undefined) throw new FileProblem('ENOENT');
    const { size, mode, atimeMs, mtimeMs, ctimeMs, birthtimeMs } = status;
    return Promise.resolve({ type: typeOf(status), size, mode, atimeMs, mtimeMs, ctimeMs, birthtimeMs });
  });
}

export function typeOf(entry: Stats | Dirent): EntryType {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}

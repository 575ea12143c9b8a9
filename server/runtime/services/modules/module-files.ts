/** The files of a worktree, for many lookups at once; every look goes through the confined walk. */
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { VmError } from '../../../../shared/errors.js';
import type { SourceFile, WorktreeFiles } from '../../../core/ports.js';
import { isSystemError } from '../system-error.js';
import { contentHash } from '../../content-hash.js';
import { readOpenSource } from '../worktree-files.js';
import { inWorktreeFolder, openInWorktree, type OpenFolder } from '../worktree-walk.js';
import { OpenFolders } from './open-folders.js';
import type { SourceCache } from './source-cache.js';

/** A file with a hash that tells whether its text changed. */
export interface HashedFile extends SourceFile {
  readonly hash: string;
}

/** What is at a path, links followed. */
export type Kind = 'file' | 'folder' | 'nothing';

export class ModuleFiles {
  readonly #folders: OpenFolders;

  /** @param root real path of the worktree */
  constructor(
    private readonly files: WorktreeFiles,
    private readonly root: string,
    private readonly cache: SourceCache,
  ) {
    this.#folders = new OpenFolders(root);
  }

  /** Lookups are faster while `work` lasts, and see folders as they were at its first look. */
  during<T>(work: () => Promise<T>): Promise<T> {
    return this.#folders.keeping(work);
  }

  /** @param file worktree relative */
  async kind(file: string): Promise<Kind> {
    if (isFolderName(file)) return 'folder';
    try {
      const seen = await this.#look(file);
      return seen === 'link' ? await this.#lookBehindLink(file) : seen;
    } catch (error) {
      if (isAbsent(error)) return 'nothing';
      throw error;
    }
  }

  /**
   * @param file worktree relative
   * @throws as {@link WorktreeFiles.readSource}
   */
  async read(file: string): Promise<HashedFile> {
    const name = path.posix.basename(file);
    const read = isFolderName(file)
      ? undefined
      : await this.#folders.in(parentOf(file), (folder) => this.#readIn(folder, name));
    if (read !== undefined) return read;
    // Links and whatever is no file are for the whole walk, which has the words for it.
    const source = await this.files.readSource(this.root, file);
    return { ...source, hash: contentHash(source.text) };
  }

  /** @returns undefined when it is no regular file */
  async #readIn(folder: OpenFolder, name: string): Promise<HashedFile | undefined> {
    const file = folder.path === '' ? name : `${folder.path}/${name}`;
    try {
      const status = await lstat(folder.place(name), { bigint: true });
      if (!status.isFile()) return undefined;
      const cached = this.cache.get(status);
      if (cached !== undefined) return { path: file, text: cached.text, hash: cached.hash };
      const handle = await folder.open(name);
      try {
        // The opened file may be another than the one that was looked at.
        const opened = await handle.stat({ bigint: true });
        const text = await readOpenSource(handle, file);
        const source = { path: file, text, hash: contentHash(text) };
        this.cache.put(opened, source);
        return source;
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  #look(file: string): Promise<Kind | 'link'> {
    return this.#folders.in(parentOf(file), (folder) => kindIn(folder, path.posix.basename(file)));
  }

  async #lookBehindLink(file: string): Promise<Kind> {
    try {
      return await inWorktreeFolder(this.root, file, () => Promise.resolve('folder' as const));
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
    const { handle } = await openInWorktree(this.root, file);
    await handle.close();
    return 'file';
  }
}

async function kindIn(folder: OpenFolder, name: string): Promise<Kind | 'link'> {
  try {
    const seen = await lstat(folder.place(name));
    if (seen.isFile()) return 'file';
    if (seen.isDirectory()) return 'folder';
    return seen.isSymbolicLink() ? 'link' : 'nothing';
  } catch (error) {
    if (isAbsent(error)) return 'nothing';
    throw error;
  }
}

/** Not there, or behind a link that leads out of the worktree: nothing tells the two apart. */
function isAbsent(error: unknown): boolean {
  return error instanceof VmError
    ? error.code === 'FILE_NOT_FOUND' || error.code === 'INVALID_PATH'
    : isSystemError(error);
}

function isFolderName(file: string): boolean {
  return /(?:^|\/)\.{0,2}$/.test(file);
}

function parentOf(file: string): string {
  const parent = path.posix.dirname(file);
  return parent === '.' ? '' : parent;
}

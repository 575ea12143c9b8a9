/**
 * Opens files of a worktree so that nothing outside it is ever read, or even told from nothing. A check of the whole
 * path before opening it could be outrun by someone who swaps a folder for a link in between; so the path is walked
 * from the root, part by part, each opened in the folder opened before, and links are followed by this walk only.
 */
import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import { type FileHandle, lstat, open, readlink, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { VmError } from '../../../shared/errors.js';
import { ServiceError } from './service-error.js';
import { isSystemError, systemError } from './system-error.js';

/** As the kernel's own limit. */
const maxLinks = 40;
/** Each folder on the way is a file descriptor, of which the host has a number that all sessions share. */
const maxDepth = 128;
const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
/** Some systems have no such flags; there the places are compared again after opening. */
const quietly = (O_NOFOLLOW || 0) | (O_NONBLOCK || 0);

/** An open regular file of a worktree. Whoever gets it closes the handle. */
export interface OpenFile {
  readonly handle: FileHandle;
  /** Worktree relative with `/`, links resolved. */
  readonly path: string;
}

interface Folder {
  readonly name: string;
  /** On Linux, where files are found in the opened folder itself. */
  readonly handle?: FileHandle;
}

/**
 * @param root real path of the worktree
 * @param file worktree relative, parts separated by `/`
 * @throws `INVALID_PATH`: absolute, with a NUL, leading out of the worktree; `FILE_NOT_FOUND`: not there, not
 *   readable, or not a regular file
 */
export async function openInWorktree(root: string, file: string): Promise<OpenFile> {
  if (file.includes('\0')) throw invalidPath(file, 'contains a NUL character');
  if (path.isAbsolute(file)) throw invalidPath(file, 'is absolute');
  return walking(root, file, (walk) => walk.toFile());
}

/** An open folder of a worktree, for as long as it is used. */
export interface OpenFolder {
  /** Worktree relative with `/`, links resolved; '' is the worktree itself. */
  readonly path: string;
  /** Where to find a name in this very folder, for a system call that follows no link at its end. */
  place(name: string): string;
  /** Opens a regular file of this very folder to be read, and nothing else. */
  open(name: string): Promise<FileHandle>;
}

/**
 * @param root real path of the worktree
 * @param folder worktree relative, parts separated by `/`; '' is the worktree itself
 * @param use what to do in it while it is open
 * @throws `INVALID_PATH` and `FILE_NOT_FOUND`, as {@link openInWorktree}
 */
export async function inWorktreeFolder<T>(
  root: string,
  folder: string,
  use: (folder: OpenFolder) => Promise<T>,
): Promise<T> {
  if (folder.includes('\0')) throw invalidPath(folder, 'contains a NUL character');
  if (path.isAbsolute(folder)) throw invalidPath(folder, 'is absolute');
  return walking(root, folder, async (walk) => use(await walk.toFolder()));
}

/** Where a name stands, or could stand, in an open folder of a worktree, for as long as it is used. */
export interface OpenPlace {
  /** Worktree relative with `/`, links resolved; '' is the worktree itself. */
  readonly path: string;
  /** What is there, not followed if it is a link; undefined when nothing is. It may have changed since. */
  readonly status: Stats | undefined;
  /** For a system call that follows no link at its end. */
  readonly at: string;
  /** Where to find another name in the same folder, for such a call too. */
  beside(name: string): string;
  /**
   * Opens the regular file that is there, and nothing else.
   *
   * @param flags beside those that keep it from following links and from waiting
   */
  open(flags: number): Promise<FileHandle>;
}

/**
 * @param root real path of the worktree
 * @param file worktree relative, parts separated by `/`; need not exist, but its folder must
 * @param lastLink what to do when the last part is a link
 * @param use what to do there while its folder is open
 * @throws `INVALID_PATH` and `FILE_NOT_FOUND`, as {@link openInWorktree}; a system's error is the cause of the latter
 */
export async function atWorktreePlace<T>(
  root: string,
  file: string,
  lastLink: 'follow' | 'keep',
  use: (place: OpenPlace) => Promise<T>,
): Promise<T> {
  if (file.includes('\0')) throw invalidPath(file, 'contains a NUL character');
  if (path.isAbsolute(file)) throw invalidPath(file, 'is absolute');
  return walking(root, file, async (walk) => use(await walk.toPlace(lastLink)));
}

async function walking<T>(root: string, file: string, go: (walk: Walk) => Promise<T>): Promise<T> {
  const walk = new Walk(root, file);
  try {
    return await go(walk);
  } catch (error) {
    if (!isSystemError(error) || error instanceof VmError || error instanceof ServiceError) throw error;
    throw notFound(file, absentCodes.has(error.code) ? 'does not exist' : 'cannot be read', error);
  } finally {
    await walk.close();
  }
}

const absentCodes = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']);

/** What the path is to lead to. */
type Goal = 'file' | 'folder';

class Walk {
  /** The folders from the root to where the walk is. */
  readonly #folders: Folder[] = [];
  #parts: string[];
  #links = 0;

  constructor(
    private readonly root: string,
    private readonly file: string,
  ) {
    this.#parts = file.split('/');
  }

  async toFile(): Promise<OpenFile> {
    const found = await this.#run('file');
    if (found === undefined) throw notFound(this.file, 'is not a regular file');
    return found;
  }

  /** The folder is open until the walk is closed. */
  async toFolder(): Promise<OpenFolder> {
    await this.#run('folder');
    const names = this.#folders.slice(1).map(({ name }) => name);
    return {
      path: names.join('/'),
      place: (name) => this.#place(name),
      open: (name) => this.#open(name, 'file'),
    };
  }

  /** Its folder is open until the walk is closed. */
  async toPlace(lastLink: 'follow' | 'keep'): Promise<OpenPlace> {
    await this.#begin();
    for (let part = this.#parts.shift(); part !== undefined; part = this.#parts.shift()) {
      if (part === '' || part === '.') continue;
      if (part === '..') await this.#leave();
      else if (this.#parts.some((rest) => rest !== '' && rest !== '.')) await this.#enter(part, 'folder');
      else {
        const status = await statusOf(this.#place(part));
        if (lastLink === 'keep' || !status?.isSymbolicLink()) return this.#placeAt(part, status);
        await this.#follow(await readlink(this.#place(part)));
      }
    }
    return this.#placeAt('.', await lstat(this.#place('.')));
  }

  #placeAt(name: string, status: Stats | undefined): OpenPlace {
    return {
      path: name === '.' ? this.#pathOf('').slice(0, -1) : this.#pathOf(name),
      status,
      at: this.#place(name),
      beside: (other) => this.#place(other),
      open: (flags) => this.#open(name, 'file', flags),
    };
  }

  async #begin(): Promise<void> {
    this.#folders.push(
      onLinux ? { name: '', handle: await open(this.root, O_RDONLY | O_DIRECTORY) } : { name: '' },
    );
  }

  /** @returns the file, when a file was looked for and found */
  async #run(goal: Goal): Promise<OpenFile | undefined> {
    await this.#begin();
    for (let part = this.#parts.shift(); part !== undefined; part = this.#parts.shift()) {
      if (part === '' || part === '.') continue;
      if (part === '..') await this.#leave();
      else {
        const found = await this.#enter(part, goal);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  async close(): Promise<void> {
    for (const { handle } of this.#folders.splice(0)) await handle?.close();
  }

  /** @returns the file, when this was the path's last part */
  async #enter(name: string, goal: Goal): Promise<OpenFile | undefined> {
    const place = this.#place(name);
    const seen = await lstat(place);
    if (seen.isSymbolicLink()) {
      await this.#follow(await readlink(place));
      return undefined;
    }
    const isLast = goal === 'file' && this.#parts.every((part) => part === '');
    // A pipe or a device is not even opened: that alone can have effects.
    if (!(seen.isFile() && isLast) && !seen.isDirectory()) {
      throw isLast ? notFound(this.file, 'is not a regular file') : this.#notFolder();
    }
    if (isLast) return { handle: await this.#open(name, 'file'), path: this.#pathOf(name) };
    if (this.#folders.length > maxDepth) {
      throw notFound(this.file, `lies in more than ${maxDepth} folders`, systemError('ENAMETOOLONG'));
    }
    this.#folders.push(onLinux ? { name, handle: await this.#open(name, 'folder') } : { name });
    return undefined;
  }

  /** What it is, is asked of the opened file: it may have been swapped since it was looked at. */
  async #open(name: string, kind: 'file' | 'folder', flags = O_RDONLY): Promise<FileHandle> {
    const place = this.#place(name);
    const handle = await open(place, flags | quietly);
    try {
      const opened = await handle.stat();
      if (!(kind === 'file' ? opened.isFile() : opened.isDirectory())) {
        throw kind === 'file' ? notFound(this.file, 'is not a regular file') : this.#notFolder();
      }
      if (!onLinux) await this.#verify(place, opened);
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #leave(): Promise<void> {
    if (this.#folders.length === 1) throw this.#escape();
    await this.#folders.pop()?.handle?.close();
  }

  /** An absolute link is right when it names a place below the root. */
  async #follow(target: string): Promise<void> {
    if (++this.#links > maxLinks) throw notFound(this.file, 'does not exist', systemError('ELOOP'));
    if (!path.isAbsolute(target)) {
      this.#parts.unshift(...split(target));
      return;
    }
    const inside = path.relative(this.root, target);
    if (path.isAbsolute(inside) || split(inside)[0] === '..') throw this.#escape();
    while (this.#folders.length > 1) await this.#leave();
    this.#parts.unshift(...split(inside));
  }

  /** Where to find `name` in the folder that the walk is in. Linux finds it in the very folder that was opened. */
  #place(name: string): string {
    const handle = this.#folders.at(-1)?.handle;
    return handle === undefined
      ? path.join(this.root, this.#pathOf(name))
      : `/proc/self/fd/${handle.fd}/${name}`;
  }

  /** Worktree relative path of `name` in the folder that the walk is in. */
  #pathOf(name: string): string {
    return [...this.#folders.slice(1).map((folder) => folder.name), name].join('/');
  }

  /** Elsewhere the place is looked up again: it must still be the opened file, below the root. */
  async #verify(place: string, opened: { dev: number; ino: number }): Promise<void> {
    const real = await realpath(place);
    const again = await stat(real);
    const inside = real.startsWith(this.root + path.sep);
    if (!inside || again.dev !== opened.dev || again.ino !== opened.ino) throw this.#escape();
  }

  #notFolder(): VmError {
    return notFound(this.file, 'does not exist', systemError('ENOTDIR'));
  }

  #escape(): VmError {
    return invalidPath(this.file, 'leads out of the worktree');
  }
}

const onLinux = process.platform === 'linux';

/** What is there, not followed if it is a link; undefined when nothing is. */
async function statusOf(place: string): Promise<Stats | undefined> {
  try {
    return await lstat(place);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

const split = (text: string): string[] => text.split(path.sep === '\\' ? /[/\\]/ : '/');

function invalidPath(file: string, why: string): VmError {
  return new VmError('INVALID_PATH', `${JSON.stringify(file)} ${why}.`);
}

function notFound(file: string, why: string, cause?: unknown): VmError {
  return new VmError('FILE_NOT_FOUND', `${JSON.stringify(file)} ${why}.`, undefined, { cause });
}

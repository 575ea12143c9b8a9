import type { BigIntStats, Dirent } from 'node:fs';
import { type FileHandle, opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ServiceError } from '../../service-error.js';
import { isSystemError } from '../../system-error.js';
import { atWorktreePlace, inWorktreeFolder, type OpenFolder, type OpenPlace } from '../../worktree-walk.js';
import type { FileAccess as Access, Grants } from '../grants.js';
import { FileProblem } from './errors.js';

/** Where a session's files are, and who may use them. */
export interface FilePlace {
  /** Real path of the worktree. */
  readonly root: string;
  /** What may be read and written; asked for a path as written and for where it leads. */
  readonly grants: Grants;
  /** Real paths of the host's own files, its database and its key: no grant reaches them. */
  readonly hostFiles: readonly string[];
}

/** The way to a session's files: nothing that is not granted, and nothing of the host's own. */
export class FileAccess {
  constructor(private readonly place: FilePlace) {}

  /**
   * Goes to a path for as long as it is used.
   *
   * @param needs judged for the path as written, before anything is looked at, and for where it leads
   * @throws `CAPABILITY_DENIED`, `INVALID_PATH`, `FILE_NOT_FOUND`
   */
  async at<T>(
    file: string,
    needs: readonly Access[],
    lastLink: 'follow' | 'keep',
    use: (place: OpenPlace) => Promise<T>,
  ): Promise<T> {
    for (const access of needs) this.place.grants.requireFile(file, access);
    return atWorktreePlace(this.place.root, file, lastLink, (place) => {
      this.require(place.path, needs);
      return use(place);
    });
  }

  /**
   * Opens a folder for as long as it is used, which must be no link: whoever swaps it for one gets `ENOTDIR`.
   *
   * @param folder worktree relative, links resolved
   */
  async in<T>(folder: string, use: (folder: OpenFolder) => Promise<T>): Promise<T> {
    return inWorktreeFolder(this.place.root, folder, (opened) => {
      if (opened.path !== folder) throw new FileProblem('ENOTDIR');
      return use(opened);
    });
  }

  /** @param file worktree relative, links resolved @throws `CAPABILITY_DENIED`, `INVALID_PATH` */
  require(file: string, needs: readonly Access[]): void {
    for (const access of needs) this.place.grants.requireFile(file, access);
    if (this.#isHostFile(file)) throw hostFile(file);
  }

  allows(file: string, access: Access): boolean {
    return this.place.grants.allowsFile(file, access) && !this.#isHostFile(file);
  }

  /** A file of the host's own may have another name in the worktree. @throws `INVALID_PATH` */
  async requireForeign(handle: FileHandle, file: string): Promise<void> {
    const opened = await handle.stat({ bigint: true });
    for (const own of this.place.hostFiles.flatMap((each) => [each, `${each}-wal`, `${each}-journal`])) {
      const status = await statusOf(own);
      if (status?.dev === opened.dev && status.ino === opened.ino) throw hostFile(file);
    }
  }

  /** One of them, or what begins with its name: a log, journal or lock; whether or not the system minds case. */
  #isHostFile(file: string): boolean {
    const { root, hostFiles } = this.place;
    const real = path.join(root, file).toLowerCase();
    return hostFiles.some((own) => real.startsWith(own.toLowerCase()));
  }
}

/** A folder may have very many entries: they are read some at a time, so that the host goes on in between. */
export async function* entriesOf(folder: OpenFolder): AsyncGenerator<Dirent> {
  yield* await opendir(folder.place('.'), { bufferSize: 500 });
}

const hostFile = (file: string): ServiceError =>
  new ServiceError('INVALID_PATH', `${JSON.stringify(file)} belongs to the host itself`);

async function statusOf(file: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(file, { bigint: true });
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

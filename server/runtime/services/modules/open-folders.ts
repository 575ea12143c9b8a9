/** The folders of a worktree that many modules are looked up in, kept open meanwhile: each is walked to once. */
import { inWorktreeFolder, type OpenFolder } from '../worktree-walk.js';

/** Each open folder holds a file descriptor for every part of its path. */
const maxOpen = 64;

export class OpenFolders {
  readonly #open = new Map<string, Promise<OpenFolder>>();
  #users = 0;
  #close: (() => void) | undefined;
  #closed: Promise<void> = Promise.resolve();

  /** @param root real path of the worktree */
  constructor(private readonly root: string) {}

  /** Keeps folders open while `work` lasts. */
  async keeping<T>(work: () => Promise<T>): Promise<T> {
    if (this.#users++ === 0) {
      this.#closed = new Promise((resolve) => {
        this.#close = resolve;
      });
    }
    try {
      return await work();
    } finally {
      if (--this.#users === 0) {
        this.#open.clear();
        this.#close?.();
      }
    }
  }

  /**
   * @param folder worktree relative; '' is the worktree itself
   * @throws `INVALID_PATH` and `FILE_NOT_FOUND`, as {@link inWorktreeFolder}
   */
  async in<T>(folder: string, use: (folder: OpenFolder) => Promise<T>): Promise<T> {
    const known = this.#open.get(folder);
    if (known !== undefined) return use(await known);
    if (this.#open.size >= maxOpen) return inWorktreeFolder(this.root, folder, use);
    const closed = this.#closed;
    const opened = new Promise<OpenFolder>((resolve, reject) => {
      inWorktreeFolder(this.root, folder, (open) => {
        resolve(open);
        return closed;
      }).catch(reject);
    });
    this.#open.set(folder, opened);
    return use(await opened);
  }
}

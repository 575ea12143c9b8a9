import type { Assets } from './assets.js';
import { Core, type Log } from './core/core.js';
import { createRuntime, createWorktreeFiles } from './runtime/index.js';
import { checkDatabasePath, defaultDatabasePath, type HostIo, openStore } from './store/index.js';

export interface HostOptions {
  /** The folder that sessions work in unless they name another. */
  readonly worktree: string;
  /** Wins over the worktree's own database in the user's data folder. */
  readonly database?: string | undefined;
  readonly trust: 'trusted' | 'untrusted';
  /** Of the product. */
  readonly version: string;
  readonly assets: Assets;
  readonly log: Log;
  /** The disk failed in a way that only a new process recovers from: what was acknowledged is safe, end now. */
  readonly onFatal: (error: Error) => void;
  /** The file functions of the database; tests make disks full with it. */
  readonly io?: HostIo | undefined;
}

/**
 * Puts a host together: store, runtime, core. This is the only place that knows every part.
 *
 * @throws `INVALID_WORKTREE`, `VALIDATION_ERROR` (database inside the worktree), `DATABASE_LOCKED`,
 *   `DATABASE_UNSUPPORTED`, `STORAGE_FAILED`
 */
export async function openHost(options: HostOptions): Promise<Core> {
  const { assets, log } = options;
  const files = createWorktreeFiles();
  const worktree = await files.openRoot(options.worktree);
  if (options.database !== undefined) checkDatabasePath(options.database, worktree);
  const store = await openStore({
    path: options.database ?? defaultDatabasePath(worktree),
    wasmPath: assets.databaseWasm,
    onFatal: options.onFatal,
    ...(options.io !== undefined && { io: options.io }),
  });
  try {
    const runtime = createRuntime({ assets, log });
    return new Core({ ...options, store, runtime, files, worktree });
  } catch (error) {
    store.close();
    throw error;
  }
}

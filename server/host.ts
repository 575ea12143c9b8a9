import type { Assets } from './assets.js';
import { Core, type Log } from './core/core.js';
import { createRuntime, createWorktreeFiles } from './runtime/index.js';
import {
  checkDatabasePath,
  defaultDatabasePath,
  type HostIo,
  openStore,
  realDatabasePath,
} from './store/index.js';

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
  const database =
    options.database === undefined
      ? realDatabasePath(defaultDatabasePath(worktree))
      : checkDatabasePath(options.database, worktree);
  const store = await openStore({
    path: database,
    wasmPath: assets.databaseWasm,
    onFatal: options.onFatal,
    ...(options.io !== undefined && { io: options.io }),
  });
  const runtime = createRuntime({ assets, log, database });
  try {
    return new Core({ ...options, store, runtime, files, worktree });
  } catch (error) {
    await runtime.close();
    store.close();
    throw error;
  }
}

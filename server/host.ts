import type { Assets } from './assets.js';
import { Core, type Log } from './core/core.js';
import type { HibernationSettings } from './core/thread-budget.js';
import { createRuntime, createWorktreeFiles } from './runtime/index.js';
import {
  checkDatabasePath,
  defaultDatabasePath,
  defaultKeyPath,
  type HostIo,
  openStore,
  realDatabasePath,
  userDataFolder,
} from './store/index.js';

const megabyte = 1024 * 1024;

export interface HostOptions {
  /** The folder that sessions work in unless they name another. */
  readonly worktree: string;
  /** Wins over the worktree's own database in the user's data folder. */
  readonly database?: string | undefined;
  /** Takes over a database of another user or machine, without its grants and the states of its sessions. */
  readonly adopt?: boolean | undefined;
  readonly trust: 'trusted' | 'untrusted';
  /** Path of the user's key; in the user's data folder unless a test has its own. */
  readonly keyFile?: string | undefined;
  /** When sessions give up their threads: after 30 idle minutes, or beyond 1 GB in all, unless it says otherwise. */
  readonly hibernation?: { readonly [Name in keyof HibernationSettings]?: number | undefined } | undefined;
  /**
   * What all kept states may take on disk, in bytes; 0: no limit. When absent, 256 MB, or what they take already: who
   * says nothing of it is not to remove what another host was told to keep.
   */
  readonly checkpointBytes?: number | undefined;
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
  const keyPath = options.keyFile ?? defaultKeyPath();
  const store = await openStore({
    path: database,
    wasmPath: assets.databaseWasm,
    imageWorker: assets.imageWorker,
    keyPath,
    dataFolder: userDataFolder(),
    adopt: options.adopt,
    warn: (message) => log.warn(message),
    onFatal: options.onFatal,
    ...(options.io !== undefined && { io: options.io }),
  });
  const runtime = createRuntime({ assets, log, ownFiles: [database, realDatabasePath(keyPath)] });
  try {
    return new Core({
      ...options,
      store,
      runtime,
      files,
      worktree,
      build: await runtime.build(),
      hibernation: {
        idleMs: options.hibernation?.idleMs ?? 30 * 60_000,
        memoryBytes: options.hibernation?.memoryBytes ?? 1024 * megabyte,
      },
      checkpointBytes: options.checkpointBytes ?? Math.max(256 * megabyte, store.checkpoints.storedBytes),
    });
  } catch (error) {
    await runtime.close();
    store.close();
    throw error;
  }
}

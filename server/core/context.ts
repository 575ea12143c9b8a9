/** What every service of core shares. */
import type { FailureCode } from '../../shared/errors.js';
import type { BatchCommits } from './batch-commits.js';
import type { StateKeeper } from './checkpoints/keeper.js';
import type { Changes } from './changes.js';
import type { HostState } from './host-state.js';
import type { Log } from './log.js';
import type { Runtime, Store, WorktreeFiles } from './ports.js';

export type { Log } from './log.js';

export interface CoreContext {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly files: WorktreeFiles;
  readonly changes: Changes;
  readonly batches: BatchCommits;
  readonly keeper: StateKeeper;
  readonly state: HostState;
  readonly log: Log;
  /** Real path of the host's own worktree, which sessions get that name none. */
  readonly worktree: string;
}

/** Who asks. Work that a client queued is cancelled when it goes. */
export interface Client {
  readonly id: string;
}

/** Why something is stopped, as the stopped execution's `Failure` says it. */
export interface StopReason {
  readonly code: FailureCode;
  readonly message: string;
}

/** The current time in the protocol's form. */
export const now = (): string => new Date().toISOString();

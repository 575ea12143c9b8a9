import type { Health, RuntimeSummary } from '../../shared/protocol.js';
import { BatchCommits } from './batch-commits.js';
import { capabilities, modules } from './catalog/index.js';
import { libraries } from './catalog/libraries.js';
import { Changes } from './changes.js';
import { StateKeeper } from './checkpoints/keeper.js';
import { CheckpointService } from './checkpoints/service.js';
import type { Client, CoreContext, Log } from './context.js';
import { ExecutionService } from './executions.js';
import { HostState } from './host-state.js';
import { InspectionService } from './inspection.js';
import type { Runtime, Store, WorktreeFiles } from './ports.js';
import { settleLeftovers } from './recovery.js';
import { Narrowing } from './narrowing.js';
import { SessionRegister } from './session-register.js';
import { SessionService } from './sessions.js';
import { TemplateService } from './templates.js';
import type { HibernationSettings } from './thread-budget.js';

export type { Client, Log } from './context.js';

export interface CoreOptions {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly files: WorktreeFiles;
  readonly log: Log;
  /** Real path of the folder that sessions work in unless they name another. */
  readonly worktree: string;
  readonly trust: 'trusted' | 'untrusted';
  /** Of the engine: kept states of another one cannot be used. */
  readonly build: string;
  readonly hibernation: HibernationSettings;
  /** What all kept states may take on disk; 0: no limit. */
  readonly checkpointBytes: number;
  /** Of the product, for `vm/health`. */
  readonly version: string;
}

/** The domain: templates, sessions and executions, whoever asks for them and however they are kept and run. */
export class Core {
  readonly changes: Changes;
  readonly templates: TemplateService;
  readonly sessions: SessionService;
  readonly checkpoints: CheckpointService;
  readonly executions: ExecutionService;
  readonly inspection: InspectionService;
  readonly catalog = {
    modules: () => ({ items: [...modules] }),
    libraries: () => ({ items: [...libraries] }),
    capabilities: () => ({ items: [...capabilities] }),
  };
  readonly #context: CoreContext;
  #closing: Promise<void> | undefined;

  /** Settles what an earlier host left open and makes the built-in template. */
  constructor({ trust, version, build, hibernation, checkpointBytes, ...options }: CoreOptions) {
    this.changes = new Changes((message, error) => options.log.error(message, error));
    const state = new HostState(options.store, this.changes, version, trust);
    const register = new SessionRegister({ store: options.store, changes: this.changes });
    this.#context = {
      ...options,
      state,
      changes: this.changes,
      batches: new BatchCommits(options.store),
      keeper: new StateKeeper(
        { ...options, onKept: (sessionId) => register.retell(sessionId) },
        checkpointBytes === 0 ? Infinity : checkpointBytes,
      ),
    };
    const settled = settleLeftovers(options.store, build);
    if (settled.executions + settled.sessions > 0) {
      options.log.info(
        `The last host left ${settled.executions} executions and ${settled.sessions} sessions open; they are settled.`,
      );
      // It may have been in the middle of keeping a state, or of removing one.
      this.#context.keeper.sweep();
    }
    this.templates = new TemplateService(this.#context, new Narrowing(this.#context, register));
    this.sessions = new SessionService(this.#context, this.templates, register, hibernation);
    this.checkpoints = new CheckpointService(this.#context, this.sessions, register);
    this.executions = new ExecutionService(this.#context, this.sessions);
    this.inspection = new InspectionService(this.sessions);
    this.templates.ensureDefault();
  }

  health(): Health {
    return this.#context.state.health();
  }

  summary(): RuntimeSummary {
    const active = this.sessions.live().filter((live) => live.record.status === 'ready');
    return {
      activeSessions: active.length,
      activeSessionIds: active.map((live) => live.record.id),
      runningExecutions: active.filter((live) => live.busy).length,
      memoryBytes: active.reduce((sum, live) => sum + live.memoryBytes, 0),
      totals: this.#context.store.stats().totals,
    };
  }

  /** Without trust no guest code runs: sessions keep their state and sleep. */
  setTrust(trust: 'trusted' | 'untrusted'): void {
    this.#context.state.setTrust(trust);
    this.sessions.trustChanged(trust);
  }

  /** A client went: what it queued is cancelled. */
  clientGone({ id }: Client): void {
    this.sessions.clientGone(id);
  }

  /** Ends every session, then the runtime and the store. Idempotent. Never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { runtime, store, state, log } = this.#context;
    try {
      await this.sessions.closeAll();
      await this.#context.keeper.close();
      await runtime.close();
      state.requireStorage();
    } catch (error) {
      log.error('The host could not record all of its end; its next start settles what is open', error);
    } finally {
      store.close();
    }
  }
}

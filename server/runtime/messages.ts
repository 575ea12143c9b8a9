/** What the main thread and a session's thread say to each other over the session's port. */
import type { MessagePort } from 'node:worker_threads';
import type { Failure, JsonObject, Settings, Value } from '../../shared/models.js';
import type { EventBatch } from './event-tail.js';
import type { TypeScriptOrigin } from './stripped-text.js';

/** What a session's thread is started with. */
export interface WorkerStart {
  readonly engine: WebAssembly.Module;
  /** JavaScript text of the guest kernel. */
  readonly kernel: string;
  /** Buffer of the {@link ControlBlock}. */
  readonly control: SharedArrayBuffer;
  /** Buffer of the {@link EventTail}. */
  readonly tail: SharedArrayBuffer;
  /** Carries {@link ToWorker} and {@link FromWorker}. */
  readonly port: MessagePort;
  /** Carries {@link HostCall} and {@link HostReply}. */
  readonly calls: MessagePort;
}

export interface LibrarySource {
  readonly id: string;
  readonly text: string;
}

/** Makes the thread a session's. */
export interface OpenMessage {
  readonly type: 'open';
  readonly settings: Settings;
  /** Names of the native modules that it may import. */
  readonly modules: readonly string[];
  readonly libraries: readonly LibrarySource[];
}

/** Where a job's text comes from. */
export type RunSource = RunText & {
  /** Of JavaScript that was TypeScript. */
  readonly typescript?: TypeScriptOrigin | undefined;
};
type RunText =
  | {
      readonly kind: 'cell';
      readonly text: string;
      /** The document that it stands in, and the line of the document that it begins at. */
      readonly uri?: string | undefined;
      readonly line?: number | undefined;
      /** Worktree-relative folder that its relative imports start from; '' is the worktree itself. */
      readonly folder: string;
    }
  | { readonly kind: 'file'; readonly path: string; readonly text: string };

export interface RunMessage {
  readonly type: 'run';
  readonly run: number;
  readonly executionId: string;
  readonly source: RunSource;
  readonly args: JsonObject;
  readonly env: JsonObject;
  /** The heap's cap for this run; at most the session's. */
  readonly memMb: number;
}

export type ToWorker =
  | OpenMessage
  | RunMessage
  /** Wakes a job that merely waits; the request itself is in the control block. */
  | { readonly type: 'stop' }
  /** Drops the timers of ended executions. */
  | { readonly type: 'stopBackground' };

/** Why a run was stopped: on the main thread's request, which knows the reason, or for memory. */
export type StopCause = 'requested' | 'memory';

export type RunOutcome =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'thrown'; readonly failure: Failure }
  | { readonly kind: 'stopped'; readonly cause: StopCause };

export type FromWorker =
  | { readonly type: 'opened' }
  /** A library threw; the message says what. */
  | { readonly type: 'openFailed'; readonly library: string; readonly message: string }
  | ({ readonly type: 'events' } & EventBatch)
  | {
      readonly type: 'done';
      readonly run: number;
      readonly outcome: RunOutcome;
      readonly cpuMs: number;
      readonly memoryBytes: number;
    }
  /** Guest code began to run for an ended execution while nobody watched the thread. */
  | { readonly type: 'entered' }
  /** Background work was stopped, and its execution's timers dropped. */
  | {
      readonly type: 'entryStopped';
      readonly run: number;
      readonly executionId: string;
      readonly cause: StopCause;
    }
  /** The guest cannot be used any more. */
  | { readonly type: 'lost'; readonly reason: string; readonly cause: StopCause | 'crashed' };

/** A call that guest code waits for while the main thread serves it. */
export interface HostCall {
  readonly id: number;
  readonly operation: string;
  readonly payload: unknown;
}

/** How a refused call looks to guest code: an Error with these properties. */
export interface HostCallError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
}

export type HostReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: HostCallError };

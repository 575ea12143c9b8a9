/** What the main thread and a session's thread say to each other over the session's port. */
import type { MessagePort } from 'node:worker_threads';
import type { Failure, JsonObject, Settings, Value } from '../../shared/models.js';
import type { EngineBuild } from './engine-build.js';
import type { Completions, listVariables, ResultOf } from '../../shared/protocol.js';
import type { BackgroundState, HeapImage, VariablesQuery } from '../core/ports.js';
import type { EventBatch } from './event-tail.js';
import type { NativeModuleTexts } from './native-module-list.js';
import type { TypeScriptOrigin } from './stripped-text.js';

/** What a session's thread is started with. */
export interface WorkerStart {
  readonly engine: WebAssembly.Module;
  /** JavaScript text of the guest kernel. */
  readonly kernel: string;
  readonly build: EngineBuild;
  readonly modules: NativeModuleTexts;
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
  /** Name of the global that holds it. */
  readonly global: string;
  /** All that it is imported as. */
  readonly specifiers: readonly string[];
  /** Of an ES module, whose default export the library is. */
  readonly text: string;
}

/** Makes the thread a session's. */
export interface OpenMessage {
  readonly type: 'open';
  readonly settings: Settings;
  /** Names of the native modules that it may import. */
  readonly modules: readonly string[];
  /** Names of the globals that it is granted. */
  readonly globals: readonly string[];
  readonly origin: GuestOrigin;
}

/** What a guest is made from. */
export type GuestOrigin =
  { readonly kind: 'new'; readonly libraries: readonly LibrarySource[] } | ImageOrigin;

export interface ImageOrigin {
  readonly kind: 'image';
  readonly image: HeapImage;
  /** The execution that it is the state after. */
  readonly executionId?: string | undefined;
  /** Those of the template that are in the image can be imported. Of their texts, only the first lines matter. */
  readonly libraries: readonly LibrarySource[];
  readonly resumption: Resumption;
}

/** What is different from when the image was made. */
export interface Resumption {
  /** The session goes back after its thread was lost, goes on after a while, or is another one than the image's. */
  readonly reason: 'rollback' | 'wake' | 'new-session';
  /** The execution whose timers must not run again; they kept the session from being stopped. */
  readonly without?: string | undefined;
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
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly text: string;
      /** Whatever it looks like. */
      readonly as?: 'module' | undefined;
    };

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

/** What a session's thread is asked about what its guest holds. */
export type VariablesInquiry = { readonly kind: 'variables' } & VariablesQuery;
export interface CompletionInquiry {
  readonly kind: 'complete';
  readonly text: string;
  /** In UTF-16 units. */
  readonly offset: number;
  /** Worktree-relative folder that relative imports start from. */
  readonly folder: string;
}
export type Inquiry = VariablesInquiry | CompletionInquiry;

export type InquiryAnswer =
  | { readonly kind: 'variables'; readonly page: ResultOf<typeof listVariables> }
  | { readonly kind: 'completions'; readonly completions: Completions }
  /** A module's specifier is being typed, which begins with this: the main thread knows what there is. */
  | {
      readonly kind: 'specifier';
      readonly typed: string;
      readonly replace: Completions['replace'];
    }
  /** The question makes no sense, for this field. */
  | { readonly kind: 'refused'; readonly field: 'path' | 'cursor' };

export interface InquiryMessage {
  readonly type: 'inquire';
  readonly id: number;
  readonly inquiry: Inquiry;
}

export type ToWorker =
  | InquiryMessage
  | OpenMessage
  | RunMessage
  /** Wakes a job that merely waits; the request itself is in the control block. */
  | { readonly type: 'stop' }
  /** Asks for an image of the guest as it is. */
  | { readonly type: 'image' }
  /** Drops the timers and operations of ended executions. */
  | { readonly type: 'stopBackground' }
  /** What was held back while the session slept may enter the guest. */
  | { readonly type: 'wake' }
  /** An operation's answer. */
  | { readonly type: 'settled'; readonly reply: HostReply }
  /** From now on no other native modules may be imported. */
  | { readonly type: 'narrow'; readonly modules: readonly string[] };

/** Why a run was stopped: on the main thread's request, which knows the reason, or for memory. */
export type StopCause = 'requested' | 'memory';

export type RunOutcome =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'thrown'; readonly failure: Failure }
  | { readonly kind: 'stopped'; readonly cause: StopCause };

export type FromWorker =
  | { readonly type: 'opened' }
  /** The guest as it is. @see RuntimeObserver.onImage for the execution */
  | { readonly type: 'image'; readonly image: HeapImage; readonly executionId: string | undefined }
  /** The image that came last is still the guest as it is. */
  | { readonly type: 'imageIsCurrent' }
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
  /** Whether timers or operations are left that may yet call guest code; told when it changes. */
  | { readonly type: 'background'; readonly state: BackgroundState }
  /** Guest code began to run for an ended execution while nobody watched the thread. */
  | { readonly type: 'entered' }
  /** Background work was stopped, and its execution's timers dropped. */
  | {
      readonly type: 'entryStopped';
      readonly run: number;
      readonly executionId: string;
      readonly cause: StopCause;
    }
  /** Guest code started an operation, and goes on. */
  | { readonly type: 'operation'; readonly call: HostCall }
  /** Nobody waits for these operations any more: they were cancelled, or their answers have arrived. */
  | { readonly type: 'operationsOver'; readonly ids: readonly number[] }
  /** An answer; none when it was given up, as it took too long or memory ended. */
  | { readonly type: 'answered'; readonly id: number; readonly answer: InquiryAnswer | undefined }
  /** The guest cannot be used any more. */
  | { readonly type: 'lost'; readonly reason: string; readonly cause: StopCause | 'crashed' };

/** What guest code has the main thread do. It waits for a call; an operation lets it go on. */
export interface HostCall {
  readonly id: number;
  readonly operation: string;
  readonly payload: unknown;
  /** What travels beside the payload: bytes, or the UTF-8 of a text. */
  readonly data?: Uint8Array | undefined;
}

/** How a refused call looks to guest code: an Error with these properties. */
export interface HostCallError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
}

export type HostReply =
  | {
      readonly id: number;
      readonly ok: true;
      readonly value: unknown;
      /** What travels beside the value; a text is its UTF-8, and takes the value's place. */
      readonly data?: { readonly bytes: Uint8Array; readonly as: 'bytes' | 'text' } | undefined;
    }
  | { readonly id: number; readonly ok: false; readonly error: HostCallError };

/**
 * What core needs from outside, as interfaces: the store, the runtime and the worktree's files. Adapters in
 * server/store and server/runtime implement them; server/host.ts is the only place that knows which.
 */
import type { FailureCode } from '../../shared/errors.js';
import type {
  Capability,
  Checkpoint,
  EventBody,
  Execution,
  ExecutionEvent,
  ExecutionKind,
  ExecutionStatus,
  Failure,
  JsonObject,
  Language,
  Limits,
  Session,
  SessionStatus,
  Settings,
  StartupFile,
  Template,
  Value,
} from '../../shared/models.js';
import type { complete, Completions, listVariables, ParamsOf, ResultOf } from '../../shared/protocol.js';

// ---------------------------------------------------------------- store

/** Everything a session needs of its template, copied at create and restart, so that later edits do not reach it. */
export interface TemplateSnapshot {
  readonly name: string;
  readonly engine: Template['engine'];
  readonly settings: Settings;
  readonly libraries: readonly string[];
  readonly capabilities: readonly Capability[];
  readonly startupFiles: readonly StartupFile[];
}

/** A session's row: the model without its live parts, with what only the host uses. */
export interface SessionRecord extends Omit<Session, 'busy' | 'queued' | 'runtimeMeta'> {
  readonly snapshot: TemplateSnapshot;
  readonly memoryBytes?: number | undefined;
  /** Digest of the creating request, where the caller chose the id: tells a retry from a clash. */
  readonly requestDigest?: string | undefined;
}

/** An execution's row. */
export interface ExecutionRecord extends Execution {
  readonly requestDigest?: string | undefined;
}

/** One page of a list, newest first. `cursor` is opaque and comes from the page before. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}
export interface Page<T> {
  readonly items: T[];
  readonly nextCursor?: string;
}

export interface SessionFilter {
  readonly status?: SessionStatus | undefined;
  readonly templateId?: string | undefined;
  readonly worktreePath?: string | undefined;
}
export interface ExecutionFilter {
  readonly sessionId?: string | undefined;
  readonly worktreePath?: string | undefined;
  readonly status?: ExecutionStatus | undefined;
  readonly kind?: ExecutionKind | undefined;
  readonly text?: string | undefined;
}

/** Page requests with a cursor that no list of ours issued raise `VALIDATION_ERROR`. */
export interface TemplateStore {
  /** `modules` of the model is a view of the capability rows, which are kept on their own. */
  insert(template: Template): void;
  update(template: Template): void;
  /** Deletes capabilities and startup files too; sessions keep their rows and lose the reference. */
  delete(id: string): void;
  get(id: string): Template | undefined;
  findByName(name: string): Template | undefined;
  list(page: PageRequest): Page<Template>;
  capabilities(templateId: string): Capability[];
  putCapability(capability: Capability): void;
  deleteCapability(id: string): void;
  /** By orderIndex, ties by insertion. */
  startupFiles(templateId: string): StartupFile[];
  putStartupFile(file: StartupFile): void;
  deleteStartupFile(id: string): void;
}

export interface SessionStore {
  insert(session: SessionRecord): void;
  update(session: SessionRecord): void;
  /** Deletes its executions and events too. */
  delete(id: string): void;
  get(id: string): SessionRecord | undefined;
  list(filter: SessionFilter, page: PageRequest): Page<SessionRecord>;
  /** Those in one of these states, oldest first, unpaged: for recovery and for checks. */
  inStatus(...statuses: SessionStatus[]): SessionRecord[];
}

export interface ExecutionStore {
  insert(execution: ExecutionRecord): void;
  update(execution: ExecutionRecord): void;
  get(id: string): ExecutionRecord | undefined;
  list(filter: ExecutionFilter, page: PageRequest): Page<ExecutionRecord>;
  /** Those still `queued` or `running`, oldest first. */
  open(): ExecutionRecord[];
  /** The line that the session's executions are on now: another one each time that it went back to an earlier state. */
  timeline(sessionId: string): TimelineKey;
  /**
   * The session went back to an earlier state: marks those of its executions as `rewound` that are not in it, and the
   * others as not. Those that wait run from the earlier state on.
   *
   * @param waiting one that is `running` by its row, but has not begun
   * @returns those whose mark changed
   */
  goBack(sessionId: string, point: StatePoint, waiting?: string): ExecutionRecord[];
  /** The last one that is not rewound, those in the background aside. */
  last(sessionId: string): string | undefined;
  appendEvents(events: readonly ExecutionEvent[]): void;
  /** Events after `afterSeq` by seq, at most `limit` and about 1 MB of payload. */
  events(executionId: string, afterSeq: number, limit: number): ExecutionEvent[];
}

/** Names a line of executions of a session; null is its first. */
export type TimelineKey = number | null;

/** Which of a session's executions are in a state. */
export interface StatePoint {
  /** The line that they are on. */
  readonly timeline: TimelineKey;
  /** The last one; undefined before the first. */
  readonly executionId?: string | undefined;
  /** When the state was taken. */
  readonly at: string;
}

/** A kept state of a session. */
export interface CheckpointRecord extends Checkpoint {
  /** Of the image, see {@link HeapImage.build}. */
  readonly build: string;
}

/** A state to be kept. */
export interface NewCheckpoint {
  readonly id: string;
  readonly sessionId: string;
  /** See {@link StatePoint}, as for the next one. */
  readonly timeline: TimelineKey;
  /** The execution that it is the state after; undefined before the first. */
  readonly executionId?: string | undefined;
  readonly label?: string | undefined;
  readonly createdAt: string;
}

/** States of sessions with their images. Slow work is done elsewhere, or in small steps. */
export interface CheckpointStore {
  /** @returns when it is durable */
  put(checkpoint: NewCheckpoint, image: HeapImage): Promise<CheckpointRecord>;
  /** @throws ImageRefused: damaged, or not from this user's host */
  image(id: string): Promise<HeapImage>;
  get(id: string): CheckpointRecord | undefined;
  /** The one that the session goes on from. */
  latest(sessionId: string): CheckpointRecord | undefined;
  ofExecution(sessionId: string, executionId: string): CheckpointRecord | undefined;
  list(sessionId: string, page: PageRequest): Page<CheckpointRecord>;
  /** @throws `CHECKPOINT_NOT_FOUND` */
  point(id: string): StatePoint;
  setLabel(id: string, label: string | undefined): void;
  /** Takes a label from all of a session's states but the newest ones that have it. */
  clearLabels(sessionId: string, label: string, keep: number): void;
  delete(id: string): Promise<void>;
  /**
   * Removes states without a label: of each session all but the newest ones, then the oldest of all.
   *
   * @param keep how many each session may have, and how many bytes there may be of all pieces
   */
  trim(keep: { readonly perSession: number; readonly bytes: number }): Promise<void>;
  /** Removes what belongs to no state any more: of sessions that were deleted, or from before a crash. */
  sweep(): Promise<void>;
  /** Of all images on disk. */
  readonly storedBytes: number;
}

export interface StoreStats {
  readonly path: string;
  readonly sizeBytes: number;
  readonly schemaVersion: number;
  readonly totals: { templates: number; sessions: number; executions: number; events: number };
}

/**
 * The database: one synchronous writer. Raises `STORAGE_FAILED` when a write cannot be made durable.
 */
export interface Store {
  readonly templates: TemplateStore;
  readonly sessions: SessionStore;
  readonly executions: ExecutionStore;
  readonly checkpoints: CheckpointStore;
  /** Runs `work` as one transaction: all of it is durable when this returns, or none of it happened. Calls nest. */
  transaction<T>(work: () => T): T;
  /** Writes and deletes a row durably: does the disk take writes again? */
  probe(): void;
  stats(): StoreStats;
  close(): void;
}

// ---------------------------------------------------------------- files of the worktree

/** A text file inside a worktree, by the path it really has there. */
export interface SourceFile {
  /** Worktree relative with `/`, symlinks resolved. */
  readonly path: string;
  readonly text: string;
}

export interface WorktreeFiles {
  /**
   * Resolves and checks a worktree folder.
   * @returns its real path
   * @throws `INVALID_WORKTREE`: not absolute, missing, not a folder
   */
  openRoot(path: string): Promise<string>;
  /**
   * Reads a UTF-8 source file by real path inside `root`; a byte order mark is dropped.
   * @param path worktree relative
   * @throws `INVALID_PATH`: absolute, NUL, escaping, through a symlink that leaves the worktree;
   *   `FILE_NOT_FOUND`: missing, or not a regular file; `VALIDATION_ERROR`: not UTF-8, or over 10 MB
   */
  readSource(root: string, path: string): Promise<SourceFile>;
}

// ---------------------------------------------------------------- runtime

/** What a live runtime is made from. */
export interface RuntimeSpec {
  readonly sessionId: string;
  /** Real path of the worktree. */
  readonly root: string;
  readonly settings: Settings;
  readonly libraries: readonly LibraryFile[];
  readonly capabilities: readonly Capability[];
}

/** A library of the catalogue, as the runtime loads it. */
export interface LibraryFile {
  readonly id: string;
  readonly version: string;
  /** Name of the global that holds it. */
  readonly global: string;
  /** What it is imported as, beside its id. */
  readonly aliases?: readonly string[] | undefined;
  /** `sha512-` and the base64 of its text's hash. */
  readonly integrity: string;
}

/** One piece of guest code to run to its end. */
export interface Job {
  readonly executionId: string;
  readonly source: JobSource;
  readonly args: JsonObject;
  readonly env: JsonObject;
  readonly limits: Pick<Limits, 'cpuMs' | 'wallMs' | 'memMb'>;
}
export type JobSource =
  /** Text typed or sent: `uri` and `line` say where it stands in a document, if it does. */
  | {
      readonly kind: 'cell';
      readonly text: string;
      readonly language: Language;
      readonly uri?: string | undefined;
      readonly line?: number | undefined;
    }
  /** A worktree file: its language by its extension, script or module by docs/protocol.md, "What a file is". */
  | { readonly kind: 'file'; readonly file: SourceFile; readonly as?: 'module' | undefined };

/** How a job ended. It is settled once, after the last of its events. */
export interface JobResult {
  readonly outcome: JobOutcome;
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Of the guest's heap, after the job. */
  readonly memoryBytes: number;
}
export type JobOutcome =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'thrown'; readonly failure: Failure }
  /** A limit or a request ended it. */
  | { readonly kind: 'stopped'; readonly code: FailureCode; readonly message: string };

/**
 * A guest's whole state, as it was while nothing ran. Core keeps it and hands it back; only the runtime makes it and
 * knows the inside.
 */
export interface HeapImage {
  /** The builds of engine and kernel that it fits: no other can take it up. */
  readonly build: string;
  /** Bytes of linear memory. */
  readonly linearBytes: number;
  /** Which pages of 4 KB it holds, ascending. All others are zero. */
  readonly pageNumbers: Uint32Array;
  /** Their bytes, one page after the other. */
  readonly pages: Uint8Array;
  /** What the runtime has to know beside memory, as JSON. */
  readonly companion: string;
  /** In use on the guest's heap. */
  readonly memoryBytes: number;
  /** How many timers and operations wait in it. */
  readonly pending: number;
}
/** A question about what a guest holds, see docs/protocol.md. No guest code runs for it, and nothing changes. */
export type VariablesQuery = Omit<ParamsOf<typeof listVariables>, 'sessionId'>;
export type CompletionQuery = Omit<ParamsOf<typeof complete>, 'sessionId'>;

/** Is something left in a session that may yet call guest code: timers, operations? */
export type BackgroundState = 'armed' | 'quiet';

/** What a guest goes on from. */
export interface RestoredState {
  readonly image: HeapImage;
  /** The execution that it is the state after. */
  readonly executionId: string | undefined;
  /** In another session than the image's, clocks begin anew. */
  readonly as: 'same-session' | 'another-session';
}

/** What a live runtime tells core. */
export interface RuntimeObserver {
  /**
   * Events in the order they happened, of the execution that caused them, which may be over already.
   * @returns when they are durable; the runtime holds the guest back while too many are not
   */
  onEvents(executionId: string, events: readonly EventBody[]): Promise<void>;
  /**
   * The guest's state after an execution, or after background work since.
   *
   * @param executionId the last job that ended; undefined before the first
   */
  onImage(image: HeapImage, executionId: string | undefined): void;
  /**
   * The guest could not be stopped, or broke its engine, and goes on from the last image that was told of.
   *
   * @param executionId the job that was running, which has not ended yet; undefined when none was
   */
  onRolledBack(executionId: string | undefined): void;
  /** Timers or operations were armed when there were none, or none is left. Told before the end of a job that did it. */
  onBackground(state: BackgroundState): void;
  /** The guest's state is gone and could not be brought back. A running job is settled before this. */
  onLost(reason: string): void;
}

/** A guest with its state, on a thread of its own. Jobs run one at a time; core keeps the order. */
export interface LiveRuntime {
  /** Runs a job to its end. Never rejects: whatever happens is an outcome. */
  run(job: Job): Promise<JobResult>;
  /**
   * Stops the running job, and its timers and operations; what the guest cannot be stopped from in time costs the
   * thread. Without a running job, nothing happens.
   */
  stop(code: FailureCode, message: string): void;
  /** Drops the timers and operations of ended executions, and stops them if they run. */
  stopBackground(): void;
  /**
   * The guest's state as it is now. Only between jobs.
   *
   * @throws when it is lost meanwhile
   */
  image(): Promise<HeapImage>;
  /**
   * Takes away at once what these capabilities do not allow: the next use is refused, and programs that run without
   * leave are ended. They must allow nothing that those before did not.
   */
  narrow(capabilities: readonly Capability[]): void;
  /**
   * Lists bindings, or what is inside one.
   * @throws `VALIDATION_ERROR`: nothing is at the path, or the cursor is none of this list; `SESSION_BUSY`: background
   *   work does not let go of the thread; `SESSION_NOT_READY`: it is gone
   */
  variables(query: VariablesQuery): Promise<ResultOf<typeof listVariables>>;
  /** What may be typed at a place of a cell. @throws `SESSION_BUSY`, `SESSION_NOT_READY`, as {@link variables} */
  complete(query: CompletionQuery): Promise<Completions>;
  /** Keeps timers and operations from entering the guest until {@link wake}; what runs must be stopped besides. */
  sleep(): void;
  /** Lets enter what came meanwhile, late timers once each. */
  wake(): void;
  /** Ends the thread. Idempotent. */
  close(): Promise<void>;
}

export interface Runtime {
  /**
   * Starts a fresh guest: kernel, libraries, grants; no startup files, which are jobs like any other. It sleeps until
   * {@link LiveRuntime.wake}.
   */
  open(spec: RuntimeSpec, observer: RuntimeObserver): Promise<LiveRuntime>;
  /**
   * Goes on from an image of a guest with the same settings. Its timers run on as soon as {@link LiveRuntime.wake} lets
   * them, operations that were under way are rejected with `HOST_STOPPED`, and its random numbers are new ones.
   *
   * @param state of this build, see {@link build}
   */
  restore(spec: RuntimeSpec, state: RestoredState, observer: RuntimeObserver): Promise<LiveRuntime>;
  /** Names the engine and the kernel: only images with the same name fit. */
  build(): Promise<string>;
  /** Ends every thread. */
  close(): Promise<void>;
}

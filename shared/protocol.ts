/**
 * The protocol: every request and notification beside its method, as one schema that types and validates it.
 * docs/protocol.md describes the same messages for people; a test fails when the two disagree.
 */
import { NotificationType, ParameterStructures, RequestType } from 'vscode-jsonrpc';
import { z } from 'zod';
import type { ErrorData } from './errors.js';
import {
  Capability,
  Checkpoint,
  CapabilityKind,
  Engine,
  Execution,
  ExecutionEvent,
  ExecutionKind,
  ExecutionStatus,
  Id,
  JsonObject,
  Language,
  Limits,
  Name,
  Session,
  SessionStatus,
  SettingsPatch,
  StartupFile,
  Template,
  Value,
} from './models.js';

/** The version of this page. A client offers a range; the host answers with the one that both speak. */
export const protocolVersion = 1;

/** The largest message the host takes, in bytes. */
export const maxMessageBytes = 16 * 1024 * 1024;

/** The most items a page of a list holds. */
export const maxPageItems = 1000;

/** The longest text that completions are given in, in UTF-16 units. */
const maxCompletedLength = 512 * 1024;

/** How many executions may wait in one session. */
export const maxQueuedExecutions = 1000;

/** A request of the protocol: what it takes, what it answers, and its typed name for a JSON-RPC connection. */
export interface VmRequest<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  readonly method: string;
  readonly params: P;
  readonly result: R;
  readonly type: RequestType<z.input<P>, z.output<R>, ErrorData>;
}

/** A notification of the protocol, see {@link VmRequest}. */
export interface VmNotification<P extends z.ZodType = z.ZodType> {
  readonly method: string;
  readonly params: P;
  readonly type: NotificationType<z.input<P>>;
}

export type ParamsOf<T extends { params: z.ZodType }> = z.output<T['params']>;
export type ResultOf<T extends VmRequest> = z.output<T['result']>;

function request<P extends z.ZodType, R extends z.ZodType>(
  method: string,
  params: P,
  result: R,
): VmRequest<P, R> {
  return {
    method,
    params,
    result,
    type: new RequestType(method, ParameterStructures.byName),
  };
}

function notification<P extends z.ZodType>(method: string, params: P): VmNotification<P> {
  return { method, params, type: new NotificationType(method, ParameterStructures.byName) };
}

const none = z.strictObject({});
const byTemplate = z.strictObject({ templateId: Id });
const bySession = z.strictObject({ sessionId: Id });
const byExecution = z.strictObject({ executionId: Id });

/** Keyset paging: `cursor` is the opaque `nextCursor` of the page before, so that later rows never shift a page. */
const paging = {
  limit: z.int().min(1).max(maxPageItems).default(50),
  cursor: z.string().min(1).max(500).optional(),
};
const page = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), nextCursor: z.string().optional() });
const list = <T extends z.ZodType>(item: T) => z.strictObject({ items: z.array(item) });

// ---------------------------------------------------------------- initialize (vm-system's part of it)

const versionRange = z.tuple([z.int(), z.int()]);

/** `capabilities.experimental.vmSystem` of a client; plain LSP clients send nothing. */
export const ClientFeatures = z.object({
  protocol: versionRange,
  features: z.array(z.string()).default([]),
});
export type ClientFeatures = z.infer<typeof ClientFeatures>;

/** At least that, as less is a mistake in the unit; or 0. */
const noneOr = (least: number, none: string) =>
  z.int().refine((value) => value === 0 || value >= least, `must be 0 for ${none}, or at least ${least}`);

export const InitializationOptions = z.strictObject({
  database: z.string().min(1).optional(),
  worktree: z.string().min(1).optional(),
  trusted: z.boolean().optional(),
  locale: z.string().optional(),
  hibernation: z
    .strictObject({
      idleMs: noneOr(1000, 'never').optional(),
      memoryBytes: noneOr(16 * 2 ** 20, 'no limit').optional(),
    })
    .optional(),
  checkpoints: z.strictObject({ diskBytes: noneOr(2 ** 20, 'no limit').optional() }).optional(),
});
export type InitializationOptions = z.infer<typeof InitializationOptions>;

/** Client to host: trust in the workspace was granted or taken away. */
export const setTrust = notification('vm/setTrust', z.strictObject({ trusted: z.boolean() }));

// ---------------------------------------------------------------- host

export const Health = z
  .strictObject({
    status: z.enum(['ok', 'degraded']),
    version: z.string(),
    protocol: z.int(),
    pid: z.int(),
    uptimeMs: z.int(),
    engines: z.array(z.string()),
    database: z.strictObject({ path: z.string(), sizeBytes: z.int(), schemaVersion: z.int() }),
  })
  .meta({ id: 'Health' });
export type Health = z.infer<typeof Health>;

export const RuntimeSummary = z
  .strictObject({
    activeSessions: z.int(),
    activeSessionIds: z.array(Id),
    runningExecutions: z.int(),
    memoryBytes: z.int(),
    totals: z.strictObject({
      templates: z.int(),
      sessions: z.int(),
      executions: z.int(),
      events: z.int(),
    }),
  })
  .meta({ id: 'RuntimeSummary' });
export type RuntimeSummary = z.infer<typeof RuntimeSummary>;

export const health = request('vm/health', none, Health);
export const runtimeSummary = request('vm/runtime/summary', none, RuntimeSummary);

// ---------------------------------------------------------------- catalogue: what a template may name

export const CatalogModule = z
  .strictObject({
    name: z.string(),
    description: z.string(),
    functions: z.array(z.string()),
  })
  .meta({ id: 'CatalogModule' });
export const CatalogLibrary = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    version: z.string(),
    description: z.string(),
    /** The global variable that holds it. */
    global: z.string(),
    license: z.string(),
    /** What else it is imported as. */
    aliases: z.array(z.string()).optional(),
    /** Sessions without a capability of this kind do not start with it. */
    requires: CapabilityKind.optional(),
    /** Bytes of its code. */
    size: z.int(),
    /** Of its code, as in subresource integrity: checked each time a session loads it. */
    integrity: z.string(),
  })
  .meta({ id: 'CatalogLibrary' });
export const CatalogCapability = z
  .strictObject({
    kind: CapabilityKind,
    description: z.string(),
    /** What `name` means for this kind. */
    name: z.string(),
    /** JSON Schema of `config`. */
    configSchema: JsonObject,
  })
  .meta({ id: 'CatalogCapability' });
export type CatalogModule = z.infer<typeof CatalogModule>;
export type CatalogLibrary = z.infer<typeof CatalogLibrary>;
export type CatalogCapability = z.infer<typeof CatalogCapability>;

export const catalogModules = request('vm/catalog/modules', none, list(CatalogModule));
export const catalogLibraries = request('vm/catalog/libraries', none, list(CatalogLibrary));
export const catalogCapabilities = request('vm/catalog/capabilities', none, list(CatalogCapability));

// ---------------------------------------------------------------- templates

export const createTemplate = request(
  'vm/templates/create',
  z.strictObject({
    name: Name,
    description: z.string().max(10_000).default(''),
    engine: Engine.default('quickjs'),
    settings: SettingsPatch.optional(),
  }),
  Template,
);
export const listTemplates = request('vm/templates/list', z.strictObject(paging), page(Template));

export const TemplateDetail = z
  .strictObject({
    template: Template,
    capabilities: z.array(Capability),
    startupFiles: z.array(StartupFile),
  })
  .meta({ id: 'TemplateDetail' });
export type TemplateDetail = z.infer<typeof TemplateDetail>;
export const getTemplate = request('vm/templates/get', byTemplate, TemplateDetail);

export const updateTemplate = request(
  'vm/templates/update',
  byTemplate.extend({
    name: Name.optional(),
    description: z.string().max(10_000).optional(),
    isActive: z.boolean().optional(),
    settings: SettingsPatch.optional(),
  }),
  Template,
);
export const deleteTemplate = request('vm/templates/delete', byTemplate, Template);
export const duplicateTemplate = request(
  'vm/templates/duplicate',
  byTemplate.extend({ name: Name }),
  Template,
);

const byTemplateAndName = byTemplate.extend({ name: z.string().min(1).max(200) });
export const addModule = request('vm/templates/addModule', byTemplateAndName, Template);
export const removeModule = request('vm/templates/removeModule', byTemplateAndName, Template);
export const addLibrary = request('vm/templates/addLibrary', byTemplateAndName, Template);
export const removeLibrary = request('vm/templates/removeLibrary', byTemplateAndName, Template);

const byCapability = byTemplate.extend({ kind: CapabilityKind, name: z.string().min(1).max(500) });
export const addCapability = request(
  'vm/templates/addCapability',
  byCapability.extend({
    effect: z.enum(['allow', 'deny']).default('allow'),
    enabled: z.boolean().default(true),
    config: JsonObject.default({}),
  }),
  Capability,
);
export const updateCapability = request(
  'vm/templates/updateCapability',
  byCapability.extend({
    effect: z.enum(['allow', 'deny']).optional(),
    enabled: z.boolean().optional(),
    config: JsonObject.optional(),
  }),
  Capability,
);
export const removeCapability = request('vm/templates/removeCapability', byCapability, Capability);
export const listCapabilities = request('vm/templates/listCapabilities', byTemplate, list(Capability));

const byStartupFile = byTemplate.extend({ path: z.string().max(4096) });
export const addStartupFile = request(
  'vm/templates/addStartupFile',
  byStartupFile.extend({
    orderIndex: z.int().default(0),
    /** A name the host does not know is `STARTUP_MODE_UNSUPPORTED`, not a malformed request. */
    mode: z.string().default('eval'),
  }),
  StartupFile,
);
export const updateStartupFile = request(
  'vm/templates/updateStartupFile',
  byStartupFile.extend({ orderIndex: z.int().optional(), mode: z.string().optional() }),
  StartupFile,
);
export const removeStartupFile = request('vm/templates/removeStartupFile', byStartupFile, StartupFile);
export const listStartupFiles = request('vm/templates/listStartupFiles', byTemplate, list(StartupFile));

// ---------------------------------------------------------------- sessions

export const createSession = request(
  'vm/sessions/create',
  z.strictObject({
    id: Id.optional(),
    templateId: Id.optional(),
    name: Name.optional(),
    workspaceId: z.string().max(500).optional(),
    baseCommitOid: z.string().max(500).optional(),
    worktreePath: z.string().max(4096).optional(),
  }),
  Session,
);
export const listSessions = request(
  'vm/sessions/list',
  z.strictObject({
    status: SessionStatus.optional(),
    templateId: Id.optional(),
    worktreePath: z.string().optional(),
    ...paging,
  }),
  page(Session),
);
export const getSession = request('vm/sessions/get', bySession, Session);
export const closeSession = request('vm/sessions/close', bySession, Session);
export const deleteSession = request('vm/sessions/delete', bySession, Session);
export const renameSession = request('vm/sessions/rename', bySession.extend({ name: Name }), Session);
export const restartSession = request('vm/sessions/restart', bySession, Session);
export const interruptSession = request(
  'vm/sessions/interrupt',
  bySession.extend({ queued: z.enum(['keep', 'cancel']).default('keep') }),
  z.strictObject({ interrupted: z.boolean() }),
);

// ---------------------------------------------------------------- checkpoints

const Label = z.string().min(1).max(200);
export const listCheckpoints = request('vm/sessions/checkpoints', bySession.extend(paging), page(Checkpoint));
/** Keeps the session's present state until it is deleted when it has a label, for as long as others otherwise. */
export const createCheckpoint = request(
  'vm/sessions/checkpoint',
  bySession.extend({ label: Label.optional() }),
  Checkpoint,
);
/** A checkpoint, or the one after an execution. */
const ofState = { checkpointId: Id.optional(), executionId: Id.optional() };
export const restoreSession = request('vm/sessions/restore', bySession.extend(ofState), Session);
export const forkSession = request(
  'vm/sessions/fork',
  bySession.extend({ ...ofState, id: Id.optional(), name: Name.optional() }),
  Session,
);
const byCheckpoint = bySession.extend({ checkpointId: Id });
/** Without a label it loses the one it had. */
export const labelCheckpoint = request(
  'vm/sessions/labelCheckpoint',
  byCheckpoint.extend({ label: Label.optional() }),
  Checkpoint,
);
export const deleteCheckpoint = request('vm/sessions/deleteCheckpoint', byCheckpoint, Checkpoint);
// ---------------------------------------------------------------- what a session holds

/** The longest path into a value, in steps. */
const maxPathSegments = 1000;

/** One step from a value into it. */
export const PathSegment = z
  .union([
    /** An own property with this key; an element of an array by its index in decimal digits. */
    z.string().max(10_000),
    /** An own property with a symbol for a key, by its position among those. */
    z.strictObject({ symbol: z.int().min(0) }),
    /** The value of an entry of a Map or Set, by its position. */
    z.strictObject({ entry: z.int().min(0) }),
    /** The key of such an entry. */
    z.strictObject({ key: z.int().min(0) }),
    /** What the engine keeps beside properties. `result` is a promise's, `value` that of a boxed primitive. */
    z.strictObject({ slot: z.enum(['prototype', 'result', 'buffer', 'value']) }),
  ])
  .meta({ id: 'PathSegment' });
export type PathSegment = z.infer<typeof PathSegment>;

export const Variable = z
  .strictObject({
    /** As a person reads it: a symbol in `Symbol(…)`, what the engine keeps in `[[…]]`. */
    name: z.string(),
    /** Of a binding the word that declared it, `global` without one; of what is inside a value, what it is there. */
    kind: z.enum([
      'const',
      'let',
      'var',
      'function',
      'class',
      'import',
      'global',
      'property',
      'accessor',
      'element',
      'entry',
      'internal',
    ]),
    value: Value,
    /** Whether there is anything inside: an object, whose path is the present one with `segment` at its end. */
    expandable: z.boolean(),
    segment: PathSegment,
    /** Of an entry of a Map; inside, its key is at `{ key }` with the position of `{ entry }`. */
    key: Value.optional(),
    /** Of strings in UTF-16 units, and of arrays and typed arrays. */
    length: z.int().optional(),
    /** Of a Map or Set. */
    size: z.int().optional(),
    /** Of buffers. */
    byteLength: z.int().optional(),
    /** A property that is not enumerable. */
    hidden: z.literal(true).optional(),
    /** A global that one of the template's libraries defined. */
    library: z.literal(true).optional(),
  })
  .meta({ id: 'Variable' });
export type Variable = z.infer<typeof Variable>;

/**
 * The session's own bindings by name, or what is inside one. Runs no guest code: accessors are shown, not asked.
 * Answered while no execution runs.
 */
export const listVariables = request(
  'vm/sessions/variables',
  bySession.extend({
    /** Part of a name, in any case. */
    filter: z.string().min(1).max(200).optional(),
    path: z.array(PathSegment).max(maxPathSegments).default([]),
    ...paging,
  }),
  page(Variable),
);

/** In UTF-16 units. */
const textRange = z.strictObject({ start: z.int().min(0), end: z.int().min(0) });

export const CompletionItem = z
  .strictObject({
    label: z.string(),
    kind: z.enum([
      'variable',
      'constant',
      'function',
      'class',
      'property',
      'method',
      'keyword',
      'module',
      'file',
      'folder',
    ]),
    /** What it holds, or where it comes from, in a few words. */
    detail: z.string().optional(),
    /** What takes the place of `replace`, where that is not the label. */
    insertText: z.string().optional(),
    /** Items are to be shown in the order of this. */
    sortText: z.string(),
    /** In place of the answer's own: a key that is no identifier takes the dot before it, too. */
    replace: textRange.optional(),
  })
  .meta({ id: 'CompletionItem' });
export type CompletionItem = z.infer<typeof CompletionItem>;

export const Completions = z
  .strictObject({
    items: z.array(CompletionItem),
    /** The text that an item takes the place of, as UTF-16 offsets. */
    replace: textRange,
    /** There are more; ask again when more is typed. */
    isIncomplete: z.boolean(),
  })
  .meta({ id: 'Completions' });
export type Completions = z.infer<typeof Completions>;

/**
 * What may be typed at a place of a cell, from its own text and from what the session holds. Runs no guest code.
 * Answered while no execution runs.
 */
export const complete = request(
  'vm/sessions/complete',
  bySession.extend({
    text: z.string().max(maxCompletedLength),
    /** Where the cursor stands in `text`, in UTF-16 units. */
    offset: z.int().min(0),
    /** The document the text comes from: relative imports start at its folder. */
    sourceUri: z.string().max(4096).optional(),
  }),
  Completions,
);

// ---------------------------------------------------------------- executions

/** What repl and runFile share. `limits` may only lower those of the session. */
const running = {
  id: Id.optional(),
  sessionId: Id,
  limits: Limits.partial().optional(),
  whenBusy: z.enum(['fail', 'queue']).default('fail'),
  queueGroup: z.string().min(1).max(200).optional(),
};
export const runRepl = request(
  'vm/executions/repl',
  z.strictObject({
    ...running,
    input: z.string(),
    language: Language.default('javascript'),
    /** The document the text came from, and the 1-based line of it where the text begins. */
    sourceUri: z
      .string()
      .max(4096)
      .regex(/^\P{Cc}*$/u, 'must not contain control characters')
      .optional(),
    sourceLine: z.int().min(1).optional(),
  }),
  Execution,
);
export const runFile = request(
  'vm/executions/runFile',
  z.strictObject({
    ...running,
    path: z.string().max(4096),
    args: JsonObject.default({}),
    env: JsonObject.default({}),
  }),
  Execution,
);
export const listExecutions = request(
  'vm/executions/list',
  z.strictObject({
    sessionId: Id.optional(),
    worktreePath: z.string().optional(),
    status: ExecutionStatus.optional(),
    kind: ExecutionKind.optional(),
    /** Part of an input or a path, in any case. */
    text: z.string().min(1).max(500).optional(),
    ...paging,
  }),
  page(Execution),
);
export const getExecution = request('vm/executions/get', byExecution, Execution);
export const cancelExecution = request('vm/executions/cancel', byExecution, Execution);
export const listEvents = request(
  'vm/executions/events',
  byExecution.extend({ afterSeq: z.int().min(0).default(0), limit: paging.limit }),
  z.strictObject({ items: z.array(ExecutionEvent), lastSeq: z.int().min(0), more: z.boolean() }),
);

// ---------------------------------------------------------------- notifications from the host

/** A row changed. Rows are summaries: input and result text is cut at 1 KB. `removed`: the row is gone. */
const removed = { removed: z.literal(true).optional() };
export const didChangeTemplate = notification(
  'vm/didChangeTemplate',
  z.strictObject({ template: Template, ...removed }),
);
export const didChangeSession = notification(
  'vm/didChangeSession',
  z.strictObject({ session: Session, ...removed }),
);
export const didChangeExecution = notification(
  'vm/didChangeExecution',
  z.strictObject({ execution: Execution, ...removed }),
);
export const didChangeHealth = notification('vm/didChangeHealth', Health);

/** Events, committed and in order; or `gap`: the client reads too slowly and pulls them with `afterSeq`. */
export const didEmitEvents = notification(
  'vm/didEmitEvents',
  z.union([
    z.strictObject({ executionId: Id, sessionId: Id, events: z.array(ExecutionEvent) }),
    z.strictObject({ executionId: Id, sessionId: Id, lastSeq: z.int(), gap: z.literal(true) }),
  ]),
);

/** Every request the host answers, for the registry, the docs check and the tests. */
export const requests = [
  health,
  runtimeSummary,
  catalogModules,
  catalogLibraries,
  catalogCapabilities,
  createTemplate,
  listTemplates,
  getTemplate,
  updateTemplate,
  deleteTemplate,
  duplicateTemplate,
  addModule,
  removeModule,
  addLibrary,
  removeLibrary,
  addCapability,
  updateCapability,
  removeCapability,
  listCapabilities,
  addStartupFile,
  updateStartupFile,
  removeStartupFile,
  listStartupFiles,
  createSession,
  listSessions,
  getSession,
  closeSession,
  deleteSession,
  renameSession,
  restartSession,
  interruptSession,
  listCheckpoints,
  createCheckpoint,
  restoreSession,
  forkSession,
  labelCheckpoint,
  deleteCheckpoint,
  listVariables,
  complete,
  runRepl,
  runFile,
  listExecutions,
  getExecution,
  cancelExecution,
  listEvents,
] as const;

export const notifications = [
  setTrust,
  didChangeTemplate,
  didChangeSession,
  didChangeExecution,
  didChangeHealth,
  didEmitEvents,
] as const;

/** The things that vm-system keeps, as they go over the wire. Each schema types and validates its model. */
import { z } from 'zod';
import { failureCodes } from './errors.js';

/** UUID v4 in lower case, the only form ids are written, compared and accepted in. */
export const Id = z
  .string()
  .regex(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    'must be a UUID v4 in lower case',
  );

/** ISO 8601 with milliseconds, UTC. */
const Timestamp = z.iso.datetime({ precision: 3 });

/** A template's or session's name: what a person types and reads in a list. */
export const Name = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(200)
  .regex(/^\P{Cc}*$/u, 'must not contain control characters');

/** Plain JSON that a client hands over or gets back unchanged. */
const Json = z.json().meta({ id: 'Json' });
export const JsonObject = z.record(z.string(), Json);
export type JsonObject = z.infer<typeof JsonObject>;

// ---------------------------------------------------------------- template

/**
 * What one execution may use. 0 means no limit, except for memMb.
 * cpuMs: milliseconds with guest code on the thread. wallMs: from start to end, awaiting included.
 * memMb: the session's heap. maxEvents, maxOutputKb: of one execution, in events and kibibytes of payload.
 */
export const Limits = z
  .strictObject({
    cpuMs: z.int().min(0).max(86_400_000),
    wallMs: z.int().min(0).max(86_400_000),
    memMb: z.int().min(16).max(1024),
    maxEvents: z.int().min(0).max(10_000_000),
    maxOutputKb: z.int().min(0).max(1_048_576),
  })
  .meta({ id: 'Limits' });
export type Limits = z.infer<typeof Limits>;

const ResolverSettings = z.strictObject({
  /** Worktree-relative folders that `/`-rooted specifiers are looked up in. */
  roots: z.array(z.string().min(1)).min(1),
  /** Tried in order when a specifier has none. */
  extensions: z.array(z.string().regex(/^\.[A-Za-z0-9.]+$/, 'must look like ".js"')),
  allowAbsoluteRepoImports: z.boolean(),
  nodeModules: z.boolean(),
});

const knownTimezones = new Set(['host']);

function isTimezone(name: string): boolean {
  if (knownTimezones.has(name)) return true;
  try {
    knownTimezones.add(new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone);
    return true;
  } catch {
    return false; // a RangeError: there is no such zone
  }
}

const RuntimeSettings = z.strictObject({
  strict: z.boolean(),
  console: z.boolean(),
  /** `host`, or a zone of the IANA database such as `Europe/Berlin`. */
  timezone: z
    .string()
    .refine(isTimezone, 'must be "host" or the name of an IANA time zone, such as "Europe/Berlin"'),
  /** Seeds Math.random for a reproducible run; null draws a fresh seed. */
  seed: z.union([z.int(), z.string().max(1000)]).nullable(),
});

export const Settings = z
  .strictObject({
    limits: Limits,
    resolver: ResolverSettings,
    runtime: RuntimeSettings,
  })
  .meta({ id: 'Settings' });
export type Settings = z.infer<typeof Settings>;

/** The settings that a request names; the others keep their value. */
export const SettingsPatch = z
  .strictObject({
    limits: Limits.partial().optional(),
    resolver: ResolverSettings.partial().optional(),
    runtime: RuntimeSettings.partial().optional(),
  })
  .meta({ id: 'SettingsPatch' });
export type SettingsPatch = z.infer<typeof SettingsPatch>;

/** What a created template gets: the original's defaults. */
export const defaultSettings: Settings = {
  limits: { cpuMs: 2000, wallMs: 5000, memMb: 128, maxEvents: 50_000, maxOutputKb: 256 },
  resolver: {
    roots: ['.'],
    extensions: ['.js', '.mjs', '.cjs', '.ts', '.mts', '.json'],
    allowAbsoluteRepoImports: true,
    nodeModules: true,
  },
  runtime: { strict: true, console: true, timezone: 'host', seed: null },
};

/** The name and limits of the built-in template, which is for people at a prompt. */
export const defaultTemplateName = 'default';
export const defaultTemplateLimits: Limits = {
  cpuMs: 60_000,
  wallMs: 0,
  memMb: 256,
  maxEvents: 100_000,
  maxOutputKb: 16_384,
};

export const engines = ['quickjs'] as const;
export const Engine = z.string().min(1);

export const Template = z
  .strictObject({
    id: Id,
    name: Name,
    description: z.string(),
    engine: z.enum(engines),
    isActive: z.boolean(),
    modules: z.array(z.string()),
    libraries: z.array(z.string()),
    settings: Settings,
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: 'Template' });
export type Template = z.infer<typeof Template>;

export const CapabilityKind = z.enum(['module', 'global', 'fs', 'net', 'env', 'exec']);
export type CapabilityKind = z.infer<typeof CapabilityKind>;

export const Capability = z
  .strictObject({
    id: Id,
    templateId: Id,
    kind: CapabilityKind,
    name: z.string().min(1),
    effect: z.enum(['allow', 'deny']),
    enabled: z.boolean(),
    config: JsonObject,
  })
  .meta({ id: 'Capability' });
export type Capability = z.infer<typeof Capability>;

const StartupMode = z.enum(['eval', 'import']);

export const StartupFile = z
  .strictObject({
    id: Id,
    templateId: Id,
    path: z.string().min(1),
    orderIndex: z.int(),
    mode: StartupMode,
  })
  .meta({ id: 'StartupFile' });
export type StartupFile = z.infer<typeof StartupFile>;

// ---------------------------------------------------------------- session

export const SessionStatus = z.enum(['starting', 'ready', 'crashed', 'hibernated', 'closed']);
export type SessionStatus = z.infer<typeof SessionStatus>;

export const Session = z
  .strictObject({
    id: Id,
    name: Name,
    /** Absent once the template was deleted; the session keeps its snapshot of it. */
    templateId: Id.optional(),
    workspaceId: z.string(),
    baseCommitOid: z.string(),
    worktreePath: z.string(),
    status: SessionStatus,
    /** An execution is running. */
    busy: z.boolean(),
    /** How many executions wait for their turn. */
    queued: z.int().min(0),
    createdAt: Timestamp,
    lastUsedAt: Timestamp,
    closedAt: Timestamp.optional(),
    /** Why it is crashed or closed, in one sentence. */
    lastError: z.string().optional(),
    runtimeMeta: z.strictObject({
      engine: z.enum(engines),
      limits: Limits,
      /** Of the guest's heap after the last execution; absent while there is no live runtime. */
      memoryBytes: z.int().optional(),
      /** Of when its last kept state is: what the session goes on from when its thread or the host ends. */
      checkpointAt: Timestamp.optional(),
    }),
    /** What it was made from, when it is a fork. */
    forkedFrom: z.strictObject({ sessionId: Id, checkpointId: Id, executionId: Id.optional() }).optional(),
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof Session>;

// ---------------------------------------------------------------- execution

/** A kept state of a session, to go back to or to make another session of. */
export const Checkpoint = z
  .strictObject({
    id: Id,
    sessionId: Id,
    /** It is the state after this execution; absent for the state before the first. */
    executionId: Id.optional(),
    /** Those with a label are kept until they are deleted. */
    label: z.string().optional(),
    createdAt: Timestamp,
    /** Of the image. */
    sizeBytes: z.int().min(0),
    /** What keeping it added to the database, where most of it may have been before. */
    storedBytes: z.int().min(0),
    /** Of the guest's heap. */
    memoryBytes: z.int().min(0),
  })
  .meta({ id: 'Checkpoint' });
export type Checkpoint = z.infer<typeof Checkpoint>;

/** A JavaScript value as it was when it was looked at. */
export const Value = z
  .strictObject({
    /** The JavaScript type or class: `number`, `string`, `Array`, `Map`, `Promise` … */
    type: z.string(),
    /** As node's `util.inspect` shows it. */
    preview: z.string(),
    /** The value itself where JSON can say it exactly; absent otherwise. */
    json: Json.optional(),
    /** Something was left out of preview or json for its size. */
    truncated: z.boolean().optional(),
  })
  .meta({ id: 'Value' });
export type Value = z.infer<typeof Value>;

/** A place in code: 1-based line, 1-based UTF-16 column. */
export const Frame = z
  .strictObject({
    uri: z.string().optional(),
    /** Worktree relative. */
    path: z.string().optional(),
    line: z.int().min(1),
    column: z.int().min(1),
    function: z.string().optional(),
  })
  .meta({ id: 'Frame' });
export type Frame = z.infer<typeof Frame>;

const failureFields = {
  name: z.string(),
  message: z.string(),
  /** As a person reads it: name and message, then one line a frame. */
  stack: z.string(),
  frames: z.array(Frame),
  code: z.enum(failureCodes).optional(),
};

/** Why an execution did not end well. `cause` nests as the error's own does. */
export interface Failure extends z.infer<z.ZodObject<typeof failureFields>> {
  cause?: Failure | undefined;
}
export const Failure: z.ZodType<Failure, Failure> = z
  .strictObject({
    ...failureFields,
    get cause() {
      return Failure.optional();
    },
  })
  .meta({ id: 'Failure' });

export const ExecutionKind = z.enum(['repl', 'run_file', 'startup', 'background']);
export type ExecutionKind = z.infer<typeof ExecutionKind>;

export const ExecutionStatus = z.enum(['queued', 'running', 'ok', 'error', 'timeout', 'cancelled']);
export type ExecutionStatus = z.infer<typeof ExecutionStatus>;

export const Language = z.enum(['javascript', 'typescript']);
export type Language = z.infer<typeof Language>;

export const Metrics = z
  .strictObject({
    wallMs: z.number().min(0),
    cpuMs: z.number().min(0),
    memoryBytes: z.int().min(0),
    memoryDeltaBytes: z.int(),
    events: z.int().min(0),
    outputBytes: z.int().min(0),
  })
  .meta({ id: 'Metrics' });
export type Metrics = z.infer<typeof Metrics>;

export const Execution = z
  .strictObject({
    id: Id,
    sessionId: Id,
    kind: ExecutionKind,
    /** The source of a repl execution. */
    input: z.string().optional(),
    /** Worktree relative, of a run-file or startup execution. */
    path: z.string().optional(),
    language: Language,
    args: JsonObject,
    env: JsonObject,
    status: ExecutionStatus,
    /** The execution that armed the work of a background execution. */
    causedBy: Id.optional(),
    /** Its effect is not in the session's state any more: the session went back to before it, or lost it. */
    rewound: z.literal(true).optional(),
    /** When it began to run; for a queued one, when it was asked for. */
    startedAt: Timestamp,
    endedAt: Timestamp.optional(),
    result: Value.optional(),
    error: Failure.optional(),
    lastSeq: z.int().min(0),
    metrics: Metrics,
  })
  .meta({ id: 'Execution' });
export type Execution = z.infer<typeof Execution>;

export const ConsoleLevel = z.enum(['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table']);
export type ConsoleLevel = z.infer<typeof ConsoleLevel>;

export const ConsolePayload = z.strictObject({
  level: ConsoleLevel,
  text: z.string(),
  args: z.array(Value),
  /** How many console groups are open around it. */
  group: z.int().min(0),
});

/**
 * What may be shown, by mime. Text that a browser would run or load things for (HTML, SVG, Markdown, Vega) goes under
 * mimes of our own only, so that no client shows it by accident. Images are base64.
 */
const DisplayData = z.strictObject({
  'text/plain': z.string().optional(),
  'application/json': Json.optional(),
  'image/png': z.string().optional(),
  'image/jpeg': z.string().optional(),
  'image/gif': z.string().optional(),
  'image/webp': z.string().optional(),
  'application/vnd.vm-system.html+json': z.string().optional(),
  'application/vnd.vm-system.svg+json': z.string().optional(),
  'application/vnd.vm-system.markdown+json': z.string().optional(),
  /** A Vega or Vega-Lite specification. */
  'application/vnd.vm-system.vega+json': JsonObject.optional(),
  'application/vnd.vm-system.table+json': z
    .strictObject({ columns: z.array(z.string()), rows: z.array(z.array(Json)) })
    .optional(),
});

/** Is this a mime that a display may leave the host under? */
export const isDisplayMime = (mime: string): boolean => Object.hasOwn(DisplayData.shape, mime);

export const DisplayPayload = z.strictObject({
  data: DisplayData,
  metadata: JsonObject,
  /** A later display with the same id takes the place of this one. */
  displayId: z.string().optional(),
});
export type DisplayPayload = z.infer<typeof DisplayPayload>;

const SystemPayload = z.strictObject({
  level: z.enum(['info', 'warn', 'error']),
  message: z.string(),
  code: z.string().optional(),
});

const InputEcho = z.strictObject({
  type: z.literal('input_echo'),
  payload: z.strictObject({ text: z.string() }),
});
const ConsoleOutput = z.strictObject({ type: z.literal('console'), payload: ConsolePayload });
const Display = z.strictObject({ type: z.literal('display'), payload: DisplayPayload });
const ValueShown = z.strictObject({ type: z.literal('value'), payload: Value });
const Exception = z.strictObject({ type: z.literal('exception'), payload: Failure });
const SystemNotice = z.strictObject({ type: z.literal('system'), payload: SystemPayload });

/** What happened, without its place in the log: the part of an event that the runtime makes. */
export const EventBody = z.discriminatedUnion('type', [
  InputEcho,
  ConsoleOutput,
  Display,
  ValueShown,
  Exception,
  SystemNotice,
]);
export type EventBody = z.infer<typeof EventBody>;

const place = { executionId: Id, seq: z.int().min(1), ts: Timestamp };

/** One entry of an execution's log; seq starts at 1 and has no gap. */
export const ExecutionEvent = z
  .discriminatedUnion('type', [
    InputEcho.extend(place),
    ConsoleOutput.extend(place),
    Display.extend(place),
    ValueShown.extend(place),
    Exception.extend(place),
    SystemNotice.extend(place),
  ])
  .meta({ id: 'Event' });
export type ExecutionEvent = z.infer<typeof ExecutionEvent>;

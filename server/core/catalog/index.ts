/** What a template may name: native modules, libraries and capabilities. Nothing else exists for guest code. */
import { z } from 'zod';
import { VmError } from '../../../shared/errors.js';
import { parseHostPattern } from '../../../shared/host-pattern.js';
import type { CapabilityKind, JsonObject } from '../../../shared/models.js';
import type { CatalogCapability, CatalogModule } from '../../../shared/protocol.js';

/** Each waits under this name with `Sync` at its end, and returns a promise under this name. */
const fileFunctions = [
  'readFile',
  'writeFile',
  'appendFile',
  'copyFile',
  'rename',
  'stat',
  'lstat',
  'readdir',
  'mkdir',
  'rm',
  'exists',
].flatMap((name) => [`${name}Sync`, name]);

export const modules: readonly CatalogModule[] = [
  {
    name: 'fs',
    description: 'Files and folders of the worktree, where an fs capability grants the path.',
    functions: fileFunctions,
  },
  {
    name: 'exec',
    description: 'Programs that an exec capability names, run without a shell in the worktree.',
    functions: ['run', 'runAsync', 'output', 'outputSync'],
  },
  {
    name: 'database',
    description:
      'SQLite databases of the session’s own: in memory, or in files that an fs capability lets it read and write.',
    functions: ['open', 'configure', 'query', 'exec', 'prepare', 'transaction', 'close'],
  },
  {
    name: 'fetch',
    description: 'HTTP requests as on the web, to the hosts that net capabilities name.',
    functions: ['fetch', 'Headers', 'Request', 'Response'],
  },
];

/** Globals that are there when they are granted. */
const globals: readonly string[] = ['fetch'];

const noConfig = z.strictObject({});

const ExecConfig = z.strictObject({
  timeoutMs: z.int().min(1).max(3_600_000).default(30_000).describe('Milliseconds that it may run.'),
  args: z
    .array(
      z
        .string()
        .max(4096)
        .regex(/^[^\0]*$/, 'contains a NUL character'),
    )
    .max(1000)
    .optional()
    .describe(
      'Patterns for its arguments, where * stands for any text: with allow each argument must match one of them, with deny a call with one that matches is refused. Without them, any arguments.',
    ),
});

const NetConfig = z.strictObject({
  methods: z
    .array(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is not a method'))
    .min(1)
    .optional(),
  timeoutMs: z.int().min(1).max(3_600_000).default(30_000),
  maxResponseKb: z.int().min(1).max(65_536).default(10_240),
});

/** What each kind of capability grants, what its `name` means, and what its `config` may hold. */
const kinds: Record<CapabilityKind, { description: string; name: string; config: z.ZodType }> = {
  module: {
    description: 'Makes a native module importable.',
    name: 'A module of the catalogue, for example fs.',
    config: noConfig,
  },
  fs: {
    description:
      'Opens paths of the worktree to the fs module: to read, and with write: true to write. A rule that denies a path denies both, or the one that its config names.',
    name: 'A worktree-relative path pattern: data/**, report.csv, or ** for all of it.',
    // No defaults here: a rule that denies and names neither denies both, one that allows gives reading.
    config: z.strictObject({
      read: z.boolean().optional().describe('Reading: granted unless it is false.'),
      write: z.boolean().optional().describe('Writing, removing and moving: granted if it is true.'),
    }),
  },
  exec: {
    description:
      'Lets the exec module run a program. Programs such as git, node, npm, find and tar can run any code: granting one grants everything.',
    name: 'The absolute path of the program, for example /bin/echo.',
    config: ExecConfig,
  },
  net: {
    description:
      'Lets fetch reach a host: with any method, or with those that its config names. An address that is not public (this machine, a private network) must be named by itself or as localhost, also when a name leads to it.',
    name: 'A host pattern: api.example.com (ports 80 and 443), api.example.com:8443, *.example.com, localhost:3000, 127.0.0.1:*, or * for every public host.',
    config: NetConfig,
  },
  env: {
    description:
      'Lets guest code read an environment variable with vm:env, and gives it to the programs that it runs.',
    name: 'The name of the variable.',
    config: noConfig,
  },
  global: {
    description: 'Defines a further global.',
    name: `The name of the global; there are ${globals.join(', ')}.`,
    config: noConfig,
  },
};

export const capabilities: readonly CatalogCapability[] = Object.entries(kinds).map(
  ([kind, { description, name, config }]) => ({
    kind: kind as CapabilityKind,
    description,
    name,
    configSchema: z.toJSONSchema(config, { io: 'input' }) as JsonObject,
  }),
);

/**
 * @param name as a client writes it; case and outer spaces do not matter
 * @returns the module's name
 * @throws `MODULE_NOT_ALLOWED`: not in the catalogue (JavaScript's built-ins are always there and not modules)
 */
export function requireModule(name: string): string {
  const normal = name.trim().toLowerCase();
  if (modules.some((module) => module.name === normal)) return normal;
  throw new VmError(
    'MODULE_NOT_ALLOWED',
    `${JSON.stringify(name)} is not a module that a template may name; there are ${modules.map((module) => module.name).join(', ')}.`,
  );
}

/**
 * @param kind of the capability
 * @param name as the client sent it
 * @returns the name as it is kept
 * @throws `MODULE_NOT_ALLOWED`: see {@link requireModule}; `CAPABILITY_INVALID`: nothing has such a name
 */
export function requireName(kind: CapabilityKind, name: string): string {
  if (kind === 'module') return requireModule(name);
  if (isName[kind](name)) return name;
  throw new VmError(
    'CAPABILITY_INVALID',
    `${JSON.stringify(name)} names no ${kind} capability. ${kinds[kind].name}`,
  );
}

const isName: Record<Exclude<CapabilityKind, 'module'>, (name: string) => boolean> = {
  // Patterns that say what they do not match, or nest, are none here: `!x`, `!(x)`, `+(x)`.
  fs: (name) => name !== '' && !/^[/\\!]|^[A-Za-z]:|\0|(^|[/\\])\.\.([/\\]|$)|[!?*+@]\(/.test(name),
  exec: (name) => /^([/\\]|[A-Za-z]:[/\\])[^\0]+$/.test(name),
  net: (name) => parseHostPattern(name) !== undefined,
  env: (name) => /^[^=\0]+$/.test(name),
  global: (name) => globals.includes(name),
};

/**
 * @param kind of the capability
 * @param config as the client sent it
 * @returns the config with its defaults
 * @throws `CAPABILITY_INVALID`: the config is not what this kind takes
 */
export function requireConfig(kind: CapabilityKind, config: JsonObject): JsonObject {
  const parsed = kinds[kind].config.safeParse(config);
  if (parsed.success) return parsed.data as JsonObject;
  throw new VmError(
    'CAPABILITY_INVALID',
    `The config of a capability of kind ${kind} is malformed: ${parsed.error.issues.map(describeIssue).join('; ')}.`,
  );
}

const describeIssue = ({ path, message }: z.core.$ZodIssue): string =>
  path.length === 0 ? message : `${path.join('.')}: ${message}`;

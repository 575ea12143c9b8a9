/** What a template may name: native modules, libraries and capabilities. Nothing else exists for guest code. */
import { z } from 'zod';
import { VmError } from '../../../shared/errors.js';
import type { CapabilityKind, JsonObject } from '../../../shared/models.js';
import type { CatalogCapability, CatalogLibrary, CatalogModule } from '../../../shared/protocol.js';
import libraryList from './libraries.json' with { type: 'json' };

export const modules: readonly CatalogModule[] = [
  {
    name: 'fs',
    description: 'Files of the worktree, where an fs capability grants the path.',
    functions: ['readFileSync', 'writeFileSync'],
  },
  {
    name: 'exec',
    description: 'Programs that an exec capability names, run without a shell in the worktree.',
    functions: ['run'],
  },
  {
    name: 'database',
    description: 'An SQLite database of the session’s own, in memory.',
    functions: ['query', 'exec', 'close'],
  },
];

export const libraries: readonly CatalogLibrary[] = libraryList;

const noConfig = z.strictObject({});

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
    config: z.strictObject({ read: z.boolean().optional(), write: z.boolean().optional() }),
  },
  exec: {
    description:
      'Lets the exec module run a program. Programs such as git, node, npm, find and tar can run any code: granting one grants everything.',
    name: 'The absolute path of the program, for example /bin/echo.',
    config: z.strictObject({ timeoutMs: z.int().min(1).max(3_600_000).default(30_000) }),
  },
  net: {
    description: 'Lets guest code reach a host.',
    name: 'A host pattern, for example api.example.com:443.',
    config: z.strictObject({ methods: z.array(z.string()).optional() }),
  },
  env: {
    description: 'Lets guest code read an environment variable.',
    name: 'The name of the variable.',
    config: noConfig,
  },
  global: {
    description: 'Defines a further global.',
    name: 'The name of the global.',
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
 * @param reference `id` or `id@version`
 * @returns the library's id
 * @throws `LIBRARY_NOT_FOUND`: not in the catalogue, or in another version
 */
export function requireLibrary(reference: string): string {
  const [, id, version] = /^\s*(.+?)(?:@([^@]+?))?\s*$/.exec(reference) ?? [];
  const library = libraries.find((each) => each.id === id?.toLowerCase());
  if (library !== undefined && (version === undefined || version === library.version)) return library.id;
  throw new VmError(
    'LIBRARY_NOT_FOUND',
    `${JSON.stringify(reference)} is not in the catalogue; there are ${libraries.map((each) => `${each.id}@${each.version}`).join(', ')}.`,
  );
}

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

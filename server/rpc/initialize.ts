/** What a client and the host agree on at `initialize`. */
import { fileURLToPath } from 'node:url';
import type { InitializeParams } from 'vscode-languageserver';
import { z } from 'zod';
import { VmError } from '../../shared/errors.js';
import {
  ClientFeatures,
  InitializationOptions,
  maxMessageBytes,
  maxPageItems,
  protocolVersion,
} from '../../shared/protocol.js';
import { validate } from './validation.js';

/** What core is opened with. */
export interface CoreSettings {
  /** Path of the database; the worktree's own one in the user's data folder when absent. */
  readonly database?: string;
  /** Folder that sessions work in unless they name another; not checked yet. */
  readonly worktree: string;
  readonly trust: 'trusted' | 'untrusted';
  /** When sessions give up their threads; what is absent is the host's to say. */
  readonly hibernation: NonNullable<InitializationOptions['hibernation']>;
  /** What all kept states may take on disk, 0 for no limit; the host's to say when absent. */
  readonly checkpointBytes?: number;
}

/** What the command line said, or where it was said. */
export interface StartOptions {
  /** `--db`, which wins over the client's. */
  readonly database?: string | undefined;
  /** `--worktree`, for clients that name none in their options. */
  readonly worktree?: string | undefined;
  /** `--hibernate-after` and `--session-memory`, which win over the client's. */
  readonly hibernation?: CoreSettings['hibernation'] | undefined;
  /** `--checkpoint-disk`, which wins over the client's. */
  readonly checkpointBytes?: number | undefined;
  /** The folder that the host was started in. */
  readonly cwd: string;
}

/** `capabilities.experimental.vmSystem` of the result. */
export interface HostFeatures {
  readonly protocol: number;
  readonly features: readonly string[];
  readonly limits: { readonly maxMessage: number; readonly maxPage: number };
}

/** What the host can do beyond the requests of the protocol's version. None yet. */
const features: readonly string[] = [];

/**
 * Checks that the client speaks our protocol. A plain LSP client names no version and gets ours.
 *
 * @throws `PROTOCOL_UNSUPPORTED`: the ranges do not meet; `VALIDATION_ERROR`: malformed
 */
export function negotiate(params: InitializeParams): HostFeatures {
  const offered = experimental(params);
  if (offered !== undefined) {
    const { protocol } = validate(ClientFeatures, offered, 'capabilities.experimental.vmSystem');
    requireOverlap(protocol);
  }
  return {
    protocol: protocolVersion,
    features,
    limits: { maxMessage: maxMessageBytes, maxPage: maxPageItems },
  };
}

/**
 * Settles what core is opened with: the client's `initializationOptions`, then the command line, then the client's
 * folder, then where the host was started.
 *
 * Trust is given unless it is refused: a client that knows of trust says so, the others have no way to.
 *
 * @throws `VALIDATION_ERROR`: malformed options; `INVALID_WORKTREE`: the client's folder is not on a disk
 */
export function coreSettings(params: InitializeParams, start: StartOptions): CoreSettings {
  const given: unknown = params.initializationOptions ?? {};
  const options = validate(InitializationOptions, given, 'initializationOptions');
  const database = start.database ?? options.database;
  const checkpointBytes = start.checkpointBytes ?? options.checkpoints?.diskBytes;
  return {
    ...(database !== undefined && { database }),
    worktree: options.worktree ?? start.worktree ?? clientFolder(params) ?? start.cwd,
    trust: options.trusted === false ? 'untrusted' : 'trusted',
    hibernation: { ...options.hibernation, ...start.hibernation },
    ...(checkpointBytes !== undefined && { checkpointBytes }),
  };
}

function experimental({ capabilities }: InitializeParams): unknown {
  const shape = z.object({ vmSystem: z.unknown() });
  const parsed = shape.safeParse(capabilities.experimental);
  return parsed.success ? (parsed.data.vmSystem ?? undefined) : undefined;
}

function requireOverlap([min, max]: readonly [number, number]): void {
  if (min <= protocolVersion && protocolVersion <= max) return;
  throw new VmError(
    'PROTOCOL_UNSUPPORTED',
    `The client speaks versions ${min} to ${max} of the protocol and this host ${protocolVersion}; update the older of them.`,
    { client: [min, max], host: [protocolVersion, protocolVersion] },
  );
}

const Folders = z.object({
  workspaceFolders: z.array(z.object({ uri: z.string() })).nullish(),
  rootUri: z.string().nullish(),
});

/** The first of the client's folders that is on a disk. */
function clientFolder(params: InitializeParams): string | undefined {
  const { workspaceFolders, rootUri } = validate(Folders, params, 'initialize');
  const uris = workspaceFolders?.map(({ uri }) => uri) ?? [];
  if (rootUri) uris.push(rootUri);
  const [first] = uris;
  if (first === undefined) return undefined;
  return filePath(uris.find((uri) => /^file:/i.test(uri)) ?? first);
}

function filePath(uri: string): string {
  try {
    return fileURLToPath(uri);
  } catch (cause) {
    throw new VmError(
      'INVALID_WORKTREE',
      `The folder ${uri} is not on this machine's disk.`,
      { uri },
      { cause },
    );
  }
}

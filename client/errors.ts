/** What went wrong, in the words and with the next step that a person gets. */
import type { ErrorData } from '../shared/errors.js';
import type { CommandId } from './ids.js';

/** A button of a message. */
export interface Action {
  readonly title: string;
  /** One of ours, or of the editor. */
  readonly command: CommandId | `workbench.${string}` | `vscode.${string}`;
}

/** Something that a person can understand and act on; nothing is broken. */
export class UserError extends Error {
  override readonly name: string = 'UserError';

  /** @param action the next step; without one the message offers the log */
  constructor(
    message: string,
    readonly action?: Action,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The host ended while a request was open: nobody knows yet whether it was done. */
export class HostLostError extends UserError {
  override readonly name = 'HostLostError';
}

/** The person changed their mind; nothing is shown. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** JSON-RPC codes of a request that the client itself gave up, by who says so. */
const rpcCodes = {
  /** The connection went while the answer was awaited. */
  pendingResponseRejected: -32097,
  connectionInactive: -32096,
  requestCancelled: -32800,
} as const;

/** Why a request was refused: `error.data` of the host's answer; undefined for any other error. */
export function errorData(error: unknown): ErrorData | undefined {
  const data = property(error, 'data');
  return typeof property(data, 'code') === 'string' ? (data as ErrorData) : undefined;
}

/** Whether an error says that the connection went before the answer came. */
export function isConnectionLost(error: unknown): boolean {
  const code = property(error, 'code');
  return code === rpcCodes.pendingResponseRejected || code === rpcCodes.connectionInactive;
}

/** Whether an error says no more than that somebody cancelled. */
export function isCancellation(error: unknown): boolean {
  return (
    error instanceof Cancelled ||
    property(error, 'code') === rpcCodes.requestCancelled ||
    // The editor's own CancellationError, which is known by its name.
    (error instanceof Error && error.name === 'Canceled')
  );
}

/** One or two lines for a pop-up. */
export function shortMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.trim().split('\n').slice(0, 2).join('\n');
  return lines.length > 300 ? `${lines.slice(0, 299)}…` : lines;
}

/** Everything that is known, for the log. */
export function fullMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const data = errorData(error);
  const details = data === undefined ? '' : `\n  ${JSON.stringify(data)}`;
  const cause = error.cause === undefined ? '' : `\n  caused by ${fullMessage(error.cause)}`;
  return `${error.stack ?? error.message}${details}${cause}`;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

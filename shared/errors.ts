/**
 * Why a call was refused. The codes are the contract (docs/protocol.md, "Errors"): clients match on them, never on a
 * message. A script that throws or runs into a limit is not an error of the call: see {@link failureCodes}.
 */
export const errorCodes = [
  'VALIDATION_ERROR',
  'TEMPLATE_NOT_FOUND',
  'SESSION_NOT_FOUND',
  'EXECUTION_NOT_FOUND',
  'CAPABILITY_NOT_FOUND',
  'STARTUP_FILE_NOT_FOUND',
  'CHECKPOINT_NOT_FOUND',
  'CHECKPOINT_UNUSABLE',
  'FILE_NOT_FOUND',
  'TEMPLATE_NAME_TAKEN',
  'DUPLICATE',
  'TEMPLATE_IN_USE',
  'SESSION_NOT_READY',
  'SESSION_BUSY',
  'INVALID_PATH',
  'INVALID_WORKTREE',
  'STARTUP_MODE_UNSUPPORTED',
  'MODULE_NOT_ALLOWED',
  'LIBRARY_NOT_FOUND',
  'CAPABILITY_INVALID',
  'ENGINE_UNSUPPORTED',
  'PROTOCOL_UNSUPPORTED',
  'STARTUP_FAILED',
  'WORKSPACE_NOT_TRUSTED',
  'DATABASE_LOCKED',
  'DATABASE_UNSUPPORTED',
  'STORAGE_FAILED',
  'REQUEST_TOO_LARGE',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** Why an execution did not end `ok`: `Failure.code` of its row and of its last event. A plain throw has none. */
export const failureCodes = [
  'CPU_LIMIT_EXCEEDED',
  'WALL_LIMIT_EXCEEDED',
  'MEMORY_LIMIT_EXCEEDED',
  'OUTPUT_LIMIT_EXCEEDED',
  'EVENT_LIMIT_EXCEEDED',
  'CAPABILITY_DENIED',
  'MODULE_NOT_ALLOWED',
  'CANCELLED',
  'SESSION_CLOSED',
  'SESSION_RESTARTED',
  'SESSION_RESTORED',
  'SESSION_CRASHED',
  'HOST_STOPPED',
  'STORAGE_FAILED',
] as const;

export type FailureCode = (typeof failureCodes)[number];

/** What a client may know beside the code: ids and numbers it can act on. Never a path, SQL or stack it did not send. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** The shape of `error.data` in a JSON-RPC error response. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly details?: ErrorDetails;
}

/**
 * A call that cannot be done, with its code and one sentence a person can act on. Raised by core and its adapters;
 * the RPC gate and the command line turn it into their own form.
 */
export class VmError extends Error {
  override readonly name = 'VmError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details?: ErrorDetails,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** The wire form, see {@link ErrorData}. */
  get data(): ErrorData {
    return this.details === undefined ? { code: this.code } : { code: this.code, details: this.details };
  }
}

/** Wrong input: a field is missing, unknown, mistyped or out of range. */
export function validationError(message: string, details?: ErrorDetails): VmError {
  return new VmError('VALIDATION_ERROR', message, details);
}

const notFoundNouns = {
  TEMPLATE_NOT_FOUND: 'template',
  SESSION_NOT_FOUND: 'session',
  EXECUTION_NOT_FOUND: 'execution',
  CAPABILITY_NOT_FOUND: 'capability',
  STARTUP_FILE_NOT_FOUND: 'startup file',
  CHECKPOINT_NOT_FOUND: 'checkpoint',
} as const;

/** Nothing has this id. `what` names it for the reader: an id, a path or `kind:name`. */
export function notFound(code: keyof typeof notFoundNouns, what: string): VmError {
  return new VmError(code, `There is no ${notFoundNouns[code]} ${what}; list them to see what exists.`);
}

/** A defect of ours. The cause goes to the log under `reference`; the client sees only the reference. */
export function internalError(reference: string, cause: unknown): VmError {
  return new VmError(
    'INTERNAL',
    `vm-system failed unexpectedly; the log has the details under ${reference}.`,
    { reference },
    { cause },
  );
}

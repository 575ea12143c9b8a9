/** What goes over the wire when a call fails. */
import { randomUUID } from 'node:crypto';
import { ErrorCodes, LSPErrorCodes, ResponseError } from 'vscode-languageserver';
import { type ErrorData, internalError, VmError } from '../../shared/errors.js';
import type { Log } from '../core/context.js';

/**
 * Turns anything thrown into the error of a JSON-RPC response, whose data is {@link ErrorData}.
 *
 * A defect is logged in full under a reference, and the client sees only the reference.
 *
 * @param method whose handler threw, for the log
 */
export function toResponseError(error: unknown, method: string, log: Log): ResponseError<ErrorData> {
  const known = error instanceof VmError ? error : internalError(randomUUID().slice(0, 8), error);
  if (known.code === 'INTERNAL') {
    const reference = known.details?.['reference'];
    log.error(
      `${method} failed, reference ${typeof reference === 'string' ? reference : 'unknown'}:`,
      known.cause ?? known,
    );
  }
  return new ResponseError(jsonRpcCode(known), known.message, known.data);
}

/** Malformed params, a defect of ours, or a call that cannot be done. */
function jsonRpcCode({ code }: VmError): number {
  switch (code) {
    case 'VALIDATION_ERROR':
      return ErrorCodes.InvalidParams;
    case 'INTERNAL':
      return ErrorCodes.InternalError;
    default:
      return LSPErrorCodes.RequestFailed;
  }
}

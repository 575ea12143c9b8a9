/** From SQLite's result codes and the disk's failures to the errors that clients know. */
import { VmError } from '../../shared/errors.js';
import type { IoFailure } from './host-files.js';
import { resultCodes, SqlError } from './sql-engine.js';

const diskCodes = new Set<number>([
  resultCodes.full,
  resultCodes.ioError,
  resultCodes.cannotOpen,
  resultCodes.readOnly,
  resultCodes.outOfMemory,
]);
const damageCodes = new Set<number>([resultCodes.corrupt, resultCodes.notADatabase]);

/**
 * What a failed statement means to a client.
 * @param error what the engine threw
 * @param failure what the disk refused during that statement, if it was the disk
 * @returns `STORAGE_FAILED` or `DATABASE_UNSUPPORTED`; any other error is a defect and comes back as it is
 */
export function storageError(error: unknown, failure: IoFailure | undefined): unknown {
  if (!(error instanceof SqlError)) return error;
  if (damageCodes.has(error.resultCode)) {
    return new VmError('DATABASE_UNSUPPORTED', 'The database file is damaged.', undefined, { cause: error });
  }
  if (!diskCodes.has(error.resultCode)) return error;
  if (failure?.kind === 'io-error') return fatalError(failure);
  const diskFull = failure?.kind === 'disk-full' || error.resultCode === resultCodes.full;
  const message = diskFull
    ? 'The disk is full, so nothing can be kept; free some space.'
    : 'The database could not be written.';
  return new VmError('STORAGE_FAILED', message, undefined, { cause: failure?.cause ?? error });
}

/** The disk failed so that what it holds is uncertain: the process has to end, and the next one recovers. */
export function fatalError({ operation, cause }: IoFailure): VmError {
  const message = `The disk failed (${operation}); vm-system has to be started again.`;
  return new VmError('STORAGE_FAILED', message, undefined, { cause });
}

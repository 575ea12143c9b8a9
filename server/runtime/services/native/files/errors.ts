/** Errors of the `fs` module: as Node has them, with paths as guest code wrote them. */
import { getSystemErrorMap } from 'node:util';
import { VmError } from '../../../../../shared/errors.js';
import { ServiceError } from '../../service-error.js';
import { isSystemError } from '../../system-error.js';

const descriptions = new Map([...getSystemErrorMap().values()]);

/** @param code of the operating system: `EISDIR` … */
export class FileProblem extends Error {
  constructor(
    readonly code: string,
    /** In place of the system's own words. */
    readonly description = descriptions.get(code) ?? 'it failed',
  ) {
    super(description);
  }
}

/**
 * What guest code gets to see of an error: no path of this machine.
 *
 * @param call name of the system call
 * @param paths as guest code wrote them
 */
export function asFileError(error: unknown, call: string, ...paths: string[]): unknown {
  const problem = problemOf(error);
  if (problem === undefined) return error;
  const { code, description } = problem;
  const where = paths.map((path) => `'${path.slice(0, 1000)}'`).join(' -> ');
  return new ServiceError(code, `${code}: ${description}, ${call} ${where}`);
}

function problemOf(error: unknown): FileProblem | undefined {
  if (error instanceof FileProblem) return error;
  if (error instanceof ServiceError) return undefined;
  if (error instanceof VmError) {
    if (error.code !== 'FILE_NOT_FOUND') return undefined;
    const { cause } = error;
    return cause === undefined ? new FileProblem('EINVAL', 'not a regular file') : problemOf(cause);
  }
  return isSystemError(error) ? new FileProblem(error.code) : undefined;
}

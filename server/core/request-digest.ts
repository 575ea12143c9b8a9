import { createHash } from 'node:crypto';
import { VmError } from '../../shared/errors.js';

/**
 * Tells whether a request that chose its own id is the one that made the row: a retry after a lost answer attaches to
 * that row, anything else is a clash.
 *
 * @param method of the request
 * @param params as validated, so that fields stand in schema order
 */
export function requestDigest(method: string, params: object): string {
  return createHash('sha256')
    .update(JSON.stringify([method, params]))
    .digest('hex');
}

/** @throws `DUPLICATE`: another request made the row that has this id */
export function requireSameRequest(id: string, digest: string, stored: string | undefined): void {
  if (digest !== stored) {
    throw new VmError('DUPLICATE', `${id} is taken by another request; choose a new id.`, { id });
  }
}

/** Tables of what executions wait for. */
import { mapDelete, mapForEach, toText } from './intrinsics.js';
import { owner } from './owner.js';

/**
 * Takes what an execution has out of a table, or with '' what all but the present one have.
 *
 * @returns the ids, as the JSON text of an array
 */
export function deleteOwned(table: Map<number, { readonly owner: string }>, executionId: string): string {
  const current = owner();
  let ids = '';
  mapForEach(table, (entry, id) => {
    const concerned = executionId === '' ? entry.owner !== current : entry.owner === executionId;
    if (!concerned) return;
    mapDelete(table, id);
    ids += (ids === '' ? '' : ',') + toText(id);
  });
  return '[' + ids + ']';
}

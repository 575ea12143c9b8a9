/** A value as one line of a list. */
import type { Value } from '../../../../shared/models.js';
import type { Node } from './node.js';
import { valueOf } from './value.js';

/** Errors without their stack, and everything on one line. */
export function shortValueOf(node: Node): Value {
  const { preview, ...value } = valueOf(node, { breakLength: Infinity, stackLines: () => [] });
  return { ...value, preview: preview.replace(/\s*\n\s*/g, ' ') };
}

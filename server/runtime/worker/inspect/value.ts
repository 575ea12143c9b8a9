/** Makes the Value that clients get from what the guest told about one of its own. */
import type { Value } from '../../../../shared/models.js';
import { toJson } from './json.js';
import { builtInName } from './labels.js';
import type { Node } from './node.js';
import { render, type RenderOptions } from './render.js';

/** In UTF-16 units: a string of the most characters that are shown fits, with its quotes and the count of the rest. */
const maxPreviewLength = 10_100;

/** The JavaScript type of a primitive or function, the name of the class of everything else. */
function typeOf(node: Node): string {
  if (node === null) return 'null';
  if (typeof node !== 'object') return typeof node;
  switch (node.kind) {
    case 'undefined':
    case 'number':
    case 'bigint':
    case 'symbol':
    case 'string':
    case 'function':
      return node.kind;
    case 'class':
      return 'function';
    case 'circular':
    case 'accessor':
    case 'uninitialized':
      return 'undefined';
    case 'revoked-proxy':
      return 'Proxy';
    default:
      return node.class ?? builtInName(node);
  }
}

/**
 * @param options how errors are shown, and where lines end: see {@link RenderOptions}
 */
export function valueOf(node: Node, options: Pick<RenderOptions, 'stackLines' | 'breakLength'> = {}): Value {
  const { text, truncated: previewCut } = render(node, options);
  const hidden = text.length - maxPreviewLength;
  const preview = hidden > 0 ? `${text.slice(0, maxPreviewLength)}... ${hidden} more characters` : text;
  const json = toJson(node);
  const truncated = previewCut || hidden > 0 || json.kind === 'too-large';
  return {
    type: typeOf(node),
    preview,
    ...(json.kind === 'exact' ? { json: json.value } : {}),
    ...(truncated ? { truncated } : {}),
  };
}

import type { EventBody } from '../../../shared/models.js';
import type { DisplayRequest } from '../guest/contract.js';
import { type ListedContent, walled } from './display-wall.js';
import type { RenderOptions } from './inspect/render.js';
import { render } from './inspect/render.js';
import type { Node } from './inspect/node.js';
import { renderTable } from './inspect/table.js';
import { valueOf } from './inspect/value.js';

/** Of the text beside what is shown, in UTF-16 units. */
const maxPlainText = 100_000;
const tableMime = 'application/vnd.vm-system.table+json';

/** What a display comes to: events; or the error that the guest gets, as JSON. */
export type Displayed = { readonly events: readonly EventBody[] } | { readonly refusal: string };

/**
 * Makes events of what guest code shows.
 *
 * @param node of the value that is shown; undefined when there is none
 * @param bytes reads from the buffer at this position
 */
export function displayed(
  request: DisplayRequest,
  node: Node | undefined,
  bytes: (place: readonly [buffer: number, offset: number, length: number]) => Uint8Array | undefined,
  options: Required<Pick<RenderOptions, 'stackLines'>>,
): Displayed {
  const contents: ListedContent[] = request.contents.map((item) => ({
    mime: item.mime,
    content: 'bytes' in item ? Buffer.from(bytes(item.bytes) ?? []) : item.content,
  }));
  const { id, metadata } = request;
  const plain = node === undefined ? undefined : plainText(node, request, options);
  const result = walled({ contents: [...contents, ...ownContents(request, node)], id, metadata, plain });
  if (result.kind === 'refused') {
    return { refusal: JSON.stringify({ name: result.name, message: result.message }) };
  }
  const warnings = result.dropped.map((reason): EventBody => ({
    type: 'system',
    payload: { level: 'warn', message: `Part of a display was left out: ${reason}.` },
  }));
  return { events: [{ type: 'display', payload: result.payload }, ...warnings] };
}

/** What is shown by itself, without contents, is there as JSON too where JSON can say it. */
function ownContents({ contents }: DisplayRequest, node: Node | undefined): ListedContent[] {
  if (contents.length > 0 || typeof node !== 'object' || node === null) return [];
  const { json } = valueOf(node);
  return typeof json === 'object' && json !== null ? [{ mime: 'application/json', content: json }] : [];
}

/** As `console.log` and `console.table` would print it. */
function plainText(
  node: Node,
  { contents }: DisplayRequest,
  options: Required<Pick<RenderOptions, 'stackLines'>>,
): string {
  const isTable = contents[0]?.mime === tableMime;
  const text =
    (isTable ? renderTable(node, undefined, options) : undefined) ??
    (typeof node === 'string' ? node : render(node, options).text);
  return text.length <= maxPlainText ? text : `${text.slice(0, maxPlainText)}…`;
}

/** `console.table`: rows of objects or lists as a table of box-drawing characters, as node draws it. */
import { displayWidth } from './display-width.js';
import type { Node, ObjectNode } from './node.js';
import { render, type RenderOptions } from './render.js';

/** Objects with more properties than this are not opened in a cell. */
const maxCellProperties = 2;
const maxCellItems = 3;

const indexHeading = '(index)';
const iterationHeading = '(iteration index)';
const keyHeading = 'Key';
const valuesHeading = 'Values';

/**
 * @param data what to show
 * @param columns names of the columns to show; all when undefined
 * @returns undefined for a value that has no rows
 */
export function renderTable(
  data: Node,
  columns: readonly string[] | undefined,
  options: RenderOptions,
): string | undefined {
  if (!isObject(data)) return undefined;
  const cell = (node: Node) => renderCell(node, options);
  if (data.kind === 'map') {
    const rows = (data.entries ?? []).map(([key, value], i) => [String(i), cell(key), cell(value)]);
    return draw([iterationHeading, keyHeading, valuesHeading], rows);
  }
  if (data.kind === 'set') {
    const rows = (data.values ?? []).map((value, i) => [String(i), cell(value)]);
    return draw([iterationHeading, valuesHeading], rows);
  }
  return drawRows(fieldsOf(data), columns, cell);
}

function drawRows(
  rows: readonly Field[],
  columns: readonly string[] | undefined,
  cell: (node: Node) => string,
): string {
  // Integer keys come first in the headings, as in any object of JavaScript.
  const headings = Object.create(null) as Record<string, true>;
  for (const column of columns ?? []) headings[column] = true;
  const cells = rows.map(([index, item]) => {
    const row = new Map<string, string>();
    if (!isObject(item)) return { index, row, value: columns === undefined ? cell(item) : '' };
    for (const [key, value] of fieldsOf(item)) {
      if (columns !== undefined && !columns.includes(key)) continue;
      headings[key] = true;
      row.set(key, cell(value));
    }
    return { index, row, value: '' };
  });
  const names = Object.keys(headings);
  const hasValues = cells.some(({ value }) => value !== '');
  return draw(
    [indexHeading, ...names, ...(hasValues ? [valuesHeading] : [])],
    cells.map(({ index, row, value }) => [
      index,
      ...names.map((name) => row.get(name) ?? ''),
      ...(hasValues ? [value] : []),
    ]),
  );
}

type Field = readonly [key: string, value: Node];

function isObject(node: Node): node is ObjectNode {
  if (typeof node !== 'object' || node === null) return false;
  return 'class' in node;
}

/** Elements and enumerable properties with string keys. */
function fieldsOf(node: ObjectNode): Field[] {
  const fields: Field[] = [];
  if (node.kind === 'array' || node.kind === 'typedarray') {
    let index = 0;
    for (const item of node.items ?? []) {
      if (typeof item === 'object' && item !== null && item.kind === 'hole') index += item.count;
      else fields.push([String(index++), item]);
    }
  }
  for (const [key, value] of node.properties ?? []) if (typeof key === 'string') fields.push([key, value]);
  return fields;
}

function renderCell(node: Node, options: RenderOptions): string {
  const isClosed =
    isObject(node) &&
    node.kind !== 'array' &&
    node.kind !== 'typedarray' &&
    (node.properties?.length ?? 0) > maxCellProperties;
  return render(node, {
    ...options,
    depth: isClosed ? -1 : 0,
    maxItems: maxCellItems,
    breakLength: Infinity,
  }).text;
}

function draw(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((heading, column) =>
    rows.reduce((most, row) => Math.max(most, displayWidth(row[column] ?? '')), displayWidth(heading)),
  );
  const line = (row: readonly string[]) =>
    `│ ${row.map((text, i) => text + ' '.repeat((widths[i] ?? 0) - displayWidth(text))).join(' │ ')} │`;
  const rule = (left: string, middle: string, right: string) =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right;
  return [rule('┌', '┬', '┐'), line(head), rule('├', '┼', '┤'), ...rows.map(line), rule('└', '┴', '┘')].join(
    '\n',
  );
}

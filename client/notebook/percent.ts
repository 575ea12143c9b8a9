/**
 * The percent format: a plain script whose lines `// %%` begin cells, and `// %% [markdown]` cells of commented
 * Markdown. A file that is read and written unchanged keeps every byte: cells remember the text that they came from,
 * and only those that were edited are written anew.
 */

type CellKind = 'code' | 'markdown';

/** The text of a file that a cell came from; the three parts together are all of it. */
export interface CellSource {
  readonly kind: CellKind;
  /** The marker line with its line end; empty for a cell that begins without one. */
  readonly marker: string;
  readonly body: string;
  /** The line end of the body's last line and the blank lines below it. */
  readonly after: string;
  /** What the cell's text was, with `\n` line ends: while it is the same, `body` is written. */
  readonly text: string;
}

export interface Cell {
  readonly kind: CellKind;
  /** With line ends of any kind. */
  readonly text: string;
  /** Absent for a cell that was added. */
  readonly source?: CellSource | undefined;
}

export interface PercentFile {
  /** What stands before the first cell: a byte order mark, a `#!` line, blank lines. */
  readonly head: string;
  /** The line end of what is written anew. */
  readonly eol: '\n' | '\r\n' | '\r';
  readonly cells: readonly Cell[];
}

const byteOrderMark = '\uFEFF';

/** @param text the decoded file, with its byte order mark if it has one */
export function parsePercent(text: string): PercentFile {
  const lines = splitLines(text);
  const headLines = countHeadLines(lines);
  return {
    head: lines.slice(0, headLines).join(''),
    eol: commonEol(lines),
    cells: parseCells(lines.slice(headLines)),
  };
}

/** Writes what {@link parsePercent} read, with the edits of its cells. */
export function printPercent({ head, eol, cells }: PercentFile): string {
  let text = head;
  let before: CellKind | undefined;
  for (const { kind, text: anyText, source } of cells) {
    const cellText = anyText.replace(/\r\n?/g, '\n');
    const kept = source?.kind === kind ? source : undefined;
    const marker =
      kept !== undefined && canStand(kept.marker, cellText, before) ? kept.marker : newMarker(kind, eol);
    if (marker !== '') {
      text = endLine(text, eol);
      // Cells that were added get a blank line above them, as people write it.
      if (source === undefined && before !== undefined) text = endBlankLine(text, eol);
    }
    const body = kept?.text === cellText ? kept.body : printBody(kind, cellText, eol);
    text += marker === '' || body === '' ? marker : endLine(marker, eol);
    text += body + (source?.after ?? eol);
    before = kind;
  }
  return text;
}

/** Whether a line, without its line end, begins a cell. */
function markerKind(line: string): CellKind | undefined {
  if (!/^\/\/ %%(?:[ \t]|$)/.test(line)) return undefined;
  return /\[(?:markdown|md)\]/.test(line) ? 'markdown' : 'code';
}

function parseCells(lines: readonly string[]): Cell[] {
  const cells: Cell[] = [];
  let at = 0;
  while (at < lines.length) {
    const marked = markerKind(withoutEol(lines[at] ?? ''));
    const kind = marked ?? 'code';
    const marker = marked === undefined ? '' : (lines[at] ?? '');
    const start = marked === undefined ? at : at + 1;
    const end = cellEnd(lines, start, kind);
    cells.push(cellOf(kind, marker, lines.slice(start, end)));
    at = end;
  }
  return cells;
}

/** A cell goes to the next marker; a Markdown one ends before the first line that is no comment. */
function cellEnd(lines: readonly string[], start: number, kind: CellKind): number {
  let end = start;
  for (; end < lines.length; end++) {
    const line = withoutEol(lines[end] ?? '');
    if (markerKind(line) !== undefined) break;
    if (kind === 'markdown' && !line.startsWith('//') && line.trim() !== '') break;
  }
  return end;
}

function cellOf(kind: CellKind, marker: string, lines: readonly string[]): Cell {
  const blank = lines.length - 1 - lines.findLastIndex((line) => line.trim() !== '');
  const bodyLines = lines.slice(0, lines.length - blank);
  const joined = bodyLines.join('');
  const body = withoutEol(joined);
  const after = joined.slice(body.length) + lines.slice(lines.length - blank).join('');
  const plain = bodyLines.map(withoutEol);
  const text = (kind === 'code' ? plain : plain.map(uncomment)).join('\n');
  return { kind, text, source: { kind, marker, body, after, text } };
}

/** Without a marker a cell is recognised only at the top, or as the code below Markdown. */
function canStand(marker: string, text: string, before: CellKind | undefined): boolean {
  if (marker !== '') return true;
  const [first = ''] = text.split('\n');
  if (first.trim() === '') return false;
  return before === undefined || (before === 'markdown' && !first.startsWith('//'));
}

function newMarker(kind: CellKind, eol: string): string {
  return kind === 'code' ? `// %%${eol}` : `// %% [markdown]${eol}`;
}

function printBody(kind: CellKind, text: string, eol: string): string {
  if (text === '') return '';
  const lines = text.split('\n');
  return (kind === 'code' ? lines : lines.map(comment)).join(eol);
}

function uncomment(line: string): string {
  return line.replace(/^\/\/ ?/, '');
}

/** A line of Markdown that would read as a marker goes without the space. */
function comment(line: string): string {
  if (line === '') return '//';
  return markerKind(`// ${line}`) === undefined ? `// ${line}` : `//${line}`;
}

function countHeadLines(lines: readonly string[]): number {
  const top = lines[0] === byteOrderMark ? 1 : 0;
  const first = lines.findIndex(
    (line, index) => index >= top && line.trim() !== '' && !(index === top && line.startsWith('#!')),
  );
  return first < 0 ? lines.length : first;
}

/** Lines with their line ends; a byte order mark is one of its own. */
function splitLines(text: string): string[] {
  const mark = text.startsWith(byteOrderMark) ? [byteOrderMark] : [];
  return [...mark, ...(text.slice(mark.length).match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [])];
}

function withoutEol(line: string): string {
  return line.replace(/(?:\r\n|\n|\r)$/, '');
}

function endLine(text: string, eol: string): string {
  return text === '' || text === byteOrderMark || /[\r\n]$/.test(text) ? text : text + eol;
}

function endBlankLine(text: string, eol: string): string {
  return /(?:\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r)$/.test(text) ? text : text + eol;
}

function commonEol(lines: readonly string[]): PercentFile['eol'] {
  const counts = { '\n': 0, '\r\n': 0, '\r': 0 };
  for (const line of lines) {
    const eol = line.slice(withoutEol(line).length);
    if (eol === '\n' || eol === '\r\n' || eol === '\r') counts[eol]++;
  }
  if (counts['\r\n'] > counts['\n']) return '\r\n';
  return counts['\r'] > counts['\n'] ? '\r' : '\n';
}

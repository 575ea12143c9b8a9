/** Puts the elements of a longer array in columns, by the proportions that node uses. */
import { displayWidth } from './display-width.js';

/** A comma and a space. */
const separatorWidth = 2;
/** A character is about this many times as high as wide; the block of entries should look square. */
const characterHeight = 2.5;
const maxColumns = 15;
const columnsPerCompactLevel = 4;

export interface ColumnOptions {
  /** Columns of text that are indentation already. */
  readonly indentation: number;
  readonly breakLength: number;
  readonly compact: number;
  /** The last entry says how many are missing, and stands on a line of its own. */
  readonly hasTrailer: boolean;
  /** Numbers are aligned at their right end. */
  readonly align: 'left' | 'right';
}

/** @returns lines of several entries each; the entries themselves where columns do not suit them */
export function groupInColumns(entries: readonly string[], options: ColumnOptions): readonly string[] {
  const grouped = options.hasTrailer ? entries.slice(0, -1) : entries;
  const widths = grouped.map(displayWidth);
  const totalWidth = widths.reduce((sum, width) => sum + width + separatorWidth, 0);
  const longest = Math.max(0, ...widths);
  const cell = longest + separatorWidth;
  const fitsThree = cell * 3 + options.indentation < options.breakLength;
  // Entries of very different length would leave large gaps.
  if (!fitsThree || !(totalWidth / cell > 5 || longest <= 6)) return entries;

  const bias = Math.sqrt(cell - totalWidth / entries.length);
  const biasedCell = Math.max(cell - 3 - bias, 1);
  const columns = Math.min(
    Math.round(Math.sqrt(characterHeight * biasedCell * grouped.length) / biasedCell),
    Math.floor((options.breakLength - options.indentation) / cell),
    options.compact * columnsPerCompactLevel,
    maxColumns,
  );
  if (columns <= 1) return entries;

  const columnWidths = Array.from({ length: columns }, (_, column) =>
    widths.reduce((most, width, i) => (i % columns === column && width > most ? width : most), 0),
  );
  const lines: string[] = [];
  for (let start = 0; start < grouped.length; start += columns) {
    const row = grouped.slice(start, start + columns);
    lines.push(
      row
        .map((entry, column) => {
          const isLast = column === row.length - 1;
          const text = isLast ? entry : `${entry}, `;
          const gap = ' '.repeat(Math.max(0, (columnWidths[column] ?? 0) - displayWidth(entry)));
          if (options.align === 'right') return gap + text;
          return isLast ? text : text + gap;
        })
        .join(''),
    );
  }
  return options.hasTrailer ? [...lines, entries.at(-1) ?? ''] : lines;
}

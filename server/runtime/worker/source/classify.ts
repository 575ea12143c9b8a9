/** Whether a file runs like a cell or as a module. */
import { maxParsedLength, parseCell } from './parse.js';

export type FileKind = 'script' | 'module';

/** Only texts that have these words anywhere can be modules; most scripts need no parsing. */
const moduleWords = /\bexport\b|\bimport\s*\.\s*meta\b/;

/** Good enough for texts that cannot be parsed: it is the engine that says what is wrong with them. */
const exportLine = /^\s*export\b/m;

/**
 * `.mjs` and `.mts` files are modules, and so is every other file that exports something or asks for `import.meta`.
 *
 * @param path decides by its extension only
 * @param text without a byte order mark
 */
export function classifyFile(path: string, text: string): FileKind {
  if (/\.m[jt]s$/i.test(path)) return 'module';
  if (!moduleWords.test(text)) return 'script';
  if (text.length > maxParsedLength) return exportLine.test(text) ? 'module' : 'script';
  // Among tokens, strings, comments and regular expressions cannot pose as code.
  const recent: string[] = [];
  const metas: number[] = [];
  const result = parseCell(text, ({ start, end }) => {
    recent.push(text.slice(start, end));
    if (recent.length > 4) recent.shift();
    const [before, ...words] = recent.length === 4 ? recent : ['', ...recent];
    if (before !== '.' && words.join(' ') === 'import . meta') metas.push(start);
  });
  if (metas.length > 0) return 'module';
  if (result.kind === 'refused') return exportLine.test(text) ? 'module' : 'script';
  return result.program.body.some(({ type }) => type.startsWith('Export')) ? 'module' : 'script';
}

/**
 * Makes JavaScript of TypeScript. Types are blanked, so that every line and column stays; what blanking cannot do
 * (enums, namespaces, parameter properties, assertions in angle brackets) the same compiler transforms, with a source
 * map. Types are not checked.
 */
import { type Options, transformSync } from '@swc/wasm-typescript';
import { type Diagnostic, isDiagnostic, problemOf } from './diagnostic.js';
import type { StripRequest } from './messages.js';
import type { StrippedText } from '../stripped-text.js';

const blanking: Options = { mode: 'strip-only', module: true };
const transforming: Options = {
  mode: 'transform',
  module: true,
  sourceMap: true,
  transform: {
    // Names stay for later cells, used or not, and for whoever imports the file.
    verbatimModuleSyntax: true,
    noEmptyExport: true,
    nativeClassProperties: true,
    tsEnumIsMutable: true,
    importExportAssignConfig: 'EsNext',
  },
};

/** An enum that was made again would keep the members that it had: its first half begins with an empty object. */
const reusedEnum = /^( *return ([^\s;]+);\n\}\()\2 \|\| \{\}(?=\))/gm;

/** @throws what the compiler throws when it broke: then it must not be used again */
export function strip({ text, fileName }: StripRequest): StrippedText {
  if (/\.[mc]?tsx$/i.test(fileName)) {
    const message = `JSX is not supported, so ${fileName} cannot be run; a .ts file without JSX can`;
    return { kind: 'refused', name: 'SyntaxError', message, place: { line: 1, column: 1 } };
  }
  return asObjectLiteral(text) ?? converted(text);
}

/** `{ a: 1, b: 2 }` alone is an object, as it is in JavaScript; to the compiler it would be a broken block. */
function asObjectLiteral(text: string): StrippedText | undefined {
  if (!/^\s*\{/.test(text) || /;\s*$/.test(text)) return undefined;
  const wrapped = attempt(`(${text}\n)`, blanking);
  // Blanking keeps the length, so the text is where it was put.
  return 'code' in wrapped ? { kind: 'stripped', code: wrapped.code.slice(1, 1 + text.length) } : undefined;
}

function converted(text: string): StrippedText {
  const blanked = attempt(text, blanking);
  if ('code' in blanked) return { kind: 'stripped', code: blanked.code };
  if (blanked.diagnostic.code !== 'UnsupportedSyntax') return refused(text, blanked.diagnostic);
  const transformed = attempt(text, transforming);
  if ('diagnostic' in transformed) return refused(text, transformed.diagnostic);
  return { kind: 'stripped', code: transformed.code.replace(reusedEnum, '$1{}'), map: transformed.map };
}

function attempt(
  text: string,
  options: Options,
): { readonly code: string; readonly map?: string } | { readonly diagnostic: Diagnostic } {
  // The compiler drops a byte order mark, which would move the first line.
  const mark = text.startsWith('\uFEFF') ? ' ' : '';
  try {
    const { code, map } = transformSync(mark + text.slice(mark.length), options);
    return map === undefined ? { code } : { code, map: withoutText(map) };
  } catch (error) {
    if (!isDiagnostic(error)) throw error;
    return { diagnostic: error };
  }
}

function refused(text: string, diagnostic: Diagnostic): StrippedText {
  return { kind: 'refused', ...problemOf(text, diagnostic) };
}

/** The map brings the whole text along, which whoever reads the map has already. */
function withoutText(map: string): string {
  const { sourcesContent: _text, ...rest } = JSON.parse(map) as Record<string, unknown>;
  return JSON.stringify(rest);
}

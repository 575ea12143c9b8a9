/** What the compiler says is wrong with a text, as a place in the text that editors count. */
import type { TextProblem } from '../stripped-text.js';
import { displayWidth } from '../worker/inspect/display-width.js';
import { jsxBefore } from './jsx.js';

/** What the compiler throws for a mistake in the text; anything else that it throws means that it broke. */
export interface Diagnostic {
  readonly code?: string;
  readonly message: string;
  /** 1-based. */
  readonly startLine: number;
  /** 0-based, in columns of a terminal: a tab has four, a wide character one more than it has UTF-16 units. */
  readonly startColumn: number;
}

export function isDiagnostic(thrown: unknown): thrown is Diagnostic {
  return (
    typeof thrown === 'object' &&
    thrown !== null &&
    !(thrown instanceof Error) &&
    'message' in thrown &&
    'startLine' in thrown &&
    'startColumn' in thrown
  );
}

const tabWidth = 4;

/** @param text that the compiler got */
export function problemOf(text: string, { message, startLine, startColumn }: Diagnostic): TextProblem {
  const lines = text.split('\n');
  const line = lines[startLine - 1] ?? '';
  const column = unitsOf(line, startColumn);
  const offset = lines.slice(0, startLine - 1).reduce((sum, { length }) => sum + length + 1, column);
  const jsx = jsxBefore(text, offset);
  if (jsx === undefined) {
    return { name: 'SyntaxError', message, place: { line: startLine, column: column + 1 } };
  }
  const before = text.slice(0, jsx).split('\n');
  return {
    name: 'SyntaxError',
    message: 'JSX is not supported; call the functions that make elements instead',
    place: { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 },
  };
}

/** How many UTF-16 units of a line come before a column. */
function unitsOf(line: string, column: number): number {
  let units = 0;
  let shown = 0;
  for (const character of line) {
    if (shown >= column) break;
    units += character.length;
    shown += character.length + extraWidth(character);
  }
  return units;
}

function extraWidth(character: string): number {
  if (character === '\t') return tabWidth - 1;
  return character >= ' ' && character <= '~' ? 0 : displayWidth(character) - 1;
}

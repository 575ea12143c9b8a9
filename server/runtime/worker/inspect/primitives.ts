/** Values that are no objects, and property keys, as node's `util.inspect` writes them. */
import type { PrimitiveNode, SymbolNode } from './node.js';
import { escapeText, quoteString } from './quote.js';

/** Shorter strings are never split into lines. */
const minSplitLength = 16;

const identifier = /^[a-zA-Z_][a-zA-Z_0-9]*$/;

export function symbolText(symbol: SymbolNode): string {
  return escapeText(`Symbol(${symbol.description ?? ''})`);
}

export function renderKey(key: string): string {
  if (key === '__proto__') return "['__proto__']";
  return identifier.test(key) ? key : quoteString(key);
}

/** @returns the text of a number, -0 and the not finite ones included */
export function numberText(number: number): string {
  return Object.is(number, -0) ? '-0' : String(number);
}

export interface PrimitiveText {
  readonly text: string;
  readonly truncated: boolean;
}

export interface PrimitiveOptions {
  /** Columns that are taken already. */
  readonly indentation: number;
  /** Strings that reach beyond this column are split at their line ends. */
  readonly breakLength: number;
  /** Longer strings are cut, in UTF-16 units. */
  readonly maxLength: number;
}

export function renderPrimitive(node: PrimitiveNode, options: PrimitiveOptions): PrimitiveText {
  if (typeof node === 'string') return renderString(node, node.length, options);
  if (typeof node === 'number') return { text: numberText(node), truncated: false };
  if (typeof node === 'boolean' || node === null) return { text: String(node), truncated: false };
  switch (node.kind) {
    case 'undefined':
      return { text: 'undefined', truncated: false };
    case 'number':
      return { text: node.text, truncated: false };
    case 'bigint':
      return node.cut
        ? { text: `${node.text}...n`, truncated: true }
        : { text: `${node.text}n`, truncated: false };
    case 'symbol':
      return { text: `Symbol(${node.description ?? ''})`, truncated: false };
    case 'string':
      return renderString(node.text, node.length, options);
  }
}

function renderString(
  known: string,
  length: number,
  { indentation, breakLength, maxLength }: PrimitiveOptions,
): PrimitiveText {
  const shown = known.slice(0, maxLength);
  const hidden = length - shown.length;
  const trailer = hidden > 0 ? `... ${hidden} more character${hidden > 1 ? 's' : ''}` : '';
  const isLong = shown.length > minSplitLength && shown.length > breakLength - indentation - 4;
  const text = isLong
    ? shown
        .split(/(?<=\n)/)
        .map(quoteString)
        .join(` +\n${' '.repeat(indentation + 2)}`)
    : quoteString(shown);
  return { text: text + trailer, truncated: hidden > 0 };
}

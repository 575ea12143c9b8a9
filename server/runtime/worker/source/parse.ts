/** The parser, set up for what runs in a session. */
import { parse, type Options, type Program, type Token } from 'acorn';

/**
 * Texts longer than this (UTF-16 units) are not parsed here: the tree takes about 70 bytes for each, and the thread's
 * own heap is small.
 */
export const maxParsedLength = 512 * 1024;

/** A script that may await, import and export at its top level. Whether it may is decided by who reads the tree. */
const cellOptions: Options = {
  ecmaVersion: 'latest',
  sourceType: 'script',
  allowAwaitOutsideFunction: true,
  allowImportExportEverywhere: true,
  allowHashBang: true,
  preserveParens: true,
};

export interface ParseProblem {
  readonly message: string;
  /** UTF-16 offset; undefined when the parser gave up for another reason than the text, such as its depth. */
  readonly offset: number | undefined;
}

export type ParseResult =
  | { readonly kind: 'parsed'; readonly program: Program }
  | { readonly kind: 'refused'; readonly problem: ParseProblem };

/** @param onToken sees each token in order */
export function parseCell(text: string, onToken?: (token: Token) => void): ParseResult {
  try {
    const options = onToken === undefined ? cellOptions : { ...cellOptions, onToken };
    return { kind: 'parsed', program: parse(text, options) };
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'refused', problem: describe(error) };
    // Nested deeper than our stack.
    if (error instanceof RangeError)
      return { kind: 'refused', problem: { message: error.message, offset: undefined } };
    throw error;
  }
}

/** The parser puts the place behind its message and into `pos`. */
function describe(error: SyntaxError & { pos?: number }): ParseProblem {
  return { message: error.message.replace(/ \(\d+:\d+\)$/, ''), offset: error.pos };
}

import { contentHash } from './content-hash.js';

/** TypeScript text as JavaScript, or why it is none. */
export type StrippedText =
  | {
      readonly kind: 'stripped';
      readonly code: string;
      /** Source map (JSON) from the code to the text; absent while every place of the code is the text's own. */
      readonly map?: string | undefined;
    }
  | ({ readonly kind: 'refused' } & TextProblem);

/** What is wrong with a text, and where in it. */
export interface TextProblem {
  readonly name: 'SyntaxError' | 'RangeError';
  readonly message: string;
  /** 1-based, the column in UTF-16 units; absent when no single place is to blame. */
  readonly place?: { readonly line: number; readonly column: number } | undefined;
}

/** What a session's thread has to know of text that was TypeScript, beside the JavaScript that it became. */
export type TypeScriptOrigin =
  | {
      /** Of the TypeScript. */
      readonly hash: string;
      readonly map?: string | undefined;
    }
  | { readonly problem: TextProblem };

/** The JavaScript of stripped text; of refused text, the text as it was, which is not run. */
export function withStripped<T extends { readonly text: string }>(
  source: T,
  stripped: StrippedText,
): T & { readonly typescript: TypeScriptOrigin } {
  if (stripped.kind === 'stripped') {
    const { code, map } = stripped;
    return { ...source, text: code, typescript: { hash: contentHash(source.text), map } };
  }
  const { name, message, place } = stripped;
  return { ...source, typescript: { problem: { name, message, place } } };
}

import type { Language } from './models.js';

/** With JSX files, which are refused for what is in them. */
const codeExtension = /\.(?:[mc]?[jt]sx?|json)$/i;
const anyExtension = /[^/]\.[^./]+$/;

/**
 * @param path of a worktree file; one without an extension may be code, as for Node
 * @returns why it is not run, as the end of a sentence; undefined when it may be code
 */
export function notCode(path: string): string | undefined {
  if (codeExtension.test(path) || !anyExtension.test(path)) return undefined;
  return 'only .js, .mjs, .cjs, .ts, .mts, .cts and .json files are code';
}

/** The language of a worktree file. @param path decides by its extension only */
export function languageOfPath(path: string): Language {
  return /\.[mc]?tsx?$/i.test(path) ? 'typescript' : 'javascript';
}

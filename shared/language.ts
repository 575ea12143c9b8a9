import type { Language } from './models.js';

/** The language of a worktree file. @param path decides by its extension only */
export function languageOfPath(path: string): Language {
  return /\.[mc]?tsx?$/i.test(path) ? 'typescript' : 'javascript';
}

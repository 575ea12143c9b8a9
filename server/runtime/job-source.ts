import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { languageOfPath } from '../../shared/language.js';
import type { Language } from '../../shared/models.js';
import type { JobSource } from '../core/ports.js';
import type { RunSource } from './messages.js';
import { folderOf } from './module-names.js';

/** The language of a job's text. */
export function languageOf(source: JobSource): Language {
  return source.kind === 'file' ? languageOfPath(source.file.path) : source.language;
}

/** A job's source as its session's thread gets it. @param root real path of the worktree */
export function runSourceOf(source: JobSource, root: string): RunSource {
  if (source.kind === 'file') return { kind: 'file', ...source.file, as: source.as };
  const { text, uri, line } = source;
  return { kind: 'cell', text, uri, line, folder: folderOfDocument(uri, root) };
}

/**
 * Relative imports of a cell start where its document stands; at the worktree, when that is somewhere else.
 *
 * @param root real path of the worktree
 * @returns worktree relative; '' is the worktree itself
 */
export function folderOfDocument(uri: string | undefined, root: string): string {
  if (uri === undefined || !URL.canParse(uri)) return '';
  const url = new URL(uri);
  if (url.protocol !== 'file:' || url.host !== '') return '';
  const relative = path.relative(root, fileURLToPath(url));
  const isInside = relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative);
  return isInside ? folderOf(relative.split(path.sep).join('/')) : '';
}

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { VmError } from '../../shared/errors.js';

/** As the longest path of a system, in UTF-16 units. */
const maxPathLength = 4096;

/**
 * Normalises a path that a client wrote for a file of the worktree: relative, `/` or `\` between its parts. Only the
 * text is judged here; what the path really leads to is checked when the file is opened.
 *
 * @param written for example `src/../lib/a.js`
 * @param root real path of the worktree, where a `file:` URI inside it is welcome too
 * @returns the parts joined by `/` with `.` and `..` resolved: `lib/a.js`
 * @throws `INVALID_PATH`: empty, absolute, with a NUL, too long, or leading out of the worktree
 */
export function parseWorktreePath(written: string, root?: string): string {
  if (written.length > maxPathLength) {
    throw new VmError(
      'INVALID_PATH',
      `A path has at most ${maxPathLength} characters; this one has ${written.length}.`,
    );
  }
  const refuse = (why: string) =>
    new VmError(
      'INVALID_PATH',
      `${JSON.stringify(written)} ${why}; give a path relative to the worktree, for example src/main.js.`,
    );
  if (written.includes('\0')) throw refuse('contains a NUL character');
  if (root !== undefined && /^file:/i.test(written)) return parseFileUri(written, root, refuse);
  if (/^([/\\]|[A-Za-z]:)/.test(written)) throw refuse('is absolute');
  const parts: string[] = [];
  for (const part of written.split(/[/\\]/)) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) throw refuse('leads out of the worktree');
  }
  if (parts.length === 0) throw refuse('names no file');
  return parts.join('/');
}

function parseFileUri(uri: string, root: string, refuse: (why: string) => VmError): string {
  let inside: string;
  try {
    inside = path.relative(root, fileURLToPath(uri));
  } catch {
    throw refuse('is not the URI of a file here');
  }
  if (path.isAbsolute(inside)) throw refuse('lies outside the worktree');
  return parseWorktreePath(inside);
}

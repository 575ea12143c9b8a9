/** Paths as guest code writes them: the worktree is all there is, and `/` its root, as `__dirname` has it. */
import { parseWorktreePath } from '../../../core/worktree-path.js';

/** A path that guest code wrote from the root of the worktree, as one that is relative to it; others as they are. */
export function withoutRoot(written: string): string {
  return written.replace(/^\/+/, '');
}

/**
 * @param written relative to the worktree, or from its root
 * @returns the parts joined by `/` with `.` and `..` resolved; '' is the worktree itself
 * @throws `INVALID_PATH`: with a NUL, too long, of a drive, or leading out of the worktree
 */
export function parseGuestPath(written: string): string {
  const inside = withoutRoot(written);
  return /^[./\\]*$/.test(inside) && !inside.startsWith('\\') && !inside.includes('..')
    ? ''
    : parseWorktreePath(inside);
}

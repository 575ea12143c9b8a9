/** Where a worktree's database is, and where it must not be. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import envPaths from 'env-paths';
import { validationError } from '../../shared/errors.js';
import { systemErrorCode } from './host-files.js';

/**
 * The database of a worktree when nobody names another: one per worktree, the same for every client, in the user's
 * data folder (`XDG_DATA_HOME` and its like), so that editor, shell and others meet in it.
 * @param worktree real path of the worktree
 */
export function defaultDatabasePath(worktree: string): string {
  const digest = createHash('sha256').update(worktree).digest('hex').slice(0, 32);
  return path.join(userDataFolder(), digest, 'vm.db');
}

/** Of this product, for this user. */
export function userDataFolder(): string {
  return path.resolve(envPaths('vm-system', { suffix: '' }).data);
}

/** The user's key, beside the databases of all worktrees, see UserKey. */
export function defaultKeyPath(): string {
  return path.join(userDataFolder(), 'key');
}

/**
 * Checks a path that a user chose. A database inside the worktree could be shipped with a repository or changed by a
 * guest that may write files there.
 * @param databasePath absolute, or relative to the current folder; may not exist yet
 * @param worktree real path of the worktree
 * @returns the real path of the database
 * @throws `VALIDATION_ERROR` when it is inside the worktree, whatever links lead there
 */
export function checkDatabasePath(databasePath: string, worktree: string): string {
  if (databasePath === '' || databasePath.includes('\0')) {
    throw validationError('The database path is empty or has a NUL character in it.');
  }
  const real = realDatabasePath(databasePath);
  if (isInside(worktree, real)) {
    throw validationError('The database must not be inside the worktree; choose a path outside of it.');
  }
  return real;
}

/** Whether a path is a folder or something in it. Both are real paths. */
export function isInside(folder: string, target: string): boolean {
  const relative = path.relative(folder, target);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** As many links as Linux follows before it says ELOOP. */
const maxLinks = 40;

/**
 * The real path of a file that may not exist yet, which is where opening it would make it.
 * @throws `VALIDATION_ERROR` when links go in a circle or a folder cannot be examined
 */
export function realDatabasePath(databasePath: string): string {
  let links = 0;
  const resolve = (target: string): string => {
    try {
      return fs.realpathSync.native(target);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw unusablePath();
    }
    const parent = path.dirname(target);
    if (parent === target) return target;
    const inRealFolder = path.join(resolve(parent), path.basename(target));
    const link = readLink(inRealFolder);
    if (link === undefined) return inRealFolder;
    if (++links > maxLinks) throw unusablePath();
    return resolve(path.resolve(path.dirname(inRealFolder), link));
  };
  return resolve(path.resolve(databasePath));
}

function unusablePath(): Error {
  return validationError('The database path leads nowhere that can be examined; choose another one.');
}

/** Where a link leads that leads to nothing; undefined for what is no link. */
function readLink(name: string): string | undefined {
  try {
    return fs.readlinkSync(name);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'EINVAL') return undefined;
    throw error;
  }
}

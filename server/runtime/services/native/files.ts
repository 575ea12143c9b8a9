/** The `fs` module: files of the worktree that a capability names. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { parseWorktreePath } from '../../../core/worktree-path.js';
import type { HostServices } from '../host-services.js';
import { ServiceError } from '../service-error.js';
import { isSystemError } from '../system-error.js';
import { inWorktreeFolder, openInWorktree } from '../worktree-walk.js';
import type { Grants } from './grants.js';

/** The largest file that is read or written, in bytes. */
const fileLimit = 16 * 1024 * 1024;

const ReadCall = z.strictObject({ path: z.string() });
const WriteCall = z.strictObject({ path: z.string(), text: z.string() });

/**
 * @param root real path of the worktree
 * @param grants what may be read and written; asked for the path as written and for where it leads
 * @param hostDatabase real path of the host's own database, which no grant reaches
 */
export function fileServices(root: string, grants: Grants, hostDatabase: string | undefined): HostServices {
  /** @param realFile worktree relative, links resolved */
  const requireAccess = (realFile: string, access: 'read' | 'write') => {
    grants.requireFile(realFile, access);
    if (hostDatabase !== undefined && isBeside(hostDatabase, path.join(root, realFile))) {
      throw new ServiceError('INVALID_PATH', `${JSON.stringify(realFile)} belongs to the host itself`);
    }
  };
  return {
    'fs.readFile': async (payload) => {
      const file = parseWorktreePath(ReadCall.parse(payload).path);
      grants.requireFile(file, 'read');
      return readText(root, file, (realFile) => requireAccess(realFile, 'read'));
    },
    'fs.writeFile': async (payload) => {
      const call = WriteCall.parse(payload);
      const file = parseWorktreePath(call.path);
      grants.requireFile(file, 'write');
      await writeText(root, file, call.text, (realFile) => requireAccess(realFile, 'write'));
      return null;
    },
  };
}

/** The database itself, or its log, journal or lock; whether or not the system minds case. */
const isBeside = (database: string, file: string): boolean =>
  file.toLowerCase().startsWith(database.toLowerCase());

/** Throws when guest code has no access to the file that a path leads to. */
type Judge = (realFile: string) => void;

async function readText(root: string, file: string, judge: Judge): Promise<string> {
  const { handle, path: realPath } = await openInWorktree(root, file);
  try {
    judge(realPath);
    const { size } = await handle.stat();
    if (size > fileLimit) throw tooLarge(file);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** The new text is there whole or not at all: it is written beside the file, which it then replaces. */
async function writeText(root: string, file: string, text: string, judge: Judge): Promise<void> {
  if (Buffer.byteLength(text) > fileLimit) throw tooLarge(file);
  const { dir, base } = path.posix.parse(file);
  await inWorktreeFolder(root, dir, async (folder) => {
    judge(path.posix.join(folder.path, base));
    const target = folder.place(base);
    const mode = await modeOf(target, file);
    const temporary = folder.place(`.${base.slice(0, 100)}.${randomUUID()}.tmp`);
    try {
      const { O_WRONLY, O_CREAT, O_EXCL } = constants;
      const handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
      try {
        await handle.writeFile(text);
      } finally {
        await handle.close();
      }
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      if (!isSystemError(error)) throw error;
      throw new ServiceError(error.code, `${JSON.stringify(file)} could not be written: ${error.code}`);
    }
  });
}

/** Permissions of the file that is replaced, or of a new one. Only a regular file is replaced. */
async function modeOf(target: string, file: string): Promise<number> {
  try {
    const status = await lstat(target);
    if (status.isFile()) return status.mode & 0o777;
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return 0o666;
    throw error;
  }
  throw new ServiceError('FILE_NOT_FOUND', `${JSON.stringify(file)} is not a regular file`);
}

function tooLarge(file: string): ServiceError {
  return new ServiceError(
    'FILE_TOO_LARGE',
    `${JSON.stringify(file)} is larger than ${fileLimit / 1024 / 1024} MB`,
  );
}

import type { FileHandle } from 'node:fs/promises';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { VmError } from '../../../shared/errors.js';
import type { SourceFile, WorktreeFiles } from '../../core/ports.js';
import { maxSourceBytes } from '../source-limit.js';
import { isSystemError } from './system-error.js';
import { openInWorktree } from './worktree-walk.js';

/** The files of worktrees on this machine's disk. */
export function createWorktreeFiles(): WorktreeFiles {
  return { openRoot, readSource };
}

async function openRoot(folder: string): Promise<string> {
  const refuse = (why: string, cause?: unknown) =>
    new VmError('INVALID_WORKTREE', `The worktree ${JSON.stringify(folder)} ${why}.`, undefined, { cause });
  if (folder.includes('\0')) throw refuse('contains a NUL character');
  if (!path.isAbsolute(folder)) throw refuse('is not an absolute path');
  try {
    const real = await realpath(folder);
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw refuse(error.code === 'ENOENT' ? 'does not exist' : 'cannot be opened', error);
  }
  throw refuse('is not a folder');
}

async function readSource(root: string, file: string): Promise<SourceFile> {
  const { handle, path: realPath } = await openInWorktree(root, file);
  try {
    return { path: realPath, text: await readOpenSource(handle, file) };
  } finally {
    await handle.close();
  }
}

/**
 * @param handle of a regular file, open to be read
 * @param name for messages
 * @returns its text without a byte order mark
 * @throws `VALIDATION_ERROR`: not UTF-8, or over 10 MB
 */
export async function readOpenSource(handle: FileHandle, name: string): Promise<string> {
  return decode(await readCapped(handle, name), name);
}

/** The size is checked by what is read: a file may grow after it was looked at. */
async function readCapped(handle: FileHandle, name: string): Promise<Buffer> {
  const { size } = await handle.stat();
  const tooLarge = () =>
    new VmError(
      'VALIDATION_ERROR',
      `${JSON.stringify(name)} is larger than the 10 MB that a source file may have.`,
    );
  if (size > maxSourceBytes) throw tooLarge();
  const bytes = Buffer.allocUnsafe(size + 1);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length);
    if (bytesRead === 0) return bytes.subarray(0, length);
    length += bytesRead;
  }
  const rest = await handle.read({ buffer: Buffer.allocUnsafe(maxSourceBytes) });
  if (length + rest.bytesRead > maxSourceBytes) throw tooLarge();
  return Buffer.concat([bytes, rest.buffer.subarray(0, rest.bytesRead)]);
}

function decode(bytes: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new VmError('VALIDATION_ERROR', `${JSON.stringify(name)} is not UTF-8 text.`, undefined, {
      cause: error,
    });
  }
}

/** What is in files: read, written, appended and copied. */
import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DataAnswer } from '../../host-services.js';
import type { OpenPlace } from '../../worktree-walk.js';
import type { FileAccess } from './access.js';
import { FileProblem } from './errors.js';

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_WRONLY } = constants;

/** The largest file that is read or written, in bytes. */
const contentLimit = 16 * 1024 * 1024;
/** The largest file that is copied, in bytes. */
const copyLimit = 1024 * 1024 * 1024;
const copiedAtOnce = 1024 * 1024;

/** @param as a text is UTF-8, where what is malformed becomes U+FFFD */
export function readFile(access: FileAccess, file: string, as: 'text' | 'bytes'): Promise<DataAnswer> {
  return access.at(file, ['read'], 'follow', async (place) =>
    reading(access, place, async (handle) => new DataAnswer(await contentOf(handle), as)),
  );
}

/** The new content is there whole or not at all: it is written beside the file, which it then replaces. */
export function writeFile(access: FileAccess, file: string, content: Uint8Array): Promise<void> {
  requireSize(content.length, contentLimit);
  return access.at(file, ['write'], 'follow', (place) =>
    replace(place, (handle) => handle.writeFile(content)),
  );
}

/**
 * Adds to the end of a file, in place. One with a second name, which may lie outside the worktree, is replaced instead.
 */
export function appendFile(access: FileAccess, file: string, content: Uint8Array): Promise<void> {
  return access.at(file, ['write'], 'follow', async (place) => {
    const { status } = place;
    requireSize(content.length + (status?.size ?? 0), contentLimit);
    if (status === undefined) {
      await replace(place, (handle) => handle.writeFile(content));
      return;
    }
    requireWritable(status);
    const handle = await place.open(O_WRONLY | O_APPEND);
    try {
      await access.requireForeign(handle, file);
      if ((await handle.stat()).nlink === 1) {
        await handle.writeFile(content);
        return;
      }
    } finally {
      await handle.close();
    }
    const before = await reading(access, place, contentOf);
    await replace(place, (copy) => copy.writeFile(Buffer.concat([before, content])));
  });
}

/** Copies a file's content, which is there whole or not at all. */
export function copyFile(access: FileAccess, from: string, to: string, signal: AbortSignal): Promise<void> {
  return access.at(from, ['read'], 'follow', (source) =>
    reading(access, source, (handle) =>
      access.at(to, ['write'], 'follow', (target) =>
        replace(target, (copy) => copyContent(handle, copy, signal)),
      ),
    ),
  );
}

/** Opens a regular file to be read for as long as it is used. */
async function reading<T>(
  access: FileAccess,
  place: OpenPlace,
  use: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  requireFile(place.status);
  const handle = await place.open(O_RDONLY);
  try {
    await access.requireForeign(handle, place.path);
    return await use(handle);
  } finally {
    await handle.close();
  }
}

/** A file may grow after it was looked at. */
async function contentOf(handle: FileHandle): Promise<Uint8Array> {
  const { size } = await handle.stat();
  requireSize(size, contentLimit);
  const content = Buffer.allocUnsafeSlow(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await handle.read(content, length, size - length);
    if (bytesRead === 0) return content.subarray(0, length);
    length += bytesRead;
  }
  return content;
}

/** Has a new file written, which takes the place's name when it is whole. */
async function replace(place: OpenPlace, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  const { status } = place;
  if (status !== undefined) requireWritable(status);
  const name = path.posix.basename(place.path).slice(0, 100);
  const temporary = place.beside(`.${name}.${randomUUID()}.tmp`);
  const mode = status === undefined ? 0o666 : status.mode & 0o777;
  const handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
  try {
    try {
      await write(handle);
    } finally {
      await handle.close();
    }
    await rename(temporary, place.at);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function copyContent(from: FileHandle, to: FileHandle, signal: AbortSignal): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(copiedAtOnce);
  for (let copied = 0; ;) {
    signal.throwIfAborted();
    const { bytesRead } = await from.read(buffer, 0, buffer.length);
    if (bytesRead === 0) return;
    requireSize((copied += bytesRead), copyLimit);
    await to.writeFile(buffer.subarray(0, bytesRead));
  }
}

function requireFile(status: Stats | undefined): void {
  if (status === undefined) throw new FileProblem('ENOENT');
  if (status.isDirectory()) throw new FileProblem('EISDIR');
  if (!status.isFile()) throw new FileProblem('EINVAL', 'not a regular file');
}

/** A file that may not be written is not replaced either, though the system would let us. */
function requireWritable(status: Stats): void {
  requireFile(status);
  if ((status.mode & 0o222) === 0) throw new FileProblem('EACCES');
}

function requireSize(size: number, limit: number): void {
  if (size > limit) throw new FileProblem('EFBIG', `larger than ${limit / 1024 / 1024} MB`);
}

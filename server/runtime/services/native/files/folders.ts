/** Folders: listed and made. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { isSystemError } from '../../system-error.js';
import { ServiceError } from '../../service-error.js';
import type { OpenPlace } from '../../worktree-walk.js';
import { entriesOf, type FileAccess } from './access.js';
import { FileProblem } from './errors.js';
import { type EntryType, typeOf } from './status.js';

type Listed = readonly [name: string, type: EntryType];

/**
 * Lists what of a folder may be read. A folder that is not granted itself can be listed as far as something in it is;
 * otherwise it is refused, whether or not it is there.
 */
export async function readFolder(access: FileAccess, folder: string): Promise<Listed[]> {
  const isGranted = access.allows(folder, 'read');
  try {
    const listed = await access.at(folder, [], 'follow', async ({ status, path: real }) => {
      if (status === undefined) throw new FileProblem('ENOENT');
      if (!status.isDirectory()) throw new FileProblem('ENOTDIR');
      const found: Listed[] = [];
      await access.in(real, async (opened) => {
        for await (const entry of entriesOf(opened)) {
          if (access.allows(path.posix.join(real, entry.name), 'read'))
            found.push([entry.name, typeOf(entry)]);
        }
      });
      return found;
    });
    if (listed.length > 0) return listed;
  } catch (error) {
    if (isGranted || (error instanceof ServiceError && error.code === 'CAPABILITY_DENIED')) throw error;
  }
  access.require(folder, ['read']);
  return [];
}

/** @returns with `recursive` the first folder that was made, if one was */
export async function makeFolder(
  access: FileAccess,
  folder: string,
  { recursive }: { recursive: boolean },
): Promise<string | undefined> {
  access.require(folder, ['write']);
  if (!recursive) {
    await access.at(folder, ['write'], 'keep', (place) => mkdir(place.at));
    return undefined;
  }
  let first: string | undefined;
  const parts = folder.split('/');
  for (let length = 1; length <= parts.length; length++) {
    const part = parts.slice(0, length).join('/');
    const made = await access.at(part, [], 'follow', (place) => makeMissing(access, place));
    if (made) first ??= part;
  }
  return first;
}

/** @returns whether it was missing */
async function makeMissing(access: FileAccess, { status, path: real, at }: OpenPlace): Promise<boolean> {
  if (status?.isDirectory()) return false;
  if (status !== undefined) throw new FileProblem('EEXIST');
  access.require(real, ['write']);
  try {
    await mkdir(at);
    return true;
  } catch (error) {
    // Somebody else was faster; what is there is seen to by the next part, or the next use.
    if (isSystemError(error) && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Files and folders as a whole: removed and moved. What is in a folder is judged before anything is done to it. */
import { rename, rmdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { entriesOf, type FileAccess } from './access.js';
import { FileProblem } from './errors.js';

/** A folder with more in it is not removed or moved, so that nobody waits for it for long. */
const maxEntries = 200_000;

export async function removeEntry(
  access: FileAccess,
  file: string,
  { recursive, force }: { recursive: boolean; force: boolean },
  signal: AbortSignal,
): Promise<void> {
  requireNamed(file);
  await access.at(file, ['write'], 'keep', async ({ status, path: real, at }) => {
    if (status === undefined) {
      if (force) return;
      throw new FileProblem('ENOENT');
    }
    if (!status.isDirectory()) {
      await unlink(at);
      return;
    }
    if (!recursive) throw new FileProblem('EISDIR');
    const folders = await foldersOf(access, real, signal, (entry) => access.require(entry, ['write']));
    for (const folder of folders.reverse()) await empty(access, folder, signal);
    await rmdir(at);
  });
}

/** Whoever moves a file could read it at its new place: so its old one must be granted for reading, too. */
export async function moveEntry(
  access: FileAccess,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<void> {
  requireNamed(from);
  requireNamed(to);
  await access.at(from, ['read', 'write'], 'keep', (source) =>
    access.at(to, ['write'], 'keep', async (target) => {
      if (source.status === undefined) throw new FileProblem('ENOENT');
      if (source.status.isDirectory()) {
        await foldersOf(access, source.path, signal, (entry) => {
          access.require(entry, ['read', 'write']);
          access.require(path.posix.join(target.path, path.posix.relative(source.path, entry)), ['write']);
        });
      }
      await rename(source.at, target.at);
    }),
  );
}

/**
 * @param judge sees everything below the folder
 * @returns the folder and those below it, each after the one that it is in
 */
async function foldersOf(
  access: FileAccess,
  top: string,
  signal: AbortSignal,
  judge: (entry: string) => void,
): Promise<string[]> {
  const folders = [top];
  let count = 0;
  for (const folder of folders) {
    signal.throwIfAborted();
    await access.in(folder, async (opened) => {
      for await (const entry of entriesOf(opened)) {
        if (++count > maxEntries) throw new FileProblem('E2BIG', `more than ${maxEntries} entries are in it`);
        const below = path.posix.join(folder, entry.name);
        judge(below);
        if (entry.isDirectory()) folders.push(below);
      }
    });
  }
  return folders;
}

/** Removes what is in a folder, whose own folders are empty by now. */
async function empty(access: FileAccess, folder: string, signal: AbortSignal): Promise<void> {
  await access.in(folder, async (opened) => {
    for await (const entry of entriesOf(opened)) {
      signal.throwIfAborted();
      access.require(path.posix.join(folder, entry.name), ['write']);
      const at = opened.place(entry.name);
      await (entry.isDirectory() ? rmdir(at) : unlink(at));
    }
  });
}

function requireNamed(file: string): void {
  if (file === '') throw new FileProblem('EBUSY', 'it is the worktree itself');
}

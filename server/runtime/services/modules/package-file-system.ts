/** {@link PackageFiles} as the resolver library asks for files. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { FileSystem } from 'enhanced-resolve';
import type { PackageFiles } from './package-files.js';

/** How often one lookup may look at the disk: a package.json can name any number of places. */
const maxLooks = 5000;

interface Lookup {
  looks: number;
  readonly fail: (error: Error) => void;
}
const lookups = new AsyncLocalStorage<Lookup>();

/**
 * Runs a lookup on this file system. What the library throws while it handles an answer of ours ends the lookup, too:
 * what it reads was written by anyone.
 *
 * @param start begins the lookup; its first call of `end` or `fail` counts
 */
export function looking<T>(
  start: (end: (value: T) => void, fail: (error: Error) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    lookups.run({ looks: 0, fail: reject }, () => start(resolve, reject));
  });
}

type Callback = (error: Error | null, value?: unknown) => void;

/** The functions that the library calls with our options. */
interface UsedFunctions {
  stat(place: string, callback: Callback): void;
  readJson(place: string, callback: Callback): void;
  readFile(place: string, callback: Callback): void;
  readdir(place: string, callback: Callback): void;
  readlink(place: string, callback: Callback): void;
}

export function fileSystemOf(files: PackageFiles): FileSystem {
  const used: UsedFunctions = {
    stat: (place, callback) => answer(callback, () => statOf(files, place)),
    readJson: (place, callback) => answer(callback, () => jsonOf(files, place)),
    readFile: (place, callback) => answer(callback, () => Promise.reject(absent(place))),
    readdir: (place, callback) => answer(callback, () => Promise.reject(absent(place))),
    readlink: (place, callback) => answer(callback, () => Promise.reject(absent(place))),
  };
  // The library's type has every overload of Node's functions.
  return used as unknown as FileSystem;
}

async function statOf(files: PackageFiles, place: string) {
  const kind = await files.kind(place.slice(1));
  if (kind === 'nothing') throw absent(place);
  return { isFile: () => kind === 'file', isDirectory: () => kind === 'folder' };
}

async function jsonOf(files: PackageFiles, place: string) {
  const description = await files.description(place.slice(1));
  if (description === undefined) throw absent(place);
  return description;
}

function answer(callback: Callback, ask: () => Promise<unknown>): void {
  const lookup = lookups.getStore();
  if (lookup !== undefined && ++lookup.looks > maxLooks) {
    lookup.fail(new Error(`its package.json names more than ${maxLooks} places to look at`));
    return;
  }
  ask()
    .then(
      (value) => callback(null, value),
      // The library writes into the message, and ours may be told again.
      (error: unknown) => callback(isMissing(error) ? error : new Error(messageOf(error))),
    )
    .catch((error: unknown) => lookup?.fail(new Error(messageOf(error))));
}

class MissingFile extends Error {
  readonly code = 'ENOENT';
}
const absent = (place: string): MissingFile => new MissingFile(`${place} does not exist`);
const isMissing = (error: unknown): error is MissingFile => error instanceof MissingFile;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

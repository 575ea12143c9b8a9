import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { VmError } from '../../shared/errors.js';
import type { LibraryFile } from '../core/ports.js';
import type { LibrarySource } from './messages.js';
import { isSystemError } from './services/system-error.js';

/**
 * Reads libraries, and checks that they are the ones that the catalogue describes.
 *
 * @param folder with a file `<id>.js` for each
 * @throws `STARTUP_FAILED`: the file is missing, or is another one
 */
export async function readLibraries(
  folder: string,
  libraries: readonly LibraryFile[],
): Promise<LibrarySource[]> {
  return Promise.all(
    libraries.map(async (library) => {
      const { id, global, aliases = [] } = library;
      return { id, global, specifiers: [id, ...aliases], text: await readText(folder, library) };
    }),
  );
}

async function readText(folder: string, { id, version, integrity }: LibraryFile): Promise<string> {
  const bytes = await readIfThere(path.join(folder, `${id}.js`));
  if (bytes !== undefined && integrityOf(bytes) === integrity) return bytes.toString('utf8');
  const fault = bytes === undefined ? 'is missing' : 'is not the one that came with this vm-system';
  throw new VmError(
    'STARTUP_FAILED',
    `The file of the library ${id} ${version} ${fault}; install vm-system again.`,
  );
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** As in subresource integrity, and in the catalogue. */
const integrityOf = (bytes: Buffer): string =>
  `sha512-${createHash('sha512').update(bytes).digest('base64')}`;

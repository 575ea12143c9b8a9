import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { VmError } from '../../shared/errors.js';
import type { LibrarySource } from './messages.js';
import { isSystemError } from './services/system-error.js';

/** The built parts that the runtime is made of. */
export interface RuntimeAssets {
  /** The session thread's bundle. */
  readonly worker: URL;
  /** The bundle of the thread that strips types. */
  readonly typescriptWorker: URL;
  /** Path of the guest kernel's bundle. */
  readonly kernel: string;
  /** Path of the engine's WebAssembly code. */
  readonly engineWasm: string;
  /** Path of the folder with `<library>.js` files. */
  readonly librariesFolder: string;
}

/** What every thread is started with, read and compiled once. */
export interface EngineParts {
  readonly engine: WebAssembly.Module;
  readonly kernel: string;
}

export async function loadEngineParts(assets: RuntimeAssets): Promise<EngineParts> {
  const [wasm, kernel] = await Promise.all([readFile(assets.engineWasm), readFile(assets.kernel, 'utf8')]);
  return { engine: await WebAssembly.compile(wasm), kernel };
}

/**
 * Reads catalogue libraries.
 *
 * @param ids `lodash`, or `lodash@4.17.21`
 * @throws `LIBRARY_NOT_FOUND`
 */
export async function readLibraries(assets: RuntimeAssets, ids: readonly string[]): Promise<LibrarySource[]> {
  return Promise.all(ids.map(async (id) => ({ id, text: await readLibrary(assets, id) })));
}

async function readLibrary(assets: RuntimeAssets, id: string): Promise<string> {
  const notFound = () => new VmError('LIBRARY_NOT_FOUND', `There is no library ${id} in the catalogue.`);
  if (!/^[A-Za-z0-9][\w.-]*(@[\w.-]+)?$/.test(id)) throw notFound();
  try {
    return await readFile(path.join(assets.librariesFolder, `${id}.js`), 'utf8');
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') throw notFound();
    throw error;
  }
}

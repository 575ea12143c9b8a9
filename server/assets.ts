import { fileURLToPath } from 'node:url';

/** The built files that the host loads at run time, beside its own bundle. */
export interface Assets {
  readonly worker: URL;
  readonly databaseWorker: URL;
  readonly typescriptWorker: URL;
  readonly imageWorker: URL;
  readonly kernel: string;
  readonly guestModulesFolder: string;
  readonly engineWasm: string;
  readonly databaseWasm: string;
  readonly librariesFolder: string;
}

/** @param dist the folder that `esbuild.mjs` writes, as a URL with a slash at its end */
export function assetsIn(dist: URL): Assets {
  const file = (name: string) => fileURLToPath(new URL(name, dist));
  return {
    worker: new URL('session-worker.mjs', dist),
    databaseWorker: new URL('database-worker.mjs', dist),
    typescriptWorker: new URL('typescript-worker.mjs', dist),
    imageWorker: new URL('image-worker.mjs', dist),
    kernel: file('guest-kernel.js'),
    guestModulesFolder: file('guest-modules'),
    engineWasm: file('quickjs.wasm'),
    databaseWasm: file('sql-wasm.wasm'),
    librariesFolder: file('libraries'),
  };
}

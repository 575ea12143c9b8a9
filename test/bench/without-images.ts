/** What checkpoints cost can only be seen beside a product that has none, and ours cannot do without. */
import { cpSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { type Assets, assetsIn } from '../../server/assets.js';

/** A session's thread takes images on request alone: not before a run, after one, nor after background work. */
const onRequestOnly = `
import { Images as Every } from 'every-image';
export class Images extends Every {
  #memoryBytes = 0;
  get memoryBytes() { return this.#memoryBytes; }
  beforeRun() {}
  afterEntry() {}
  afterRun(executionId, memoryBytes) { this.#memoryBytes = memoryBytes; }
}`;

/** Builds the session's thread anew with {@link onRequestOnly}. @param folder where it goes, beside the other files */
export async function assetsWithoutImages(folder: string): Promise<Assets> {
  const source = (name: string) =>
    fileURLToPath(new URL(`../../server/runtime/worker/${name}`, import.meta.url));
  const dist = path.join(folder, 'dist-without-images');
  cpSync(new URL('../../dist/', import.meta.url), dist, { recursive: true });
  await build({
    entryPoints: { 'session-worker': source('main.ts') },
    outdir: dist,
    outExtension: { '.js': '.mjs' },
    allowOverwrite: true,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
    plugins: [
      {
        name: 'without-images',
        setup(worker) {
          worker.onResolve({ filter: /^\.\/images\.js$/ }, () => ({
            path: 'images',
            namespace: 'without-images',
          }));
          worker.onLoad({ filter: /.*/, namespace: 'without-images' }, () => ({
            contents: onRequestOnly,
            resolveDir: path.dirname(source('main.ts')),
          }));
          worker.onResolve({ filter: /^every-image$/ }, () => ({ path: source('images.ts') }));
        },
      },
    ],
  });
  return assetsIn(pathToFileURL(`${dist}${path.sep}`));
}

/** What the package may and must hold, and how large it may be. */
import { readdirSync } from 'node:fs';
import type { ZipEntry } from './zip-entries.js';

/**
 * Bytes of the .vsix. A jump over this is a dependency that came in by accident, or a source map. The largest parts are
 * the TypeScript compiler with 1.4 MB, the two engines with 0.6 MB and the libraries for sessions with 0.6 MB.
 */
export const sizeBudget = 3_500_000;

/** The modules of ours that guest code may import, each of which every session's thread is given. */
const guestModules = readdirSync(new URL('../../server/runtime/guest-modules/', import.meta.url))
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  .map((name) => `extension/dist/guest-modules/${name.replace(/\.ts$/, '.js')}`);

/** Without these the extension cannot start or run a file. */
export const requiredFiles: readonly string[] = [
  'extension.vsixmanifest',
  'extension/package.json',
  'extension/readme.md',
  'extension/changelog.md',
  'extension/LICENSE.txt',
  'extension/server/package.json',
  'extension/dist/extension.cjs',
  'extension/dist/host-client.cjs',
  'extension/dist/server.mjs',
  'extension/dist/session-worker.mjs',
  'extension/dist/database-worker.mjs',
  'extension/dist/image-worker.mjs',
  'extension/dist/typescript-worker.mjs',
  'extension/dist/guest-kernel.js',
  'extension/dist/quickjs.wasm',
  'extension/dist/sql-wasm.wasm',
  'extension/types/vm-system.d.ts',
  ...guestModules,
];

const allowed = [
  /^\[Content_Types\]\.xml$/,
  /^extension\/package\.nls(\.[a-z-]+)?\.json$/,
  /^extension\/l10n\/bundle\.l10n(\.[a-z-]+)?\.json$/,
  /^extension\/media\/[\w-]+\.(svg|png|md)$/,
  /^extension\/dist\/libraries\/[\w.-]+\.js$/,
  /^extension\/dist\/(libraries\/)?[\w.-]+\.LEGAL\.txt$/,
];

/**
 * @param entries what the .vsix holds
 * @param size bytes of the .vsix
 * @returns one sentence for each thing that is wrong; empty when the package is as it should be
 */
export function packageFaults(entries: readonly ZipEntry[], size: number): string[] {
  const names = new Set(entries.map(({ name }) => name));
  const faults = requiredFiles.filter((name) => !names.has(name)).map((name) => `${name} is missing.`);
  for (const name of names) {
    if (requiredFiles.includes(name) || allowed.some((pattern) => pattern.test(name))) continue;
    faults.push(`${name} is not on the list of what the package may hold.`);
  }
  if (size > sizeBudget) {
    faults.push(
      `The package has ${size.toLocaleString('en')} bytes; the budget is ${sizeBudget.toLocaleString('en')}.`,
    );
  }
  return faults;
}

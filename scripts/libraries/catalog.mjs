// The catalogue of libraries and the packages it is built from. `npm run libraries` records what the installed packages
// make; every other build only makes that, so a package that changed under its version is noticed.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';
import { bundleLibrary, describeText } from './bundle.mjs';

const file = new URL('../../server/core/catalog/libraries.json', import.meta.url);
const target = new URL('../../dist/libraries/', import.meta.url);

const readCatalog = async () => JSON.parse(await readFile(file, 'utf8'));

/**
 * Writes dist/libraries/.
 *
 * @throws {Error} a library is not the recorded one
 */
export async function buildLibraries() {
  const catalog = await readCatalog();
  await mkdir(target, { recursive: true });
  await Promise.all(
    catalog.map(async (entry) => {
      const { text, files } = await made(entry);
      if (text.integrity !== entry.integrity) {
        throw new Error(
          `${entry.id} ${entry.version} is not what the catalogue recorded; if that is meant, run "npm run libraries"`,
        );
      }
      await Promise.all(files.map(({ name, contents }) => writeFile(new URL(name, target), contents)));
    }),
  );
}

/** Records the installed versions, and the size and hash of what is made from them. */
export async function recordLibraries() {
  const catalog = await readCatalog();
  const recorded = await Promise.all(
    catalog.map(async (entry) => ({
      ...entry,
      version: await installedVersion(entry.id),
      ...(await made(entry)).text,
    })),
  );
  const style = await prettier.resolveConfig(fileURLToPath(file));
  await writeFile(file, await prettier.format(JSON.stringify(recorded), { ...style, parser: 'json' }));
}

async function made({ id }) {
  const outputs = await bundleLibrary(id);
  const files = outputs.map((output) => ({ name: path.basename(output.path), contents: output.contents }));
  const module = files.find(({ name }) => name === `${id}.js`);
  return { files, text: describeText(module.contents) };
}

async function installedVersion(id) {
  const manifest = new URL(`../../node_modules/${id}/package.json`, import.meta.url);
  return JSON.parse(await readFile(manifest, 'utf8')).version;
}

// One library of the catalogue as one ES module, the form in which a session loads it: the default export is the
// library, which the session also gets as a global, and every name of it is an export, too.
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import * as esbuild from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Of these the ES modules are missing or only a copy of this form. */
const commonJs = ['lodash', 'moment', 'dayjs', 'papaparse'];

/** Libraries whose module is not simply all that the package exports. */
const special = {
  yaml: `export * from 'yaml';
export { default } from 'yaml';`,
  // Without the hooks for React, which is not in the catalogue.
  zustand: esModule('zustand/vanilla'),
  // Its `z` would be a namespace, of which an inspector sees getters only.
  zod: `import { z as all } from 'zod';
export * from 'zod';
const z = { ...all };
export { z, z as default };`,
  // Makes its functions when they are first used, in a tenth of the time and memory: their names are exported by
  // another module, see `lateNames`.
  mathjs: `import { create, all } from 'mathjs';
export { create, all };
export default create(all);`,
  // By the module `fetch`, which holds it to what the session's template grants.
  axios: `import axios from 'axios';
axios.defaults.adapter = 'fetch';
axios.defaults.env = {
  ...axios.defaults.env,
  Request: null,
  Response: null,
  fetch: async (url, options) => (await import('fetch')).fetch(url, options),
};
export * from 'axios';
export { axios, axios as default };`,
};

/** How every library is bundled. */
const bundling = {
  // The paths of CommonJS files stand in the text, which must come out the same everywhere.
  absWorkingDir: root,
  preserveSymlinks: true,
  write: false,
  bundle: true,
  // Names stay: people see them in previews and stacks.
  keepNames: true,
  minifyWhitespace: true,
  minifySyntax: true,
  platform: 'browser',
  conditions: ['es2015', 'production'],
  define: { 'process.env.NODE_ENV': '"production"' },
  target: 'es2023',
  external: ['fetch'],
  logLevel: 'warning',
};

/**
 * @param id of the library, which is its package's name
 * @returns esbuild's output files: the module, and the licences where the library asks to keep them
 */
export async function bundleLibrary(id) {
  const late = await lateNames(id);
  const contents = special[id] ?? (commonJs.includes(id) ? await commonJsModule(id) : esModule(id));
  const { outputFiles } = await esbuild.build({
    ...bundling,
    stdin: { contents, resolveDir: root, sourcefile: `${id}.js` },
    outfile: `dist/libraries/${id}.js`,
    format: 'esm',
    banner: late.length === 0 ? {} : { js: `//exports ${late.join(',')}` },
    legalComments: 'linked',
  });
  return outputFiles;
}

/**
 * Properties of the library that are exports only once somebody imports it, as reading them is slow. The first line of
 * the library's text names them.
 */
async function lateNames(id) {
  if (id !== 'mathjs') return [];
  const { create, all } = await import('mathjs');
  return Object.keys(create(all)).filter((name) => isExportName(name) && name !== 'create' && name !== 'all');
}

const isExportName = (name) => /^[A-Za-z_$][\w$]*$/.test(name) && name !== 'default';

/** What the catalogue says of a library's text, for the host to check when it loads it. */
export function describeText(contents) {
  return {
    size: contents.length,
    integrity: `sha512-${createHash('sha512').update(contents).digest('base64')}`,
  };
}

/** Copies the names, so that they are plain properties and not getters of a namespace. */
function esModule(specifier) {
  return `import * as all from '${specifier}';
export * from '${specifier}';
export default { ...all };`;
}

/** Its names are those that it has without Node, as in a session. */
async function commonJsModule(id) {
  const { outputFiles } = await esbuild.build({
    ...bundling,
    stdin: { contents: `module.exports = Object.keys(require('${id}'));`, resolveDir: root },
    format: 'iife',
    globalName: 'names',
  });
  const names = Array.from(runInNewContext(`${outputFiles[0].text}; names`)).filter(isExportName);
  const bindings = names.map((name, index) => `const _${index} = library.${name};`);
  return `const library = require('${id}');
${bindings.join('\n')}
export { library as default, ${names.map((name, index) => `_${index} as ${name}`).join(', ')} };`;
}

// Every bundle in one place. `node esbuild.mjs` writes dist/; `--watch` keeps it fresh; `--only=server,guest-modules` makes just these.
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as esbuild from 'esbuild';
import { buildLibraries } from './scripts/libraries/catalog.mjs';

const require = createRequire(import.meta.url);
const dist = new URL('./dist/', import.meta.url);
const { values: args } = parseArgs({ options: { watch: { type: 'boolean' }, only: { type: 'string' } } });
const only = args.only?.split(',');

/** An ESM bundle that may contain CommonJS packages: they expect `require` and the two path names. */
const nodeModule = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  mainFields: ['module', 'main'],
  banner: {
    js: [
      "import { createRequire as __createRequire } from 'node:module';",
      "import { fileURLToPath as __fileURLToPath } from 'node:url';",
      'const require = __createRequire(import.meta.url);',
      'const __filename = __fileURLToPath(import.meta.url);',
      "const __dirname = __fileURLToPath(new URL('.', import.meta.url));",
    ].join('\n'),
  },
};

/** A part of the extension: CommonJS with the editor's `vscode`, and `import()` as a `require` that waits. */
const extensionModule = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  external: ['vscode'],
  mainFields: ['module', 'main'],
  supported: { 'dynamic-import': false },
  minify: true,
};

/** @type {esbuild.BuildOptions[]} */
const bundles = [
  { ...nodeModule, entryPoints: { server: 'server/main.ts' } },
  { ...nodeModule, entryPoints: { 'session-worker': 'server/runtime/worker/main.ts' } },
  { ...nodeModule, entryPoints: { 'database-worker': 'server/runtime/database-worker/main.ts' } },
  { ...nodeModule, entryPoints: { 'image-worker': 'server/store/images/worker.ts' } },
  // Minified, as most of it is the compiler's WebAssembly code in a string, and it is loaded as a whole.
  {
    ...nodeModule,
    minify: true,
    entryPoints: { 'typescript-worker': 'server/runtime/typescript-worker/main.ts' },
  },
  // Loaded at every activation, so without the language client, which the first host brings.
  {
    ...extensionModule,
    entryPoints: { extension: 'client/extension.ts' },
    plugins: [
      {
        name: 'host-client-apart',
        setup(build) {
          build.onResolve({ filter: /\/host-client\.js$/, namespace: 'file' }, () => ({
            path: './host-client.cjs',
            external: true,
          }));
        },
      },
    ],
  },
  { ...extensionModule, entryPoints: { 'host-client': 'client/host/host-client.ts' } },
  // Runs inside QuickJS, which has no modules of ours: one script.
  {
    entryPoints: { 'guest-kernel': 'server/runtime/guest/kernel.ts' },
    bundle: true,
    platform: 'neutral',
    target: 'es2023',
    format: 'iife',
  },
];

/** The native modules' code in the guest: each file of the folder is one module, which imports the way to the host. */
const guestModules = (await readdir(new URL('./server/runtime/guest-modules/', import.meta.url)))
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  .map((name) => name.slice(0, -'.ts'.length));
bundles.push({
  entryPoints: Object.fromEntries(
    guestModules.map((name) => [`guest-modules/${name}`, `server/runtime/guest-modules/${name}.ts`]),
  ),
  bundle: true,
  external: ['vm:native'],
  // Guest code sees the names of functions and classes.
  keepNames: true,
  platform: 'neutral',
  target: 'es2023',
  format: 'esm',
});

const copies = [
  [require.resolve('@jitl/quickjs-wasmfile-release-sync/wasm'), 'quickjs.wasm'],
  [path.join(path.dirname(require.resolve('sql.js')), 'sql-wasm.wasm'), 'sql-wasm.wasm'],
];

if (only === undefined) await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await Promise.all(copies.map(([from, to]) => copyFile(from, new URL(to, dist))));
if (only?.includes('libraries') ?? true) await buildLibraries();

const contexts = await Promise.all(
  bundles
    .filter(({ entryPoints }) => only?.includes(Object.keys(entryPoints)[0].split('/')[0]) ?? true)
    .map((options) =>
      esbuild.context({
        ...options,
        outdir: 'dist',
        sourcemap: true,
        legalComments: 'linked',
        logLevel: 'warning',
      }),
    ),
);
if (args.watch) {
  await Promise.all(contexts.map((context) => context.watch()));
} else {
  await Promise.all(contexts.map((context) => context.rebuild()));
  await Promise.all(contexts.map((context) => context.dispose()));
}

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describeBuild, type EngineBuild } from './engine-build.js';
import { withFunctionTable } from './engine-table.js';
import { nativeModules, type NativeModuleTexts } from './native-module-list.js';

/** The built parts that the runtime is made of. */
export interface RuntimeAssets {
  /** The session thread's bundle. */
  readonly worker: URL;
  /** The bundle of the thread that strips types. */
  readonly typescriptWorker: URL;
  /** Path of the guest kernel's bundle. */
  readonly kernel: string;
  /** Path of the folder with the native modules' bundles. */
  readonly guestModulesFolder: string;
  /** Path of the engine's WebAssembly code. */
  readonly engineWasm: string;
  /** Path of the folder with `<library>.js` files. */
  readonly librariesFolder: string;
}

/** What every thread is started with, read and compiled once. */
export interface EngineParts {
  readonly engine: WebAssembly.Module;
  readonly kernel: string;
  readonly modules: NativeModuleTexts;
  readonly build: EngineBuild;
}

export async function loadEngineParts(assets: RuntimeAssets): Promise<EngineParts> {
  const [wasm, kernel, modules] = await Promise.all([
    readFile(assets.engineWasm),
    readFile(assets.kernel, 'utf8'),
    readNativeModules(assets.guestModulesFolder),
  ]);
  return {
    engine: await WebAssembly.compile(withFunctionTable(wasm)),
    kernel,
    modules,
    build: describeBuild(wasm, kernel, JSON.stringify(modules)),
  };
}

async function readNativeModules(folder: string): Promise<NativeModuleTexts> {
  const bundles = new Set(Object.values(nativeModules).map(({ bundle }) => bundle));
  const texts = [...bundles].map(
    async (bundle) => [bundle, await readFile(path.join(folder, `${bundle}.js`), 'utf8')] as const,
  );
  return Object.fromEntries(await Promise.all(texts));
}

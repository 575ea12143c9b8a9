import engineVariant from '@jitl/quickjs-wasmfile-release-sync';
import {
  newVariant,
  type QuickJSEmscriptenModule,
  type QuickJSFFI,
  type QuickJSSyncVariant,
} from 'quickjs-emscripten-core';

/** The package's types describe its CommonJS form, where the variant is one level deeper. */
const variant: QuickJSSyncVariant = 'default' in engineVariant ? engineVariant.default : engineVariant;

/**
 * Makes an instance of the engine's WebAssembly code.
 *
 * @param compiled shared by all threads
 * @param memory its linear memory
 */
export async function instantiate(
  compiled: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Promise<{ module: QuickJSEmscriptenModule; ffi: QuickJSFFI }> {
  const own = newVariant(variant, { wasmModule: compiled, wasmMemory: memory });
  const [load, Ffi] = await Promise.all([own.importModuleLoader(), own.importFFI()]);
  if (typeof load !== 'function') throw new TypeError('The engine package has an unexpected form');
  const module = await load();
  return { module, ffi: new Ffi(module) };
}

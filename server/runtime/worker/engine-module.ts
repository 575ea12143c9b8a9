import engineVariant from '@jitl/quickjs-wasmfile-release-sync';
import { tableExport } from '../engine-table.js';
import { LocalTime } from './local-time.js';
import {
  newVariant,
  type QuickJSEmscriptenModule,
  type QuickJSFFI,
  type QuickJSSyncVariant,
} from 'quickjs-emscripten-core';

/** The package's types describe its CommonJS form, where the variant is one level deeper. */
const variant: QuickJSSyncVariant = 'default' in engineVariant ? engineVariant.default : engineVariant;

/** An engine without a runtime yet. */
export interface EngineInstance {
  readonly module: QuickJSEmscriptenModule;
  readonly ffi: QuickJSFFI;
  /** The functions that the engine's C code calls by number. */
  readonly table: WebAssembly.Table;
  readonly localTime: LocalTime;
}

/**
 * Makes an instance of the engine's WebAssembly code.
 *
 * @param compiled shared by all threads
 * @param memory its linear memory
 */
export async function instantiate(
  compiled: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Promise<EngineInstance> {
  let instance: WebAssembly.Instance | undefined;
  const localTime = new LocalTime();
  const own = newVariant(variant, {
    wasmMemory: memory,
    emscriptenModule: {
      instantiateWasm: (imports, onSuccess) => {
        instance = new WebAssembly.Instance(compiled, localTime.serve(imports, memory));
        onSuccess(instance);
        return instance.exports;
      },
    },
  });
  const [load, Ffi] = await Promise.all([own.importModuleLoader(), own.importFFI()]);
  if (typeof load !== 'function') throw new TypeError('The engine package has an unexpected form');
  const module = await load();
  const table = instance?.exports[tableExport];
  if (!(table instanceof WebAssembly.Table)) throw new TypeError('The engine does not export its table');
  return { module, ffi: new Ffi(module), table, localTime };
}

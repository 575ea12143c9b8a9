/** A fresh runtime of the engine with one context, and where they are on the heap. */
import type {
  IntrinsicsFlags,
  JSContextPointer,
  JSContextPointerPointer,
  JSRuntimePointer,
} from 'quickjs-emscripten-core';
import type { EngineInstance } from './engine-module.js';
import type { GuestMemory } from './memory.js';
import { listenerSlot, setHook } from './rejection-hook.js';

/** With the thread's 64 MB of stack, no recursion of the guest overflows the host's stack first. */
const engineStackBytes = 1024 * 1024;
/** JSRuntime.malloc_gc_threshold of a fresh runtime: no other word of it has this value. */
const freshCollectionThreshold = 256 * 1024;
const searchedRuntimeWords = 128;

/** Where an engine's own things are on its heap. They stay right in every copy of it. */
export interface EngineAddresses {
  readonly runtime: JSRuntimePointer;
  readonly context: JSContextPointer;
  /** A word for the context of the last job. */
  readonly jobContext: JSContextPointerPointer;
  /** Room for one value, which the rejection hook hands over. */
  readonly promise: number;
  /** The word that says how full the heap may get before cycles are collected. */
  readonly collectionThreshold: number;
}

export function newContext({ wasm }: GuestMemory, { module, ffi, table }: EngineInstance): EngineAddresses {
  const runtime = ffi.QTS_NewRuntime();
  const collectionThreshold = findCollectionThreshold(wasm.buffer, runtime);
  const context = ffi.QTS_NewContext(runtime, 0 as IntrinsicsFlags);
  const jobContext = module._malloc(4) as JSContextPointerPointer;
  const promise = module._malloc(8);
  ffi.QTS_RuntimeSetMaxStackSize(runtime, engineStackBytes);
  ffi.QTS_RuntimeEnableInterruptHandler(runtime);
  ffi.QTS_RuntimeEnableModuleLoader(runtime, 1);
  const hooked = {
    memory: wasm,
    runtime,
    enableInterrupts: () => ffi.QTS_RuntimeEnableInterruptHandler(runtime),
    disableInterrupts: () => ffi.QTS_RuntimeDisableInterruptHandler(runtime),
  };
  setHook(hooked, listenerSlot(table));
  return { runtime, context, jobContext, promise, collectionThreshold };
}

/**
 * Cycles are collected when the engine's own count of bytes passes a threshold, which in this build hardly ever
 * happens, as each allocation counts as 8 bytes. So we lower the threshold ourselves, in place.
 */
function findCollectionThreshold(memory: ArrayBuffer, runtime: JSRuntimePointer): number {
  const words = new Uint32Array(memory, runtime, searchedRuntimeWords);
  const found = [...words.keys()].filter((index) => words[index] === freshCollectionThreshold);
  const [index] = found;
  if (index === undefined || found.length > 1) throw new Error('This build of the engine is not known');
  return runtime + index * 4;
}

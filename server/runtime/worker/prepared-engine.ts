import { type EngineInstance, instantiate } from './engine-module.js';
import { writtenPages } from './heap-pages.js';
import { GuestMemory } from './memory.js';

/** The engine's code with a memory of its own, in which nothing ran yet but start-up code. */
export interface PreparedEngine {
  readonly memory: GuestMemory;
  readonly instance: EngineInstance;
  /** Numbers of the pages that start-up code wrote to. */
  readonly written: readonly number[];
}

/**
 * Makes what an engine is made of, which takes a few milliseconds: best before it is needed.
 *
 * @param compiled the engine's WebAssembly code
 */
export async function prepareEngine(compiled: WebAssembly.Module): Promise<PreparedEngine> {
  const memory = new GuestMemory();
  const instance = await instantiate(compiled, memory.wasm);
  return { memory, instance, written: writtenPages(memory.wasm.buffer) };
}

/** The same with this many bytes of linear memory. Start-up code does not depend on how much there is. */
export async function prepareLargerEngine(
  compiled: WebAssembly.Module,
  { written }: PreparedEngine,
  linearBytes: number,
): Promise<PreparedEngine> {
  const memory = new GuestMemory(linearBytes);
  return { memory, instance: await instantiate(compiled, memory.wasm), written };
}

/**
 * Hears from the engine of promises that are rejected while nobody handles them. The engine has a hook for it
 * (JS_SetHostPromiseRejectionTracker), which its build does not export; so it is set in place: the field of the runtime
 * that holds the hook gets the number of a slot of the function table, and the slot a function of ours.
 */

/** The field before it in JSRuntime, `interrupt_handler`, is found by what setting and clearing it changes. */
const searchedRuntimeWords = 128;

/**
 * Called when a promise is rejected without a handler, and when such a promise gets one after all.
 *
 * @param low the lower half of the engine's value for the promise: its address
 * @param high the upper half
 * @param handled 0 or 1
 */
export type RejectionListener = (low: number, high: number, handled: number) => void;

/** What the hook's place in the runtime is found with. */
export interface HookedRuntime {
  readonly memory: WebAssembly.Memory;
  /** Address of the JSRuntime. */
  readonly runtime: number;
  /** Sets or clears the engine's interrupt handler. */
  readonly enableInterrupts: () => void;
  readonly disableInterrupts: () => void;
}

/** @returns the listener's number, always the same, so that a copy of the heap finds its hook in another instance */
export function addListener(table: WebAssembly.Table, listener: RejectionListener): number {
  return table.grow(1, asEngineFunction(listener));
}

/** The number that the only listener of a table gets. */
export const listenerSlot = (table: WebAssembly.Table): number => table.length;

/**
 * Has a fresh runtime call the listener with this number.
 *
 * @throws {Error} this build of the engine is not known
 */
export function setHook(hooked: HookedRuntime, slot: number): void {
  const { memory, runtime } = hooked;
  new Uint32Array(memory.buffer)[findHook(hooked) + runtime / 4] = slot;
}

/**
 * JSRuntime has, one after the other: interrupt handler and its argument, rejection hook and its argument, and the list
 * of jobs, which points to itself while it is empty.
 *
 * @returns the hook's place, in words from the runtime's start
 */
function findHook({ memory, runtime, enableInterrupts, disableInterrupts }: HookedRuntime): number {
  const read = () => [...new Uint32Array(memory.buffer, runtime, searchedRuntimeWords)];
  disableInterrupts();
  const before = read();
  enableInterrupts();
  const after = read();
  const [handler] = after.flatMap((word, index) => (word !== before[index] ? [index] : []));
  if (handler !== undefined) {
    const [hook, argument, next, previous] = after.slice(handler + 2);
    const list = runtime + (handler + 4) * 4;
    if (hook === 0 && argument === 0 && next === list && previous === list) return handler + 2;
  }
  throw new Error('This build of the engine is not known');
}

/**
 * A WebAssembly module that imports `a.a` (low, high, handled: i32) and exports as `a` what the engine calls:
 * (context: i32, promise: i64, reason: i64, handled: i32, argument: i32). A table takes no plain JavaScript function.
 */
// prettier-ignore
const adapter = Uint8Array.of(
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  // types: (i32 i32 i32) and (i32 i64 i64 i32 i32), without results
  1, 15, 2, 0x60, 3, 0x7f, 0x7f, 0x7f, 0, 0x60, 5, 0x7f, 0x7e, 0x7e, 0x7f, 0x7f, 0,
  // import a.a, of the first type
  2, 7, 1, 1, 0x61, 1, 0x61, 0, 0,
  // one function of the second type, exported as a
  3, 2, 1, 1,
  7, 5, 1, 1, 0x61, 0, 1,
  // wrap(promise), wrap(promise >> 32), handled: call
  10, 17, 1, 15, 0, 0x20, 1, 0xa7, 0x20, 1, 0x42, 32, 0x88, 0xa7, 0x20, 3, 0x10, 0, 0x0b,
);

function asEngineFunction(listener: RejectionListener): WebAssembly.ExportValue {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(adapter), { a: { a: listener } });
  const { a: exported } = exports;
  if (typeof exported !== 'function') throw new Error('The adapter exports a function');
  return exported;
}

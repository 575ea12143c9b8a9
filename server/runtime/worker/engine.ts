/**
 * The engine behind one small door: the only code that touches QuickJS. Guest values are plain addresses, which stay
 * right in a copy of the heap. Everything goes straight to the engine's functions: the library's own wrappers keep
 * views of linear memory that go stale when it grows, and run guest getters.
 *
 * A host exception out of any method that runs guest code (a RangeError of the host's stack, a trap, an abort) means
 * that the instance must not be used any more. Errors of the guest are values, see {@link Completion}.
 */
import {
  EvalFlags,
  IsEqualOp,
  type BorrowedHeapCharPointer,
  type EvalDetectModule,
  type HostRefId,
  type JSContextPointer,
  type JSRuntimePointer,
  type JSValueConstPointerPointer,
  type JSVoidPointer,
  type QuickJSEmscriptenModule,
  type QuickJSFFI,
} from 'quickjs-emscripten-core';
import { type EngineAddresses, newContext } from './engine-context.js';
import type { EngineInstance } from './engine-module.js';
import type {
  AnyValue,
  Borrowed,
  Completion,
  EngineHost,
  EvaluationMode,
  Handle,
  ModuleCode,
} from './engine-port.js';
import { copyPages, type HeapPages, putPages } from './heap-pages.js';
import type { LocalTime } from './local-time.js';
import type { Allocator, Block, GuestMemory } from './memory.js';
import type { PreparedEngine } from './prepared-engine.js';
import { addListener } from './rejection-hook.js';

/** JS_EVAL_FLAG_ASYNC, which the library's types do not know. */
const asyncFlag = 128;
const flagsOf: Record<EvaluationMode, number> = {
  script: EvalFlags.JS_EVAL_TYPE_GLOBAL,
  cell: asyncFlag,
  'strict-cell': asyncFlag | EvalFlags.JS_EVAL_FLAG_STRICT,
  module: EvalFlags.JS_EVAL_TYPE_MODULE,
};

/** Jobs run in small batches, so that a stop is seen between them. */
const jobsPerBatch = 256;

/** The host's own text or numbers do not fit into guest memory any more. The engine is unharmed. */
export class GuestMemoryFull extends Error {
  override readonly name = 'GuestMemoryFull';
}

/** All that an engine needs to go on where another one was. */
export interface EngineHeap extends HeapPages {
  /** Of linear memory. */
  readonly linearBytes: number;
  readonly addresses: EngineAddresses;
  /** Addresses of what was free: taken while the heap was copied, to be freed in the copy. */
  readonly taken: readonly number[];
}

/** The engine's build has its C stack in the megabytes below the first address of the stack pointer. */
const stackBytes = 5 * 1024 * 1024;

export class Engine {
  readonly #module: QuickJSEmscriptenModule;
  readonly #ffi: QuickJSFFI;
  readonly #runtime: JSRuntimePointer;
  readonly #context: JSContextPointer;
  readonly #addresses: EngineAddresses;
  readonly undefined: Borrowed;
  readonly localTime: LocalTime;

  private constructor(
    readonly memory: GuestMemory,
    { module, ffi, table, localTime }: EngineInstance,
    host: EngineHost,
    addresses: EngineAddresses,
  ) {
    this.#module = module;
    this.#ffi = ffi;
    this.localTime = localTime;
    this.#addresses = addresses;
    this.#runtime = addresses.runtime;
    this.#context = addresses.context;
    memory.onGrowth = () => this.collectSoon();
    this.undefined = ffi.QTS_GetUndefined();
    this.#connect(host);
    this.#hearRejections(host, table);
  }

  /** Makes an engine with an empty global object of its own. @param prepared nobody else's */
  static open({ memory, instance }: PreparedEngine, host: EngineHost): Engine {
    return new Engine(memory, instance, host, newContext(memory, instance));
  }

  /** Makes an engine that goes on where another one was. @param prepared nobody else's, and with as much memory */
  static restore({ memory, instance, written }: PreparedEngine, host: EngineHost, heap: EngineHeap): Engine {
    putPages(memory.wasm.buffer, heap, written);
    for (const address of heap.taken) instance.module._free(address);
    return new Engine(memory, instance, host, heap.addresses);
  }

  /**
   * Copies the heap and where things are on it. Only while nothing runs.
   *
   * @param stackTop the stack pointer of an idle engine
   */
  copyHeap(stackTop: number): EngineHeap {
    const { memory } = this;
    const stack: Block = { address: stackTop - stackBytes, size: stackBytes };
    return memory.withoutFreeBlocks(this.#allocator, (taken) => ({
      addresses: this.#addresses,
      linearBytes: memory.linearBytes,
      taken: taken.map(({ address }) => address),
      ...copyPages(memory.wasm.buffer, [stack, ...taken]),
    }));
  }

  /** Collects cycles now. */
  collect(): void {
    this.collectSoon();
    this.free(this.#ffi.QTS_NewArray(this.#context));
  }

  /** Holds the heap to a session's limit, see {@link GuestMemory}. */
  limitMemory(memMb: number): void {
    // The runtime is the first thing allocated.
    this.memory.limit(memMb, this.#runtime);
  }

  /** Bytes in use on the guest's heap. */
  liveBytes(): number {
    return this.memory.liveBytes(this.#allocator);
  }

  /** Has the engine collect cycles at its next allocation of an object. Safe at any time. */
  collectSoon(): void {
    this.#word(this.#addresses.collectionThreshold, 0);
  }

  // ---------------------------------------------------------------- running

  /**
   * @param file names the text in stacks, and is the base of its imports
   * @throws GuestMemoryFull
   */
  evaluate(text: string, file: string, mode: EvaluationMode): Completion {
    const { address, bytes } = this.#newText(text);
    try {
      const flags = flagsOf[mode] as EvalFlags;
      const detectModule = 0 as EvalDetectModule;
      return this.#completion(this.#ffi.QTS_Eval(this.#context, address, bytes, file, detectModule, flags));
    } finally {
      this.#module._free(address);
    }
  }

  /** Calls a guest function with `this` undefined. @throws GuestMemoryFull */
  call(callee: Handle, ...args: readonly AnyValue[]): Completion {
    const list = this.#allocate(4 * args.length + 4);
    new Uint32Array(this.memory.wasm.buffer).set(args, list >> 2);
    const argv = list as JSValueConstPointerPointer;
    try {
      return this.#completion(this.#ffi.QTS_Call(this.#context, callee, this.undefined, args.length, argv));
    } finally {
      this.#module._free(list);
    }
  }

  get hasJobs(): boolean {
    return this.#ffi.QTS_IsJobPending(this.#runtime) !== 0;
  }

  /** Runs a batch of promise jobs. Only a stop makes one fail, and whoever asked for it knows. */
  runJobs(): void {
    this.#word(this.#addresses.jobContext, 0);
    this.free(this.#ffi.QTS_ExecutePendingJob(this.#runtime, jobsPerBatch, this.#addresses.jobContext));
  }

  // ---------------------------------------------------------------- values

  free(value: Handle): void {
    this.#ffi.QTS_FreeValuePointer(this.#context, value);
  }

  newNumber(value: number): Handle {
    return this.#ffi.QTS_NewFloat64(this.#context, value);
  }

  /** @param text without NUL characters @throws GuestMemoryFull */
  newString(text: string): Handle {
    const { address } = this.#newText(text);
    const value = this.#ffi.QTS_NewString(this.#context, address);
    this.#module._free(address);
    return value;
  }

  /** A guest ArrayBuffer with a copy of these bytes. @throws GuestMemoryFull */
  newArrayBuffer(bytes: Uint8Array): Handle {
    // The engine frees it with the buffer.
    const address = this.#allocate(Math.max(1, bytes.length));
    new Uint8Array(this.memory.wasm.buffer).set(bytes, address);
    return this.#ffi.QTS_NewArrayBuffer(this.#context, address as JSVoidPointer, bytes.length);
  }

  /** A copy of a part of a guest ArrayBuffer, which must have it. */
  bytes(buffer: AnyValue, offset: number, length: number): Uint8Array {
    const start = this.#ffi.QTS_GetArrayBuffer(this.#context, buffer) + offset;
    return new Uint8Array(this.memory.wasm.buffer).slice(start, start + length);
  }

  /** An array of these values, which stay the caller's. */
  newArray(...items: readonly AnyValue[]): Handle {
    const array = this.#ffi.QTS_NewArray(this.#context);
    for (const [index, item] of items.entries()) {
      const key = this.newNumber(index);
      this.#define(array, key, item, 'enumerable');
      this.free(key);
    }
    return array;
  }

  isUndefined(value: AnyValue): boolean {
    return this.isSame(value, this.undefined);
  }

  /** Are they the same value, by `===`? */
  isSame(one: AnyValue, other: AnyValue): boolean {
    return this.#ffi.QTS_IsEqual(this.#context, one, other, IsEqualOp.IsStrictlyEqual) === 1;
  }

  /** Where an object lies for as long as it lives: which object it is. */
  addressOf(object: AnyValue): number {
    return new Uint32Array(this.memory.wasm.buffer)[object >> 2] ?? 0;
  }

  /** How many values and properties refer to the object at this address: the first word of every object. */
  referencesTo(address: number): number {
    return new Uint32Array(this.memory.wasm.buffer)[address >> 2] ?? 0;
  }

  /** A handle of the caller's own. */
  duplicate(value: AnyValue): Handle {
    return this.#ffi.QTS_DupValuePointer(this.#context, value);
  }

  /** @param value a number */
  number(value: AnyValue): number {
    return this.#ffi.QTS_GetFloat64(this.#context, value);
  }

  /** @param value a string; anything else would run guest code */
  string(value: AnyValue): string {
    const text = this.#ffi.QTS_GetString(this.#context, value);
    if (text === 0) throw new GuestMemoryFull('A string did not fit into guest memory');
    const bytes = Buffer.from(this.memory.wasm.buffer);
    const copy = bytes.toString('utf8', text, bytes.indexOf(0, text));
    this.#ffi.QTS_FreeCString(this.#context, text);
    return copy;
  }

  /** State of a promise; undefined for any other value. */
  promiseState(value: AnyValue): 'pending' | 'fulfilled' | 'rejected' | undefined {
    const state: number = this.#ffi.QTS_PromiseState(this.#context, value);
    return (['pending', 'fulfilled', 'rejected'] as const)[state];
  }

  promiseResult(promise: AnyValue): Handle {
    return this.#ffi.QTS_PromiseResult(this.#context, promise);
  }

  /** @param object whose `name` must be a data property: a getter would run */
  property(object: AnyValue, name: string): Handle {
    return this.#withKey(name, (key) => this.#ffi.QTS_GetProp(this.#context, object, key));
  }

  /**
   * Defines a global that the guest may delete. It is read-only: the engine's function knows no flag that would make it
   * writable. The value stays the caller's.
   */
  defineGlobal(name: string, value: AnyValue): void {
    const global = this.#ffi.QTS_GetGlobalObject(this.#context);
    this.#withKey(name, (key) => this.#define(global, key, value, 'enumerable'));
    this.free(global);
  }

  global(name: string): Handle {
    const global = this.#ffi.QTS_GetGlobalObject(this.#context);
    const value = this.property(global, name);
    this.free(global);
    return value;
  }

  /** A guest function that calls {@link EngineHost.dispatch}. There is one, made before anything else. */
  newHostFunction(name: string): Handle {
    // The id that the library gives its first host function, so that heap images fit either way.
    const firstHostRef = -(2 ** 31) as HostRefId;
    return this.#ffi.QTS_NewFunction(this.#context, name, 0, false, firstHostRef);
  }

  // ---------------------------------------------------------------- inside

  #connect(host: EngineHost): void {
    this.#module.callbacks = {
      freeHostRef: () => undefined,
      shouldInterrupt: () => (host.isInterrupted() ? 1 : 0),
      callFunction: (_asyncify, _context, _this, argc, argv) =>
        this.memory.withReserve(() => this.#dispatch(host, argc, argv) ?? (0 as Handle)),
      normalizeModule: (_asyncify, _runtime, _context, base, specifier) =>
        this.memory.withReserve(() => this.#newText(host.resolveModule(base, specifier)).address),
      loadModuleSource: (_asyncify, _runtime, _context, identity) =>
        this.memory.withReserve(() => this.#moduleCode(host, host.loadModule(identity))),
    };
  }

  #hearRejections(host: EngineHost, table: WebAssembly.Table): void {
    const { promise: slot } = this.#addresses;
    addListener(table, (low, high, handled) => {
      if (handled !== 0) {
        host.handled(low >>> 0);
        return;
      }
      this.#word(slot, low);
      this.#word(slot + 4, high);
      const promise = this.memory.withReserve(() => this.duplicate(slot as Borrowed));
      // With no memory left for eight bytes, the run has worse to tell.
      if (promise !== 0) host.rejected(promise);
    });
  }

  get #allocator(): Allocator {
    return {
      malloc: (bytes) => this.#module._malloc(bytes),
      free: (address) => this.#module._free(address),
    };
  }

  #dispatch(host: EngineHost, argc: number, argv: Borrowed): Handle | undefined {
    try {
      const [operation, ...args] = Array.from({ length: argc }, (_, index) =>
        this.#ffi.QTS_ArgvGetJSValueConstPointer(argv, index),
      );
      return operation === undefined ? undefined : host.dispatch(this.string(operation), args);
    } catch (error) {
      // From here on the exception flies through the engine's C code, which does not survive it.
      throw new Error('The host failed in a call from the guest', { cause: error });
    }
  }

  /** Hands the engine text that it frees itself, or throws into the guest. */
  #moduleCode(host: EngineHost, module: ModuleCode): BorrowedHeapCharPointer {
    try {
      if ('code' in module) return this.#newText(module.code).address;
      this.#throw(host.newError(module.error));
    } catch (error) {
      if (!(error instanceof GuestMemoryFull)) throw error;
      this.#throw(this.#outOfMemory());
    }
    return 0 as BorrowedHeapCharPointer;
  }

  #throw(error: Handle): void {
    this.free(this.#ffi.QTS_Throw(this.#context, error));
    this.free(error);
  }

  /** As the engine says it. */
  #outOfMemory(): Handle {
    const error = this.#ffi.QTS_NewError(this.#context);
    for (const [key, text] of Object.entries({ name: 'InternalError', message: 'out of memory' })) {
      const value = this.newString(text);
      this.#withKey(key, (keyValue) => this.#define(error, keyValue, value, 'hidden'));
      this.free(value);
    }
    return error;
  }

  #completion(result: Handle): Completion {
    const error = this.#ffi.QTS_ResolveException(this.#context, result);
    if (error === 0) return { kind: 'value', value: result };
    this.free(result);
    return { kind: 'thrown', value: error };
  }

  #withKey<T>(name: string, use: (key: Handle) => T): T {
    const key = this.newString(name);
    try {
      return use(key);
    } finally {
      this.free(key);
    }
  }

  /** Defines, never assigns: an assignment would run setters that the guest put on a prototype. */
  #define(object: AnyValue, key: AnyValue, value: AnyValue, visibility: 'enumerable' | 'hidden'): void {
    this.#ffi.QTS_DefineProp(
      this.#context,
      object,
      key,
      value,
      this.undefined,
      this.undefined,
      true,
      visibility === 'enumerable',
      true,
    );
  }

  /** Copies text into guest memory, with the NUL at its end that the engine's parser needs. */
  #newText(text: string): { address: BorrowedHeapCharPointer; bytes: number } {
    const bytes = Buffer.byteLength(text);
    const address = this.#allocate(bytes + 1);
    const memory = Buffer.from(this.memory.wasm.buffer);
    memory.write(text, address, bytes, 'utf8');
    memory[address + bytes] = 0;
    return { address: address as BorrowedHeapCharPointer, bytes };
  }

  /** The engine's C code would write to address 0 where an allocation failed. */
  #allocate(bytes: number): number {
    const address = this.#module._malloc(bytes);
    if (address === 0) throw new GuestMemoryFull('Guest memory is full');
    return address;
  }

  #word(address: number, value: number): void {
    new Uint32Array(this.memory.wasm.buffer)[address >> 2] = value;
  }
}

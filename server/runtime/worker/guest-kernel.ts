import {
  hostGlobal,
  type HostError,
  type KernelConfiguration,
  type KernelEntries,
  type Members,
  type MembersRequest,
  type PendingOperation,
  type PendingTimer,
  type VariablesPage,
  type VariablesRequest,
  kernelFile,
  kernelGlobal,
} from '../guest/contract.js';
import type { Engine } from './engine.js';
import type { Completion, Handle } from './engine-port.js';
import type { Node } from './inspect/node.js';
import type { Declaration } from './source/declarations.js';

const entryNames = [
  'configure',
  'inspect',
  'enter',
  'fire',
  'drop',
  'reseed',
  'call',
  'start',
  'settle',
  'abandon',
  'refusal',
  'newError',
  'loadCommonJs',
  'exportOf',
  'metaResolve',
  'show',
  'openLastValues',
  'rememberValue',
  'rememberError',
  'publish',
  'rememberGlobals',
  'declare',
  'undeclareImports',
  'variables',
  'members',
  'pending',
  'operations',
  'restartClock',
] as const satisfies (keyof KernelEntries)[];
type EntryName = (typeof entryNames)[number];

/** Where the kernel's entries are on the heap. */
export type KernelAddresses = Readonly<Record<EntryName, Handle>>;

/** Holds what native modules get from the kernel, for as long as it takes to move it into a module. */
const nativeGlobal = '__native';

/** The guest's half of the runtime: what the host asks it to do, see {@link KernelEntries}. */
export class GuestKernel {
  private constructor(
    private readonly engine: Engine,
    private readonly entries: KernelAddresses,
  ) {}

  /** Runs the kernel's code, before any other guest code. */
  static start(engine: Engine, text: string): GuestKernel {
    const host = engine.newHostFunction(hostGlobal);
    engine.defineGlobal(hostGlobal, host);
    engine.free(host);
    engine.free(expectValue(engine.evaluate(text, kernelFile, 'script')));
    const published = engine.global(kernelGlobal);
    const pairs = entryNames.map((name) => [name, engine.property(published, name)] as const);
    engine.free(published);
    engine.free(expectValue(engine.evaluate(`delete globalThis.${kernelGlobal}`, kernelFile, 'script')));
    return new GuestKernel(engine, Object.fromEntries(pairs) as KernelAddresses);
  }

  /** The kernel that is on the heap already. */
  static restored(engine: Engine, addresses: KernelAddresses): GuestKernel {
    return new GuestKernel(engine, addresses);
  }

  /** What {@link restored} takes. */
  get addresses(): KernelAddresses {
    return this.entries;
  }

  configure(configuration: KernelConfiguration): void {
    this.#withText(JSON.stringify(configuration), (json) =>
      this.engine.free(expectValue(this.engine.call(this.entries.configure, json))),
    );
  }

  /** Begins another sequence of `Math.random`, as a copy of a heap must. */
  reseed(seed: string): void {
    this.#withText(seed, (text) =>
      this.engine.free(expectValue(this.engine.call(this.entries.reseed, text))),
    );
  }

  /** @returns undefined when the guest was stopped, or its memory ended, while it looked */
  inspect(value: Handle): Node | undefined {
    const completion = this.engine.memory.withReserve(() => this.engine.call(this.entries.inspect, value));
    const json = completion.kind === 'value' ? this.engine.string(completion.value) : undefined;
    this.engine.free(completion.value);
    return json === undefined ? undefined : (JSON.parse(json) as Node);
  }

  /** Has a value show itself by a method of its own. Whoever gets the completion frees its value. */
  show(value: Handle): Completion {
    return this.engine.call(this.entries.show, value);
  }

  /** Defines `_` and `_error`, once, when the libraries are there. */
  openLastValues(): void {
    this.engine.free(expectValue(this.engine.call(this.entries.openLastValues)));
  }

  /**
   * Makes a value that of `_`, or of `_error`.
   *
   * @returns the name, when the session has taken it since the last call; else ''
   */
  remember(kind: 'rememberValue' | 'rememberError', value: Handle): string {
    const completion = this.engine.memory.withReserve(() => this.engine.call(this.entries[kind], value));
    const taken = completion.kind === 'value' ? this.engine.string(completion.value) : '';
    this.engine.free(completion.value);
    return taken;
  }

  /** Makes an execution the owner of what happens from here on. */
  enter(executionId: string): void {
    this.#withText(executionId, (id) =>
      this.engine.free(
        expectValue(this.engine.memory.withReserve(() => this.engine.call(this.entries.enter, id))),
      ),
    );
  }

  /** Calls a timer's callback as its owner. Whoever gets the completion frees its value. */
  fire(timerId: number): Completion {
    const id = this.engine.newNumber(timerId);
    try {
      return this.engine.call(this.entries.fire, id);
    } finally {
      this.engine.free(id);
    }
  }

  /**
   * Forgets an execution's timers, or with '' those of all but the owner.
   *
   * @returns their ids
   */
  drop(executionId: string): number[] {
    return this.#idsFrom('drop', executionId);
  }

  /** The timers that are armed. */
  pending(): PendingTimer[] {
    return this.#list('pending') as PendingTimer[];
  }

  /** The operations that are under way. */
  operations(): PendingOperation[] {
    return this.#list('operations') as PendingOperation[];
  }

  /** The session begins now, for `performance`. */
  restartClock(): void {
    this.engine.free(expectValue(this.engine.call(this.entries.restartClock)));
  }

  #list(entry: 'pending' | 'operations'): unknown {
    const list = expectValue(this.engine.memory.withReserve(() => this.engine.call(this.entries[entry])));
    const json = this.engine.string(list);
    this.engine.free(list);
    return JSON.parse(json) as unknown;
  }

  /** Makes the kernel's way to the host a module with this name, which only the module graph hands out. */
  publishNative(module: string): void {
    const pair = this.engine.newArray(this.entries.call, this.entries.start);
    this.engine.defineGlobal(nativeGlobal, pair);
    this.engine.free(pair);
    const code = `const native = globalThis.${nativeGlobal}; delete globalThis.${nativeGlobal};
export const call = native[0], start = native[1];`;
    this.engine.free(expectValue(this.engine.evaluate(code, module, 'module')));
  }

  /** Makes kernel functions the exports of a module with this name, which only the module graph hands out. */
  publishModule(module: string, names: readonly ('loadCommonJs' | 'exportOf' | 'metaResolve')[]): void {
    const functions = this.engine.newArray(...names.map((name) => this.entries[name]));
    this.engine.defineGlobal(nativeGlobal, functions);
    this.engine.free(functions);
    const list = names.map((name, index) => `${name} = native[${index}]`).join(', ');
    const code = `const native = globalThis.${nativeGlobal}; delete globalThis.${nativeGlobal};
export const ${list};`;
    this.engine.free(expectValue(this.engine.evaluate(code, module, 'module')));
  }

  /** Makes an error for the guest. Where there is no memory for it, it is the engine's own. */
  newError(error: HostError): Handle {
    return this.#withText(
      JSON.stringify(error),
      (json) => this.engine.memory.withReserve(() => this.engine.call(this.entries.newError, json)).value,
    );
  }

  /**
   * Settles an operation's promise as its owner. Whoever gets the completion frees its value.
   *
   * @param json a `NativeReply`
   * @param bytes that belong to it
   * @throws GuestMemoryFull
   */
  settle(operationId: number, json: string, bytes: Uint8Array | undefined): Completion {
    const { engine } = this;
    const args = [engine.newNumber(operationId)];
    try {
      args.push(engine.newString(json));
      if (bytes !== undefined) args.push(engine.newArrayBuffer(bytes));
      return engine.call(this.entries.settle, ...args);
    } finally {
      for (const arg of args) engine.free(arg);
    }
  }

  /**
   * Forgets an execution's operations, or with '' those of all but the owner.
   *
   * @returns their ids
   */
  abandon(executionId: string): number[] {
    return this.#idsFrom('abandon', executionId);
  }

  /** @returns the code of an error that came from the host; undefined for any other value */
  refusal(error: Handle): string | undefined {
    const answer = expectValue(
      this.engine.memory.withReserve(() => this.engine.call(this.entries.refusal, error)),
    );
    const code = this.engine.string(answer);
    this.engine.free(answer);
    return code === '' ? undefined : code;
  }

  /** Makes a value a global that code may change and declare anew. The value stays the caller's. */
  publish(name: string, value: Handle): void {
    this.#withText(name, (text) =>
      this.engine.free(
        expectValue(
          this.engine.memory.withReserve(() => this.engine.call(this.entries.publish, text, value)),
        ),
      ),
    );
  }

  /** Remembers that the globals which came since the last call are the runtime's own, or a library's. */
  rememberGlobals(origin: 'built-in' | 'library'): void {
    this.#withText(origin, (text) =>
      this.engine.free(expectValue(this.engine.call(this.entries.rememberGlobals, text))),
    );
  }

  /** Remembers how a cell declares its names. */
  declare(declarations: readonly Declaration[]): void {
    if (declarations.length === 0) return;
    this.#withText(JSON.stringify(declarations.flatMap(({ name, kind }) => [name, kind])), (json) =>
      this.engine.free(
        expectValue(this.engine.memory.withReserve(() => this.engine.call(this.entries.declare, json))),
      ),
    );
  }

  /** Takes back the imports among the last declarations that failed. */
  undeclareImports(declarations: readonly Declaration[]): void {
    const names = declarations.flatMap(({ name, kind }) => (kind === 'import' ? [name] : []));
    if (names.length === 0) return;
    this.#withText(JSON.stringify(names), (json) =>
      this.engine.free(
        expectValue(
          this.engine.memory.withReserve(() => this.engine.call(this.entries.undeclareImports, json)),
        ),
      ),
    );
  }

  /**
   * Lists globals, or what is inside a value.
   *
   * @returns null when nothing is at the path; undefined when it was stopped, or guest memory ended
   */
  variables(request: VariablesRequest): VariablesPage | null | undefined {
    return this.#ask('variables', request) as VariablesPage | null | undefined;
  }

  /** Lists the members of a value. @returns as {@link variables}; null when they are not known */
  members(request: MembersRequest): Members | null | undefined {
    return this.#ask('members', request) as Members | null | undefined;
  }

  /** Has an entry answer JSON with JSON. */
  #ask(entry: 'variables' | 'members', request: unknown): unknown {
    return this.#withText(JSON.stringify(request), (text) => {
      const { kind, value } = this.engine.memory.withReserve(() =>
        this.engine.call(this.entries[entry], text),
      );
      const json = kind === 'value' ? this.engine.string(value) : undefined;
      this.engine.free(value);
      return json === undefined ? undefined : (JSON.parse(json) as unknown);
    });
  }

  #idsFrom(entry: 'drop' | 'abandon', executionId: string): number[] {
    return this.#withText(executionId, (id) => {
      const ids = expectValue(
        this.engine.memory.withReserve(() => this.engine.call(this.entries[entry], id)),
      );
      const json = this.engine.string(ids);
      this.engine.free(ids);
      return JSON.parse(json) as number[];
    });
  }

  #withText<T>(text: string, use: (value: Handle) => T): T {
    const value = this.engine.newString(text);
    try {
      return use(value);
    } finally {
      this.engine.free(value);
    }
  }
}

/** The kernel does not throw, unless it is broken or guest memory is ruined: either way the session is lost. */
function expectValue(completion: Completion): Handle {
  if (completion.kind === 'thrown') throw new Error('The guest kernel failed');
  return completion.value;
}

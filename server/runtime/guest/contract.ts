/**
 * What the host and the guest kernel say to each other. Everything crosses as strings and numbers, but for the guest
 * values that the host hands back unseen. All state lives in the guest, so that it is part of a heap image.
 */
import type { JsonObject } from '../../../shared/models.js';
import type { Node } from '../worker/inspect/node.js';

/** Name of the global function that the host defines before it runs the kernel, which captures and deletes it. */
export const hostGlobal = '__host';

/** Name of the global that holds the {@link KernelEntries}; the host reads them once and deletes it. */
export const kernelGlobal = '__kernel';

/** File name that the host gives the kernel's code: error stacks leave out frames of it. */
export const kernelFile = 'vm:kernel';

/** Text that `__host('console', …)` takes, as JSON. */
export interface ConsoleMessage {
  readonly level: 'log' | 'info' | 'warn' | 'error' | 'debug' | 'trace' | 'dir' | 'table';
  /** How many groups are open around it. */
  readonly group: number;
  readonly args: readonly Node[];
  /** The engine's frames, of `console.trace` only. */
  readonly stack?: string;
}

type PromiseState = 'pending' | 'fulfilled' | 'rejected';

/** Guest → host, by operation. Each is a call `__host(operation, ...args)`. */
interface HostOperations {
  /** Something was printed by the execution that is the owner now: a {@link ConsoleMessage} as JSON. */
  console(json: string): void;
  /** Calls `fire(id)` once after `delayMs` (an integer from 0 to 2^31 - 1). An interval asks again each time. */
  timer(id: number, delayMs: number, owner: string): void;
  /** Forgets a timer. */
  clear(id: number): void;
  /** State and result of a promise (undefined while pending), seen without running guest code; undefined for others. */
  promise(value: unknown): readonly [state: PromiseState, result: unknown] | undefined;
  /**
   * Has the host do something while the guest waits.
   * @param data travels beside the payload: a text as JSON, or the buffer whose `length` bytes from `offset` are meant
   * @returns undefined when the guest is being stopped
   */
  call(
    operation: string,
    payload: string,
    data?: string | object,
    offset?: number,
    length?: number,
  ): HostAnswer | undefined;
  /** Has the host do something while the guest goes on; `settle` brings the answer. Data is as in `call`. */
  start(
    id: number,
    owner: string,
    operation: string,
    payload: string,
    data?: string | object,
    offset?: number,
    length?: number,
  ): void;
  /** Ends an operation; no answer comes. */
  cancel(id: number): void;
  /**
   * The execution that is the owner now shows something.
   * @param json a {@link DisplayRequest}
   * @param node of the value that is shown, as JSON, for where only text can be; '' for none
   * @param buffers that contents lie in
   * @returns why it is refused: name and message of an error, as JSON
   */
  display(json: string, node: string, ...buffers: (object | undefined)[]): string | undefined;
  /**
   * Has the session's own thread compute something at once.
   * @param input as the task takes it, see {@link ComputeTask}
   * @param bytes of `decode` only
   * @returns JSON, a number or bytes, as the task says; undefined when the guest is being stopped, or its memory is full
   */
  compute(task: ComputeTask, input: string, bytes?: object): string | number | ArrayBuffer | undefined;
  /**
   * What a `require` means.
   * @param base identity of the module that requires; '' for the global `require`, whose caller the stack tells
   * @param running identities, as a JSON array, of CommonJS modules that run because an ES module imports them
   * @returns a {@link RequiredModule} as JSON; undefined when the guest is being stopped
   */
  require(base: string, specifier: string, stack: string, running: string): string | undefined;
  /**
   * Where a module is. Parameters as in `require`.
   * @returns a {@link LocatedModule}, or what `require` answers where it refuses, as JSON
   */
  locate(kind: 'import' | 'require', base: string, specifier: string, stack: string): string | undefined;
  /** Makes a function of a CommonJS module's code that `require` answered with; undefined as there. */
  compile(identity: string): readonly [outcome: 'value' | 'thrown', value: unknown] | undefined;
  /** Evaluates an ES module that `require` answered with, and gets its namespace; undefined as there. */
  evaluate(identity: string): readonly [outcome: 'value' | 'thrown' | 'pending', value: unknown] | undefined;
}

/** What `compute` does. Where nothing else is said, it takes JSON and answers JSON. */
export type ComputeTask =
  /** [url, base?] → the URL's parts, null where it is none. */
  | 'parseUrl'
  /** [href, property, value] → the parts after the assignment. */
  | 'changeUrl'
  /** Text → pairs. */
  | 'readForm'
  /** Pairs → text. */
  | 'writeForm'
  /** Label → name of the encoding, null where there is none. */
  | 'encodingOf'
  /** Text → its UTF-8 as bytes. */
  | 'encode'
  /** The stretch of the bytes and how to read them → the text, null where the bytes are wrong. */
  | 'decode'
  /** Text → text, null where it is wrong. */
  | 'toBase64'
  | 'fromBase64'
  /** Count → bytes. */
  | 'randomBytes'
  | 'randomUuid'
  /** '' → milliseconds since the epoch with fractions, as a number. */
  | 'now'
  /** '' → the instant, in seconds, that the engine last asked the zone's offset of since this was asked; or NaN. */
  | 'askedTime';

/** A {@link NativeReply} as JSON, alone or with the bytes that belong to it. */
export type HostAnswer = string | readonly [json: string, bytes: ArrayBuffer];

/** What guest code shows, under the mimes that it names: see display-wall.ts for what becomes of them. */
export interface DisplayRequest {
  readonly contents: readonly DisplayContent[];
  readonly id?: string;
  readonly metadata?: JsonObject;
}

export type DisplayContent = { readonly mime: string } & (
  | { readonly content: unknown }
  /** Bytes in one of the buffers that come along. */
  | { readonly bytes: readonly [buffer: number, offset: number, length: number] }
);

/** The host's answer to a call. */
export type NativeReply =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly error: { readonly name: string; readonly message: string; readonly code?: string | undefined };
    };

/** An error that the host has the guest make. */
export interface HostError {
  /** Of its class. */
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  /** As the engine writes stacks; absent where the engine is to write it. */
  readonly stack?: string | undefined;
}

/** What `require` gives. */
export type RequiredModule =
  | {
      readonly kind: 'commonjs';
      readonly identity: string;
      readonly filename: string;
      readonly dirname: string;
    }
  | {
      readonly kind: 'module';
      readonly identity: string;
      readonly filename: string;
      /** The whole namespace, or the default export: what it is for modules that were not written for `import`. */
      readonly exports: 'namespace' | 'default';
    }
  | { readonly kind: 'refused'; readonly error: HostError };

/** A module's place, for modules that are no files its specifier. */
export interface LocatedModule {
  readonly url: string;
  readonly filename: string;
}

export type HostOperation = keyof HostOperations;

/** The one function that the host defines for the guest. */
export type HostFunction = <Operation extends HostOperation>(
  operation: Operation,
  ...args: Parameters<HostOperations[Operation]>
) => ReturnType<HostOperations[Operation]>;

/** Host → guest. All are ordinary functions that do not use `this`. */
export interface KernelEntries {
  /** Takes a {@link KernelConfiguration} as JSON, once, after start. */
  readonly configure: (json: string) => void;
  /** @returns the value's {@link Node} as JSON; never runs guest code */
  readonly inspect: (value: unknown) => string;
  /** Makes this execution the owner of what happens from here on. */
  readonly enter: (executionId: string) => void;
  /**
   * Makes the timer's owner the owner and calls its callback, whose exception propagates. An id that is not armed any
   * more does nothing.
   */
  readonly fire: (timerId: number) => void;
  /** @returns the execution that owns what happens now; '' before the first `enter` */
  readonly owner: () => string;
  /**
   * Forgets timers: those of one execution, or with '' those of all executions but the current owner.
   * @returns the ids as a JSON array, for the host to forget too
   */
  readonly drop: (executionId: string) => string;
  /** Calls an operation of the host; what the host refuses is thrown. For the code of native modules only. */
  readonly call: NativeCall;
  /** Starts an operation of the host. For the code of native modules only. */
  readonly start: (operation: string, payload: unknown, data?: Uint8Array | string) => NativeOperation;
  /**
   * Makes the operation's owner the owner and settles its promise. An operation that was dropped, or is over, does
   * nothing. Takes a {@link NativeReply} as JSON, and the bytes that belong to it.
   */
  readonly settle: (operationId: number, json: string, bytes?: ArrayBuffer) => void;
  /**
   * Forgets operations, whose promises never settle then: as `drop` does timers.
   * @returns the ids as a JSON array
   */
  readonly abandon: (executionId: string) => string;
  /** @returns the operations that have not settled, a JSON array of {@link PendingOperation} */
  readonly operations: () => string;
  /** Runs a CommonJS module that an ES module imports. @returns its exports */
  readonly loadCommonJs: (identity: string, filename: string, dirname: string) => unknown;
  /** @returns an own property of a CommonJS module's exports; undefined when there is none, or its getter throws */
  readonly exportOf: (exported: unknown, name: string) => unknown;
  /** @param base identity of a module @returns its `import.meta.resolve` */
  readonly metaResolve: (base: string) => (specifier: unknown) => unknown;
  /** Makes an error of a {@link HostError}, which it takes as JSON. */
  readonly newError: (json: string) => Error;
  /** @returns the code of an error that `call` threw or `start` rejected with; '' for any other value */
  readonly refusal: (error: unknown) => string;
  /**
   * Has a value show itself by its own `Symbol.for("Jupyter.display")`, which is guest code.
   * @returns a promise when that takes longer; undefined when it is done, or the value has no such method
   */
  readonly show: (value: unknown) => object | undefined;
  /** Takes the names `_` and `_error`, once, where no library has. */
  readonly openLastValues: () => void;
  /** Makes it the value of `_`. @returns `_` when the session has taken the name since the last call, else '' */
  readonly rememberValue: (value: unknown) => string;
  /** As `rememberValue`, for `_error`. */
  readonly rememberError: (error: unknown) => string;
  /** Makes the value a global as an assignment would: code may change, redeclare and delete it. */
  readonly publish: (name: string, value: unknown) => void;
  /** Remembers whose the globals are that came since the last call: 'built-in' or 'library'. */
  readonly rememberGlobals: (origin: string) => void;
  /** Remembers how a cell declares its names: a JSON array of names and their {@link DeclarationKind} in turn. */
  readonly declare: (json: string) => void;
  /** Takes back the imports among the last declarations that failed: a JSON array of their names. */
  readonly undeclareImports: (json: string) => void;
  /** Takes a {@link VariablesRequest}. @returns a {@link VariablesPage} as JSON; 'null': nothing is at the path */
  readonly variables: (json: string) => string;
  /** Takes a {@link MembersRequest}. @returns {@link Members} as JSON; 'null': not known without running code */
  readonly members: (json: string) => string;
  /** Begins another sequence of `Math.random`: in a copy of a heap, for one. */
  readonly reseed: (seed: string) => void;
  /** The session begins now, for `performance`: a copy of a heap goes on as another session. */
  readonly restartClock: () => void;
  /** @returns the armed timers, a JSON array of {@link PendingTimer} */
  readonly pending: () => string;
}

/** Calls an operation of the host, which gets the payload as JSON and the data beside it. */
export type NativeCall = (operation: string, payload: unknown, data?: Uint8Array | string) => unknown;

export interface NativeOperation {
  readonly promise: Promise<unknown>;
  /** Forgets the operation, which the host ends. The promise never settles then. */
  readonly cancel: () => void;
}

export type PendingOperation = readonly [id: number, owner: string];

export type PendingTimer = readonly [id: number, delayLeftMs: number, owner: string];

/** How far inspection looks. What lies beyond is counted in the tree. */
export interface InspectLimits {
  /** How many objects deep. */
  readonly depth: number;
  /** Most elements, entries or properties of one object. */
  readonly entries: number;
  /** Most nodes in all. */
  readonly nodes: number;
  /** Most UTF-16 units of one string. */
  readonly string: number;
}

export interface KernelConfiguration {
  /** Where the sequence of `Math.random` begins. */
  readonly seed?: string;
  /** Defines the global `console`. */
  readonly console: boolean;
  /** Of `inspect`. */
  readonly valueLimits?: InspectLimits;
  /** Of each printed argument. */
  readonly consoleLimits?: InspectLimits;
}

/** The word that a name was declared with at the top level of a cell. */
export type DeclarationKind = 'const' | 'let' | 'var' | 'function' | 'class' | 'import';

/** One step from a value into it; the first of a path starts at the global object. */
export type PathStep =
  | readonly ['property', string]
  /** Of the object's own properties with symbol keys, by position. */
  | readonly ['symbol', number]
  /** Value of an entry of a Map or Set, by position. */
  | readonly ['entry', number]
  /** Key of such an entry. */
  | readonly ['key', number]
  /** What the engine keeps beside properties; `result` is a promise's, `value` that of a boxed primitive. */
  | readonly ['slot', Slot];

type Slot = 'prototype' | 'result' | 'buffer' | 'value';

/** Where a page goes on. A string is the name before it; a number a position. */
export type VariableCursor = readonly [
  part: 'global' | 'entry' | 'element' | 'property' | 'slot',
  at: number | string,
];

/** As JSON; a filter of '' takes all. */
export type VariablesRequest = readonly [
  path: readonly PathStep[],
  filter: string,
  limit: number,
  cursor: VariableCursor | null,
];

export interface VariableNode {
  readonly step: PathStep;
  readonly kind: DeclarationKind | 'global' | 'property' | 'accessor' | 'element' | 'entry' | 'internal';
  readonly value: Node;
  /** Of an entry of a Map. */
  readonly key?: Node;
  /** Description of a property's symbol. */
  readonly symbol?: string;
  /** Not enumerable. */
  readonly hidden?: true;
  /** A library defined it. */
  readonly library?: true;
}

export interface VariablesPage {
  readonly items: readonly VariableNode[];
  readonly next: VariableCursor | null;
}

/** Where members are looked for, as JSON. */
export type MembersRequest = readonly [
  /** '' for the value at the path; else the kind of a literal: `string`, `number`, `array` … */
  literal: string,
  /** Property names from the literal, or from the global object; an empty one lists the globals. */
  path: readonly string[],
  /** Members begin with it, in any case. */
  prefix: string,
  limit: number,
];

export interface MemberNode {
  readonly name: string;
  /** What it holds; absent when only the value that it is looked for on would tell. */
  readonly value?: Node;
  /** How far up the prototype chain. */
  readonly distance: number;
  /** Of a global: whose it is. */
  readonly origin?: 'built-in' | 'library' | 'session';
  readonly declaration?: DeclarationKind;
}

export interface Members {
  readonly items: readonly MemberNode[];
  /** There may be more. */
  readonly isCut: boolean;
}

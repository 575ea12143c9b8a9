/**
 * What the host and the guest kernel say to each other. Everything crosses as strings and numbers, but for the guest
 * values that the host hands back unseen. All state lives in the guest, so that it is part of a heap image.
 */
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
   * @returns a {@link NativeReply} as JSON; undefined when the guest is being stopped
   */
  call(operation: string, payload: string): string | undefined;
  /** This error says that the host refused a call, with this code: how it is told from one that the guest made. */
  refused(error: unknown, code: string): void;
}

/** The host's answer to a call. */
export type NativeReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: { readonly message: string; readonly code?: string | undefined } };

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
  readonly call: (operation: string, payload: unknown) => unknown;
  /** @returns the armed timers, a JSON array of {@link PendingTimer} */
  readonly pending: () => string;
}

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
  /** Defines the global `console`. */
  readonly console: boolean;
  /** Of `inspect`. */
  readonly valueLimits?: InspectLimits;
  /** Of each printed argument. */
  readonly consoleLimits?: InspectLimits;
}

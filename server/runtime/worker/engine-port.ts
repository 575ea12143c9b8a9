/** What the engine and its host say to each other. */
import type { JSValueConstPointer, JSValuePointer } from 'quickjs-emscripten-core';

/** Address of a guest value that we own and must free. */
export type Handle = JSValuePointer;
/** A guest value that somebody else owns. */
export type Borrowed = JSValueConstPointer;
export type AnyValue = Handle | Borrowed;

/** How evaluating or calling ended. Whoever gets it frees the value. */
export type Completion =
  { readonly kind: 'value'; readonly value: Handle } | { readonly kind: 'thrown'; readonly value: Handle };

/** An error that a host function or the module loader hands to guest code. */
export interface GuestError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  /** As the engine writes stacks; absent where the engine is to write it. */
  readonly stack?: string | undefined;
}

/** What the engine asks its host. None of these may throw: that would fly through the engine's C code. */
export interface EngineHost {
  /** The guest called the host function. @returns a value that we own, or undefined */
  dispatch(operation: string, args: readonly Borrowed[]): Handle | undefined;
  /** Is the guest to be stopped? Asked between bytecodes, some thousand times a second. */
  isInterrupted(): boolean;
  /**
   * The identity of the module that `specifier` means in the module or cell called `base`. The engine cannot cope with
   * an error here: what cannot be resolved gets an identity that cannot be loaded.
   */
  resolveModule(base: string, specifier: string): string;
  /** A promise was rejected while nobody handles it. @param promise becomes the host's */
  rejected(promise: Handle): void;
  /** Somebody handles such a promise after all. @param address see `Engine.addressOf` */
  handled(address: number): void;
  /** The code of the module with this identity. */
  loadModule(identity: string): ModuleCode;
  /** Makes an error that the guest is to get. */
  newError(error: GuestError): Handle;
}
export type ModuleCode = { readonly code: string } | { readonly error: GuestError };

/** How text is evaluated. */
export type EvaluationMode =
  /** Global code without await; the completion is its value. */
  | 'script'
  /** Global code with await: the completion is a promise of an object whose `value` is the completion value. */
  | 'cell'
  /** As `cell`, in strict mode. */
  | 'strict-cell'
  /** A module: the completion is its namespace, or a promise of it while the module awaits. */
  | 'module';

export type CellMode = Extract<EvaluationMode, 'cell' | 'strict-cell'>;

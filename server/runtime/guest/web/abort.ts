/** AbortController and AbortSignal, as the DOM standard has them. */
import { apply, NativeTypeError, toNumber } from '../intrinsics.js';
import { DOMException } from './dom-exception.js';
import { Event, EventTarget, type SignalHooks } from './events.js';
import { iteratorSymbol, newList } from './intrinsics.js';
import { showSlots } from './slots.js';
import { exposeInterface, isObject, requireArguments } from './webidl.js';

/** Only we make signals. */
const secret = {};

let access: {
  isSignal(value: object): value is AbortSignal;
  abort(signal: AbortSignal, reason: unknown): void;
  then(signal: AbortSignal, run: () => void): void;
};
let setTimer: (callback: () => void, delayMs: number) => unknown;

function create(): AbortSignal {
  return new AbortSignal(secret);
}

function reasonFor(reason: unknown): unknown {
  return reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
}

export class AbortSignal extends EventTarget {
  #isAborted = false;
  #reason: unknown;
  /** Runs before the event, as the standard's own steps do. */
  #steps = newList<() => void>();
  #handler: ((event: Event) => unknown) | null = null;

  static {
    access = {
      isSignal: (value): value is AbortSignal => #isAborted in value,
      abort: (signal, reason) => signal.#abort(reason),
      then(signal, run) {
        signal.#steps[signal.#steps.length] = run;
      },
    };
    showSlots((object) => {
      if (!(#isAborted in object)) return undefined;
      return object.#isAborted
        ? [
            ['aborted', true],
            ['reason', object.#reason],
          ]
        : [['aborted', false]];
    });
  }

  constructor(...args: unknown[]) {
    if (args[0] !== secret) throw new NativeTypeError('Illegal constructor');
    super();
  }

  static abort(reason: unknown = undefined): AbortSignal {
    const signal = create();
    signal.#isAborted = true;
    signal.#reason = reasonFor(reason);
    return signal;
  }

  static timeout(milliseconds: unknown): AbortSignal {
    requireArguments(arguments.length, 1, 'AbortSignal.timeout');
    const ms = toNumber(milliseconds);
    if (!(ms >= 0 && ms <= 2 ** 53 - 1)) {
      throw new NativeTypeError('AbortSignal.timeout needs a number of milliseconds from 0 on');
    }
    const signal = create();
    setTimer(
      () => signal.#abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
      ms,
    );
    return signal;
  }

  static any(signals: unknown): AbortSignal {
    requireArguments(arguments.length, 1, 'AbortSignal.any');
    if (!isObject(signals) || !(iteratorSymbol in signals)) {
      throw new NativeTypeError('AbortSignal.any needs an iterable of signals');
    }
    const sources = newList<AbortSignal>();
    for (const each of signals as Iterable<unknown>) {
      if (!isObject(each) || !access.isSignal(each)) {
        throw new NativeTypeError('AbortSignal.any needs signals only');
      }
      sources[sources.length] = each;
    }
    const joined = create();
    for (let i = 0; i < sources.length; i++) {
      const source = sources[i];
      if (source === undefined || !source.#isAborted) continue;
      joined.#isAborted = true;
      joined.#reason = source.#reason;
      return joined;
    }
    for (let i = 0; i < sources.length; i++) {
      const source = sources[i];
      if (source !== undefined) access.then(source, () => joined.#abort(source.#reason));
    }
    return joined;
  }

  get aborted(): boolean {
    return this.#isAborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#isAborted) throw this.#reason;
  }

  get onabort(): ((event: Event) => unknown) | null {
    return this.#handler;
  }

  set onabort(handler: unknown) {
    const isFirst = this.#handler === null;
    this.#handler = typeof handler === 'function' ? (handler as (event: Event) => unknown) : null;
    if (isFirst && this.#handler !== null) addListener(this, 'abort', this.#onAbort);
    if (this.#handler === null) removeListener(this, 'abort', this.#onAbort);
  }

  readonly #onAbort = (event: Event): void => {
    if (this.#handler !== null) apply(this.#handler, this, [event]);
  };

  #abort(reason: unknown): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reasonFor(reason);
    const steps = this.#steps;
    this.#steps = newList();
    for (let i = 0; i < steps.length; i++) steps[i]?.();
    dispatch(this, new Event('abort'));
  }
}

// Taken before guest code can replace them on the prototype.
/* eslint-disable @typescript-eslint/unbound-method */
const add = EventTarget.prototype.addEventListener;
const remove = EventTarget.prototype.removeEventListener;
const send = EventTarget.prototype.dispatchEvent;
/* eslint-enable @typescript-eslint/unbound-method */

function addListener(target: EventTarget, type: string, callback: unknown): void {
  apply(add, target, [type, callback]);
}

function removeListener(target: EventTarget, type: string, callback: unknown): void {
  apply(remove, target, [type, callback]);
}

function dispatch(target: EventTarget, event: Event): void {
  apply(send, target, [event]);
}

class AbortController {
  readonly #signal = create();

  static {
    showSlots((object) => (#signal in object ? [['signal', object.#signal]] : undefined));
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  abort(reason: unknown = undefined): void {
    access.abort(this.#signal, reason);
  }
}

export const signalHooks: SignalHooks = {
  isSignal: (value) => access.isSignal(value),
  isAborted: (signal) => access.isSignal(signal) && signal.aborted,
  onAbort(signal, run) {
    if (access.isSignal(signal)) access.then(signal, run);
  },
};

/** Defines the globals. @param setTimeout the timers' own */
export function installAbort(setTimeout: (callback: () => void, delayMs: number) => unknown): void {
  setTimer = setTimeout;
  exposeInterface('AbortController', AbortController);
  exposeInterface('AbortSignal', AbortSignal);
}

/** Event and EventTarget, as the DOM standard has them outside of a document. */
import { apply, NativeTypeError } from '../intrinsics.js';
import { DOMException } from './dom-exception.js';
import { newList } from './intrinsics.js';
import { showSlots } from './slots.js';
import {
  constant,
  exposeInterface,
  isObject,
  requireArguments,
  toDictionary,
  toDomString,
  requireSlot,
} from './webidl.js';

/** Milliseconds since the session's time origin. */
let clock: () => number;
/** Reports an exception of a listener, which does not reach whoever dispatched. */
let report: (error: unknown) => void;

interface Dispatch {
  readonly target: EventTarget;
  readonly phase: number;
}

/** How an event is dispatched, for {@link EventTarget} alone. */
let access: {
  begin(event: Event, target: EventTarget): void;
  end(event: Event): void;
  isStopped(event: Event): boolean;
  /** While a passive listener runs, the event cannot be cancelled. */
  passive(event: Event, isPassive: unknown): void;
  isEvent(value: object): value is Event;
  isDispatching(event: Event): boolean;
};

export class Event {
  readonly #type: string;
  readonly #bubbles: boolean;
  readonly #cancelable: boolean;
  readonly #composed: boolean;
  readonly #timeStamp = clock();
  #target: EventTarget | null = null;
  #dispatch: Dispatch | undefined;
  #isCanceled = false;
  #isPropagationStopped = false;
  #isStopped = false;
  #isPassive = false;

  static {
    access = {
      begin(event, target) {
        event.#target = target;
        event.#dispatch = { target, phase: 2 };
      },
      end(event) {
        event.#dispatch = undefined;
        event.#isPropagationStopped = false;
        event.#isStopped = false;
      },
      isStopped: (event) => event.#isStopped,
      passive(event, isPassive) {
        event.#isPassive = isPassive === true;
      },
      isEvent: (value): value is Event => #type in value,
      isDispatching: (event) => event.#dispatch !== undefined,
    };
    showSlots((object) =>
      #type in object
        ? [
            ['type', object.#type],
            ['defaultPrevented', object.#isCanceled],
            ['cancelable', object.#cancelable],
            ['timeStamp', object.#timeStamp],
          ]
        : undefined,
    );
  }

  constructor(type: unknown, options: unknown = undefined) {
    requireArguments(arguments.length, 1, 'Event');
    this.#type = toDomString(type);
    const { bubbles, cancelable, composed } = toDictionary(options, 'Event');
    this.#bubbles = !!bubbles;
    this.#cancelable = !!cancelable;
    this.#composed = !!composed;
  }

  get type(): string {
    return this.#type;
  }

  get target(): EventTarget | null {
    return this.#target;
  }

  get srcElement(): EventTarget | null {
    return this.#target;
  }

  get currentTarget(): EventTarget | null {
    return this.#dispatch?.target ?? null;
  }

  composedPath(): EventTarget[] {
    return this.#dispatch === undefined ? [] : [this.#dispatch.target];
  }

  get eventPhase(): number {
    return this.#dispatch?.phase ?? 0;
  }

  stopPropagation(): void {
    this.#isPropagationStopped = true;
  }

  get cancelBubble(): boolean {
    return this.#isPropagationStopped;
  }

  set cancelBubble(value: boolean) {
    if (value) this.#isPropagationStopped = true;
  }

  stopImmediatePropagation(): void {
    this.#isPropagationStopped = true;
    this.#isStopped = true;
  }

  get bubbles(): boolean {
    return this.#bubbles;
  }

  get cancelable(): boolean {
    return this.#cancelable;
  }

  get returnValue(): boolean {
    return !this.#isCanceled;
  }

  set returnValue(value: boolean) {
    if (!value) this.preventDefault();
  }

  preventDefault(): void {
    if (this.#cancelable && !this.#isPassive) this.#isCanceled = true;
  }

  get defaultPrevented(): boolean {
    return this.#isCanceled;
  }

  get composed(): boolean {
    return this.#composed;
  }

  /** Only a browser makes events that it vouches for. */
  get isTrusted(): boolean {
    requireSlot(this.#type);
    return false;
  }

  get timeStamp(): number {
    return this.#timeStamp;
  }
}

interface Listener {
  readonly type: string;
  readonly callback: object;
  readonly capture: boolean;
  readonly once: boolean;
  readonly passive: boolean;
  removed: boolean;
}

/** Something that runs when a signal aborts; see abort.ts, which knows signals. */
export interface SignalHooks {
  isSignal(value: object): boolean;
  isAborted(signal: object): boolean;
  /** Runs `remove` when the signal aborts. */
  onAbort(signal: object, remove: () => void): void;
}
let signals: SignalHooks;

function captureOf(options: unknown): boolean {
  return isObject(options) ? !!(options as { capture?: unknown }).capture : !!options;
}

export class EventTarget {
  #listeners = newList<Listener>();

  addEventListener(type: unknown, callback: unknown, options: unknown = undefined): void {
    requireArguments(arguments.length, 2, 'addEventListener');
    const name = toDomString(type);
    const capture = captureOf(options);
    const { once, passive, signal } = (isObject(options) ? options : {}) as Readonly<Record<string, unknown>>;
    if (signal !== undefined && !(isObject(signal) && signals.isSignal(signal))) {
      throw new NativeTypeError('The signal of addEventListener is not an AbortSignal');
    }
    if (callback === null || callback === undefined) return;
    if (!isObject(callback)) {
      throw new NativeTypeError('addEventListener needs a function or an object with handleEvent');
    }
    if (signal !== undefined && signals.isAborted(signal)) return;
    const listeners = this.#listeners;
    for (let i = 0; i < listeners.length; i++) {
      const each = listeners[i];
      if (each?.type === name && each.callback === callback && each.capture === capture) return;
    }
    const listener = { type: name, callback, capture, once: !!once, passive: !!passive, removed: false };
    listeners[listeners.length] = listener;
    if (signal !== undefined) signals.onAbort(signal, () => this.#remove(listener));
  }

  removeEventListener(type: unknown, callback: unknown, options: unknown = undefined): void {
    requireArguments(arguments.length, 2, 'removeEventListener');
    const name = toDomString(type);
    const capture = captureOf(options);
    const listeners = this.#listeners;
    for (let i = 0; i < listeners.length; i++) {
      const each = listeners[i];
      if (each?.type === name && each.callback === callback && each.capture === capture) {
        this.#remove(each);
        return;
      }
    }
  }

  /** @throws InvalidStateError: the event is being dispatched already */
  dispatchEvent(event: unknown): boolean {
    requireArguments(arguments.length, 1, 'dispatchEvent');
    if (!isObject(event) || !access.isEvent(event)) {
      throw new NativeTypeError('dispatchEvent needs an Event');
    }
    if (access.isDispatching(event)) {
      throw new DOMException('The event is already being dispatched', 'InvalidStateError');
    }
    const listeners = this.#listeners; // replaced, not changed, when one is removed
    const count = listeners.length; // those added meanwhile wait for the next event
    access.begin(event, this);
    for (let i = 0; i < count && !access.isStopped(event); i++) {
      const each = listeners[i];
      if (each === undefined || each.removed || each.type !== event.type) continue;
      if (each.once) this.#remove(each);
      access.passive(event, each.passive);
      this.#call(each.callback, event);
      access.passive(event, false);
    }
    access.end(event);
    return !event.defaultPrevented;
  }

  #call(callback: object, event: Event): void {
    try {
      if (typeof callback === 'function') {
        apply(callback, this, [event]);
        return;
      }
      const { handleEvent } = callback as { handleEvent?: unknown };
      if (typeof handleEvent !== 'function') throw new NativeTypeError('handleEvent is not a function');
      apply(handleEvent, callback, [event]);
    } catch (error) {
      report(error);
    }
  }

  #remove(listener: Listener): void {
    listener.removed = true;
    const left = newList<Listener>();
    const all = this.#listeners;
    for (let i = 0; i < all.length; i++) {
      const each = all[i];
      if (each !== undefined && each !== listener) left[left.length] = each;
    }
    this.#listeners = left;
  }
}

/** Defines the globals. @param reportException as for an exception that nobody caught */
export function installEvents(
  clockNow: () => number,
  reportException: (error: unknown) => void,
  hooks: SignalHooks,
): void {
  clock = clockNow;
  report = reportException;
  signals = hooks;
  exposeInterface('Event', Event);
  exposeInterface('EventTarget', EventTarget);
  constant(Event, 'NONE', 0);
  constant(Event, 'CAPTURING_PHASE', 1);
  constant(Event, 'AT_TARGET', 2);
  constant(Event, 'BUBBLING_PHASE', 3);
}

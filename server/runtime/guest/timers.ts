/**
 * setTimeout and its kin, as on the web. The table lives here, in the guest, so that a heap image holds it; the host
 * only counts the time and calls `fire`.
 */
import type { HostFunction, KernelEntries } from './contract.js';
import { defineAll } from './define.js';
import {
  afterThisJob,
  apply,
  mapDelete,
  mapForEach,
  mapGet,
  mapSet,
  mapSize,
  NativeMap,
  NativeRangeError,
  NativeTypeError,
  now,
  quote,
  toNumber,
  toText,
} from './intrinsics.js';
import { deleteOwned } from './owned.js';
import { enter, owner } from './owner.js';

/** Enough for any honest use; a session that makes more is in a loop. */
const maxTimers = 10_000;
const maxDelayMs = 2 ** 31 - 1;

type Callback = (...args: unknown[]) => unknown;

interface Timer {
  readonly callback: Callback;
  readonly args: readonly unknown[];
  readonly owner: string;
  /** Of an interval: armed again before each call. */
  readonly intervalMs: number | undefined;
  /** Milliseconds since the epoch. */
  dueAt: number;
}

const timers = new NativeMap<number, Timer>();
let lastId = 0;

/** The web's conversion, but clamped at both ends instead of wrapped around. */
function clampDelay(delay: unknown): number {
  const ms = toNumber(delay);
  if (!(ms > 0)) return 0;
  return ms > maxDelayMs ? maxDelayMs : ms - (ms % 1);
}

function requireCallback(callback: unknown, caller: string): Callback {
  if (typeof callback !== 'function') {
    throw new NativeTypeError(caller + ' needs a function as its first argument');
  }
  return callback as Callback;
}

/** What the host may do with the table. */
export interface Timers {
  readonly fire: KernelEntries['fire'];
  readonly drop: KernelEntries['drop'];
  readonly pending: KernelEntries['pending'];
}

/** Defines the timer functions and queueMicrotask as globals. */
export function installTimers(host: HostFunction): Timers {
  const arm = (timer: Timer, delayMs: number): number => {
    const id = ++lastId;
    mapSet(timers, id, timer);
    host('timer', id, delayMs, timer.owner);
    return id;
  };

  const add = (
    callback: Callback,
    delayMs: number,
    intervalMs: number | undefined,
    args: unknown[],
  ): number => {
    if (mapSize(timers) >= maxTimers) {
      throw new NativeRangeError(
        'there are ' + toText(maxTimers) + ' timers already; clear some before you set more',
      );
    }
    return arm({ callback, args, owner: owner(), intervalMs, dueAt: now() + delayMs }, delayMs);
  };

  const clear = (id: unknown): void => {
    const number = toNumber(id);
    if (mapDelete(timers, number)) host('clear', number);
  };

  // Methods, so that they have no `prototype`, like native functions.
  const globals = {
    setTimeout(callback: unknown, delay?: unknown, ...args: unknown[]) {
      return add(requireCallback(callback, 'setTimeout'), clampDelay(delay), undefined, args);
    },
    setInterval(callback: unknown, delay?: unknown, ...args: unknown[]) {
      const checked = requireCallback(callback, 'setInterval');
      const ms = clampDelay(delay);
      const intervalMs = ms < 1 ? 1 : ms; // without a pause it would keep everything else from running
      return add(checked, intervalMs, intervalMs, args);
    },
    setImmediate(callback: unknown, ...args: unknown[]) {
      return add(requireCallback(callback, 'setImmediate'), 0, undefined, args);
    },
    clearTimeout(id?: unknown) {
      clear(id);
    },
    clearInterval(id?: unknown) {
      clear(id);
    },
    clearImmediate(id?: unknown) {
      clear(id);
    },
    queueMicrotask(callback: unknown) {
      const checked = requireCallback(callback, 'queueMicrotask');
      // What it throws is a rejection that nobody handles, which the host reports.
      afterThisJob(() => apply(checked, undefined, []));
    },
  };
  defineAll(globalThis, globals);

  return {
    fire(id) {
      const timer = mapGet(timers, id);
      if (timer === undefined) return;
      enter(timer.owner);
      if (timer.intervalMs === undefined) {
        mapDelete(timers, id);
      } else {
        timer.dueAt = now() + timer.intervalMs;
        host('timer', id, timer.intervalMs, timer.owner);
      }
      apply(timer.callback, undefined, timer.args);
    },
    drop: (executionId) => deleteOwned(timers, executionId),
    pending() {
      let list = '';
      mapForEach(timers, (timer, id) => {
        const left = timer.dueAt - now();
        list +=
          (list === '' ? '[' : ',[') +
          toText(id) +
          ',' +
          toText(left > 0 ? left : 0) +
          ',' +
          quote(timer.owner) +
          ']';
      });
      return '[' + list + ']';
    },
  };
}

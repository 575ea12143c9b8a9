/** The clock of the High Resolution Time standard. */
import { define } from '../define.js';
import { NativeTypeError } from '../intrinsics.js';
import type { HostTasks } from './host-tasks.js';
import { floor } from './intrinsics.js';
import { showSlots } from './slots.js';
import { asInterface, requireSlot } from './webidl.js';

const secret = {};

/** Milliseconds since the epoch at which the session began. */
let origin = 0;
let latest = 0;
let tasks: HostTasks;

/** Milliseconds since the session began; never less than before. */
function now(): number {
  // To the microsecond: what lies below is noise of the arithmetic.
  const elapsed = floor((tasks.now() - origin) * 1000) / 1000;
  if (elapsed > latest) latest = elapsed;
  return latest;
}

class Performance {
  #isPerformance = true;

  static {
    showSlots((object) => (#isPerformance in object ? [['timeOrigin', origin]] : undefined));
  }

  constructor(...args: unknown[]) {
    if (args[0] !== secret) throw new NativeTypeError('Illegal constructor');
  }

  now(): number {
    requireSlot(this.#isPerformance);
    return now();
  }

  get timeOrigin(): number {
    requireSlot(this.#isPerformance);
    return origin;
  }

  toJSON(): { timeOrigin: number } {
    requireSlot(this.#isPerformance);
    return { timeOrigin: origin };
  }
}

export interface Clock {
  readonly now: () => number;
  /** The session begins now. */
  start(): void;
}

/** Defines the global. */
export function installPerformance(hostTasks: HostTasks): Clock {
  tasks = hostTasks;
  asInterface('Performance', Performance);
  define(globalThis, 'performance', new Performance(secret));
  return {
    now,
    start() {
      origin = tasks.now();
      latest = 0;
    },
  };
}

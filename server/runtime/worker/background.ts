import type { Guest } from './guest.js';
import { openingRun } from './libraries.js';

/** Timers of executions that are over. Each callback is a run of its own, under the session's limits. */
export class Background {
  #lastRun = openingRun;
  #stopsSeen = 0;

  constructor(private readonly guest: Guest) {}

  /** Runs a due timer's callback. */
  fire(timerId: number, owner: string): void {
    const { guest } = this;
    // A request to stop may be in the port, behind this timer.
    if (this.#stopsSeen !== guest.control.backgroundStops) return;
    const run = (this.#lastRun += 2);
    const { stopped } = guest.turn(run, 0, owner, () => guest.fire(timerId, owner));
    if (stopped === undefined) return;
    guest.outbox.flush();
    guest.post({ type: 'entryStopped', run, executionId: owner, cause: stopped });
  }

  /** Drops what ended executions still have armed. @param present the execution that runs now, or '' */
  stop(present: string): void {
    this.#stopsSeen = this.guest.control.backgroundStops;
    this.guest.enter(present);
    this.guest.forgetTimers('');
  }
}

import type { Guest } from './guest.js';
import { openingRun } from './libraries.js';

/** Timers and operations of executions that are over. Each entry is a run of its own, under the session's limits. */
export class Background {
  #lastRun = openingRun;
  #stopsSeen = 0;

  constructor(private readonly guest: Guest) {}

  /** A number that no run on this thread had before, for one that is no job's. */
  nextRun(): number {
    return (this.#lastRun += 2);
  }

  /** Lets work of an execution enter the guest: a due timer's callback, an operation's answer. */
  enter(owner: string, work: () => void): void {
    const { guest } = this;
    // A request to stop may be in the port, behind this.
    if (this.#stopsSeen !== guest.control.backgroundStops) return;
    const run = this.nextRun();
    const { stopped } = guest.turn(run, 0, owner, work);
    if (stopped === undefined) return;
    guest.outbox.flush();
    guest.post({ type: 'entryStopped', run, executionId: owner, cause: stopped });
  }

  /** Drops what ended executions still have armed. @param present the execution that runs now, or '' */
  stop(present: string): void {
    this.#stopsSeen = this.guest.control.backgroundStops;
    this.guest.enter(present);
    this.guest.forgetWork('');
  }
}

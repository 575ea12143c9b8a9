import type { ControlBlock } from '../control-block.js';
import type { StopCause } from '../messages.js';
import type { GuestMemory } from './memory.js';

/** How a turn went. */
export interface TurnResult {
  /** The run's time with guest code on the thread, earlier turns included, in milliseconds. */
  readonly cpuMs: number;
  /** Why the run must end; undefined while it may go on. */
  readonly stopped: StopCause | undefined;
}

/** The engine, as far as it must be known to judge a run. */
interface Watched {
  readonly memory: GuestMemory;
  collectSoon(): void;
}

/**
 * Whose turn it is on the session's thread, how long it takes, and whether it must stop. A run (see
 * {@link ControlBlock}) has the thread in one or more turns.
 */
export class ThreadWatch {
  #engine: Watched | undefined;
  #run = 0;
  #stopped: StopCause | undefined;
  #usedMs = 0;
  #since = 0;
  #isUndisturbed = false;
  #deadline = Infinity;

  /**
   * @param onPoll called some thousand times a second while guest code is busy
   * @param onUnwatched called when guest code gets the thread while the main thread does not look
   */
  constructor(
    private readonly control: ControlBlock,
    private readonly onPoll: () => void,
    private readonly onUnwatched: () => void,
  ) {}

  attach(engine: Watched): void {
    this.#engine = engine;
  }

  /**
   * Gives the thread to a run while `work` lasts.
   *
   * @param usedMs what it used in earlier turns
   */
  turn(run: number, usedMs: number, work: () => void): TurnResult {
    const engine = this.#engine;
    if (engine === undefined) throw new Error('The thread has no engine yet');
    engine.memory.beginRun();
    this.#run = run;
    this.#stopped = undefined;
    this.#usedMs = usedMs;
    this.#resume();
    try {
      engine.memory.asGuest(work);
    } finally {
      this.#pause();
      this.#run = 0;
    }
    return { cpuMs: this.#usedMs, stopped: this.#stopped };
  }

  /** Why the last turn's run had to end. */
  get stopped(): StopCause | undefined {
    return this.#stopped;
  }

  /** Must the run that has the thread end? Asked by the engine between bytecodes, and by us between batches of jobs. */
  isInterrupted(): boolean {
    this.onPoll();
    if (this.#isUndisturbed) return false;
    this.#stopped ??= this.#reasonToStop();
    return this.#stopped !== undefined;
  }

  /** Ends the run for a reason that the host met itself. */
  stop(cause: StopCause): void {
    this.#stopped ??= cause;
  }

  /** Has the main thread asked the present run to stop? */
  isStopRequested(): boolean {
    return this.#run !== 0 && this.control.isStopRequested(this.#run);
  }

  /** The kernel's upkeep is never cut short, whatever is pending: its tables would be left half done. */
  undisturbed<T>(work: () => T): T {
    const before = this.#isUndisturbed;
    this.#isUndisturbed = true;
    try {
      return work();
    } finally {
      this.#isUndisturbed = before;
    }
  }

  /** Stops `work` when it takes longer than this, in milliseconds. For what belongs to no execution. */
  within<T>(ms: number, work: () => T): T {
    this.#deadline = performance.now() + ms;
    try {
      return work();
    } finally {
      this.#deadline = Infinity;
    }
  }

  /** Blocks the thread in `wait`, which does not count as the run's time. */
  waiting(wait: () => void): void {
    if (this.#run === 0) {
      wait();
      return;
    }
    this.#pause();
    try {
      wait();
    } finally {
      this.#resume();
    }
  }

  #reasonToStop(): StopCause | undefined {
    if (this.isStopRequested() || performance.now() > this.#deadline) return 'requested';
    return this.#engine?.memory.isRunOverCap(() => this.#engine?.collectSoon()) === true
      ? 'memory'
      : undefined;
  }

  #resume(): void {
    this.#since = performance.now();
    this.control.occupy(this.#run, this.#usedMs);
    if (!this.control.isWatched) this.onUnwatched();
  }

  #pause(): void {
    this.#usedMs += performance.now() - this.#since;
    this.control.release(this.#usedMs);
  }
}

import type { Job } from '../core/ports.js';
import { type ControlBlock, isJobRun, type Occupancy } from './control-block.js';
import { cpuLimitReason, type StopReason, wallLimitReason } from './stop-reason.js';
import type { Watchable, Watchdog } from './watchdog.js';

/** How long a guest may take to stop before its thread is ended, in milliseconds: native code looks at no flag. */
const graceMs = 250;
/** How long after guest code has left the thread the watchdog still looks, in milliseconds. */
const lingerMs = 1000;

interface OverseenJob {
  readonly run: number;
  readonly limits: Pick<Job['limits'], 'cpuMs' | 'wallMs'>;
  readonly startedAt: number;
  stop?: { readonly reason: StopReason; sinceMs: number };
}

/** A background entry that was asked to stop. Without a reason, its execution is not told. */
interface EntryStop {
  readonly run: number;
  sinceMs: number;
  readonly reason: StopReason | undefined;
}

/** The thread, as far as what runs on it is concerned. */
export interface OverseenThread {
  readonly control: ControlBlock;
  /** What a background entry may use of the thread's time, in milliseconds; 0: no limit. */
  readonly entryCpuMs: number;
  /** It is made the session's: work, although no run. */
  isOpening(): boolean;
  /** The job is over one of its limits. */
  onLimit(reason: StopReason): void;
  /** Something on the thread was asked to stop: what it waits for must end, too. */
  onStopAsked(): void;
  /** What was asked to stop has not stopped in time: the thread must be ended. */
  onUnstoppable(why: string): void;
}

/**
 * The main thread's eye on a session's thread: holds jobs and background entries to their limits, and sees to it that
 * what was asked to stop does.
 */
export class Overseer implements Watchable {
  #job: OverseenJob | undefined;
  #entryStop: EntryStop | undefined;
  #busyAt = 0;
  /** How long background work has been left to end by itself since the session was put to sleep, in milliseconds. */
  #asleepMs: number | undefined;

  constructor(
    private readonly thread: OverseenThread,
    private readonly watchdog: Watchdog,
  ) {}

  /** A job begins. */
  begin(job: Pick<OverseenJob, 'run' | 'limits' | 'startedAt'>): void {
    this.#job = job;
    this.watch();
  }

  /** The job has ended. */
  end(): void {
    this.#job = undefined;
  }

  /** Why the job was asked to stop; undefined when it was not. */
  get jobStop(): StopReason | undefined {
    return this.#job?.stop?.reason;
  }

  /** Asks the job to stop; the first reason stands. */
  stopJob(reason: StopReason): void {
    const job = this.#job;
    if (job === undefined || job.stop !== undefined) return;
    job.stop = { reason, sinceMs: 0 };
    this.thread.control.requestStop(job.run);
    this.thread.onStopAsked();
  }

  /** Asks the background entry that has the thread to stop. */
  stopEntry(run: number, reason: StopReason | undefined): void {
    if (this.#entryStop?.run === run) return;
    this.#entryStop = { run, reason, sinceMs: 0 };
    this.thread.control.requestStop(run);
    this.thread.onStopAsked();
    this.watch();
  }

  /** Why the background entry that was last asked to stop was. */
  get entryStop(): StopReason | undefined {
    return this.#entryStop?.reason;
  }

  /** A background entry has stopped. */
  entryStopped(run: number): void {
    if (this.#entryStop?.run === run) this.#entryStop = undefined;
  }

  /** Background entries must have left the thread soon. */
  sleep(): void {
    this.#asleepMs = 0;
    this.watch();
  }

  wake(): void {
    this.#asleepMs = undefined;
  }

  /** Looks from now on, for as long as anything runs. */
  watch(): void {
    this.#busyAt = performance.now();
    this.thread.control.setWatched('watched');
    this.watchdog.watch(this);
  }

  /** Looks no more: the thread ends. */
  close(): void {
    this.watchdog.unwatch(this);
  }

  check(now: number, observedMs: number): boolean {
    const { control } = this.thread;
    const occupancy = control.occupancy();
    this.#checkLimits(now, occupancy);
    this.#checkGrace(observedMs, occupancy);
    if (this.#job !== undefined || this.thread.isOpening() || occupancy.running) this.#busyAt = now;
    if (now - this.#busyAt < lingerMs) return true;
    control.setWatched('unwatched');
    // A thread that got busy before it could see that is busy now; any later one says so by a message.
    if (!control.occupancy().running) return false;
    control.setWatched('watched');
    return true;
  }

  #checkLimits(now: number, { run, running, cpuMs }: Occupancy): void {
    const job = this.#job;
    if (job !== undefined && job.stop === undefined) {
      const { limits, startedAt } = job;
      if (limits.wallMs !== 0 && now - startedAt > limits.wallMs)
        this.thread.onLimit(wallLimitReason(limits.wallMs));
      else if (limits.cpuMs !== 0 && run === job.run && cpuMs > limits.cpuMs)
        this.thread.onLimit(cpuLimitReason(limits.cpuMs));
    }
    const { entryCpuMs } = this.thread;
    if (running && !isJobRun(run) && entryCpuMs !== 0 && cpuMs > entryCpuMs)
      this.stopEntry(run, cpuLimitReason(entryCpuMs));
  }

  #checkGrace(observedMs: number, { run, running }: Occupancy): void {
    const entry = this.#entryStop;
    const isEntryOnThread = running && !isJobRun(run);
    if (isEntryOnThread && this.#asleepMs !== undefined && (this.#asleepMs += observedMs) > graceMs) {
      this.stopEntry(run, { code: 'CANCELLED', message: 'The session was put to sleep.' });
    }
    if (isEntryOnThread && entry?.run === run && (entry.sinceMs += observedMs) > graceMs) {
      this.thread.onUnstoppable('Background work could not be stopped');
      return;
    }
    const stop = this.#job?.stop;
    if (stop === undefined || (stop.sinceMs += observedMs) <= graceMs) return;
    if (isEntryOnThread) {
      // The job cannot hear while another execution's timer has the thread: that one must stop first.
      stop.sinceMs = 0;
      this.stopEntry(run, { code: 'CANCELLED', message: 'It kept the session from being stopped.' });
    } else this.thread.onUnstoppable(`${stop.reason.message} It could not be stopped`);
  }
}

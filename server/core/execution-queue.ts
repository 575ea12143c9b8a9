import { VmError } from '../../shared/errors.js';
import type { Limits } from '../../shared/models.js';
import { maxQueuedExecutions } from '../../shared/protocol.js';
import type { CoreContext, StopReason } from './context.js';
import { type Deferred, deferred } from './deferred.js';
import { endingOf, stoppedEnding } from './ending.js';
import { type NewExecution, newExecutionRow } from './execution-row.js';
import type { ExecutionRecord, Job, JobResult, JobSource, SessionRecord } from './ports.js';
import { Recording } from './recording.js';

/** One execution to run, as admitted. */
export interface Submission {
  readonly execution: NewExecution;
  readonly source: JobSource;
  readonly limits: Limits;
  readonly whenBusy: 'fail' | 'queue';
  /** When one of a group does not end well, the rest of it that waits is cancelled. */
  readonly queueGroup?: string | undefined;
  /** Whose going cancels it while it waits. */
  readonly clientId?: string | undefined;
}

/** The session whose executions they are. */
export interface QueueOwner {
  /** Bytes in use on its heap. */
  memoryBytes(): number;
  /** Runs a job in its guest. */
  run(job: Job): Promise<JobResult>;
  /** Stops the job that runs. */
  stop(reason: StopReason): void;
  /** A job has ended. @returns the session's row, to be written with the execution's */
  ended(result: JobResult): SessionRecord;
  /** What runs and how many wait is another than before. */
  onChanged(): void;
}

interface Work {
  readonly submission: Submission;
  readonly recording: Recording;
  readonly done: Deferred<ExecutionRecord>;
}

/**
 * A session's executions: the one that runs, and those that wait for their turn. They run in the order they came; each
 * ends with its row final and durable.
 */
export class ExecutionQueue {
  #current: Work | undefined;
  #waiting: Work[] = [];

  constructor(
    private readonly core: CoreContext,
    private readonly owner: QueueOwner,
  ) {}

  /** The log of the one that runs; undefined while none does. */
  get running(): Recording | undefined {
    return this.#current?.recording;
  }

  /** How many wait. */
  get length(): number {
    return this.#waiting.length;
  }

  /** @throws `SESSION_BUSY`: one runs */
  requireIdle(): void {
    if (this.#current === undefined) return;
    throw busyError(this.#current, 'The session is running an execution; ask again when it has ended.');
  }

  /**
   * Runs it now, or when its turn comes.
   *
   * @returns its final row
   * @throws `SESSION_BUSY`: one runs and it was not to wait, or too many wait; `STORAGE_FAILED`: it should wait, and
   *   cannot be recorded
   */
  submit(submission: Submission): Promise<ExecutionRecord> {
    if (this.#current !== undefined) return this.#wait(submission, this.#current);
    const work = this.#work(submission, 'running');
    this.#start(work);
    return work.done.promise;
  }

  /** Stops it, or takes it from the queue. @returns its final row; undefined when it neither runs nor waits */
  cancel(executionId: string, reason: StopReason): Promise<ExecutionRecord> | undefined {
    const current = this.#current;
    if (current?.recording.id === executionId) {
      this.owner.stop(reason);
      return current.done.promise;
    }
    const waiting = this.#waiting.find((work) => work.recording.id === executionId);
    if (waiting !== undefined) this.#cancelWaiting((work) => work === waiting, reason);
    return waiting?.done.promise;
  }

  /** Takes these from the queue. */
  cancelWaiting(which: (submission: Submission) => boolean, reason: StopReason): void {
    this.#cancelWaiting(({ submission }) => which(submission), reason);
  }

  /** Stops what runs. @returns whether something did, when it has ended, however it did */
  async stopRunning(reason: StopReason): Promise<boolean> {
    const current = this.#current;
    if (current === undefined) return false;
    this.owner.stop(reason);
    // Its own caller hears of a failure to record it.
    await Promise.allSettled([current.done.promise]);
    return true;
  }

  #work(submission: Submission, status: 'queued' | 'running'): Work {
    const row = newExecutionRow(submission.execution, status);
    return {
      submission,
      done: deferred(),
      recording: new Recording(this.core, row, submission.limits, (reason) => this.owner.stop(reason)),
    };
  }

  #wait(submission: Submission, running: Work): Promise<ExecutionRecord> {
    if (submission.whenBusy === 'fail') {
      throw busyError(
        running,
        'The session is running another execution; wait for it, cancel it, or ask to be queued.',
      );
    }
    if (this.#waiting.length >= maxQueuedExecutions) {
      throw busyError(
        running,
        `${maxQueuedExecutions} executions already wait in this session; wait for some, or cancel them.`,
      );
    }
    const work = this.#work(submission, 'queued');
    work.recording.enqueue();
    this.#waiting.push(work);
    this.owner.onChanged();
    return work.done.promise;
  }

  #start(work: Work): void {
    this.#current = work;
    work.recording.start(this.owner.memoryBytes());
    this.owner.onChanged();
    this.#run(work).then(work.done.resolve, work.done.reject);
  }

  async #run({ recording, submission }: Work): Promise<ExecutionRecord> {
    const { id, args, env } = recording.row;
    const { source, limits } = submission;
    const running = this.owner.run({ executionId: id, source, args, env, limits });
    const { input } = submission.execution;
    // The first event, as the guest's come by message; but not before the job, which an echo over the limits stops.
    // Nobody waits for the echo alone: it is durable with what follows it.
    if (input !== undefined) void recording.append([{ type: 'input_echo', payload: { text: input } }]);
    const result = await running;
    const session = this.owner.ended(result);
    this.#current = undefined;
    try {
      return recording.finish(endingOf(result), () => this.core.store.sessions.update(session));
    } finally {
      this.#next(recording.row, submission.queueGroup);
    }
  }

  /** Goes on with the queue, less what belongs to a group that failed. */
  #next(ended: ExecutionRecord, group: string | undefined): void {
    if (ended.status !== 'ok' && group !== undefined) {
      this.cancelWaiting(({ queueGroup }) => queueGroup === group, {
        code: 'CANCELLED',
        message: 'An earlier execution of its group did not end well.',
      });
    }
    this.#refuseUnrecordable();
    const next = this.#waiting.shift();
    if (next !== undefined) this.#start(next);
    else this.owner.onChanged();
  }

  /** What waits does not begin while the disk takes no writes. */
  #refuseUnrecordable(): void {
    if (this.#waiting.length === 0) return;
    try {
      this.core.state.requireStorage();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.cancelWaiting(() => true, { code: 'STORAGE_FAILED', message });
    }
  }

  #cancelWaiting(which: (work: Work) => boolean, reason: StopReason): void {
    const cancelled = this.#waiting.filter(which);
    if (cancelled.length === 0) return;
    this.#waiting = this.#waiting.filter((work) => !which(work));
    for (const { recording, done } of cancelled) {
      try {
        done.resolve(recording.finish(stoppedEnding(reason)));
      } catch (error) {
        done.reject(error);
      }
    }
    this.owner.onChanged();
  }
}

function busyError({ recording }: Work, message: string): VmError {
  return new VmError('SESSION_BUSY', message, { executionId: recording.id });
}

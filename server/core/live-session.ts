import { VmError } from '../../shared/errors.js';
import type { Capability, EventBody, Limits } from '../../shared/models.js';
import { maxQueuedExecutions } from '../../shared/protocol.js';
import { Background } from './background.js';
import type { KeptState } from './checkpoints/keeper.js';
import { resolveLibraries } from './catalog/libraries.js';
import { type CoreContext, now, type StopReason } from './context.js';
import { type Deferred, deferred } from './deferred.js';
import { endingOf, stoppedEnding } from './ending.js';
import { type NewExecution, newExecutionRow } from './execution-row.js';
import type {
  BackgroundState,
  ExecutionRecord,
  HeapImage,
  JobSource,
  LiveRuntime,
  RestoredState,
  RuntimeObserver,
  SessionRecord,
} from './ports.js';
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

interface Work {
  readonly submission: Submission;
  readonly recording: Recording;
  readonly done: Deferred<ExecutionRecord>;
}

/** What a live session reports to its keeper. */
export interface LiveSessionObserver {
  /** `busy`, `queued` or the row's figures changed. */
  onChanged(): void;
  /** The guest is gone; every execution is settled. */
  onLost(reason: string): void;
}

/**
 * A session that can run: its guest, the one running execution, and those that wait for their turn. Executions run in
 * the order they came; each ends with its row final and durable.
 */
export class LiveSession {
  #runtime: LiveRuntime | undefined;
  #current: Work | undefined;
  #queue: Work[] = [];
  #admission: 'open' | StopReason = 'open';
  /** The execution that the guest's last image is the state after. */
  #lastExecutionId: string | undefined;
  /** Settles when no timer and no operation is left; undefined while there is none. */
  #quiet: Deferred<void> | undefined;
  readonly #background: Background;

  /** @param record the session's row; its figures are kept fresh here */
  constructor(
    private readonly core: CoreContext,
    public record: SessionRecord,
    private readonly observer: LiveSessionObserver,
  ) {
    this.#background = new Background(
      core,
      () => this.record,
      () => this.#runtime?.stopBackground(),
    );
  }

  /** Why it takes no more work; undefined while it does. */
  get ended(): StopReason | undefined {
    return this.#admission === 'open' ? undefined : this.#admission;
  }

  get busy(): boolean {
    return this.#current !== undefined;
  }

  get queued(): number {
    return this.#queue.length;
  }

  get memoryBytes(): number {
    return this.record.memoryBytes ?? 0;
  }

  /** Nothing runs or waits, and no timer or operation of it is under way. */
  get isIdle(): boolean {
    return (
      this.record.status === 'ready' &&
      this.#admission === 'open' &&
      this.#current === undefined &&
      this.#queue.length === 0 &&
      this.#quiet === undefined
    );
  }

  /**
   * Starts the guest: kernel, libraries and grants; or has it go on from a kept state.
   *
   * @throws as `Runtime.open`
   */
  async open(from?: RestoredState): Promise<void> {
    const { snapshot, id, worktreePath } = this.record;
    const spec = {
      sessionId: id,
      root: worktreePath,
      settings: snapshot.settings,
      libraries: resolveLibraries(snapshot.libraries, snapshot.capabilities),
      capabilities: snapshot.capabilities,
    };
    const observer: RuntimeObserver = {
      onEvents: (executionId, events) => this.#onEvents(executionId, events),
      onImage: (image, executionId) => this.#onImage(image, executionId),
      onBackground: (state) => this.#onBackground(state),
      onLost: (reason) => this.#onLost(reason),
    };
    const { runtime } = this.core;
    this.#lastExecutionId = from?.executionId;
    this.#runtime = await (from === undefined
      ? runtime.open(spec, observer)
      : runtime.restore(spec, from, observer));
    if (!this.core.state.isTrusted) this.#runtime.sleep();
    // Taken away while it started.
    if (this.record.snapshot.capabilities !== snapshot.capabilities) {
      this.#runtime.narrow(this.record.snapshot.capabilities);
    }
    if (this.#admission !== 'open') {
      await this.#runtime.close();
      throw this.#refusal(this.#admission);
    }
  }

  /**
   * Runs it now, or when its turn comes.
   *
   * @returns its execution's final row
   * @throws `SESSION_BUSY`: one runs and it was not to wait, or too many wait; `SESSION_NOT_READY`: it takes no more
   *   work; `WORKSPACE_NOT_TRUSTED`; `STORAGE_FAILED`: it should wait, and cannot be recorded
   */
  submit(submission: Submission): Promise<ExecutionRecord> {
    if (this.#admission !== 'open') throw this.#refusal(this.#admission);
    this.core.state.requireTrusted();
    if (this.#current !== undefined) return this.#wait(submission, this.#current);
    const work = this.#work(submission, 'running');
    this.#start(work);
    return work.done.promise;
  }

  /** The guest, while nothing runs in it. @throws `SESSION_BUSY`, `SESSION_NOT_READY` */
  idleRuntime(): LiveRuntime {
    if (this.#admission !== 'open') throw this.#refusal(this.#admission);
    if (this.#runtime === undefined) throw new Error('A session was asked before it was open');
    if (this.#current === undefined) return this.#runtime;
    throw new VmError('SESSION_BUSY', 'The session is running an execution; ask again when it has ended.', {
      executionId: this.#current.recording.id,
    });
  }

  /**
   * Cancels an execution of this session that runs, waits or is what is left of an ended one.
   *
   * @returns its final row; undefined when it is none of these
   */
  cancel(executionId: string): Promise<ExecutionRecord> | ExecutionRecord | undefined {
    const reason: StopReason = { code: 'CANCELLED', message: 'Cancelled on request.' };
    const current = this.#current;
    if (current?.recording.id === executionId) {
      this.#runtime?.stop(reason.code, reason.message);
      return current.done.promise;
    }
    const waiting = this.#queue.find((work) => work.recording.id === executionId);
    if (waiting === undefined) return this.#background.cancel(executionId, reason);
    this.#cancelWaiting((work) => work === waiting, reason);
    return waiting.done.promise;
  }

  /** Makes the row of the running execution durable now if it is this one, so that it can be read in the store. */
  store(executionId: string): void {
    if (this.#current?.recording.id === executionId) this.#current.recording.store();
  }

  /**
   * Stops the running execution; the guest keeps its state.
   *
   * @returns whether one was running, when it has ended
   */
  async interrupt(queued: 'keep' | 'cancel'): Promise<boolean> {
    if (queued === 'cancel') {
      this.#cancelWaiting(() => true, { code: 'CANCELLED', message: 'Cancelled by an interrupt.' });
    }
    const current = this.#current;
    if (current === undefined) return false;
    this.#runtime?.stop('CANCELLED', 'Interrupted.');
    await settled(current);
    return true;
  }

  /**
   * Nothing of the guest runs from now on: what waits is cancelled, what runs is stopped, and timers and operations are
   * held back until {@link wake}.
   *
   * @param reason why what runs is stopped
   */
  sleep(reason: StopReason): void {
    this.#cancelWaiting(() => true, reason);
    this.#runtime?.sleep();
    this.#runtime?.stop(reason.code, reason.message);
  }

  /** Timers and operations go on; those that are late come once each. */
  wake(): void {
    this.#runtime?.wake();
  }

  /** Settles when nothing is left that may yet call guest code, or the guest is gone. */
  async untilQuiet(): Promise<void> {
    while (this.#quiet !== undefined) await this.#quiet.promise;
  }

  /** Goes by fewer capabilities at once. @param capabilities what its row has by now */
  narrow(capabilities: readonly Capability[]): void {
    this.record = { ...this.record, snapshot: { ...this.record.snapshot, capabilities } };
    this.#runtime?.narrow(capabilities);
  }

  /** A client went: what it queued is cancelled, what runs goes on. */
  clientGone(clientId: string): void {
    this.#cancelWaiting((work) => work.submission.clientId === clientId, {
      code: 'CANCELLED',
      message: 'Its client went away before its turn.',
    });
  }

  /**
   * Stops admission, cancels what waits, stops what runs, commits its row, and ends the guest. Idempotent; the first
   * reason stands.
   */
  async shutDown(reason: StopReason): Promise<void> {
    await this.#halt(reason);
    // The guest's last words come while it is closed.
    await this.#runtime?.close();
    this.#becomeQuiet();
    this.#background.close();
  }

  /** Ends as {@link shutDown} does, and has the guest's last state kept before. */
  async suspend(reason: StopReason): Promise<void> {
    await this.#halt(reason);
    // A timer that does not end would keep the state from being taken.
    this.#runtime?.sleep();
    try {
      await this.keepState();
    } catch (error) {
      // The state that was kept before stands.
      this.core.log.error('The last state of a session could not be taken', error);
    }
    await this.shutDown(reason);
  }

  /**
   * The guest's state as it is. Only while nothing runs.
   *
   * @throws `SESSION_BUSY`
   */
  async state(): Promise<KeptState> {
    if (this.#current !== undefined) throw this.#busyError(this.#current);
    const image = await this.#runtime?.image();
    if (image === undefined) throw new Error('The session has no guest');
    return { image, executionId: this.#lastExecutionId };
  }

  /** Has the guest's state kept as it is. Only while nothing runs. @throws `SESSION_BUSY` */
  async keepState(): Promise<void> {
    const { image, executionId } = await this.state();
    this.core.keeper.keep(this.record.id, image, executionId);
  }

  /** Says something about the session itself. @param causedBy the execution that it has to do with */
  notice(causedBy: string | undefined, message: string): void {
    this.#background
      .append(causedBy ?? '', [{ type: 'system', payload: { level: 'info', message, code: 'WOKEN' } }])
      .catch((error: unknown) => this.core.log.error('A notice could not be recorded', error));
  }

  /** Stops admission, cancels what waits, stops what runs, and waits until its row is final. */
  async #halt(reason: StopReason): Promise<void> {
    if (this.#admission === 'open') this.#admission = reason;
    this.#cancelWaiting(() => true, reason);
    const current = this.#current;
    if (current !== undefined) {
      this.#runtime?.stop(reason.code, reason.message);
      await settled(current);
    }
  }

  #refusal({ message }: StopReason): VmError {
    return new VmError('SESSION_NOT_READY', `The session takes no more work: ${message}`, {
      sessionId: this.record.id,
    });
  }

  #busyError({ recording }: Work): VmError {
    return new VmError(
      'SESSION_BUSY',
      'The session is running another execution; wait for it, cancel it, or ask to be queued.',
      { executionId: recording.id },
    );
  }

  #work(submission: Submission, status: 'queued' | 'running'): Work {
    const row = newExecutionRow(submission.execution, status);
    return {
      submission,
      done: deferred(),
      recording: new Recording(this.core, row, submission.limits, (reason) =>
        this.#runtime?.stop(reason.code, reason.message),
      ),
    };
  }

  #wait(submission: Submission, running: Work): Promise<ExecutionRecord> {
    if (submission.whenBusy === 'fail') throw this.#busyError(running);
    if (this.#queue.length >= maxQueuedExecutions) {
      throw new VmError(
        'SESSION_BUSY',
        `${maxQueuedExecutions} executions already wait in this session; wait for some, or cancel them.`,
        { executionId: running.recording.id },
      );
    }
    const work = this.#work(submission, 'queued');
    work.recording.enqueue();
    this.#queue.push(work);
    this.observer.onChanged();
    return work.done.promise;
  }

  #start(work: Work): void {
    this.#current = work;
    work.recording.start(this.memoryBytes);
    this.observer.onChanged();
    this.#run(work).then(work.done.resolve, work.done.reject);
  }

  async #run({ recording, submission }: Work): Promise<ExecutionRecord> {
    if (this.#runtime === undefined) throw new Error('An execution was admitted before its session was open');
    const { id, args, env } = recording.row;
    const { source, limits } = submission;
    const running = this.#runtime.run({ executionId: id, source, args, env, limits });
    const { input } = submission.execution;
    // The first event, as the guest's come by message; but not before the job, which an echo over the limits stops.
    // Nobody waits for the echo alone: it is durable with what follows it.
    if (input !== undefined) void recording.append([{ type: 'input_echo', payload: { text: input } }]);
    const result = await running;
    this.record = { ...this.record, memoryBytes: result.memoryBytes, lastUsedAt: now() };
    this.#current = undefined;
    try {
      return recording.finish(endingOf(result), () => this.core.store.sessions.update(this.record));
    } finally {
      this.#next(recording.row, submission.queueGroup);
    }
  }

  /** Goes on with the queue, less what belongs to a group that failed. */
  #next(ended: ExecutionRecord, group: string | undefined): void {
    if (ended.status !== 'ok' && group !== undefined) {
      this.#cancelWaiting((work) => work.submission.queueGroup === group, {
        code: 'CANCELLED',
        message: 'An earlier execution of its group did not end well.',
      });
    }
    this.#refuseUnrecordable();
    const next = this.#queue.shift();
    if (next !== undefined) this.#start(next);
    else this.observer.onChanged();
  }

  /** What waits does not begin while the disk takes no writes. */
  #refuseUnrecordable(): void {
    if (this.#queue.length === 0) return;
    try {
      this.core.state.requireStorage();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#cancelWaiting(() => true, { code: 'STORAGE_FAILED', message });
    }
  }

  #cancelWaiting(which: (work: Work) => boolean, reason: StopReason): void {
    const cancelled = this.#queue.filter(which);
    if (cancelled.length === 0) return;
    this.#queue = this.#queue.filter((work) => !which(work));
    for (const { recording, done } of cancelled) {
      try {
        done.resolve(recording.finish(stoppedEnding(reason)));
      } catch (error) {
        done.reject(error);
      }
    }
    this.observer.onChanged();
  }

  #onEvents(executionId: string, events: readonly EventBody[]): Promise<void> {
    const current = this.#current;
    return current?.recording.id === executionId
      ? current.recording.append(events)
      : this.#background.append(executionId, events);
  }

  /** What comes while the session starts is no state to go on from. */
  #onImage(image: HeapImage, executionId: string | undefined): void {
    this.#lastExecutionId = executionId;
    if (this.record.status === 'ready') this.core.keeper.keep(this.record.id, image, executionId);
  }

  #onBackground(state: BackgroundState): void {
    if (state === 'armed') this.#quiet ??= deferred<void>();
    else this.#becomeQuiet();
  }

  #becomeQuiet(): void {
    const quiet = this.#quiet;
    this.#quiet = undefined;
    quiet?.resolve();
  }

  #onLost(reason: string): void {
    this.#becomeQuiet();
    const crash: StopReason = { code: 'SESSION_CRASHED', message: reason };
    if (this.#admission === 'open') this.#admission = crash;
    this.#cancelWaiting(() => true, crash);
    this.#background.close();
    this.observer.onLost(reason);
  }
}

/** Waits for an execution's end, whichever it is; its own caller hears of a failure to record it. */
async function settled({ done }: Work): Promise<void> {
  await Promise.allSettled([done.promise]);
}

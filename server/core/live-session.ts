import { VmError } from '../../shared/errors.js';
import type { Capability, EventBody } from '../../shared/models.js';
import { Background } from './background.js';
import type { KeptState } from './checkpoints/keeper.js';
import { resolveLibraries } from './catalog/libraries.js';
import { type CoreContext, now, type StopReason } from './context.js';
import { type Deferred, deferred } from './deferred.js';
import { ExecutionQueue, type QueueOwner, type Submission } from './execution-queue.js';
import { toExecution } from './execution-row.js';
import type {
  BackgroundState,
  ExecutionRecord,
  HeapImage,
  LiveRuntime,
  RestoredState,
  RuntimeObserver,
  SessionRecord,
  StatePoint,
} from './ports.js';

/** What a live session reports to its keeper. */
export interface LiveSessionObserver {
  /** `busy`, `queued` or the row's figures changed. */
  onChanged(): void;
  /** The guest is gone; every execution is settled. */
  onLost(reason: string): void;
}

/** A session that can run: its guest, and what runs in it, now and in the background. */
export class LiveSession {
  #runtime: LiveRuntime | undefined;
  readonly #queue: ExecutionQueue;
  readonly #background: Background;
  #admission: 'open' | StopReason = 'open';
  /** Where the guest's last image stands in the session's history. */
  #point: StatePoint | undefined;
  /** Settles when no timer and no operation is left; undefined while there is none. */
  #quiet: Deferred<void> | undefined;

  /** @param record the session's row; its figures are kept fresh here */
  constructor(
    private readonly core: CoreContext,
    public record: SessionRecord,
    private readonly observer: LiveSessionObserver,
  ) {
    this.#queue = new ExecutionQueue(core, this.#queueOwner());
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
    return this.#queue.running !== undefined;
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
      !this.busy &&
      this.queued === 0 &&
      this.#quiet === undefined
    );
  }

  /**
   * Starts the guest: kernel, libraries and grants; or has it go on from a kept state. It sleeps until {@link wake}.
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
      onRolledBack: (executionId) => this.#onRolledBack(executionId),
      onBackground: (state) => this.#onBackground(state),
      onLost: (reason) => this.#onLost(reason),
    };
    const { runtime } = this.core;
    this.#noteState(from?.executionId);
    this.#runtime = await (from === undefined
      ? runtime.open(spec, observer)
      : runtime.restore(spec, from, observer));
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
    return this.#queue.submit(submission);
  }

  /** The guest, while nothing runs in it. @throws `SESSION_BUSY`, `SESSION_NOT_READY` */
  idleRuntime(): LiveRuntime {
    if (this.#admission !== 'open') throw this.#refusal(this.#admission);
    if (this.#runtime === undefined) throw new Error('A session was asked before it was open');
    this.#queue.requireIdle();
    return this.#runtime;
  }

  /**
   * Cancels an execution of this session that runs, waits or is what is left of an ended one.
   *
   * @returns its final row; undefined when it is none of these
   */
  cancel(executionId: string): Promise<ExecutionRecord> | ExecutionRecord | undefined {
    const reason: StopReason = { code: 'CANCELLED', message: 'Cancelled on request.' };
    return this.#queue.cancel(executionId, reason) ?? this.#background.cancel(executionId, reason);
  }

  /** Makes the row of the running execution durable now if it is this one, so that it can be read in the store. */
  store(executionId: string): void {
    const { running } = this.#queue;
    if (running?.id === executionId) running.store();
  }

  /**
   * Stops the running execution; the guest keeps its state.
   *
   * @returns whether one was running, when it has ended
   */
  async interrupt(queued: 'keep' | 'cancel'): Promise<boolean> {
    if (queued === 'cancel')
      this.#queue.cancelWaiting(() => true, { code: 'CANCELLED', message: 'Cancelled by an interrupt.' });
    return this.#queue.stopRunning({ code: 'CANCELLED', message: 'Interrupted.' });
  }

  /**
   * Nothing of the guest runs from now on: what waits is cancelled, what runs is stopped, and timers and operations are
   * held back until {@link wake}.
   *
   * @param reason why what runs is stopped
   */
  sleep(reason: StopReason): void {
    this.#queue.cancelWaiting(() => true, reason);
    this.#runtime?.sleep();
    this.#runtime?.stop(reason.code, reason.message);
  }

  /** Timers and operations go on, if the workspace is trusted; those that are late come once each. */
  wake(): void {
    if (this.core.state.isTrusted) this.#runtime?.wake();
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
    this.#queue.cancelWaiting((submission) => submission.clientId === clientId, {
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
    this.#queue.requireIdle();
    const image = await this.#runtime?.image();
    if (image === undefined) throw new Error('The session has no guest');
    return { image, executionId: this.#point?.executionId };
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
    this.#queue.cancelWaiting(() => true, reason);
    await this.#queue.stopRunning(reason);
  }

  #refusal({ message }: StopReason): VmError {
    return new VmError('SESSION_NOT_READY', `The session takes no more work: ${message}`, {
      sessionId: this.record.id,
    });
  }

  #queueOwner(): QueueOwner {
    return {
      memoryBytes: () => this.memoryBytes,
      run: (job) => {
        if (this.#runtime === undefined)
          throw new Error('An execution was admitted before its session was open');
        return this.#runtime.run(job);
      },
      stop: ({ code, message }) => this.#runtime?.stop(code, message),
      ended: (result) => {
        this.record = { ...this.record, memoryBytes: result.memoryBytes, lastUsedAt: now() };
        return this.record;
      },
      onChanged: () => this.observer.onChanged(),
    };
  }

  #onEvents(executionId: string, events: readonly EventBody[]): Promise<void> {
    const { running } = this.#queue;
    return running?.id === executionId
      ? running.append(events)
      : this.#background.append(executionId, events);
  }

  /** What comes while the session starts is no state to go on from. */
  #onImage(image: HeapImage, executionId: string | undefined): void {
    try {
      this.#noteState(executionId);
      if (this.record.status === 'ready') this.core.keeper.keep(this.record.id, image, executionId);
    } catch (error) {
      // The one that was kept before stands.
      this.core.log.error('A state of a session could not be taken over', error);
    }
  }

  /** The guest has come to a state that it can go on from. */
  #noteState(executionId: string | undefined): void {
    const timeline = this.core.store.executions.timeline(this.record.id);
    this.#point = { timeline, executionId, at: now() };
  }

  /** What is not in the state that the guest goes on from is marked. @param lost the execution that was running */
  #onRolledBack(lost: string | undefined): void {
    if (this.#point === undefined) return;
    const { executions } = this.core.store;
    const { running } = this.#queue;
    // What is not in the store yet would come to it on the line that begins now.
    if (running?.id === lost) running?.store();
    this.#background.close();
    try {
      const waiting = running?.id === lost ? undefined : running?.id;
      for (const execution of executions.goBack(this.record.id, this.#point, waiting)) {
        if (execution.id === running?.id) running.rewind();
        else this.core.changes.emit({ kind: 'execution', execution: toExecution(execution) });
      }
      this.#noteState(this.#point.executionId);
    } catch (error) {
      this.core.log.error('A roll-back could not be recorded', error);
    }
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
    this.#queue.cancelWaiting(() => true, crash);
    this.#background.close();
    this.observer.onLost(reason);
  }
}

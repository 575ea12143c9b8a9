import { receiveMessageOnPort } from 'node:worker_threads';
import { VmError } from '../../shared/errors.js';
import type {
  CompletionQuery,
  Job,
  JobOutcome,
  JobResult,
  LiveRuntime,
  RuntimeObserver,
  RuntimeSpec,
  VariablesQuery,
} from '../core/ports.js';
import { type Deferred, deferred } from '../core/deferred.js';
import { isJobRun } from './control-block.js';
import { EventFeed } from './event-feed.js';
import { languageOf, runSourceOf } from './job-source.js';
import type {
  FromWorker,
  GuestOrigin,
  OpenMessage,
  RunOutcome,
  RunSource,
  StopCause,
  ToWorker,
} from './messages.js';
import { Overseer, type OverseenThread } from './overseer.js';
import type { RuntimeLog } from './runtime-log.js';
import { SessionInspection, type SpecifierList } from './session-inspection.js';
import type { HostServices } from './services/host-services.js';
import { OperationServer } from './services/operations.js';
import type { TypeScript } from './services/typescript.js';
import { crashReason, memoryLimitReason, type StopReason } from './stop-reason.js';
import { withStripped } from './stripped-text.js';
import type { PooledThread, ThreadPool } from './thread-pool.js';
import type { Watchdog } from './watchdog.js';

interface RunningJob {
  readonly run: number;
  readonly limits: Job['limits'];
  readonly startedAt: number;
  readonly settle: (result: JobResult) => void;
  /** While its types are stripped: its session's thread has not heard of it yet. */
  stripping?: AbortController | undefined;
}

/** How a thread was lost. */
export interface Loss {
  readonly reason: string;
  /** The ended execution whose background work could not be stopped. */
  readonly culprit: string | undefined;
}

export interface ThreadObserver extends Pick<RuntimeObserver, 'onEvents' | 'onImage' | 'onBackground'> {
  /** The thread is gone, and its running job is settled. */
  onLost(loss: Loss): void;
}

export interface ThreadOwner {
  readonly pool: ThreadPool;
  readonly typescript: TypeScript;
  readonly watchdog: Watchdog;
  readonly log: RuntimeLog;
  /** What this session may import. */
  readonly specifiers: SpecifierList;
  /** What guest code may have done while it goes on. */
  readonly services: HostServices;
  /** Guest code is being stopped: what it waits for must end, too. */
  onStop(): void;
  /** Names of the native modules that may be imported. */
  modules(): readonly string[];
  /** Called once, when the thread is gone. */
  onEnded(): void;
}

/** The main thread's side of a session's thread: runs its jobs, holds it to its limits, and ends it when it must. */
export class SessionThread {
  #job: RunningJob | undefined;
  #lastRun = 0;
  #memoryBytes = 0;
  #opened: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #ended: Promise<void> | undefined;
  #loss: Loss | undefined;
  #imageWaiters: Deferred<void>[] = [];
  readonly #inspection: SessionInspection;
  readonly #operations: OperationServer;
  readonly #overseer: Overseer;
  readonly #events: EventFeed;

  constructor(
    private readonly thread: PooledThread,
    private readonly spec: RuntimeSpec,
    private readonly observer: ThreadObserver,
    private readonly owner: ThreadOwner,
  ) {
    this.#operations = new OperationServer(
      owner.services,
      (reply, transfer) => thread.port.postMessage({ type: 'settled', reply } satisfies ToWorker, transfer),
      owner.log,
    );
    this.#events = new EventFeed(thread, observer, owner.log);
    this.#overseer = new Overseer(this.#overseen(), owner.watchdog);
    this.#inspection = new SessionInspection((message) => this.#post(message), spec.root, owner.specifiers);
    thread.port.on('message', (message: FromWorker) => this.#receive(message));
    thread.worker.once('error', (error) => this.#lose(`Its thread failed: ${error.message}`));
    thread.worker.once('exit', () => this.#lose('Its thread ended'));
  }

  /** Why it can run nothing any more; undefined while it can. */
  get loss(): Loss | undefined {
    return this.#loss;
  }

  /**
   * Makes the thread the session's. It sleeps until {@link wake}, so that nothing that waits in the guest's image enters
   * before it may.
   *
   * @throws `STARTUP_FAILED`: a library threw, or did not come to an end
   */
  async open(
    origin: GuestOrigin,
    { modules, globals }: Pick<OpenMessage, 'modules' | 'globals'>,
  ): Promise<void> {
    const opened = new Promise<void>((resolve, reject) => {
      this.#opened = { resolve, reject };
    });
    this.#overseer.watch();
    this.thread.control.setAsleep('asleep');
    this.#post({ type: 'open', settings: this.spec.settings, modules, globals, origin });
    try {
      await opened;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  run(job: Job): Promise<JobResult> {
    const startedAt = performance.now();
    return new Promise((resolve) => {
      if (this.#ended !== undefined) {
        const outcome = stopped({ code: 'SESSION_CRASHED', message: "The session's thread is gone." });
        resolve({ outcome, cpuMs: 0, wallMs: 0, memoryBytes: 0 });
        return;
      }
      if (this.#job !== undefined) throw new Error('A job runs in this session already');
      this.#lastRun += 2;
      const running: RunningJob = { run: this.#lastRun, limits: job.limits, startedAt, settle: resolve };
      this.#job = running;
      this.#overseer.begin(running);
      const source = runSourceOf(job.source, this.spec.root);
      if (languageOf(job.source) === 'javascript') this.#start(running, job, source);
      else void this.#strip(running, job, source);
    });
  }

  #start({ run }: RunningJob, { executionId, args, env, limits }: Job, source: RunSource): void {
    this.#post({ type: 'run', run, executionId, source, args, env, memMb: limits.memMb });
  }

  /** Never rejects. */
  async #strip(running: RunningJob, job: Job, source: RunSource): Promise<void> {
    const { signal } = (running.stripping = new AbortController());
    const fileName = source.kind === 'file' ? source.path : '';
    const stripped = await this.owner.typescript.strip(source.text, { fileName, signal });
    if (this.#job !== running || this.#ended !== undefined) return;
    running.stripping = undefined;
    this.#start(running, job, withStripped(source, stripped));
  }

  stop(code: StopReason['code'], message: string): void {
    this.#stopJob({ code, message });
  }

  variables(query: VariablesQuery): ReturnType<LiveRuntime['variables']> {
    return this.#inspection.variables(query);
  }

  complete(query: CompletionQuery): ReturnType<LiveRuntime['complete']> {
    return this.#inspection.complete(query);
  }

  stopBackground(): void {
    if (this.#ended !== undefined) return;
    const { run, running } = this.thread.control.occupancy();
    this.thread.control.requestBackgroundStop();
    if (running && !isJobRun(run)) this.#overseer.stopEntry(run, undefined);
    this.#post({ type: 'stopBackground' });
  }

  /** Something was taken away: the thread hears of what may be imported still. */
  narrow(): void {
    if (this.#ended !== undefined) return;
    this.#post({ type: 'narrow', modules: this.owner.modules() });
  }

  sleep(): void {
    if (this.#ended !== undefined) return;
    this.thread.control.setAsleep('asleep');
    this.#overseer.sleep();
  }

  wake(): void {
    if (this.#ended !== undefined) return;
    this.thread.control.setAsleep('awake');
    this.#overseer.wake();
    this.#post({ type: 'wake' });
  }

  /** Has the observer told of the guest as it is now. Only between jobs. @throws when the guest is lost meanwhile */
  async refreshImage(): Promise<void> {
    if (this.#ended !== undefined) throw new Error("The session's thread is gone");
    const waiter = deferred<void>();
    this.#imageWaiters.push(waiter);
    this.#overseer.watch();
    this.#post({ type: 'image' });
    await waiter.promise;
  }

  async close(): Promise<void> {
    this.#ended ??= this.#end({ code: 'SESSION_CLOSED', message: 'The session was closed.' });
    await this.#ended;
  }

  #overseen(): OverseenThread {
    return {
      control: this.thread.control,
      entryCpuMs: this.spec.settings.limits.cpuMs,
      isOpening: () => this.#opened !== undefined,
      onLimit: (reason) => this.#stopJob(reason),
      onStopAsked: () => this.owner.onStop(),
      onUnstoppable: (why) => this.#lose(why),
    };
  }

  #stopJob(reason: StopReason): void {
    const job = this.#job;
    if (job === undefined || this.#overseer.jobStop !== undefined || this.#ended !== undefined) return;
    if (job.stripping !== undefined) {
      job.stripping.abort();
      this.#jobEnded();
      const wallMs = performance.now() - job.startedAt;
      job.settle({ outcome: stopped(reason), cpuMs: 0, wallMs, memoryBytes: this.#memoryBytes });
      return;
    }
    this.#overseer.stopJob(reason);
    this.#post({ type: 'stop' });
  }

  #jobEnded(): void {
    this.#job = undefined;
    this.#overseer.end();
  }

  // ---------------------------------------------------------------- messages

  #post(message: ToWorker): void {
    this.thread.port.postMessage(message);
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'opened':
        this.#opened?.resolve();
        this.#opened = undefined;
        break;
      case 'openFailed':
        this.#failToOpen(`The library ${message.library} failed: ${message.message}`);
        break;
      case 'events':
        this.#events.deliver(message);
        break;
      case 'image':
        this.observer.onImage(message.image, message.executionId);
        this.#tellImageWaiters();
        break;
      case 'imageIsCurrent':
        this.#tellImageWaiters();
        break;
      case 'done':
        // For memory it stopped by itself.
        if (message.outcome.kind === 'stopped' && message.outcome.cause === 'memory') this.owner.onStop();
        this.#settle(message.outcome, message.cpuMs, message.memoryBytes);
        break;
      case 'entered':
        if (this.#ended === undefined) this.#overseer.watch();
        break;
      case 'background':
        this.observer.onBackground(message.state);
        break;
      case 'entryStopped':
        if (message.cause === 'memory') this.owner.onStop();
        this.#reportEntryStopped(message.run, message.executionId, message.cause);
        break;
      case 'operation':
        if (this.#ended === undefined) this.#operations.start(message.call);
        break;
      case 'operationsOver':
        this.#operations.over(message.ids);
        break;
      case 'answered':
        this.#inspection.answered(message.id, message.answer);
        break;
      case 'lost':
        this.#lose(message.reason, message.cause === 'memory' ? this.#memoryReason : undefined);
        break;
    }
  }

  #reportEntryStopped(run: number, executionId: string, cause: StopCause): void {
    const reason = cause === 'memory' ? this.#memoryReason : this.#overseer.entryStop;
    this.#overseer.entryStopped(run);
    if (reason !== undefined && executionId !== '') this.#events.reportStop(executionId, reason);
  }

  #settle(outcome: RunOutcome, cpuMs: number, memoryBytes: number): void {
    const job = this.#job;
    this.#memoryBytes = memoryBytes;
    if (job === undefined) return;
    const requested = this.#overseer.jobStop ?? crashReason('The execution was stopped');
    this.#jobEnded();
    const settled: JobOutcome =
      outcome.kind !== 'stopped'
        ? outcome
        : stopped(outcome.cause === 'memory' ? memoryLimitReason(job.limits.memMb) : requested);
    job.settle({ outcome: settled, cpuMs, wallMs: performance.now() - job.startedAt, memoryBytes });
  }

  #tellImageWaiters(): void {
    for (const { resolve } of this.#imageWaiters.splice(0)) resolve();
  }

  get #memoryReason(): StopReason {
    return memoryLimitReason(this.spec.settings.limits.memMb);
  }

  #failToOpen(message: string): void {
    this.#opened?.reject(new VmError('STARTUP_FAILED', message, { sessionId: this.spec.sessionId }));
    this.#opened = undefined;
  }

  // ---------------------------------------------------------------- the end

  /** The guest is gone, or must go. @param reason why the running job ends, when nobody had asked it to */
  #lose(reason: string, stopReason: StopReason = crashReason(reason)): void {
    if (this.#ended !== undefined) return;
    const wasOpen = this.#opened === undefined;
    const background = this.#backgroundOnThread();
    const loss: Loss = { reason: `${reason}.`, culprit: background };
    this.#loss = loss;
    this.#failToOpen(`The session could not start: ${reason}`);
    this.#ended = this.#end(this.#overseer.jobStop ?? stopReason).then(() => {
      if (background !== undefined)
        this.#events.reportStop(background, this.#overseer.entryStop ?? stopReason);
      // The settled job is seen to first.
      if (wasOpen) setImmediate(() => this.observer.onLost(loss));
    });
    this.#ended.catch((error: unknown) =>
      this.owner.log.error("A session's thread could not be ended", error),
    );
  }

  /** The ended execution whose code had the thread last, which is why the guest is lost; undefined for a job. */
  #backgroundOnThread(): string | undefined {
    const { control } = this.thread;
    const { run, running } = control.occupancy();
    return isJobRun(run) || !running || control.owner === '' ? undefined : control.owner;
  }

  /** Ends the thread, takes what it had still to say, and settles its job. */
  async #end(reason: StopReason): Promise<void> {
    this.#overseer.close();
    this.#inspection.end();
    const job = this.#job;
    job?.stripping?.abort();
    this.#operations.dispose();
    const { run, cpuMs } = this.thread.control.occupancy();
    await this.owner.pool.end(this.thread);
    this.#drain();
    if (job !== undefined && this.#job === job) {
      this.#jobEnded();
      const wallMs = performance.now() - job.startedAt;
      job.settle({ outcome: stopped(reason), cpuMs: run === job.run ? cpuMs : 0, wallMs, memoryBytes: 0 });
    }
    for (const { reject } of this.#imageWaiters.splice(0)) reject(new Error("The session's thread is gone"));
    this.thread.port.close();
    this.thread.calls.close();
    this.owner.onEnded();
  }

  #drain(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.thread.port) as { message: FromWorker } | undefined;
      if (received === undefined) break;
      this.#receive(received.message);
    }
    this.#events.deliverRest();
  }
}

const stopped = ({ code, message }: StopReason): JobOutcome => ({ kind: 'stopped', code, message });

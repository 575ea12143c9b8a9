import { VmError } from '../../shared/errors.js';
import type { Capability } from '../../shared/models.js';
import type {
  CompletionQuery,
  HeapImage,
  Job,
  JobResult,
  LiveRuntime,
  RuntimeObserver,
  VariablesQuery,
} from '../core/ports.js';
import type { GuestOrigin, LibrarySource, Resumption } from './messages.js';
import type { RuntimeLog } from './runtime-log.js';
import type { Loss, SessionThread, ThreadObserver } from './session-thread.js';
import type { StopReason } from './stop-reason.js';

/** A guest that is lost this often in a row, with nothing that worked in between, is given up. */
const maxLossesInARow = 3;

export interface GuestOwner {
  /** The session's libraries, as far as a guest needs them that has them already. */
  readonly libraries: readonly LibrarySource[];
  /** A thread with a guest made from this. @throws when the guest cannot be started */
  start(origin: GuestOrigin, observer: ThreadObserver): Promise<SessionThread>;
  /** Takes away what these capabilities do not allow. */
  narrow(capabilities: readonly Capability[]): void;
  readonly log: RuntimeLog;
  /** Called once, when the guest is closed or given up. */
  onEnded(): void;
}

/**
 * A guest that outlives its threads: when one must be ended, because nothing else stops what runs on it or because the
 * engine broke, the guest goes on in another one from its last image.
 */
export class SessionGuest implements LiveRuntime {
  #thread: SessionThread | undefined;
  #image: HeapImage | undefined;
  #imageExecutionId: string | undefined;
  /** Why a guest goes on from the last image: from one that it had not taken itself, as the first time. */
  #resumption: Resumption['reason'] = 'rollback';
  #recovery: Promise<void> | undefined;
  #losses = 0;
  #isAsleep = true;
  /** A job that waits for the recovery. */
  #waiting: { stop?: StopReason } | undefined;
  #end: 'open' | 'closed' | 'lost' = 'open';

  constructor(
    private readonly observer: RuntimeObserver,
    private readonly owner: GuestOwner,
  ) {}

  /** @throws `STARTUP_FAILED` */
  async open(origin: GuestOrigin): Promise<void> {
    if (origin.kind === 'image') {
      this.#image = origin.image;
      this.#imageExecutionId = origin.executionId;
      this.#resumption = origin.resumption.reason;
    }
    this.#thread = await this.#start(origin);
  }

  async run(job: Job): Promise<JobResult> {
    if (this.#recovery !== undefined) {
      const waiting: { stop?: StopReason } = (this.#waiting = {});
      await this.#recovery;
      this.#waiting = undefined;
      if (waiting.stop !== undefined) return this.#unstarted({ kind: 'stopped', ...waiting.stop });
    }
    const thread = this.#thread;
    if (thread === undefined) return this.#unstarted(gone);
    const result = await thread.run(job);
    if (thread.loss === undefined) {
      this.#losses = 0;
      return result;
    }
    await this.#recover(thread, thread.loss, job.executionId);
    return { ...result, memoryBytes: this.#image?.memoryBytes ?? 0 };
  }

  stop(code: StopReason['code'], message: string): void {
    if (this.#waiting === undefined) this.#thread?.stop(code, message);
    else this.#waiting.stop ??= { code, message };
  }

  stopBackground(): void {
    this.#thread?.stopBackground();
  }

  narrow(capabilities: readonly Capability[]): void {
    this.owner.narrow(capabilities);
    this.#thread?.narrow();
  }

  async variables(query: VariablesQuery): ReturnType<LiveRuntime['variables']> {
    return (await this.#present()).variables(query);
  }

  async complete(query: CompletionQuery): ReturnType<LiveRuntime['complete']> {
    return (await this.#present()).complete(query);
  }

  sleep(): void {
    this.#isAsleep = true;
    this.#thread?.sleep();
  }

  wake(): void {
    this.#isAsleep = false;
    this.#thread?.wake();
  }

  async image(): Promise<HeapImage> {
    for (;;) {
      const thread = await this.#present();
      try {
        await thread.refreshImage();
        if (this.#image === undefined) throw new Error('The guest has no image');
        return this.#image;
      } catch (error) {
        // Lost while it was asked: the guest that goes on in its place is asked instead.
        if (thread.loss === undefined) throw error;
        await this.#recover(thread, thread.loss, undefined);
      }
    }
  }

  async close(): Promise<void> {
    if (this.#end !== 'open') return;
    this.#end = 'closed';
    await this.#thread?.close();
    await this.#recovery;
    await this.#thread?.close();
    this.owner.onEnded();
  }

  /** @throws `SESSION_NOT_READY`: the guest is gone */
  async #present(): Promise<SessionThread> {
    await this.#recovery;
    if (this.#thread === undefined)
      throw new VmError('SESSION_NOT_READY', "The session's engine is gone; restart it.");
    return this.#thread;
  }

  async #start(origin: GuestOrigin): Promise<SessionThread> {
    const thread: SessionThread = await this.owner.start(origin, {
      onEvents: (executionId, events) => this.observer.onEvents(executionId, events),
      onImage: (image, executionId) => {
        this.#image = image;
        this.#imageExecutionId = executionId;
        this.#resumption = 'rollback';
        this.observer.onImage(image, executionId);
      },
      onBackground: (state) => this.observer.onBackground(state),
      onLost: (loss) => void this.#recover(thread, loss, undefined),
    });
    if (!this.#isAsleep) thread.wake();
    return thread;
  }

  /** Brings the guest back, once for each lost thread. Never rejects. @param executionId the job that was running */
  async #recover(lost: SessionThread, loss: Loss, executionId: string | undefined): Promise<void> {
    if (this.#thread !== lost || this.#end !== 'open') {
      await this.#recovery;
      return;
    }
    this.#thread = undefined;
    this.#recovery = this.#replace(loss, executionId).catch((error: unknown) => {
      this.owner.log.error('A session could not be rolled back', error);
      this.#giveUp(loss.reason);
    });
    await this.#recovery;
    this.#recovery = undefined;
  }

  async #replace({ reason, culprit }: Loss, executionId: string | undefined): Promise<void> {
    const image = this.#image;
    if (image === undefined || ++this.#losses > maxLossesInARow) {
      this.#giveUp(reason);
      return;
    }
    this.#thread = await this.#start({
      kind: 'image',
      image,
      executionId: this.#imageExecutionId,
      libraries: this.owner.libraries,
      resumption: { reason: this.#resumption, without: culprit },
    });
    this.observer.onRolledBack(executionId);
    const message =
      `${reason} The session goes on with the state it had before. ` +
      'What was done outside of it stays: files that were written, programs that ran.';
    this.observer
      .onEvents(executionId ?? culprit ?? '', [
        { type: 'system', payload: { level: 'warn', message, code: 'ROLLED_BACK' } },
      ])
      .catch((error: unknown) => this.owner.log.error('A roll-back could not be recorded', error));
  }

  #giveUp(reason: string): void {
    if (this.#end !== 'open') return;
    this.#end = 'lost';
    this.owner.onEnded();
    // The job that was running is settled first.
    setImmediate(() => this.observer.onLost(reason));
  }

  #unstarted(outcome: JobResult['outcome']): JobResult {
    return { outcome, cpuMs: 0, wallMs: 0, memoryBytes: this.#image?.memoryBytes ?? 0 };
  }
}

const gone = {
  kind: 'stopped',
  code: 'SESSION_CRASHED',
  message: "The session's engine is gone.",
} as const;

import { type EventBody, type Failure, isDisplayMime } from '../../shared/models.js';
import type { RuntimeObserver } from '../core/ports.js';
import type { EventBatch } from './event-tail.js';
import type { RuntimeLog } from './runtime-log.js';
import type { StopReason } from './stop-reason.js';
import type { PooledThread } from './thread-pool.js';

/** Hands a thread's events to whoever records them, and tells the thread when they are. */
export class EventFeed {
  #lastBatch = 0;

  constructor(
    private readonly thread: Pick<PooledThread, 'control' | 'tail'>,
    private readonly observer: Pick<RuntimeObserver, 'onEvents'>,
    private readonly log: RuntimeLog,
  ) {}

  /** Passes on what the thread has sent. */
  deliver({ batch, executionId, json }: EventBatch): void {
    this.#lastBatch = batch;
    const events = (JSON.parse(json) as EventBody[]).filter(isWalled);
    this.#observe(executionId, events)
      .finally(() => this.thread.control.acknowledgeBatch())
      .catch((error: unknown) => this.#failed(error));
  }

  /** Passes on what an ended thread had not sent yet. */
  deliverRest(): void {
    const rest = this.thread.tail.remainder(this.#lastBatch);
    if (rest !== undefined) this.deliver(rest);
  }

  /** Adds to an ended execution that its background work was stopped. */
  reportStop(executionId: string, { code, message }: StopReason): void {
    const failure: Failure = { name: 'Stopped', message, stack: `Stopped: ${message}`, frames: [], code };
    this.#observe(executionId, [{ type: 'exception', payload: failure }]).catch((error: unknown) =>
      this.#failed(error),
    );
  }

  /** Async, so that an observer that throws at once rejects. */
  async #observe(executionId: string, events: readonly EventBody[]): Promise<void> {
    await this.observer.onEvents(executionId, events);
  }

  #failed(error: unknown): void {
    this.log.error('Events could not be recorded', error);
  }
}

/** Whatever became of the thread that the guest runs in: no display leaves the host under a mime that editors run. */
function isWalled(event: EventBody): boolean {
  return event.type !== 'display' || Object.keys(event.payload.data).every(isDisplayMime);
}

/**
 * Events of executions, each once, in order and without a gap, whatever the notifications bring: the host leaves out
 * what a slow client cannot take, and a new host process has to be asked for what the old one could not send.
 */
import type { ExecutionEvent } from '../../shared/models.js';

/** Consecutive events of one execution. */
export interface EventBatch {
  readonly executionId: string;
  readonly events: readonly ExecutionEvent[];
}

/** A `vm/didEmitEvents` notification. */
export type EventNotification =
  | { readonly executionId: string; readonly events: readonly ExecutionEvent[] }
  | { readonly executionId: string; readonly lastSeq: number; readonly gap: true };

/** Reads stored events after a seq; fewer than there are when they are many. */
export type PullEvents = (executionId: string, afterSeq: number) => Promise<readonly ExecutionEvent[]>;

interface Log {
  /** The last seq that was passed on. */
  seen: number;
  /** The last seq that is known to exist. */
  known: number;
  /** Reads what is missing; while it runs, notifications only say how far there is to go. */
  pulling?: Promise<void> | undefined;
}

/** How many executions are remembered, so that late news of one does not start it over. */
const maxLogs = 2000;

export class EventFeed {
  readonly #logs = new Map<string, Log>();

  /**
   * @param pull asks the host
   * @param listener hears every batch
   * @param onError hears why a gap could not be filled; the next notification tries again
   */
  constructor(
    private readonly pull: PullEvents,
    private readonly listener: (batch: EventBatch) => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  accept(notification: EventNotification): void {
    const { executionId } = notification;
    const log = this.#log(executionId);
    if ('gap' in notification) {
      log.known = Math.max(log.known, notification.lastSeq);
    } else {
      const { events } = notification;
      log.known = Math.max(log.known, events.at(-1)?.seq ?? 0);
      const news = events.filter(({ seq }) => seq > log.seen);
      if (log.pulling === undefined && news[0]?.seq === log.seen + 1) this.#pass(executionId, log, news);
    }
    this.#pullMissing(executionId, log).catch(this.onError);
  }

  /**
   * Waits until everything up to a seq was passed on, asking for what did not come.
   *
   * @throws whatever the host refuses the question with
   */
  async caughtUp(executionId: string, lastSeq: number): Promise<void> {
    const log = this.#log(executionId);
    log.known = Math.max(log.known, lastSeq);
    await this.#pullMissing(executionId, log);
  }

  #pass(executionId: string, log: Log, events: readonly ExecutionEvent[]): void {
    log.seen = events.at(-1)?.seq ?? log.seen;
    this.listener({ executionId, events });
  }

  #pullMissing(executionId: string, log: Log): Promise<void> {
    if (log.seen >= log.known) return log.pulling ?? Promise.resolve();
    log.pulling ??= this.#pullAll(executionId, log).finally(() => {
      log.pulling = undefined;
    });
    return log.pulling;
  }

  async #pullAll(executionId: string, log: Log): Promise<void> {
    while (log.seen < log.known) {
      const events = await this.pull(executionId, log.seen);
      if (events.length === 0) throw new Error(`Events of ${executionId} after ${log.seen} are not there`);
      this.#pass(executionId, log, events);
    }
  }

  #log(executionId: string): Log {
    const known = this.#logs.get(executionId);
    if (known !== undefined) return known;
    if (this.#logs.size >= maxLogs) this.#forgetOldest();
    const log: Log = { seen: 0, known: 0 };
    this.#logs.set(executionId, log);
    return log;
  }

  #forgetOldest(): void {
    for (const [id, { pulling, seen, known }] of this.#logs) {
      if (pulling !== undefined || seen < known) continue;
      this.#logs.delete(id);
      return;
    }
  }
}

import type { EventBody, Failure } from '../../shared/models.js';
import type { CoreContext, StopReason } from './context.js';
import { failedStatus, stopFailure } from './ending.js';
import { newExecutionRow } from './execution-row.js';
import type { ExecutionRecord, SessionRecord } from './ports.js';
import { Recording } from './recording.js';

/** A background execution with nothing new for this long is over, in milliseconds. */
const quietMs = 1000;

interface Episode {
  readonly recording: Recording;
  readonly startedAt: number;
  /** When its last event came. */
  lastAt: number;
  failure?: Failure;
  timer: NodeJS.Timeout;
}

/**
 * What a session's ended executions still do: their timers, and what those print and throw. Each gets a `background`
 * execution, opened at its first event and closed when it has been quiet for a while.
 */
export class Background {
  /** By the execution that caused them. */
  readonly #episodes = new Map<string, Episode>();
  /** Executions whose background work was cancelled: what still comes of it was under way. */
  readonly #cancelled = new Set<string>();

  /**
   * @param session the row whose limits hold
   * @param stop drops the timers and operations of ended executions; called when a limit is exceeded, or on request
   */
  constructor(
    private readonly core: CoreContext,
    private readonly session: () => SessionRecord,
    private readonly stop: () => void,
  ) {}

  /**
   * Adds events that an ended execution caused.
   *
   * @returns when they are durable
   */
  append(causedBy: string, events: readonly EventBody[]): Promise<void> {
    if (this.#cancelled.has(causedBy)) return Promise.resolve();
    const episode = this.#episodes.get(causedBy) ?? this.#open(causedBy);
    episode.timer.refresh();
    episode.lastAt = Date.now();
    for (const event of events) {
      if (event.type === 'exception') episode.failure = event.payload;
    }
    return episode.recording.append(events);
  }

  /**
   * Cancels a background execution that is open here, and with it everything that ended executions still have armed.
   *
   * @returns its final row; undefined when it is not open here
   * @throws `STORAGE_FAILED`
   */
  cancel(executionId: string, reason: StopReason): ExecutionRecord | undefined {
    for (const [causedBy, episode] of this.#episodes) {
      if (episode.recording.id !== executionId) continue;
      this.#cancelled.add(causedBy);
      episode.failure = stopFailure(reason);
      this.stop();
      return this.#finish(causedBy, episode);
    }
    return undefined;
  }

  /** Ends what is open now. */
  close(): void {
    for (const [causedBy, episode] of [...this.#episodes]) this.#end(causedBy, episode);
  }

  #open(causedBy: string): Episode {
    const session = this.session();
    // What a library does while it is loaded comes before any execution: its cause has no id.
    const cause = causedBy === '' ? {} : { causedBy };
    const row = newExecutionRow({ sessionId: session.id, kind: 'background', ...cause }, 'running');
    const startedAt = Date.now();
    const episode: Episode = {
      recording: new Recording(this.core, row, session.snapshot.settings.limits, (reason) => {
        episode.failure = stopFailure(reason);
        this.stop();
      }),
      startedAt,
      lastAt: startedAt,
      timer: setTimeout(() => this.#end(causedBy, episode), quietMs),
    };
    episode.recording.start(session.memoryBytes ?? 0);
    this.#episodes.set(causedBy, episode);
    return episode;
  }

  #end(causedBy: string, episode: Episode): void {
    try {
      this.#finish(causedBy, episode);
    } catch (error) {
      this.core.log.error('A background execution could not be recorded', error);
    }
  }

  #finish(causedBy: string, { failure, recording, startedAt, lastAt, timer }: Episode): ExecutionRecord {
    this.#episodes.delete(causedBy);
    clearTimeout(timer);
    return recording.finish({
      status: failure === undefined ? 'ok' : failedStatus(failure.code),
      error: failure,
      cpuMs: 0,
      wallMs: lastAt - startedAt,
      // The quiet that told its end is no part of it: a state taken meanwhile has all of it.
      endedAt: new Date(lastAt).toISOString(),
      memoryBytes: this.session().memoryBytes,
    });
  }
}

import type { EventBody } from '../../shared/models.js';
import type { CoreContext } from './context.js';
import { type Ending, stopFailure } from './ending.js';
import { newExecutionRow } from './execution-row.js';
import type { SessionRecord } from './ports.js';
import { Recording } from './recording.js';

/** A background execution with nothing new for this long is over, in milliseconds. */
const quietMs = 1000;

interface Episode {
  readonly recording: Recording;
  readonly startedAt: number;
  failure?: Ending['error'];
  timer: NodeJS.Timeout;
}

/**
 * What a session's ended executions still do: their timers, and what those print and throw. Each gets a `background`
 * execution, opened at its first event and closed when it has been quiet for a while.
 */
export class Background {
  readonly #episodes = new Map<string, Episode>();

  /**
   * @param session the row whose limits hold
   * @param stop drops the timers and operations of ended executions; called when a limit is exceeded
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
    const episode = this.#episodes.get(causedBy) ?? this.#open(causedBy);
    episode.timer.refresh();
    for (const event of events) {
      if (event.type === 'exception') episode.failure = event.payload;
    }
    return episode.recording.append(events);
  }

  /** Ends what is open now. */
  close(): void {
    for (const causedBy of [...this.#episodes.keys()]) this.#end(causedBy);
  }

  #open(causedBy: string): Episode {
    const session = this.session();
    const row = newExecutionRow(
      { sessionId: session.id, kind: 'background', causedBy },
      'running',
      session.memoryBytes ?? 0,
    );
    const episode: Episode = {
      recording: new Recording(this.core, row, session.snapshot.settings.limits, (reason) => {
        episode.failure = stopFailure(reason);
        this.stop();
      }),
      startedAt: Date.now(),
      timer: setTimeout(() => this.#end(causedBy), quietMs),
    };
    episode.recording.start();
    this.#episodes.set(causedBy, episode);
    return episode;
  }

  #end(causedBy: string): void {
    const episode = this.#episodes.get(causedBy);
    if (episode === undefined) return;
    this.#episodes.delete(causedBy);
    clearTimeout(episode.timer);
    const { failure, recording, startedAt } = episode;
    try {
      recording.finish({
        status: failure === undefined ? 'ok' : 'error',
        error: failure,
        cpuMs: 0,
        wallMs: Date.now() - startedAt,
        memoryBytes: this.session().memoryBytes,
      });
    } catch (error) {
      this.core.log.error('A background execution could not be recorded', error);
    }
  }
}

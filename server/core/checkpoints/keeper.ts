import { randomUUID } from 'node:crypto';
import type { Log } from '../log.js';
import type { CheckpointRecord, HeapImage, NewCheckpoint, Store } from '../ports.js';

/** A state is written when its session has been quiet for this long, in milliseconds; */
const quietMs = 300;
/** and the newest one at least this often while it is not. */
const longestMs = 2000;
/** Of all states that wait to be written, in bytes: beyond it only the newest of each session is kept. */
const waitingBytes = 8 * 1024 * 1024;
/** States without a label that each session may have. */
const perSession = 20;

interface Waiting {
  readonly checkpoint: NewCheckpoint;
  readonly image: HeapImage;
}

interface Queue {
  states: Waiting[];
  /** When the oldest of them came. */
  since: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Keeps the states of sessions: every execution's, and what became of it later. Nobody waits for that, so it is done
 * when there is time for it.
 */
export class StateKeeper {
  readonly #queues = new Map<string, Queue>();
  #writing: Promise<void> = Promise.resolve();
  #waitingBytes = 0;

  /** @param budgetBytes what all states on disk may take */
  constructor(
    private readonly core: { readonly store: Store; readonly log: Log },
    private readonly budgetBytes: number,
  ) {}

  /** Takes over the newest state of a session. */
  keep(sessionId: string, image: HeapImage, executionId: string | undefined): void {
    const queue = this.#queue(sessionId);
    const last = queue.states.at(-1);
    // What an execution's timers did since is the later state of the same execution.
    if (last !== undefined && last.checkpoint.executionId === executionId)
      this.#drop(queue, queue.states.length - 1);
    const createdAt = new Date().toISOString();
    queue.states.push({ checkpoint: { id: randomUUID(), sessionId, executionId, createdAt }, image });
    this.#waitingBytes += image.pages.length;
    while (
      queue.states.length > 1 &&
      (queue.states.length > perSession || this.#waitingBytes > waitingBytes)
    ) {
      this.#drop(queue, 0);
    }
    clearTimeout(queue.timer);
    const left = queue.since + longestMs - Date.now();
    queue.timer = setTimeout(
      () => this.#write(sessionId, left > quietMs ? 'all' : 'newest'),
      Math.min(quietMs, Math.max(0, left)),
    );
    queue.timer.unref();
  }

  /** Writes what waits. @returns when all of it is durable; never rejects, see the log */
  async flush(sessionId: string): Promise<void> {
    this.#write(sessionId, 'all');
    await this.#writing;
  }

  /** Drops what waits: the session is gone. */
  forget(sessionId: string): void {
    const queue = this.#queues.get(sessionId);
    if (queue === undefined) return;
    clearTimeout(queue.timer);
    while (queue.states.length > 0) this.#drop(queue, 0);
    this.#queues.delete(sessionId);
  }

  /** Writes what waits, and has the newest state kept although others may come: the session is about to leave it. */
  async keepLeft(sessionId: string): Promise<void> {
    await this.flush(sessionId);
    const { checkpoints } = this.core.store;
    const left = checkpoints.latest(sessionId);
    if (left !== undefined && left.label === undefined) checkpoints.setLabel(left.id, 'Before going back');
  }

  /** Removes what deleted sessions left, when there is time for it. */
  sweep(): void {
    this.#writing = this.#writing
      .then(() => this.core.store.checkpoints.sweep())
      .catch((error: unknown) =>
        this.core.log.error('What deleted sessions left could not be removed', error),
      );
  }

  /** What is being written now is done. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** Keeps a state for as long as nobody deletes it. @throws `STORAGE_FAILED` */
  async label(
    sessionId: string,
    image: HeapImage,
    executionId: string | undefined,
    label: string | undefined,
  ): Promise<CheckpointRecord> {
    await this.flush(sessionId);
    const checkpoint = {
      id: randomUUID(),
      sessionId,
      executionId,
      label,
      createdAt: new Date().toISOString(),
    };
    return this.core.store.checkpoints.put(checkpoint, image);
  }

  #queue(sessionId: string): Queue {
    const known = this.#queues.get(sessionId);
    if (known !== undefined) return known;
    const queue: Queue = { states: [], since: Date.now(), timer: undefined };
    this.#queues.set(sessionId, queue);
    return queue;
  }

  #drop(queue: Queue, index: number): void {
    const [dropped] = queue.states.splice(index, 1);
    this.#waitingBytes -= dropped?.image.pages.length ?? 0;
  }

  #write(sessionId: string, which: 'all' | 'newest'): void {
    const queue = this.#queues.get(sessionId);
    if (queue === undefined) return;
    clearTimeout(queue.timer);
    const states = which === 'all' ? queue.states.splice(0) : queue.states.splice(-1);
    if (queue.states.length === 0) this.#queues.delete(sessionId);
    else queue.since = Date.now();
    this.#writing = this.#writing.then(() => this.#put(states));
  }

  async #put(states: readonly Waiting[]): Promise<void> {
    const { checkpoints, sessions } = this.core.store;
    for (const { checkpoint, image } of states) {
      this.#waitingBytes -= image.pages.length;
      try {
        if (sessions.get(checkpoint.sessionId) !== undefined) await checkpoints.put(checkpoint, image);
      } catch (error) {
        this.core.log.error(`A state of session ${checkpoint.sessionId} could not be kept`, error);
      }
    }
    try {
      await checkpoints.trim({ perSession, bytes: this.budgetBytes });
    } catch (error) {
      this.core.log.error('States of sessions could not be removed', error);
    }
  }
}

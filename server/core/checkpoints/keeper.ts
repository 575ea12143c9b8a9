import { randomUUID } from 'node:crypto';
import { VmError } from '../../../shared/errors.js';
import type { Log } from '../log.js';
import type { CheckpointRecord, HeapImage, NewCheckpoint, RestoredState, Store } from '../ports.js';

/** A guest's state, and the execution that it is the state after. */
export type KeptState = Pick<RestoredState, 'image' | 'executionId'>;

/** A state is written when its session has been quiet for this long, in milliseconds; */
const quietMs = 300;
/** and at least this often while it is not. */
const longestMs = 2000;
/** What the disk would not take is tried again after this long, in milliseconds. */
const retryMs = 5000;
/** Of all states that wait to be written, in bytes: beyond it only the newest of each session is kept. */
const waitingBytes = 8 * 1024 * 1024;
/** States without a label that each session may have. */
const perSession = 20;

/** What a state is called that its session went back from, */
const leftLabel = 'Before going back';
/** and how many of these each session keeps. */
const leftStates = 10;

interface Waiting {
  readonly checkpoint: NewCheckpoint;
  readonly image: HeapImage;
}

interface Queue {
  readonly states: Waiting[];
  /** When the oldest of them came. */
  since: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Keeps the states of sessions: every execution's, and what became of it later. Nobody waits for that, so it is done
 * when there is time for it. States of a session are written in the order they came, as the last one written is what
 * the session goes on from.
 */
export class StateKeeper {
  readonly #queues = new Map<string, Queue>();
  /** Which checkpoint an image was written as. */
  readonly #written = new WeakMap<HeapImage, string>();
  #last: Promise<unknown> = Promise.resolve();
  #waitingBytes = 0;
  /** How many need that no state goes now. */
  #holds = 0;

  /** @param budgetBytes what all states on disk may take */
  constructor(
    private readonly core: {
      readonly store: Store;
      readonly log: Log;
      /** A session has another state on disk. */
      readonly onKept: (sessionId: string) => void;
    },
    private readonly budgetBytes: number,
  ) {}

  /** Takes over the newest state of a session, unless it is known as that. */
  keep(sessionId: string, image: HeapImage, executionId: string | undefined): void {
    if (this.#isNewest(sessionId, image)) return;
    const queue = this.#queue(sessionId);
    const last = queue.states.at(-1);
    // What an execution's timers did since is the later state of the same execution.
    if (last !== undefined && last.checkpoint.executionId === executionId)
      this.#drop(queue, queue.states.length - 1);
    const createdAt = new Date().toISOString();
    const timeline = this.core.store.executions.timeline(sessionId);
    queue.states.push({
      checkpoint: { id: randomUUID(), sessionId, timeline, executionId, createdAt },
      image,
    });
    this.#waitingBytes += image.pages.length;
    while (
      queue.states.length > 1 &&
      (queue.states.length > perSession || this.#waitingBytes > waitingBytes)
    ) {
      this.#drop(queue, 0);
    }
    const left = queue.since + longestMs - Date.now();
    this.#writeAfter(sessionId, queue, Math.min(quietMs, Math.max(0, left)));
  }

  /**
   * Writes what waits.
   *
   * @returns when it is done; `waiting` when the disk did not take all of it, which is tried again later. Never rejects
   */
  async flush(sessionId: string): Promise<'kept' | 'waiting'> {
    try {
      await this.#inTurn(() => this.#write(sessionId));
      return 'kept';
    } catch {
      // Logged where it happened.
      return 'waiting';
    }
  }

  /** The newest state of a session that the disk has not taken yet. */
  waiting(sessionId: string): KeptState | undefined {
    const newest = this.#queues.get(sessionId)?.states.at(-1);
    return newest && { image: newest.image, executionId: newest.checkpoint.executionId };
  }

  /** An image came from the disk. @param checkpointId that it is the image of */
  known(image: HeapImage, checkpointId: string): void {
    this.#written.set(image, checkpointId);
  }

  /** Is this the state that the session would go on from? */
  isDurable(sessionId: string, image: HeapImage): boolean {
    const id = this.#written.get(image);
    return id !== undefined && this.core.store.checkpoints.latest(sessionId)?.id === id;
  }

  /** Drops what waits: the session is gone. */
  forget(sessionId: string): void {
    const queue = this.#queues.get(sessionId);
    if (queue === undefined) return;
    clearTimeout(queue.timer);
    while (queue.states.length > 0) this.#drop(queue, 0);
    this.#queues.delete(sessionId);
  }

  /**
   * Writes what waits, and has the newest state kept although others may come: the session is about to leave it.
   *
   * @returns it; undefined when there is none
   * @throws `STORAGE_FAILED`: it is not kept
   */
  async keepLeft(sessionId: string): Promise<CheckpointRecord | undefined> {
    await this.#inTurn(() => this.#write(sessionId));
    const { checkpoints } = this.core.store;
    const left = checkpoints.latest(sessionId);
    if (left !== undefined && left.label === undefined) {
      checkpoints.setLabel(left.id, leftLabel);
      checkpoints.clearLabels(sessionId, leftLabel, leftStates);
    }
    return left;
  }

  /** Removes what belongs to no state any more, when there is time for it. */
  sweep(): void {
    this.#inTurn(() => this.core.store.checkpoints.sweep()).catch((error: unknown) =>
      this.core.log.error('What belongs to no state could not be removed', error),
    );
  }

  /** While `work` lasts, no state is removed to make room for others. */
  async holding<T>(work: () => Promise<T>): Promise<T> {
    this.#holds++;
    try {
      return await work();
    } finally {
      this.#holds--;
    }
  }

  /** Writes everything that waits. @returns when the disk took it or would not; never rejects */
  async close(): Promise<void> {
    await Promise.all([...this.#queues.keys()].map((sessionId) => this.flush(sessionId)));
    for (const { timer } of this.#queues.values()) clearTimeout(timer);
    await this.#inTurn(() => undefined);
  }

  /** Keeps a state for as long as nobody deletes it. @throws `STORAGE_FAILED` */
  label(
    sessionId: string,
    image: HeapImage,
    executionId: string | undefined,
    label: string | undefined,
  ): Promise<CheckpointRecord> {
    const createdAt = new Date().toISOString();
    const timeline = this.core.store.executions.timeline(sessionId);
    const checkpoint = { id: randomUUID(), sessionId, timeline, executionId, label, createdAt };
    // Before any state that comes from now on.
    return this.#inTurn(async () => {
      await this.#write(sessionId, createdAt);
      const written = await this.core.store.checkpoints.put(checkpoint, image);
      this.#written.set(image, checkpoint.id);
      this.core.onKept(sessionId);
      return written;
    });
  }

  /** Is it what waits last, or the last that was written? */
  #isNewest(sessionId: string, image: HeapImage): boolean {
    const waiting = this.#queues.get(sessionId)?.states.at(-1);
    return waiting === undefined ? this.isDurable(sessionId, image) : waiting.image === image;
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

  #writeAfter(sessionId: string, queue: Queue, delayMs: number): void {
    clearTimeout(queue.timer);
    queue.timer = setTimeout(() => void this.flush(sessionId), delayMs);
    queue.timer.unref();
  }

  /** One write after the other. */
  #inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /**
   * Writes what waits of a session.
   *
   * @param before only what came until then
   * @throws `STORAGE_FAILED`: what could not be written waits again, before all that came since
   */
  async #write(sessionId: string, before = new Date().toISOString()): Promise<void> {
    const queue = this.#queues.get(sessionId);
    if (queue === undefined) return;
    clearTimeout(queue.timer);
    queue.since = Date.now();
    for (;;) {
      const [first] = queue.states;
      if (first === undefined || first.checkpoint.createdAt > before) break;
      queue.states.shift();
      try {
        await this.#put(first);
      } catch (error) {
        queue.states.unshift(first);
        this.#queues.set(sessionId, queue);
        this.#writeAfter(sessionId, queue, retryMs);
        throw error;
      }
      this.#waitingBytes -= first.image.pages.length;
    }
    if (queue.states.length > 0) this.#writeAfter(sessionId, queue, quietMs);
    else if (this.#queues.get(sessionId) === queue) this.#queues.delete(sessionId);
    await this.#trim();
    this.core.onKept(sessionId);
  }

  /** @throws `STORAGE_FAILED`; what fails for another reason is given up */
  async #put({ checkpoint, image }: Waiting): Promise<void> {
    const { checkpoints, sessions } = this.core.store;
    try {
      if (sessions.get(checkpoint.sessionId) === undefined) return;
      await checkpoints.put(checkpoint, image);
      this.#written.set(image, checkpoint.id);
    } catch (error) {
      // It was deleted meanwhile.
      if (sessions.get(checkpoint.sessionId) === undefined) return;
      this.core.log.error(`A state of session ${checkpoint.sessionId} could not be kept`, error);
      if (error instanceof VmError && error.code === 'STORAGE_FAILED') throw error;
      this.sweep();
    }
  }

  async #trim(): Promise<void> {
    if (this.#holds > 0) return;
    try {
      await this.core.store.checkpoints.trim({ perSession, bytes: this.budgetBytes });
    } catch (error) {
      this.core.log.error('States of sessions could not be removed', error);
    }
  }
}

import type { CoreContext } from './context.js';
import { type Deferred, deferred } from './deferred.js';
import type { LiveSession } from './live-session.js';
import type { SessionRegister } from './session-register.js';

/** When sessions give up their threads. */
export interface HibernationSettings {
  /** Idle for this long, in milliseconds; 0: never. */
  readonly idleMs: number;
  /** Of all threads with their guests, in bytes: beyond it those go first that were idle longest; 0: no limit. */
  readonly memoryBytes: number;
}

/** What became of a session that was to give up its thread: it did, it was used, or its state could not be kept. */
export type PutAway = 'asleep' | 'used' | 'not-kept';

/** What a thread takes besides the guest's heap, in bytes. */
const threadBytes = 11 * 1024 * 1024;
/** How often idle sessions are looked for at least and at most, in milliseconds. */
const sweepMs = { least: 15_000, most: 50 };
/** Whoever has just got a session uses it next, so it keeps its thread for this long, in milliseconds. */
const settleMs = 250;
/** How many go to sleep at once: each has a copy of its memory made. */
const atOnce = 8;
/** A session whose state the disk did not take is tried again after this long, in milliseconds. */
const retryMs = 2000;
/** Who starts for longer than this is not about to give its thread up, in milliseconds. */
const startMs = 500;
/** The longest that a thread is waited for, by who is first in line, in milliseconds. */
const longestWaitMs = 1000;

/**
 * Who may have a thread. Sessions that are idle give theirs up when they were for long, or at once when all threads
 * take more than they may; new threads wait for that only where the memory is well beyond it, and never for long: the
 * budget refuses nobody.
 */
export class ThreadBudget {
  readonly #memoryBytes: number;
  /** Above it, threads come no faster than others go. */
  readonly #fullBytes: number;
  /** By the process's clock, which stands still while the machine sleeps. */
  readonly #usedAt = new WeakMap<LiveSession, number>();
  readonly #retryAt = new WeakMap<LiveSession, number>();
  readonly #goingDown = new Set<LiveSession>();
  /** Sessions that are about to have a thread, or start on it, by when they began to. */
  readonly #coming = new Map<string, number>();
  readonly #sweeper: NodeJS.Timeout;
  readonly #changes: { dispose(): void };
  #pendingLook: NodeJS.Immediate | undefined;
  #settling: NodeJS.Timeout | undefined;
  /** The end of the line of those who wait for a thread. */
  #line: Promise<void> = Promise.resolve();
  /** Settles when a thread came or went. */
  #moved: Deferred<void> | undefined;
  #isStopped = false;

  /** @param putAway takes the thread of a session, unless it is used meanwhile; within the session's turn */
  constructor(
    core: Pick<CoreContext, 'changes'>,
    private readonly register: SessionRegister,
    private readonly settings: HibernationSettings,
    private readonly putAway: (live: LiveSession) => Promise<PutAway>,
  ) {
    const { idleMs, memoryBytes } = settings;
    this.#memoryBytes = memoryBytes === 0 ? Infinity : memoryBytes;
    this.#fullBytes = this.#memoryBytes + Math.max(this.#memoryBytes / 4, 4 * threadBytes);
    const everyMs =
      idleMs === 0 ? sweepMs.least : Math.min(sweepMs.least, Math.max(sweepMs.most, idleMs / 2));
    this.#sweeper = setInterval(() => this.#look(), everyMs);
    this.#sweeper.unref();
    // Starts, wakes, forks, and the ends of executions.
    this.#changes = core.changes.subscribe((change) => {
      if (change.kind !== 'session') return;
      const live = register.live(change.session.id);
      if (live !== undefined) this.#usedAt.set(live, performance.now());
      if (!change.session.busy) this.#lookSoon();
    });
  }

  /** No session goes to sleep by itself any more, and none waits for a thread. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#sweeper);
    clearTimeout(this.#settling);
    clearImmediate(this.#pendingLook);
    this.#changes.dispose();
    this.#move();
  }

  /**
   * Does what gives a session a thread, in its turn.
   *
   * @param sessionId which is counted from now on
   * @param work is over when the session is in the register, or has failed to come
   */
  async withRoom<T>(sessionId: string, work: () => Promise<T>): Promise<T> {
    const room = this.#line.then(() => this.#untilRoom(sessionId));
    this.#line = room;
    await room;
    try {
      return await work();
    } finally {
      this.#coming.delete(sessionId);
      this.#lookSoon();
      this.#move();
    }
  }

  async #untilRoom(sessionId: string): Promise<void> {
    const giveUpAt = performance.now() + longestWaitMs;
    for (;;) {
      const leftMs = giveUpAt - performance.now();
      if (leftMs <= 0 || !this.#isFull() || !this.#isMoving()) break;
      await this.#nextMove(leftMs);
    }
    this.#coming.set(sessionId, performance.now());
  }

  /** Would one more thread be too many, with those that are on their way? */
  #isFull(): boolean {
    return this.#bytes() + threadBytes > this.#fullBytes;
  }

  /** Is there anything that may make room? What cannot go is not waited for. */
  #isMoving(): boolean {
    if (this.#isStopped) return false;
    return (
      [...this.#coming.values()].some((since) => performance.now() - since < startMs) ||
      this.#goingDown.size > 0 ||
      this.#settling !== undefined ||
      this.#pendingLook !== undefined
    );
  }

  async #nextMove(withinMs: number): Promise<void> {
    this.#moved ??= deferred<void>();
    const { promise } = this.#moved;
    const timer = setTimeout(() => this.#move(), withinMs);
    await promise;
    clearTimeout(timer);
  }

  #move(): void {
    const moved = this.#moved;
    this.#moved = undefined;
    moved?.resolve();
  }

  #lookSoon(): void {
    if (this.#isStopped) return;
    this.#pendingLook ??= setImmediate(() => {
      this.#pendingLook = undefined;
      // Every execution comes by here; who has been idle for long is the sweep's to see.
      if (this.#bytes() > this.#memoryBytes) this.#look();
      this.#move();
    });
  }

  /** Picks those that are to give up their threads, longest idle first. */
  #look(): void {
    const at = performance.now();
    const staying = [...this.register.anyLive()]
      .filter((live) => !this.#goingDown.has(live))
      .sort((a, b) => this.#lastUse(a, at) - this.#lastUse(b, at));
    const last = staying.at(-1);
    let bytes = this.#bytes();
    for (const live of this.#goingDown) {
      if (this.register.live(live.record.id) === live) bytes -= bytesOf(live);
    }
    for (const live of staying) {
      if (this.#goingDown.size >= atOnce) break;
      const idleMs = at - this.#lastUse(live, at);
      const isOld = this.settings.idleMs > 0 && idleMs > this.settings.idleMs;
      // The one that is being worked with stays, however large it is.
      const isTooMuch = bytes > this.#memoryBytes && live !== last;
      if (!isOld && !isTooMuch) break;
      if (!live.isIdle || (this.#retryAt.get(live) ?? 0) > at) continue;
      if (!isOld && idleMs < settleMs) {
        this.#settling ??= setTimeout(() => this.#settled(), settleMs - idleMs).unref();
        break;
      }
      bytes -= bytesOf(live);
      void this.#takeDown(live);
    }
    this.#move();
  }

  #settled(): void {
    this.#settling = undefined;
    this.#look();
  }

  async #takeDown(live: LiveSession): Promise<void> {
    this.#goingDown.add(live);
    const outcome = await this.putAway(live);
    this.#goingDown.delete(live);
    if (outcome === 'not-kept') this.#retryAt.set(live, performance.now() + retryMs);
    this.#lookSoon();
    this.#move();
  }

  #lastUse(live: LiveSession, at: number): number {
    const known = this.#usedAt.get(live);
    if (known === undefined) this.#usedAt.set(live, at);
    return known ?? at;
  }

  /** Of all threads: those that there are, going down or not, and those that are about to come. */
  #bytes(): number {
    let bytes = 0;
    for (const live of this.register.anyLive()) bytes += bytesOf(live);
    for (const id of this.#coming.keys()) if (this.register.live(id) === undefined) bytes += threadBytes;
    return bytes;
  }
}

const bytesOf = (live: LiveSession): number => live.memoryBytes + threadBytes;

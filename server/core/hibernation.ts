import { VmError } from '../../shared/errors.js';
import type { Session } from '../../shared/models.js';
import type { CoreContext, StopReason } from './context.js';
import { ImageRefused } from './image-refused.js';
import type { LiveSession } from './live-session.js';
import type { CheckpointRecord, SessionRecord } from './ports.js';
import type { SessionRegister } from './session-register.js';
import type { SessionStarter } from './session-starter.js';
import type { Turns } from './turns.js';

/** When sessions give up their threads. */
export interface HibernationSettings {
  /** Idle for this long, in milliseconds; 0: never. */
  readonly idleMs: number;
  /** Of all live sessions together, in bytes: beyond it those go first that were idle longest. */
  readonly memoryBytes: number;
}

/** How often idle sessions are looked for at least and at most, in milliseconds. */
const sweepMs = { least: 15_000, most: 50 };
/** What a thread takes besides the guest's heap, in bytes. */
const threadBytes = 11 * 1024 * 1024;

/** Sessions without a thread: how they lose it, and how they get one again. */
export class Hibernation {
  #sweeper: NodeJS.Timeout | undefined;

  constructor(
    private readonly core: CoreContext,
    private readonly register: SessionRegister,
    private readonly starter: SessionStarter,
    private readonly turns: Turns,
    private readonly settings: HibernationSettings,
  ) {
    const { idleMs } = settings;
    const everyMs =
      idleMs === 0 ? sweepMs.least : Math.min(sweepMs.least, Math.max(sweepMs.most, idleMs / 2));
    this.#sweeper = setInterval(() => this.sweep(), everyMs);
    this.#sweeper.unref();
  }

  /** Looks for sessions no more. */
  stop(): void {
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  /**
   * Goes on with a session from its last kept state.
   *
   * @throws `SESSION_NOT_READY`: its state cannot be used, and it is closed
   */
  async wake(record: SessionRecord): Promise<LiveSession> {
    if ((await this.core.keeper.flush(record.id)) === 'waiting') {
      const state = this.core.keeper.waiting(record.id);
      if (state !== undefined) return this.starter.resume(record, { ...state, as: 'same-session' });
    }
    const checkpoint = this.core.store.checkpoints.latest(record.id);
    try {
      if (checkpoint === undefined) throw new ImageRefused('No state of it was kept');
      if (checkpoint.build !== (await this.core.runtime.build()))
        throw new ImageRefused('Its state was kept by another version of the engine');
      const image = await this.core.store.checkpoints.image(checkpoint.id);
      const live = await this.starter.resume(record, {
        image,
        executionId: checkpoint.executionId,
        as: 'same-session',
      });
      live.notice(checkpoint.executionId, wakeMessage(checkpoint));
      return live;
    } catch (error) {
      if (error instanceof ImageRefused) throw this.#refuse(record, error.message);
      throw error;
    }
  }

  /**
   * Takes the thread of a session whose state is kept.
   *
   * @returns the session, `hibernated`; or `closed`, when its state could not be kept
   */
  async sleep(live: LiveSession, reason: StopReason): Promise<Session> {
    await live.suspend(reason);
    await this.core.keeper.flush(live.record.id);
    return this.lieDown(live);
  }

  /**
   * What becomes of a session whose guest has ended: it goes on from its last kept state.
   *
   * @returns the session, `hibernated`; or `closed`, when nothing of it is kept
   * @throws `STORAGE_FAILED`: its row tells of it later
   */
  lieDown(live: LiveSession): Session {
    const { id } = live.record;
    this.register.leave(live);
    const { memoryBytes: _memory, ...kept } = this.register.require(id);
    const resting: SessionRecord =
      this.core.store.checkpoints.latest(id) === undefined
        ? {
            ...kept,
            status: 'closed',
            closedAt: new Date().toISOString(),
            lastError: 'Its state could not be kept; restart the session to go on.',
          }
        : { ...kept, status: 'hibernated' };
    try {
      return this.register.update(resting);
    } catch (error) {
      this.core.state.storageFailed(() => this.#recordLate(resting));
      throw error;
    }
  }

  /** Has those sessions sleep that were idle for long, or that there is no memory for. */
  sweep(): void {
    const idle = this.register
      .allLive()
      .filter((live) => live.isIdle)
      .sort((a, b) => (a.record.lastUsedAt < b.record.lastUsedAt ? -1 : 1));
    let bytes = this.register.allLive().reduce((sum, live) => sum + live.memoryBytes + threadBytes, 0);
    for (const live of idle) {
      const idleMs = Date.now() - Date.parse(live.record.lastUsedAt);
      const isOld = this.settings.idleMs > 0 && idleMs > this.settings.idleMs;
      if (!isOld && bytes <= this.settings.memoryBytes) continue;
      bytes -= live.memoryBytes + threadBytes;
      this.#sleepIdle(live);
    }
  }

  #sleepIdle(live: LiveSession): void {
    this.turns
      .take(live.record.id, async () => {
        if (await this.#isKept(live))
          await this.sleep(live, { code: 'SESSION_CLOSED', message: 'The session was idle.' });
      })
      .catch((error: unknown) => this.core.log.error('An idle session could not hibernate', error));
  }

  /** Is it idle still, and its state on disk? A session whose state the disk does not take keeps its thread. */
  async #isKept(live: LiveSession): Promise<boolean> {
    const { id } = live.record;
    const isStillIdle = () => this.register.live(id) === live && live.isIdle;
    if (!isStillIdle()) return false;
    const { image, executionId } = await live.state();
    if (!isStillIdle()) return false;
    this.core.keeper.keep(id, image, executionId);
    await this.core.keeper.flush(id);
    return isStillIdle() && this.core.keeper.isDurable(id, image);
  }

  /** Records what the disk did not take before, unless something else became of the session since. */
  #recordLate(resting: SessionRecord): void {
    const row = this.core.store.sessions.get(resting.id);
    if (row?.status !== 'ready' || this.register.live(resting.id) !== undefined) return;
    this.register.update({ ...resting, name: row.name, snapshot: row.snapshot });
  }

  #refuse(record: SessionRecord, why: string): VmError {
    const lastError = `${why}; restart the session to go on.`;
    this.register.update({ ...record, status: 'closed', closedAt: new Date().toISOString(), lastError });
    return new VmError('SESSION_NOT_READY', `Session ${record.name} cannot go on: ${lastError}`, {
      sessionId: record.id,
      status: 'closed',
    });
  }
}

/** The execution that it is the state after stands in the row of the notice, as `causedBy`. */
function wakeMessage({ createdAt }: CheckpointRecord): string {
  return `The session goes on with its state of ${createdAt}.`;
}

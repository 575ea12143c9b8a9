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

/** How often idle sessions are looked for, in milliseconds. */
const sweepMs = 15_000;
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
    this.#sweeper = setInterval(() => this.sweep(), sweepMs);
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
    const { id } = live.record;
    await live.suspend(reason);
    await this.core.keeper.flush(id);
    this.register.leave(live);
    const { memoryBytes: _memory, ...kept } = this.register.require(id);
    if (this.core.store.checkpoints.latest(id) !== undefined)
      return this.register.update({ ...kept, status: 'hibernated' });
    return this.register.update({
      ...kept,
      status: 'closed',
      closedAt: new Date().toISOString(),
      lastError: 'Its state could not be kept; restart the session to go on.',
    });
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
        const isStillIdle = this.register.live(live.record.id) === live && live.isIdle;
        if (isStillIdle) await this.sleep(live, { code: 'SESSION_CLOSED', message: 'The session was idle.' });
      })
      .catch((error: unknown) => this.core.log.error('An idle session could not hibernate', error));
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

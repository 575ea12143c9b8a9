import { VmError } from '../../shared/errors.js';
import type { Session } from '../../shared/models.js';
import type { CoreContext, StopReason } from './context.js';
import { ImageRefused } from './image-refused.js';
import type { LiveSession } from './live-session.js';
import type { CheckpointRecord, SessionRecord } from './ports.js';
import type { SessionRegister } from './session-register.js';
import type { SessionStarter } from './session-starter.js';
import { type HibernationSettings, type PutAway, ThreadBudget } from './thread-budget.js';
import type { Turns } from './turns.js';

/** Sessions without a thread: how they lose it, and how they get one again. */
export class Hibernation {
  readonly #budget: ThreadBudget;

  constructor(
    private readonly core: CoreContext,
    private readonly register: SessionRegister,
    private readonly starter: SessionStarter,
    private readonly turns: Turns,
    settings: HibernationSettings,
  ) {
    this.#budget = new ThreadBudget(core, register, settings, (live) => this.#putAway(live));
  }

  /** No session goes to sleep by itself any more. */
  stop(): void {
    this.#budget.stop();
  }

  /**
   * Gives a session a thread when there is memory for it, which others make by giving up theirs. It is waited for
   * where memory is short, and not for long.
   *
   * @param work what starts the session's guest
   */
  withRoom<T>(sessionId: string, work: () => Promise<T>): Promise<T> {
    return this.#budget.withRoom(sessionId, work);
  }

  /**
   * Goes on with a session from its last kept state.
   *
   * @throws `SESSION_NOT_READY`: its state cannot be used, and it is closed
   */
  wake(record: SessionRecord): Promise<LiveSession> {
    return this.withRoom(record.id, () => this.#goOn(record));
  }

  async #goOn(record: SessionRecord): Promise<LiveSession> {
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
      this.core.keeper.known(image, checkpoint.id);
      const live = await this.starter.resume(record, {
        image,
        executionId: checkpoint.executionId,
        as: 'same-session',
      });
      live.notice(checkpoint.executionId, wakeMessage(checkpoint));
      return live;
    } catch (error) {
      if (error instanceof ImageRefused) throw this.#refuse(record.id, error.message);
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

  /**
   * Has an idle session sleep, unless it is used before its turn has come. A session whose state the disk does not take
   * keeps its thread.
   */
  async #putAway(live: LiveSession): Promise<PutAway> {
    try {
      return await this.turns.take(live.record.id, async () => {
        const kept = await this.#keep(live);
        if (kept !== 'kept') return kept;
        await this.sleep(live, { code: 'SESSION_CLOSED', message: 'The session was idle.' });
        return 'asleep';
      });
    } catch (error) {
      this.core.log.error('An idle session could not hibernate', error);
      return 'not-kept';
    }
  }

  /** Has the state of a session on disk, as long as the session is idle. */
  async #keep(live: LiveSession): Promise<'kept' | Exclude<PutAway, 'asleep'>> {
    const { id } = live.record;
    const isStillIdle = () => this.register.live(id) === live && live.isIdle;
    if (!isStillIdle()) return 'used';
    const { image, executionId } = await live.state();
    if (!isStillIdle()) return 'used';
    this.core.keeper.keep(id, image, executionId);
    await this.core.keeper.flush(id);
    if (!isStillIdle()) return 'used';
    return this.core.keeper.isDurable(id, image) ? 'kept' : 'not-kept';
  }

  /** Records what the disk did not take before, unless something else became of the session since. */
  #recordLate(resting: SessionRecord): void {
    const row = this.core.store.sessions.get(resting.id);
    if (row?.status !== 'ready' || this.register.live(resting.id) !== undefined) return;
    this.register.update({ ...resting, name: row.name, snapshot: row.snapshot });
  }

  #refuse(sessionId: string, why: string): VmError {
    const record = this.register.require(sessionId);
    const lastError = `${why}; restart the session to go on.`;
    this.register.update({ ...record, status: 'closed', closedAt: new Date().toISOString(), lastError });
    return new VmError('SESSION_NOT_READY', `Session ${record.name} cannot go on: ${lastError}`, {
      sessionId,
      status: 'closed',
    });
  }
}

/** The execution that it is the state after stands in the row of the notice, as `causedBy`. */
function wakeMessage({ createdAt }: CheckpointRecord): string {
  return `The session goes on with its state of ${createdAt}.`;
}

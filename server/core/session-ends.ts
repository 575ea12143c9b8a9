import type { Session } from '../../shared/models.js';
import { type CoreContext, now, type StopReason } from './context.js';
import type { Hibernation } from './hibernation.js';
import type { SessionRegister } from './session-register.js';
import type { Turns } from './turns.js';

/** How sessions are stopped, whatever they do, and what becomes of them. */
export class SessionEnds {
  constructor(
    private readonly core: CoreContext,
    private readonly register: SessionRegister,
    private readonly hibernation: Hibernation,
    private readonly turns: Turns,
  ) {}

  /** Ends the guest and keeps the history. A closed session stays as it is. @throws `SESSION_NOT_FOUND` */
  async close(sessionId: string, reason: StopReason): Promise<Session> {
    this.register.require(sessionId);
    return this.onceStopped(sessionId, reason, () => {
      const record = this.register.require(sessionId);
      if (record.status === 'closed') return this.register.model(record);
      const { memoryBytes: _memory, ...kept } = record;
      return this.register.update({
        ...kept,
        status: 'closed',
        closedAt: now(),
        ...(reason.code === 'HOST_STOPPED' && { lastError: reason.message }),
      });
    });
  }

  /** Ends the guest and removes the session with its history. @throws `SESSION_NOT_FOUND` */
  async delete(sessionId: string): Promise<Session> {
    this.register.require(sessionId);
    const reason: StopReason = { code: 'SESSION_CLOSED', message: 'The session was deleted.' };
    return this.onceStopped(sessionId, reason, () => {
      const session = this.register.model(this.register.require(sessionId));
      this.core.store.sessions.delete(sessionId);
      this.core.keeper.forget(sessionId);
      this.core.keeper.sweep();
      this.core.changes.emit({ kind: 'session', session, removed: true });
      return session;
    });
  }

  /** Has every session end because the host does: those that are ready keep their state. Never rejects. */
  async endAll(): Promise<void> {
    const reason: StopReason = { code: 'HOST_STOPPED', message: 'The host stopped.' };
    const ends = await Promise.allSettled(
      this.register.allLive().map(async (live) => {
        const { id, status } = live.record;
        if (status !== 'ready') return this.close(id, reason);
        return this.turns.take(id, async () => {
          // An earlier turn may have seen to it.
          if (this.register.live(id) === live) await this.hibernation.sleep(live, reason);
          return undefined;
        });
      }),
    );
    for (const end of ends) {
      if (end.status === 'rejected') this.core.log.error('The end of a session was not recorded', end.reason);
    }
  }

  /** Stops the guest, whatever it does, and then has a turn at the session's life cycle without one. */
  async onceStopped<T>(sessionId: string, reason: StopReason, work: () => T | Promise<T>): Promise<T> {
    // At once: a start that is under way ends by it, and may not end by itself.
    await this.#stop(sessionId, reason);
    return this.turns.take(sessionId, async () => {
      // Turns before this one may have started the session again.
      await this.#stop(sessionId, reason);
      return work();
    });
  }

  async #stop(sessionId: string, reason: StopReason): Promise<void> {
    const live = this.register.live(sessionId);
    if (live === undefined) return;
    await live.shutDown(reason);
    this.register.leave(live);
  }
}

import { notFound } from '../../shared/errors.js';
import type { Session } from '../../shared/models.js';
import type { CoreContext } from './context.js';
import type { LiveSession } from './live-session.js';
import type { SessionRecord } from './ports.js';

/** Sessions as they stand: their rows, with what only the live ones among them know. */
export class SessionRegister {
  readonly #live = new Map<string, LiveSession>();

  constructor(private readonly core: Pick<CoreContext, 'store' | 'changes'>) {}

  /** The session's guest, if it has one. */
  live(sessionId: string): LiveSession | undefined {
    return this.#live.get(sessionId);
  }

  /** Those with a guest, in no order. */
  anyLive(): Iterable<LiveSession> {
    return this.#live.values();
  }

  /** Those with a guest, by id. */
  allLive(): LiveSession[] {
    return [...this.#live.values()].sort((a, b) => (a.record.id < b.record.id ? -1 : 1));
  }

  /** From now on this is the session's guest. */
  enter(live: LiveSession): void {
    this.#live.set(live.record.id, live);
  }

  /** @returns false when it was not the session's guest any more */
  leave(live: LiveSession): boolean {
    const { id } = live.record;
    return this.#live.get(id) === live && this.#live.delete(id);
  }

  /** @throws `SESSION_NOT_FOUND` */
  require(sessionId: string): SessionRecord {
    const record = this.#live.get(sessionId)?.record ?? this.core.store.sessions.get(sessionId);
    if (record === undefined) throw notFound('SESSION_NOT_FOUND', sessionId);
    return record;
  }

  /** Writes the row, then tells of it. @throws `STORAGE_FAILED`: nothing has changed then */
  update(record: SessionRecord): Session {
    this.core.store.sessions.update(record);
    const live = this.#live.get(record.id);
    if (live !== undefined) live.record = record;
    return this.announce(record);
  }

  /** Tells of the session as it is. */
  announce(record: SessionRecord): Session {
    const session = this.model(record);
    this.core.changes.emit({ kind: 'session', session });
    return session;
  }

  /** Tells of a session whose row is as it was: its kept states are others, which a client may show. */
  retell(sessionId: string): void {
    const record = this.#live.get(sessionId)?.record ?? this.core.store.sessions.get(sessionId);
    if (record !== undefined) this.announce(record);
  }

  /** The session as clients see it. @param stored its row, which a live session knows more of */
  model(stored: SessionRecord): Session {
    const live = this.#live.get(stored.id);
    const { snapshot, memoryBytes, requestDigest: _digest, ...row } = live?.record ?? stored;
    const checkpoint = this.core.store.checkpoints.latest(stored.id);
    return {
      ...row,
      busy: live?.busy ?? false,
      queued: live?.queued ?? 0,
      runtimeMeta: {
        engine: snapshot.engine,
        limits: snapshot.settings.limits,
        ...(memoryBytes !== undefined && { memoryBytes }),
        ...(checkpoint !== undefined && { checkpointAt: checkpoint.createdAt }),
      },
    };
  }
}

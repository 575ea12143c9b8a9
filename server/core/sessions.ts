import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { internalError, notFound, validationError, VmError } from '../../shared/errors.js';
import type { Session } from '../../shared/models.js';
import type {
  createSession,
  interruptSession,
  listSessions,
  ParamsOf,
  renameSession,
  ResultOf,
} from '../../shared/protocol.js';
import { type CoreContext, now, type StopReason } from './context.js';
import { LiveSession } from './live-session.js';
import type { SessionRecord, SourceFile } from './ports.js';
import { requestDigest, requireSameRequest } from './request-digest.js';
import type { TemplateService } from './templates.js';

type BySession = Readonly<{ sessionId: string }>;

/** Sessions: their rows, and the live ones among them. */
export class SessionService {
  readonly #live = new Map<string, LiveSession>();
  /** Start, restart, close and delete of one session happen one after the other. */
  readonly #lifecycle = new Map<string, Promise<unknown>>();

  constructor(
    private readonly core: CoreContext,
    private readonly templates: TemplateService,
  ) {}

  /**
   * Makes a session and starts it: its row, its guest, its startup files in order.
   *
   * @throws `WORKSPACE_NOT_TRUSTED`, `TEMPLATE_NOT_FOUND`, `VALIDATION_ERROR` (inactive template), `INVALID_WORKTREE`,
   *   `INVALID_PATH` and `FILE_NOT_FOUND` (of a startup file), `DUPLICATE`, `STARTUP_FAILED`
   */
  async create(params: ParamsOf<typeof createSession>): Promise<Session> {
    this.core.state.requireTrusted();
    const id = params.id ?? randomUUID();
    const digest = requestDigest('vm/sessions/create', params);
    const made = await this.#attach(id, digest);
    if (made !== undefined) return made;
    const template = this.templates.forSession(params.templateId);
    if (!template.isActive) {
      throw validationError(`Template ${template.name} is inactive; activate it or choose another one.`);
    }
    return this.#serially(id, async () => {
      const again = this.#made(id, digest);
      if (again !== undefined) return again;
      this.core.state.requireStorage();
      const snapshot = this.templates.snapshot(template);
      const worktreePath = await this.core.files.openRoot(params.worktreePath ?? this.core.worktree);
      const startup = await this.#readStartup(worktreePath, snapshot);
      const at = now();
      const record: SessionRecord = {
        id,
        name: params.name ?? `${template.name}-${id.slice(0, 4)}`,
        templateId: template.id,
        workspaceId: params.workspaceId ?? path.basename(worktreePath),
        baseCommitOid: params.baseCommitOid ?? '',
        worktreePath,
        status: 'starting',
        createdAt: at,
        lastUsedAt: at,
        snapshot,
        ...(params.id !== undefined && { requestDigest: digest }),
      };
      this.core.store.sessions.insert(record);
      return this.#start(record, startup);
    });
  }

  list({ limit, cursor, ...filter }: ParamsOf<typeof listSessions>): ResultOf<typeof listSessions> {
    const page = this.core.store.sessions.list(filter, { limit, cursor });
    return { ...page, items: page.items.map((record) => this.#model(record)) };
  }

  /** @throws `SESSION_NOT_FOUND` */
  get({ sessionId }: BySession): Session {
    return this.#model(this.#require(sessionId));
  }

  /** Ends the guest and keeps the history. A closed session stays as it is. @throws `SESSION_NOT_FOUND` */
  async close({ sessionId }: BySession): Promise<Session> {
    return this.#end(sessionId, { code: 'SESSION_CLOSED', message: 'The session was closed.' });
  }

  /** Ends the guest and removes the session with its history. @throws `SESSION_NOT_FOUND` */
  async delete({ sessionId }: BySession): Promise<Session> {
    this.#require(sessionId);
    await this.#stop(sessionId, { code: 'SESSION_CLOSED', message: 'The session was deleted.' });
    return this.#serially(sessionId, () => {
      const session = this.#model(this.#require(sessionId));
      this.core.store.sessions.delete(sessionId);
      this.core.changes.emit({ kind: 'session', session, removed: true });
      return session;
    });
  }

  /** @throws `SESSION_NOT_FOUND` */
  rename({ sessionId, name }: ParamsOf<typeof renameSession>): Session {
    return this.#update({ ...this.#require(sessionId), name });
  }

  /**
   * Starts the session anew, from any state, with its template as it is now.
   *
   * @throws as {@link create}, and `SESSION_NOT_FOUND`
   */
  async restart({ sessionId }: BySession): Promise<Session> {
    this.core.state.requireTrusted();
    this.core.state.requireStorage();
    const { templateId, worktreePath } = this.#require(sessionId);
    const template = templateId === undefined ? undefined : this.templates.find(templateId);
    const root = await this.core.files.openRoot(worktreePath);
    const snapshot =
      template === undefined ? this.#require(sessionId).snapshot : this.templates.snapshot(template);
    const startup = await this.#readStartup(root, snapshot);
    await this.#stop(sessionId, { code: 'SESSION_RESTARTED', message: 'The session was restarted.' });
    return this.#serially(sessionId, () => {
      const {
        closedAt: _closedAt,
        lastError: _lastError,
        memoryBytes: _memory,
        ...kept
      } = this.#require(sessionId);
      const record: SessionRecord = { ...kept, status: 'starting', lastUsedAt: now(), snapshot };
      this.core.store.sessions.update(record);
      return this.#start(record, startup);
    });
  }

  /** Stops the running execution and keeps the session. @throws `SESSION_NOT_FOUND`, `SESSION_NOT_READY` */
  async interrupt({
    sessionId,
    queued,
  }: ParamsOf<typeof interruptSession>): Promise<ResultOf<typeof interruptSession>> {
    return { interrupted: await this.requireLive(sessionId).interrupt(queued) };
  }

  /** A session that can run now. @throws `SESSION_NOT_FOUND`, `SESSION_NOT_READY` */
  requireLive(sessionId: string): LiveSession {
    const record = this.#require(sessionId);
    const live = this.#live.get(sessionId);
    if (live === undefined || record.status !== 'ready') {
      throw new VmError(
        'SESSION_NOT_READY',
        `Session ${record.name} is ${record.status}${record.status === 'starting' ? '; try again when it is ready.' : '; restart it or make a new one.'}`,
        { sessionId, status: record.status },
      );
    }
    return live;
  }

  /** @throws `SESSION_NOT_FOUND` */
  requireKnown(sessionId: string): void {
    this.#require(sessionId);
  }

  /** Those with a guest, by id. */
  live(): LiveSession[] {
    return [...this.#live.values()].sort((a, b) => (a.record.id < b.record.id ? -1 : 1));
  }

  clientGone(clientId: string): void {
    for (const live of this.#live.values()) live.clientGone(clientId);
  }

  /** Ends every guest because the host ends. */
  async closeAll(): Promise<void> {
    const reason: StopReason = { code: 'HOST_STOPPED', message: 'The host stopped.' };
    await Promise.all([...this.#live.keys()].map((id) => this.#end(id, reason)));
  }

  async #end(sessionId: string, reason: StopReason): Promise<Session> {
    this.#require(sessionId);
    await this.#stop(sessionId, reason);
    return this.#serially(sessionId, () => {
      const record = this.#require(sessionId);
      if (record.status === 'closed') return this.#model(record);
      const { memoryBytes: _memory, ...kept } = record;
      return this.#update({
        ...kept,
        status: 'closed',
        closedAt: now(),
        ...(reason.code === 'HOST_STOPPED' && { lastError: reason.message }),
      });
    });
  }

  async #stop(sessionId: string, reason: StopReason): Promise<void> {
    const live = this.#live.get(sessionId);
    if (live === undefined) return;
    await live.shutDown(reason);
    if (this.#live.get(sessionId) === live) this.#live.delete(sessionId);
  }

  async #start(record: SessionRecord, startup: readonly SourceFile[]): Promise<Session> {
    const live: LiveSession = new LiveSession(this.core, record, {
      onChanged: () => this.#announce(live.record),
      onLost: (reason) => this.#crash(live, reason),
    });
    this.#live.set(record.id, live);
    this.#announce(record);
    try {
      await live.open();
      await this.#runStartup(live, startup);
    } catch (error) {
      await live.shutDown({ code: 'SESSION_CRASHED', message: 'The session did not start.' });
      const failure = this.#startupError(record.id, error);
      // A session that was closed while it started is closed by whoever closed it.
      if (failure.code !== 'SESSION_NOT_READY') this.#crash(live, failure.message);
      throw failure;
    }
    return this.#update({ ...live.record, status: 'ready' });
  }

  /** Every startup file is an execution like any other; the first that does not end well ends the start. */
  async #runStartup(live: LiveSession, startup: readonly SourceFile[]): Promise<void> {
    const { id, snapshot } = live.record;
    for (const file of startup) {
      const row = await live.submit({
        execution: { sessionId: id, kind: 'startup', path: file.path },
        source: { kind: 'file', file },
        limits: snapshot.settings.limits,
        whenBusy: 'queue',
      }).done;
      if (row.status === 'ok') continue;
      if (row.status === 'cancelled') {
        throw new VmError('SESSION_NOT_READY', 'The session was closed while it started.', { sessionId: id });
      }
      throw new VmError(
        'STARTUP_FAILED',
        `Startup file ${file.path} failed: ${(row.error?.message ?? row.status).replace(/\.?$/, '.')}`,
        { sessionId: id, executionId: row.id },
      );
    }
  }

  #startupError(sessionId: string, error: unknown): VmError {
    if (error instanceof VmError) return error;
    const reference = randomUUID();
    this.core.log.error(`Session ${sessionId} could not be started (${reference})`, error);
    return internalError(reference, error);
  }

  #readStartup(root: string, snapshot: SessionRecord['snapshot']): Promise<SourceFile[]> {
    return Promise.all(snapshot.startupFiles.map(({ path }) => this.core.files.readSource(root, path)));
  }

  #crash(live: LiveSession, reason: string): void {
    const { id } = live.record;
    if (this.#live.get(id) === live) this.#live.delete(id);
    const { memoryBytes: _memory, ...kept } = live.record;
    live.record = { ...kept, status: 'crashed', lastError: reason };
    this.#update(live.record);
  }

  /** The answer of an earlier request with this id, once it has one. */
  async #attach(id: string, digest: string): Promise<Session | undefined> {
    await Promise.allSettled([this.#lifecycle.get(id)]);
    return this.#made(id, digest);
  }

  #made(id: string, digest: string): Session | undefined {
    const record = this.core.store.sessions.get(id);
    if (record === undefined) return undefined;
    requireSameRequest(id, digest, record.requestDigest);
    return this.#model(record);
  }

  #update(record: SessionRecord): Session {
    const live = this.#live.get(record.id);
    if (live !== undefined) live.record = record;
    this.core.store.sessions.update(record);
    return this.#announce(record);
  }

  #announce(record: SessionRecord): Session {
    const session = this.#model(record);
    this.core.changes.emit({ kind: 'session', session });
    return session;
  }

  #require(sessionId: string): SessionRecord {
    const record = this.#live.get(sessionId)?.record ?? this.core.store.sessions.get(sessionId);
    if (record === undefined) throw notFound('SESSION_NOT_FOUND', sessionId);
    return record;
  }

  #model(stored: SessionRecord): Session {
    const live = this.#live.get(stored.id);
    const { snapshot, memoryBytes, requestDigest: _digest, ...row } = live?.record ?? stored;
    return {
      ...row,
      busy: live?.busy ?? false,
      queued: live?.queued ?? 0,
      runtimeMeta: {
        engine: snapshot.engine,
        limits: snapshot.settings.limits,
        ...(memoryBytes !== undefined && { memoryBytes }),
      },
    };
  }

  #serially<T>(id: string, work: () => T | Promise<T>): Promise<T> {
    const before = this.#lifecycle.get(id) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.#lifecycle.set(id, turn);
    const forget = () => {
      if (this.#lifecycle.get(id) === turn) this.#lifecycle.delete(id);
    };
    turn.then(forget, forget);
    return turn;
  }
}

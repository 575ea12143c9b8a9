import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { validationError, VmError } from '../../shared/errors.js';
import type { Session, Template } from '../../shared/models.js';
import type {
  createSession,
  forkSession,
  interruptSession,
  listSessions,
  ParamsOf,
  renameSession,
  ResultOf,
} from '../../shared/protocol.js';
import type { KeptState } from './checkpoints/keeper.js';
import { type CoreContext, now, type StopReason } from './context.js';
import { Hibernation } from './hibernation.js';
import { toExecution } from './execution-row.js';
import type { LiveSession } from './live-session.js';
import type { CheckpointRecord, SessionRecord, TemplateSnapshot } from './ports.js';
import { requestDigest, requireSameRequest } from './request-digest.js';
import { RequestsInFlight } from './requests-in-flight.js';
import { SessionEnds } from './session-ends.js';
import type { SessionRegister } from './session-register.js';
import { SessionStarter } from './session-starter.js';
import type { TemplateService } from './templates.js';
import type { HibernationSettings } from './thread-budget.js';
import { Turns } from './turns.js';

type ForkOrigin = NonNullable<Session['forkedFrom']>;
/** Of a session, as the protocol has it. */
const maxNameLength = 200;
type BySession = Readonly<{ sessionId: string }>;

/** Sessions: what may be done with them, and what becomes of their guests. */
export class SessionService {
  readonly #register: SessionRegister;
  readonly #starter: SessionStarter;
  readonly #hibernation: Hibernation;
  readonly #ends: SessionEnds;
  /** Start, restart, close and delete of one session happen one after the other. */
  readonly #turns = new Turns();
  /** What restarts read, before the session is stopped. */
  readonly #reading = new Turns();
  readonly #creating = new RequestsInFlight<Session>();
  #isClosing = false;

  constructor(
    private readonly core: CoreContext,
    private readonly templates: TemplateService,
    register: SessionRegister,
    hibernation: HibernationSettings,
  ) {
    this.#register = register;
    this.#starter = new SessionStarter(core, register);
    this.#hibernation = new Hibernation(core, register, this.#starter, this.#turns, hibernation);
    this.#ends = new SessionEnds(core, register, this.#hibernation, this.#turns);
  }

  /**
   * Makes a session and starts it: its row, its guest, its startup files in order.
   *
   * @throws `WORKSPACE_NOT_TRUSTED`, `TEMPLATE_NOT_FOUND`, `VALIDATION_ERROR` (inactive template), `INVALID_WORKTREE`,
   *   `INVALID_PATH` and `FILE_NOT_FOUND` (of a startup file), `DUPLICATE`, `STARTUP_FAILED`, `STORAGE_FAILED`,
   *   `SESSION_NOT_READY` (it was closed while it started)
   */
  async create(params: ParamsOf<typeof createSession>): Promise<Session> {
    this.core.state.requireTrusted();
    const { id = randomUUID() } = params;
    const digest = requestDigest('vm/sessions/create', params);
    return this.#creating.once(id, digest, () =>
      this.#turns.take(
        id,
        () => this.#made(id, digest) ?? this.#hibernation.withRoom(id, () => this.#make(id, params, digest)),
      ),
    );
  }

  list({ limit, cursor, ...filter }: ParamsOf<typeof listSessions>): ResultOf<typeof listSessions> {
    const page = this.core.store.sessions.list(filter, { limit, cursor });
    return { ...page, items: page.items.map((record) => this.#register.model(record)) };
  }

  /** @throws `SESSION_NOT_FOUND` */
  get({ sessionId }: BySession): Session {
    return this.#register.model(this.#register.require(sessionId));
  }

  /** Ends the guest and keeps the history. A closed session stays as it is. @throws `SESSION_NOT_FOUND` */
  async close({ sessionId }: BySession): Promise<Session> {
    return this.#ends.close(sessionId, { code: 'SESSION_CLOSED', message: 'The session was closed.' });
  }

  /** Ends the guest and removes the session with its history. @throws `SESSION_NOT_FOUND` */
  async delete({ sessionId }: BySession): Promise<Session> {
    return this.#ends.delete(sessionId);
  }

  /** @throws `SESSION_NOT_FOUND` */
  rename({ sessionId, name }: ParamsOf<typeof renameSession>): Session {
    return this.#register.update({ ...this.#register.require(sessionId), name });
  }

  /**
   * Starts the session anew, from any state, with its template as it is now.
   *
   * @throws as {@link create}, and `SESSION_NOT_FOUND`
   */
  async restart({ sessionId }: BySession): Promise<Session> {
    this.#requireStartable();
    const { templateId } = this.#register.require(sessionId);
    // Restarts that overlap stay in the order they were asked for: the last one has the template as it is by then.
    const { snapshot, startup } = await this.#reading.take(sessionId, () => this.#readForRestart(sessionId));
    const reason: StopReason = { code: 'SESSION_RESTARTED', message: 'The session was restarted.' };
    return this.#ends.onceStopped(sessionId, reason, () => {
      this.#requireStartable();
      const {
        closedAt: _closedAt,
        lastError: _lastError,
        memoryBytes: _memory,
        ...kept
      } = this.#register.require(sessionId);
      const record: SessionRecord = {
        ...kept,
        status: 'starting',
        lastUsedAt: now(),
        snapshot: this.#withPresentGrants(snapshot, templateId) ?? kept.snapshot,
      };
      this.core.store.sessions.update(record);
      return this.#hibernation.withRoom(sessionId, () => this.#starter.start(record, startup, 'next'));
    });
  }

  /** What a restart needs of template and disk, while the session goes on as it is. */
  async #readForRestart(sessionId: string) {
    const { templateId, worktreePath, snapshot: kept } = this.#register.require(sessionId);
    const template = templateId === undefined ? undefined : this.templates.find(templateId);
    const snapshot = template === undefined ? kept : this.templates.snapshot(template);
    const root = await this.core.files.openRoot(worktreePath);
    return { snapshot, startup: await this.#starter.readStartup(root, snapshot) };
  }

  /**
   * Has the session go on from another state than its own, which is kept before.
   *
   * @param checkpointId the checkpoint that the state is of
   * @throws `SESSION_NOT_FOUND`, `SESSION_NOT_READY`, `WORKSPACE_NOT_TRUSTED`, `STORAGE_FAILED`
   */
  async replaceState(sessionId: string, checkpointId: string, state: KeptState): Promise<Session> {
    this.#requireStartable();
    return this.#turns.take(sessionId, async () => {
      this.#requireStartable();
      const live = this.awake(sessionId);
      // A state that cannot be used is no reason not to leave it.
      if (live === undefined) this.#requireAsleep(sessionId);
      await live?.suspend({
        code: 'SESSION_RESTORED',
        message: 'The session went back to an earlier state.',
      });
      const { checkpoints } = this.core.store;
      let left: CheckpointRecord | undefined;
      try {
        left = await this.core.keeper.keepLeft(sessionId);
        const rewound = this.core.store.executions.goBack(sessionId, checkpoints.point(checkpointId));
        if (live !== undefined) this.#register.leave(live);
        const resume = () =>
          this.#starter.resume(this.#register.require(sessionId), { ...state, as: 'same-session' });
        const restored = await (live === undefined
          ? this.#hibernation.withRoom(sessionId, resume)
          : resume());
        for (const execution of rewound)
          this.core.changes.emit({ kind: 'execution', execution: toExecution(execution) });
        // It is what the session goes on from now.
        this.core.keeper.keep(sessionId, state.image, state.executionId);
        await this.core.keeper.flush(sessionId);
        return this.#register.model(restored.record);
      } catch (error) {
        // The session is where it was: its next use goes on from the state that it was to leave.
        if (left !== undefined) this.core.store.executions.goBack(sessionId, checkpoints.point(left.id));
        if (live !== undefined) this.#hibernation.lieDown(live);
        throw error;
      }
    });
  }

  /**
   * Makes a session of another one's state.
   *
   * @param params of the request, which tell a retry from a clash
   * @throws `DUPLICATE`, `SESSION_NOT_FOUND`, `WORKSPACE_NOT_TRUSTED`, `STORAGE_FAILED`
   */
  async fork(
    id: string,
    params: ParamsOf<typeof forkSession>,
    find: () => Promise<{ state: KeptState; name: string | undefined; forkedFrom: ForkOrigin }>,
  ): Promise<Session> {
    this.#requireStartable();
    const digest = requestDigest('vm/sessions/fork', params);
    return this.#creating.once(id, digest, () =>
      this.#turns.take(id, async () => {
        const made = this.#made(id, digest);
        if (made !== undefined) return made;
        const { state, name, forkedFrom } = await find();
        this.#requireStartable();
        const {
          memoryBytes: _memory,
          lastError: _error,
          closedAt: _closed,
          requestDigest: _digest,
          ...parent
        } = this.#register.require(forkedFrom.sessionId);
        const at = now();
        const record: SessionRecord = {
          ...parent,
          id,
          name: name ?? `${parent.name}-fork`.slice(0, maxNameLength),
          status: 'starting',
          createdAt: at,
          lastUsedAt: at,
          forkedFrom,
          ...(params.id !== undefined && { requestDigest: digest }),
        };
        this.core.store.sessions.insert(record);
        const live = await this.#hibernation.withRoom(id, () => this.#resumeFork(record, state));
        this.core.keeper.keep(id, state.image, undefined);
        await this.core.keeper.flush(id);
        return this.#register.model(live.record);
      }),
    );
  }

  /** Nothing is left of a fork that could not start. */
  async #resumeFork(record: SessionRecord, { image }: KeptState): Promise<LiveSession> {
    try {
      return await this.#starter.resume(record, { image, executionId: undefined, as: 'another-session' });
    } catch (error) {
      this.core.store.sessions.delete(record.id);
      throw error;
    }
  }

  /** Stops the running execution and keeps the session. @throws `SESSION_NOT_FOUND`, `SESSION_NOT_READY` */
  async interrupt({
    sessionId,
    queued,
  }: ParamsOf<typeof interruptSession>): Promise<ResultOf<typeof interruptSession>> {
    const record = this.#register.require(sessionId);
    if (record.status === 'hibernated') return { interrupted: false };
    const live = this.#register.live(sessionId);
    if (record.status !== 'ready') throw this.#notReady(record);
    // It is being woken, or goes back: nothing runs yet.
    if (live === undefined) return { interrupted: false };
    return { interrupted: await live.interrupt(queued) };
  }

  /** A session that can run right now, if this is one. @throws `SESSION_NOT_FOUND` */
  awake(sessionId: string): LiveSession | undefined {
    const { status } = this.#register.require(sessionId);
    const live = this.#register.live(sessionId);
    return status === 'ready' && live?.ended === undefined ? live : undefined;
  }

  /**
   * A session that can run, woken if it is hibernated.
   *
   * @throws `SESSION_NOT_FOUND`, `SESSION_NOT_READY`, `WORKSPACE_NOT_TRUSTED`, `STORAGE_FAILED`
   */
  async wake(sessionId: string): Promise<LiveSession> {
    return this.awake(sessionId) ?? this.#turns.take(sessionId, () => this.wakeInTurn(sessionId));
  }

  /** As {@link wake}, for who has the session's turn. */
  async wakeInTurn(sessionId: string): Promise<LiveSession> {
    const awake = this.awake(sessionId);
    if (awake !== undefined) return awake;
    const record = this.#requireAsleep(sessionId);
    this.#requireStartable();
    return this.#hibernation.wake(record);
  }

  /** @throws `SESSION_NOT_FOUND`, `SESSION_NOT_READY` */
  #requireAsleep(sessionId: string): SessionRecord {
    const record = this.#register.require(sessionId);
    // Its row may tell of a thread still that the session has given up, when the disk took no writes then.
    const sleeps = record.status === 'ready' && this.#register.live(sessionId) === undefined;
    if (record.status !== 'hibernated' && !sleeps) throw this.#notReady(record);
    return record;
  }

  #notReady({ id, name, status }: SessionRecord): VmError {
    const what = status === 'starting' ? 'try again when it is ready.' : 'restart it or make a new one.';
    return new VmError('SESSION_NOT_READY', `Session ${name} is ${status}; ${what}`, {
      sessionId: id,
      status,
    });
  }

  /** @throws `SESSION_NOT_FOUND` */
  requireKnown(sessionId: string): void {
    this.#register.require(sessionId);
  }

  /** Those with a guest, by id. */
  live(): LiveSession[] {
    return this.#register.allLive();
  }

  /** Puts every session to sleep, or wakes it: without trust in the workspace, nothing of its code runs. */
  trustChanged(trust: 'trusted' | 'untrusted'): void {
    const reason: StopReason = { code: 'CANCELLED', message: 'The workspace is no longer trusted.' };
    for (const live of this.live()) {
      if (trust === 'trusted') live.wake();
      else live.sleep(reason);
    }
  }

  /** Settles when no timer and no operation of the session is left, or its guest is gone. @throws `SESSION_NOT_FOUND` */
  async untilQuiet({ sessionId }: BySession): Promise<void> {
    this.#register.require(sessionId);
    await this.#register.live(sessionId)?.untilQuiet();
  }

  clientGone(clientId: string): void {
    for (const live of this.live()) live.clientGone(clientId);
  }

  /** Keeps every guest's state and ends it because the host ends; none starts any more. Never rejects. */
  async closeAll(): Promise<void> {
    this.#isClosing = true;
    this.#hibernation.stop();
    await this.#ends.endAll();
    await this.#turns.over();
    // What was under way, a wake or a fork, may have brought more of them.
    await this.#ends.endAll();
    await this.#turns.over();
  }

  /** Makes a session's row and starts it; within a turn. */
  async #make(id: string, params: ParamsOf<typeof createSession>, digest: string): Promise<Session> {
    const snapshot = this.templates.snapshot(this.#activeTemplate(params.templateId));
    const worktreePath = await this.core.files.openRoot(params.worktreePath ?? this.core.worktree);
    const startup = await this.#starter.readStartup(worktreePath, snapshot);
    this.#requireStartable();
    // Once more, as it may be deleted or inactive by now.
    const template = this.#activeTemplate(params.templateId);
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
      snapshot: this.#withPresentGrants(snapshot, template.id) ?? snapshot,
      ...(params.id !== undefined && { requestDigest: digest }),
    };
    this.core.store.sessions.insert(record);
    return this.#starter.start(record, startup, 'first');
  }

  /** What was taken from the template since is not granted any more. @returns undefined without the template */
  #withPresentGrants(
    snapshot: TemplateSnapshot,
    templateId: string | undefined,
  ): TemplateSnapshot | undefined {
    if (templateId === undefined || this.templates.find(templateId) === undefined) return undefined;
    return { ...snapshot, capabilities: this.templates.get({ templateId }).capabilities };
  }

  #activeTemplate(templateId: string | undefined): Template {
    const template = this.templates.forSession(templateId);
    if (template.isActive) return template;
    throw validationError(`Template ${template.name} is inactive; activate it or choose another one.`);
  }

  /** @throws `WORKSPACE_NOT_TRUSTED`, `STORAGE_FAILED`, `SESSION_NOT_READY` (the host ends) */
  #requireStartable(): void {
    if (this.#isClosing)
      throw new VmError('SESSION_NOT_READY', 'The host is ending; no session starts any more.');
    this.core.state.requireTrusted();
    this.core.state.requireStorage();
  }

  /** The session that an earlier request with this id made. @throws `DUPLICATE` */
  #made(id: string, digest: string): Session | undefined {
    const record = this.core.store.sessions.get(id);
    if (record === undefined) return undefined;
    requireSameRequest(id, digest, record.requestDigest);
    return this.#register.model(record);
  }
}

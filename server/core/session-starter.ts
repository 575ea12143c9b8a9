import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { internalError, notFound, VmError } from '../../shared/errors.js';
import type { Session, StartupFile } from '../../shared/models.js';
import { type CoreContext, now } from './context.js';
import { LiveSession } from './live-session.js';
import type { RestoredState, SessionRecord, SourceFile, TemplateSnapshot } from './ports.js';
import type { SessionRegister } from './session-register.js';

/** A startup file as it was read. */
interface StartupSource {
  readonly file: SourceFile;
  readonly mode: StartupFile['mode'];
}

/** How guests come to be, and what becomes of a session that lost its guest. */
export class SessionStarter {
  constructor(
    private readonly core: CoreContext,
    private readonly register: SessionRegister,
  ) {}

  /** @param root real path of the worktree @throws `INVALID_PATH`, `FILE_NOT_FOUND`, `VALIDATION_ERROR` (not UTF-8, too large) */
  readStartup(root: string, { startupFiles }: TemplateSnapshot): Promise<StartupSource[]> {
    return Promise.all(
      startupFiles.map(async ({ path, mode }) => ({
        file: await this.core.files.readSource(root, path),
        mode,
      })),
    );
  }

  /**
   * Starts the guest of a session whose row says `starting`, and runs its startup files in order.
   *
   * @param life `next` when states of an earlier one are kept, which must not come back after the start is answered
   * @returns the session, `ready`
   * @throws `STARTUP_FAILED`, `STORAGE_FAILED`: it is `crashed`; `SESSION_NOT_READY`: it was closed while it started
   */
  async start(
    record: SessionRecord,
    startup: readonly StartupSource[],
    life: 'first' | 'next',
  ): Promise<Session> {
    const live: LiveSession = new LiveSession(this.core, record, {
      onChanged: () => this.register.announce(live.record),
      onLost: (reason) => this.#crash(live, reason),
    });
    this.register.enter(live);
    this.register.announce(record);
    try {
      await live.open();
      live.wake();
      await this.#runStartup(live, startup);
      if (life === 'next') {
        await live.keepState();
        await this.core.keeper.flush(record.id);
      }
      const session = this.register.update({ ...live.record, status: 'ready' });
      if (life === 'first') this.#keepFirstState(live);
      return session;
    } catch (error) {
      await live.shutDown({ code: 'SESSION_CRASHED', message: 'The session did not start.' });
      if (live.ended?.code !== 'SESSION_CRASHED') {
        // Whoever closed it sees to its row.
        throw new VmError('SESSION_NOT_READY', 'The session was closed while it started.', {
          sessionId: record.id,
        });
      }
      const failure = this.#startupError(record.id, error);
      this.#crash(live, failure.message);
      throw failure;
    }
  }

  /**
   * Has a session go on from a kept state, without startup files.
   *
   * @param record its row, whatever it says
   */
  async resume(record: SessionRecord, state: RestoredState): Promise<LiveSession> {
    const awake = { status: 'ready', memoryBytes: state.image.memoryBytes, lastUsedAt: now() } as const;
    const live: LiveSession = new LiveSession(
      this.core,
      { ...record, ...awake },
      {
        onChanged: () => this.register.announce(live.record),
        onLost: (reason) => this.#crash(live, reason),
      },
    );
    await live.open(state);
    try {
      // What became of the row meanwhile stands: a new name, grants that were taken away.
      const row = this.core.store.sessions.get(record.id);
      if (row === undefined) throw notFound('SESSION_NOT_FOUND', record.id);
      const { capabilities } = row.snapshot;
      if (!isDeepStrictEqual(capabilities, live.record.snapshot.capabilities)) live.narrow(capabilities);
      live.record = { ...row, ...awake };
      this.core.store.sessions.update(live.record);
    } catch (error) {
      await live.shutDown({ code: 'SESSION_CRASHED', message: 'The session could not be recorded.' });
      throw error;
    }
    this.register.enter(live);
    this.register.announce(live.record);
    live.wake();
    return live;
  }

  /** From now on the session survives its host. Nobody waits for that. */
  #keepFirstState(live: LiveSession): void {
    live.keepState().catch((error: unknown) => {
      const isOvertaken = live.busy || live.ended !== undefined;
      if (!isOvertaken) this.core.log.error('The first state of a session could not be taken', error);
    });
  }

  /** Every startup file is an execution like any other; the first that does not end well ends the start. */
  async #runStartup(live: LiveSession, startup: readonly StartupSource[]): Promise<void> {
    const { id, snapshot } = live.record;
    for (const { file, mode } of startup) {
      const row = await live.submit({
        execution: { sessionId: id, kind: 'startup', path: file.path },
        source: { kind: 'file', file, as: mode === 'import' ? 'module' : undefined },
        limits: snapshot.settings.limits,
        whenBusy: 'queue',
      });
      if (row.status === 'ok') continue;
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

  /** The guest is gone. One that was closed meanwhile, or has a successor, has no row of its own any more. */
  #crash(live: LiveSession, reason: string): void {
    const { id } = live.record;
    if (!this.register.leave(live)) return;
    const { memoryBytes: _memory, ...kept } = live.record;
    const crashed: SessionRecord = { ...kept, status: 'crashed', lastError: reason };
    try {
      this.register.update(crashed);
    } catch (error) {
      this.core.log.error(`The crash of session ${id} was not recorded`, error);
      this.core.state.storageFailed(() => this.#recordCrash(crashed));
    }
  }

  /** Records a crash that the disk did not take before, unless something else became of the session since. */
  #recordCrash(crashed: SessionRecord): void {
    const status = this.core.store.sessions.get(crashed.id)?.status;
    const isUnchanged = status === 'starting' || status === 'ready';
    if (isUnchanged && this.register.live(crashed.id) === undefined) this.register.update(crashed);
  }
}

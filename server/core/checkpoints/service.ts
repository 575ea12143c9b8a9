import { randomUUID } from 'node:crypto';
import { notFound, validationError, VmError } from '../../../shared/errors.js';
import type { Checkpoint, Session } from '../../../shared/models.js';
import type {
  createCheckpoint,
  deleteCheckpoint,
  forkSession,
  labelCheckpoint,
  listCheckpoints,
  ParamsOf,
  restoreSession,
  ResultOf,
} from '../../../shared/protocol.js';
import type { CoreContext } from '../context.js';
import { ImageRefused } from '../image-refused.js';
import type { KeptState } from './keeper.js';
import type { CheckpointRecord } from '../ports.js';
import type { SessionRegister } from '../session-register.js';
import type { SessionService } from '../sessions.js';

type Which = Pick<ParamsOf<typeof restoreSession>, 'sessionId' | 'checkpointId' | 'executionId'>;

/** Kept states of sessions, for people: to look at, to go back to, to make other sessions of. */
export class CheckpointService {
  constructor(
    private readonly core: CoreContext,
    private readonly sessions: SessionService,
    private readonly register: SessionRegister,
  ) {}

  /** @throws `SESSION_NOT_FOUND`, `VALIDATION_ERROR` (cursor) */
  async list({
    sessionId,
    limit,
    cursor,
  }: ParamsOf<typeof listCheckpoints>): Promise<ResultOf<typeof listCheckpoints>> {
    this.sessions.requireKnown(sessionId);
    await this.core.keeper.flush(sessionId);
    const page = this.core.store.checkpoints.list(sessionId, { limit, cursor });
    return { ...page, items: page.items.map(toCheckpoint) };
  }

  /**
   * Keeps the present state.
   *
   * @throws `SESSION_NOT_FOUND`, `SESSION_NOT_READY`, `SESSION_BUSY`, `STORAGE_FAILED`, `WORKSPACE_NOT_TRUSTED` (it is
   *   hibernated)
   */
  async create({ sessionId, label }: ParamsOf<typeof createCheckpoint>): Promise<Checkpoint> {
    this.core.state.requireStorage();
    const live = await this.sessions.wake(sessionId);
    const { image, executionId } = await live.state();
    return toCheckpoint(await this.core.keeper.label(sessionId, image, executionId, label));
  }

  /**
   * Goes back to a kept state. The state that is left is kept, too, with a label.
   *
   * @throws as {@link create}, and `CHECKPOINT_NOT_FOUND`, `CHECKPOINT_UNUSABLE`
   */
  async restore(params: ParamsOf<typeof restoreSession>): Promise<Session> {
    return this.core.keeper.holding(async () => {
      const checkpoint = await this.#find(params);
      const state = await this.#load(checkpoint);
      return this.sessions.replaceState(params.sessionId, checkpoint.id, state);
    });
  }

  /**
   * Makes a session of a kept state.
   *
   * @throws as {@link restore}, and `DUPLICATE`
   */
  async fork(params: ParamsOf<typeof forkSession>): Promise<Session> {
    const { sessionId, id = randomUUID(), name } = params;
    return this.sessions.fork(id, params, () =>
      this.core.keeper.holding(async () => {
        const checkpoint = await this.#find(params);
        const state = await this.#load(checkpoint);
        return {
          state,
          name,
          forkedFrom: {
            sessionId,
            checkpointId: checkpoint.id,
            ...(checkpoint.executionId !== undefined && { executionId: checkpoint.executionId }),
          },
        };
      }),
    );
  }

  /** Without a label it is kept no longer than others. @throws `SESSION_NOT_FOUND`, `CHECKPOINT_NOT_FOUND` */
  label({ sessionId, checkpointId, label }: ParamsOf<typeof labelCheckpoint>): Checkpoint {
    const { id } = this.#require(sessionId, checkpointId);
    this.core.store.checkpoints.setLabel(id, label);
    this.register.retell(sessionId);
    return toCheckpoint(this.#require(sessionId, id));
  }

  /** @throws `SESSION_NOT_FOUND`, `CHECKPOINT_NOT_FOUND`, `VALIDATION_ERROR` (the session goes on from it) */
  async delete({ sessionId, checkpointId }: ParamsOf<typeof deleteCheckpoint>): Promise<Checkpoint> {
    const checkpoint = this.#require(sessionId, checkpointId);
    const isNewest = this.core.store.checkpoints.latest(sessionId)?.id === checkpoint.id;
    const { status } = this.sessions.get({ sessionId });
    if (isNewest && (status === 'ready' || status === 'hibernated')) {
      throw validationError(
        'The session goes on from this checkpoint after a restart; run something else first, or close the session.',
      );
    }
    await this.core.store.checkpoints.delete(checkpoint.id);
    this.register.retell(sessionId);
    return toCheckpoint(checkpoint);
  }

  async #find({ sessionId, checkpointId, executionId }: Which): Promise<CheckpointRecord> {
    this.sessions.requireKnown(sessionId);
    await this.core.keeper.flush(sessionId);
    if (checkpointId !== undefined) return this.#require(sessionId, checkpointId);
    if (executionId === undefined) {
      throw validationError(
        'Name a checkpoint or an execution; checkpointId and executionId are both missing.',
      );
    }
    const found =
      this.core.store.checkpoints.ofExecution(sessionId, executionId) ??
      (await this.#comingState(sessionId, executionId));
    if (found !== undefined) return found;
    throw new VmError(
      'CHECKPOINT_NOT_FOUND',
      `The state after execution ${executionId} is not kept; the last executions of a session have one, and what was labelled.`,
      { executionId },
    );
  }

  /** An execution's state is taken a moment after its answer: that of the last one may be asked for before. */
  async #comingState(sessionId: string, executionId: string): Promise<CheckpointRecord | undefined> {
    const live = this.sessions.awake(sessionId);
    if (live === undefined || live.busy) return undefined;
    const state = await live.state();
    if (state.executionId !== executionId) return undefined;
    this.core.keeper.keep(sessionId, state.image, state.executionId);
    await this.core.keeper.flush(sessionId);
    return this.core.store.checkpoints.ofExecution(sessionId, executionId);
  }

  #require(sessionId: string, checkpointId: string): CheckpointRecord {
    this.sessions.requireKnown(sessionId);
    const checkpoint = this.core.store.checkpoints.get(checkpointId);
    if (checkpoint?.sessionId !== sessionId) throw notFound('CHECKPOINT_NOT_FOUND', checkpointId);
    return checkpoint;
  }

  async #load({ id, build, executionId }: CheckpointRecord): Promise<KeptState> {
    const unusable = (why: string) =>
      new VmError('CHECKPOINT_UNUSABLE', `${why}; choose another checkpoint.`, { checkpointId: id });
    if (build !== (await this.core.runtime.build()))
      throw unusable('The state was kept by another version of the engine');
    try {
      return { image: await this.core.store.checkpoints.image(id), executionId };
    } catch (error) {
      if (error instanceof ImageRefused) throw unusable(error.message);
      throw error;
    }
  }
}

const toCheckpoint = ({ build: _build, ...checkpoint }: CheckpointRecord): Checkpoint => checkpoint;

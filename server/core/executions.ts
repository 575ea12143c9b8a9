import { randomUUID } from 'node:crypto';
import { notFound, VmError } from '../../shared/errors.js';
import { notCode } from '../../shared/language.js';
import type { Execution } from '../../shared/models.js';
import type {
  listEvents,
  listExecutions,
  ParamsOf,
  ResultOf,
  runFile,
  runRepl,
} from '../../shared/protocol.js';
import type { Client, CoreContext } from './context.js';
import { type NewExecution, toExecution } from './execution-row.js';
import { lowerLimits } from './limits.js';
import type { ExecutionRecord, JobSource } from './ports.js';
import { requestDigest, requireSameRequest } from './request-digest.js';
import { RequestsInFlight } from './requests-in-flight.js';
import type { SessionService } from './sessions.js';
import { parseWorktreePath } from './worktree-path.js';

type ByExecution = Readonly<{ executionId: string }>;
/** What the service settles of a new execution; a digest where the caller chose the id. */
type Chosen = Readonly<{ id: string; requestDigest?: string }>;
type RunParams = ParamsOf<typeof runRepl> | ParamsOf<typeof runFile>;

/** Executions: running them in their session, and reading what they left. */
export class ExecutionService {
  readonly #running = new RequestsInFlight<Execution>();

  constructor(
    private readonly core: CoreContext,
    private readonly sessions: SessionService,
  ) {}

  /**
   * Runs a snippet to its end. A script that throws or exceeds a limit is an answer, not an error.
   *
   * @param signal cancels the execution; the answer is its `cancelled` row
   * @throws `WORKSPACE_NOT_TRUSTED`, `SESSION_NOT_FOUND`, `SESSION_NOT_READY`, `SESSION_BUSY`, `DUPLICATE`,
   *   `VALIDATION_ERROR` (a limit raised), `STORAGE_FAILED`
   */
  repl(params: ParamsOf<typeof runRepl>, client: Client, signal: AbortSignal): Promise<Execution> {
    const { input, language, sourceUri, sourceLine } = params;
    return this.#once('vm/executions/repl', params, signal, (chosen) =>
      this.#run(params, client, signal, {
        execution: { ...chosen, kind: 'repl', language, input },
        source: { kind: 'cell', text: input, language, uri: sourceUri, line: sourceLine },
      }),
    );
  }

  /**
   * Runs a file of the worktree to its end.
   *
   * @throws as {@link repl}, and `INVALID_PATH`, `FILE_NOT_FOUND`, `VALIDATION_ERROR` (not UTF-8, too large, no code by its extension)
   */
  runFile(params: ParamsOf<typeof runFile>, client: Client, signal: AbortSignal): Promise<Execution> {
    return this.#once('vm/executions/runFile', params, signal, async (chosen) => {
      this.core.state.requireTrusted();
      const { record } = await this.sessions.wake(params.sessionId);
      const file = await this.core.files.readSource(
        record.worktreePath,
        parseWorktreePath(params.path, record.worktreePath),
      );
      const problem = notCode(file.path);
      if (problem !== undefined)
        throw new VmError('VALIDATION_ERROR', `${JSON.stringify(file.path)} cannot be run: ${problem}.`);
      return this.#run(params, client, signal, {
        execution: { ...chosen, kind: 'run_file', path: file.path, args: params.args, env: params.env },
        source: { kind: 'file', file },
      });
    });
  }

  /** @throws `SESSION_NOT_FOUND`, `VALIDATION_ERROR` (cursor) */
  list({ limit, cursor, ...filter }: ParamsOf<typeof listExecutions>): ResultOf<typeof listExecutions> {
    if (filter.sessionId !== undefined) this.sessions.requireKnown(filter.sessionId);
    const page = this.core.store.executions.list(filter, { limit, cursor });
    return { ...page, items: page.items.map(toExecution) };
  }

  /** @throws `EXECUTION_NOT_FOUND` */
  get({ executionId }: ByExecution): Execution {
    return toExecution(this.#require(executionId));
  }

  /** Cancels it if it waits or runs. @returns its final row @throws `EXECUTION_NOT_FOUND`, `STORAGE_FAILED` */
  async cancel({ executionId }: ByExecution): Promise<Execution> {
    const done = this.#cancel(executionId);
    return done === undefined ? this.get({ executionId }) : toExecution(await done);
  }

  /** @throws `EXECUTION_NOT_FOUND` */
  events({ executionId, afterSeq, limit }: ParamsOf<typeof listEvents>): ResultOf<typeof listEvents> {
    this.#require(executionId);
    const items = this.core.store.executions.events(executionId, afterSeq, limit);
    const { lastSeq } = this.core.store.executions.get(executionId) ?? { lastSeq: 0 };
    return { items, lastSeq, more: (items.at(-1)?.seq ?? afterSeq) < lastSeq };
  }

  /**
   * A request that chose its id runs once: sent again, it gets the same row and answer.
   *
   * @param signal of this sending of it; cancels the execution, whoever started it
   */
  async #once(
    method: string,
    params: RunParams,
    signal: AbortSignal,
    run: (chosen: Chosen) => Promise<Execution>,
  ): Promise<Execution> {
    const { id } = params;
    if (id === undefined) return this.#cancellable(randomUUID(), signal, (newId) => run({ id: newId }));
    const digest = requestDigest(method, params);
    return this.#cancellable(id, signal, () =>
      this.#running.once(
        id,
        digest,
        async () => this.#recorded(id, digest) ?? (await run({ id, requestDigest: digest })),
      ),
    );
  }

  async #cancellable(
    id: string,
    signal: AbortSignal,
    answer: (id: string) => Promise<Execution>,
  ): Promise<Execution> {
    const cancel = () => void this.#cancel(id);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const pending = answer(id);
      if (signal.aborted) cancel();
      return await pending;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /**
   * The answer of an earlier request with this id.
   *
   * @throws `DUPLICATE`; `STORAGE_FAILED`: the disk does not take what there may be of it
   */
  #recorded(id: string, digest: string): Execution | undefined {
    const { executions } = this.core.store;
    let stored = executions.get(id);
    if (stored?.endedAt === undefined) {
      // What a full disk has kept from being recorded is recorded first, or it would run a second time.
      this.core.state.requireStorage();
      stored = executions.get(id);
    }
    if (stored === undefined) return undefined;
    requireSameRequest(id, digest, stored.requestDigest);
    return toExecution(stored);
  }

  async #run(
    params: RunParams,
    client: Client,
    signal: AbortSignal,
    what: { execution: Chosen & Omit<NewExecution, 'sessionId'>; source: JobSource },
  ): Promise<Execution> {
    this.core.state.requireTrusted();
    this.core.state.requireStorage();
    const { sessionId, whenBusy, queueGroup } = params;
    const live = this.sessions.awake(sessionId) ?? (await this.sessions.wake(sessionId));
    const done = live.submit({
      execution: { ...what.execution, sessionId },
      source: what.source,
      limits: lowerLimits(live.record.snapshot.settings.limits, params.limits),
      whenBusy,
      queueGroup,
      clientId: client.id,
    });
    // While the file was read there was nothing to cancel.
    if (signal.aborted) void this.#cancel(what.execution.id);
    return toExecution(await done);
  }

  /** @returns its final row; undefined when it neither waits nor runs */
  #cancel(executionId: string): Promise<ExecutionRecord> | ExecutionRecord | undefined {
    for (const live of this.sessions.live()) {
      const done = live.cancel(executionId);
      if (done !== undefined) return done;
    }
    return undefined;
  }

  #require(executionId: string): ExecutionRecord {
    for (const live of this.sessions.live()) live.store(executionId);
    const record = this.core.store.executions.get(executionId);
    if (record === undefined) throw notFound('EXECUTION_NOT_FOUND', executionId);
    return record;
  }
}

import { notFound } from '../../shared/errors.js';
import type { Execution, Limits } from '../../shared/models.js';
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
import type { SessionService } from './sessions.js';
import { parseWorktreePath } from './worktree-path.js';

type ByExecution = Readonly<{ executionId: string }>;
type RunParams = ParamsOf<typeof runRepl> | ParamsOf<typeof runFile>;

/** Executions: running them in their session, and reading what they left. */
export class ExecutionService {
  /** Requests that chose their id, until their row is in the store: a retry may come before that. */
  readonly #admitting = new Map<string, { digest: string; answer: Promise<Execution> }>();

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
    const { input, sourceUri, sourceLine } = params;
    return this.#once('vm/executions/repl', params, (digest) =>
      this.#run(params, client, signal, {
        execution: { kind: 'repl', input, requestDigest: digest },
        source: { kind: 'cell', text: input, uri: sourceUri, line: sourceLine },
      }),
    );
  }

  /**
   * Runs a file of the worktree to its end.
   *
   * @throws as {@link repl}, and `INVALID_PATH`, `FILE_NOT_FOUND`, `VALIDATION_ERROR` (not UTF-8, too large)
   */
  runFile(params: ParamsOf<typeof runFile>, client: Client, signal: AbortSignal): Promise<Execution> {
    return this.#once('vm/executions/runFile', params, async (digest) => {
      const { record } = this.sessions.requireLive(params.sessionId);
      const file = await this.core.files.readSource(
        record.worktreePath,
        parseWorktreePath(params.path, record.worktreePath),
      );
      return this.#run(params, client, signal, {
        execution: {
          kind: 'run_file',
          path: file.path,
          args: params.args,
          env: params.env,
          requestDigest: digest,
        },
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

  /** Cancels it if it waits or runs. @returns its final row @throws `EXECUTION_NOT_FOUND` */
  async cancel({ executionId }: ByExecution): Promise<Execution> {
    for (const live of this.sessions.live()) {
      const done = live.cancel(executionId);
      if (done !== undefined) return toExecution(await done);
    }
    return this.get({ executionId });
  }

  /** @throws `EXECUTION_NOT_FOUND` */
  events({ executionId, afterSeq, limit }: ParamsOf<typeof listEvents>): ResultOf<typeof listEvents> {
    this.#require(executionId);
    const items = this.core.store.executions.events(executionId, afterSeq, limit);
    const { lastSeq } = this.core.store.executions.get(executionId) ?? { lastSeq: 0 };
    return { items, lastSeq, more: (items.at(-1)?.seq ?? afterSeq) < lastSeq };
  }

  /** A request that chose its id runs once: sent again, it gets the same row and answer. */
  #once(
    method: string,
    params: RunParams,
    run: (digest: string | undefined) => Promise<Execution>,
  ): Promise<Execution> {
    const { id } = params;
    if (id === undefined) return run(undefined);
    const digest = requestDigest(method, params);
    const admitting = this.#admitting.get(id);
    if (admitting !== undefined) {
      requireSameRequest(id, digest, admitting.digest);
      return admitting.answer;
    }
    const stored = this.core.store.executions.get(id);
    if (stored !== undefined) {
      requireSameRequest(id, digest, stored.requestDigest);
      return Promise.resolve(toExecution(stored));
    }
    const answer = run(digest).finally(() => this.#admitting.delete(id));
    this.#admitting.set(id, { digest, answer });
    return answer;
  }

  async #run(
    params: RunParams,
    client: Client,
    signal: AbortSignal,
    what: { execution: Omit<NewExecution, 'sessionId'>; source: JobSource },
  ): Promise<Execution> {
    this.core.state.requireTrusted();
    this.core.state.requireStorage();
    const live = this.sessions.requireLive(params.sessionId);
    const limits: Limits = lowerLimits(live.record.snapshot.settings.limits, params.limits);
    const { row, done } = live.submit({
      execution: {
        ...what.execution,
        sessionId: params.sessionId,
        ...(params.id !== undefined && { id: params.id }),
      },
      source: what.source,
      limits,
      whenBusy: params.whenBusy,
      queueGroup: params.queueGroup,
      clientId: client.id,
    });
    const cancel = () => void live.cancel(row.id);
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
    try {
      return toExecution(await done);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  #require(executionId: string): ExecutionRecord {
    for (const live of this.sessions.live()) live.find(executionId);
    const record = this.core.store.executions.get(executionId);
    if (record === undefined) throw notFound('EXECUTION_NOT_FOUND', executionId);
    return record;
  }
}

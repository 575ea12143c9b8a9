/** Runs code in a session, to its end, whatever happens to the host on the way. */
import { randomUUID } from 'node:crypto';
import { type CancellationToken, EventEmitter, type Uri } from 'vscode';
import type { Execution } from '../shared/models.js';
import { Cancelled, errorData, HostLostError, isCancellation } from './errors.js';
import type { Host } from './host/host.js';
import type { Params } from './messages.js';

/** What to run; the id is the runner's to choose, so that a lost answer can be asked for again. */
export type Work =
  | { readonly request: 'runFile'; readonly params: Omit<Params<'runFile'>, 'id'> }
  | { readonly request: 'runRepl'; readonly params: Omit<Params<'runRepl'>, 'id'> };

/** An execution that this window asked for. */
export interface Run {
  readonly host: Host;
  readonly executionId: string;
  /** The file or the cell that the code came from. */
  readonly source: Uri;
}

export interface EndedRun extends Run {
  readonly execution: Execution;
}

export class Runner {
  readonly #began = new EventEmitter<Run>();
  readonly #ended = new EventEmitter<EndedRun>();
  readonly onDidBegin = this.#began.event;
  /** After the last event of the execution was passed on. */
  readonly onDidEnd = this.#ended.event;

  /**
   * @param token cancels the execution, whose row then says so; it is no error
   * @param onBegin hears the execution's id before anything of it happens
   * @returns the final row, when all its events were passed on
   * @throws {@link HostLostError} when the host ended before it had taken the request; {@link Cancelled} when the
   *   request was given up before it was sent; else the host's refusal
   */
  async run(
    host: Host,
    source: Uri,
    work: Work,
    token: CancellationToken,
    onBegin?: (executionId: string) => void,
  ): Promise<Execution> {
    const run: Run = { host, executionId: randomUUID(), source };
    onBegin?.(run.executionId);
    this.#began.fire(run);
    const execution = await this.#answer(run, work, token);
    await host.events.caughtUp(execution.id, execution.lastSeq);
    this.#ended.fire({ ...run, execution });
    return execution;
  }

  dispose(): void {
    this.#began.dispose();
    this.#ended.dispose();
  }

  async #answer({ host, executionId: id }: Run, work: Work, token: CancellationToken): Promise<Execution> {
    try {
      return work.request === 'runFile'
        ? await host.request('runFile', { ...work.params, id }, token)
        : await host.request('runRepl', { ...work.params, id }, token);
    } catch (error) {
      if (error instanceof HostLostError) return this.#afterLoss(host, id, error);
      if (isCancellation(error)) throw new Cancelled('Cancelled', { cause: error });
      throw error;
    }
  }

  /** The next host process settled what the last one left open: the row says how it ended. */
  async #afterLoss(host: Host, executionId: string, loss: HostLostError): Promise<Execution> {
    try {
      return await host.request('getExecution', { executionId });
    } catch (error) {
      throw errorData(error)?.code === 'EXECUTION_NOT_FOUND' ? loss : error;
    }
  }
}

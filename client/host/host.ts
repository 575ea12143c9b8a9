/** The host of one workspace folder: started on first need, started again when it ends by itself, never orphaned. */
import { type CancellationToken, EventEmitter, type LogOutputChannel, type WorkspaceFolder } from 'vscode';
import type { Execution, Session, Template } from '../../shared/models.js';
import type { InitializationOptions } from '../../shared/protocol.js';
import { fullMessage, HostLostError, isConnectionLost, UserError } from '../errors.js';
import {
  notificationMethods,
  type Params,
  type RequestName,
  requestMethods,
  type Result,
} from '../messages.js';
import { type EventBatch, EventFeed } from './event-feed.js';
import type { HostClient } from './host-client.js';
import { HostProcess } from './host-process.js';
import { RestartPolicy } from './restart-policy.js';
import { startError, tooManyEnds } from './start-error.js';

export type HostState =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'running'; readonly pid: number | undefined }
  | { readonly kind: 'failed'; readonly error: UserError };

/** A row as it is now, or as it was last when it is gone. */
export interface RowChange<Row> {
  readonly row: Row;
  readonly change: 'put' | 'removed';
}

export interface HostOptions {
  /** What runs the server: the Node of the extension host. */
  readonly command: string;
  /** The server's bundle. */
  readonly server: string;
  readonly log: LogOutputChannel;
  /** Read at every start. */
  readonly initializationOptions: () => InitializationOptions;
  /** How long it may take to close its sessions and database when it is asked to end, in milliseconds. */
  readonly stopGraceMs?: number;
}

/** One life of the process, with everything that ends with it. */
interface Run {
  readonly process: HostProcess;
  readonly client: HostClient;
}

const defaultStopGraceMs = 5000;

/** How long a process may take to end by itself that closed its connection, in milliseconds. */
const lastWordsGraceMs = 500;

export class Host {
  readonly #changedState = new EventEmitter<HostState>();
  readonly #changedTemplate = new EventEmitter<RowChange<Template>>();
  readonly #changedSession = new EventEmitter<RowChange<Session>>();
  readonly #changedExecution = new EventEmitter<RowChange<Execution>>();
  readonly #receivedEvents = new EventEmitter<EventBatch>();
  readonly #gaveUp = new EventEmitter<UserError>();
  readonly onDidChangeState = this.#changedState.event;
  readonly onDidChangeTemplate = this.#changedTemplate.event;
  readonly onDidChangeSession = this.#changedSession.event;
  readonly onDidChangeExecution = this.#changedExecution.event;
  /** Every event of the executions that this window started, once and in order. */
  readonly onDidReceiveEvents = this.#receivedEvents.event;
  /** The host ended by itself and does not come back, with nobody waiting for it who could be told. */
  readonly onDidGiveUp = this.#gaveUp.event;

  readonly events: EventFeed;
  readonly #restarts = new RestartPolicy();
  #state: HostState = { kind: 'stopped' };
  #run: Run | undefined;
  #starting: Promise<Run> | undefined;
  /** The process that has not answered `initialize` yet. */
  #launching: HostProcess | undefined;
  #isDisposed = false;

  constructor(
    readonly folder: WorkspaceFolder,
    private readonly options: HostOptions,
  ) {
    this.events = new EventFeed(
      async (executionId, afterSeq) => {
        const page = await this.request('listEvents', { executionId, afterSeq, limit: 1000 });
        return page.items;
      },
      (batch) => this.#receivedEvents.fire(batch),
      (error) => options.log.warn(`Events could not be read: ${fullMessage(error)}`),
    );
  }

  get state(): HostState {
    return this.#state;
  }

  /**
   * Sends a request, starting the host if it does not run.
   *
   * @param token asks the host to give it up; the answer is what became of it
   * @throws {@link UserError} when the host cannot be started; {@link HostLostError} when it ended before the answer;
   *   else the host's refusal, see `errorData`
   */
  async request<Name extends RequestName>(
    name: Name,
    params: Params<Name>,
    token?: CancellationToken,
  ): Promise<Result<Name>> {
    const { client } = await this.start();
    try {
      // Without a token it must not be passed at all: the library would send a list of params.
      return await client.sendRequest<Result<Name>>(
        requestMethods[name],
        params,
        ...(token === undefined ? [] : [token]),
      );
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
      throw new HostLostError('The VM System host ended before it answered.', undefined, { cause: error });
    }
  }

  /** Makes sure that the host runs. @throws {@link UserError} when it cannot be started */
  start(): Promise<Run> {
    if (this.#run !== undefined) return Promise.resolve(this.#run);
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /** Starts it anew from any state. @throws {@link UserError} when it cannot be started */
  async restart(): Promise<void> {
    this.#restarts.reset();
    await this.stop();
    await this.start();
  }

  /** Ends the host and waits until its process is gone; one that does not come up or does not end is killed. */
  async stop(): Promise<void> {
    await this.#launching?.end(0);
    await Promise.allSettled([this.#starting]);
    const run = this.#run;
    this.#run = undefined;
    if (run !== undefined) await this.#end(run);
    this.#setState({ kind: 'stopped' });
  }

  /** Tells a running host that the workspace became trusted; one that starts later learns it then. */
  async trust(): Promise<void> {
    const run = this.#run ?? (await this.#starting);
    await run?.client.sendNotification(notificationMethods.setTrust, { trusted: true });
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.stop();
    for (const emitter of [
      this.#changedState,
      this.#changedTemplate,
      this.#changedSession,
      this.#changedExecution,
      this.#receivedEvents,
      this.#gaveUp,
    ]) {
      emitter.dispose();
    }
  }

  async #start(): Promise<Run> {
    if (this.#isDisposed) throw new UserError(`The folder ${this.folder.name} was closed.`);
    this.#setState({ kind: 'starting' });
    const { command, server, log, initializationOptions } = this.options;
    const process = new HostProcess(
      command,
      [server, '--stdio', '--log-level', 'info'],
      this.folder.uri.fsPath,
    );
    this.#launching = process;
    try {
      // The language client is most of the extension's code: loaded when a host is needed, not at activation.
      const { HostClient } = await import('./host-client.js');
      const client: HostClient = new HostClient({
        folder: this.folder,
        process,
        log,
        initializationOptions: initializationOptions(),
        onClosed: () => {
          if (this.#run?.client === client) void this.#lost(this.#run);
        },
      });
      this.#listen(client);
      await Promise.race([client.start(), process.ended.then((reason) => Promise.reject(new Error(reason)))]);
      log.info(`The host of ${this.folder.name} runs as process ${String(process.pid)}.`);
      const run: Run = { process, client };
      this.#run = run;
      this.#setState({ kind: 'running', pid: process.pid });
      return run;
    } catch (cause) {
      // That the connection went says less than how the process ended, which is heard a moment later.
      const isLost = isConnectionLost(cause);
      await process.end(isLost ? lastWordsGraceMs : 0);
      const reason = isLost ? new Error(await process.ended, { cause }) : cause;
      throw this.#fail(startError(this.folder, reason, process.lastWords));
    } finally {
      this.#launching = undefined;
    }
  }

  #listen(client: HostClient): void {
    const { didChangeTemplate, didChangeSession, didChangeExecution, didEmitEvents } = notificationMethods;
    const rows = <Row>(row: Row, removed: true | undefined): RowChange<Row> => ({
      row,
      change: removed ? 'removed' : 'put',
    });
    client.onNotification(didChangeTemplate, ({ template, removed }: Params<'didChangeTemplate'>) =>
      this.#changedTemplate.fire(rows(template, removed)),
    );
    client.onNotification(didChangeSession, ({ session, removed }: Params<'didChangeSession'>) =>
      this.#changedSession.fire(rows(session, removed)),
    );
    client.onNotification(didChangeExecution, ({ execution, removed }: Params<'didChangeExecution'>) =>
      this.#changedExecution.fire(rows(execution, removed)),
    );
    client.onNotification(didEmitEvents, (batch: Params<'didEmitEvents'>) => this.events.accept(batch));
  }

  /** The process or its connection went by itself. */
  async #lost(run: Run): Promise<void> {
    this.#run = undefined;
    await run.process.end(0);
    const { log } = this.options;
    log.error(`The host of ${this.folder.name} ended: ${await run.process.ended}.`, run.process.lastWords);
    if (this.#isDisposed) return;
    try {
      if (!this.#restarts.admits(Date.now())) throw this.#fail(tooManyEnds());
      await this.start();
    } catch (error) {
      if (error instanceof UserError) this.#gaveUp.fire(error);
      else log.error(fullMessage(error));
    }
  }

  async #end({ client, process }: Run): Promise<void> {
    const { log, stopGraceMs = defaultStopGraceMs } = this.options;
    try {
      await client.stop(stopGraceMs);
      await process.end(stopGraceMs);
    } catch (error) {
      log.warn(`The host of ${this.folder.name} did not shut down and is killed: ${fullMessage(error)}`);
      await process.end(0);
    }
  }

  #fail(error: UserError): UserError {
    this.options.log.error(fullMessage(error));
    this.#setState({ kind: 'failed', error });
    return error;
  }

  #setState(state: HostState): void {
    this.#state = state;
    if (!this.#isDisposed) this.#changedState.fire(state);
  }
}

/** Serves one client over one transport, from its first byte to its end. */
import { randomUUID } from 'node:crypto';
// Gives the library node's timers and console; without it, it throws at its first message.
import 'vscode-jsonrpc/node';
import {
  type Connection,
  createConnection,
  createProtocolConnection,
  type InitializeParams,
  type InitializeResult,
  ResponseError,
} from 'vscode-languageserver';
import type { ErrorCode, ErrorData } from '../../shared/errors.js';
import type { Client } from '../core/context.js';
import { serveCatalog } from './catalog.js';
import type { CoreApi } from './core-api.js';
import { Dispatcher } from './dispatch.js';
import { toResponseError } from './errors.js';
import { serveExecutions } from './executions.js';
import { serveHost } from './host.js';
import { serveInspection } from './inspection.js';
import { type CoreSettings, coreSettings, negotiate, type StartOptions } from './initialize.js';
import { type Ending, Life } from './life.js';
import type { HostLog } from './log.js';
import { Notifier } from './notifier.js';
import type { Outlet } from './outlet.js';
import { serveSessions } from './sessions.js';
import { serveTemplates } from './templates.js';
import { Gate } from './transport/gate.js';
import type { Transport } from './transport/transport.js';

export type { CoreApi } from './core-api.js';
export type { CoreSettings } from './initialize.js';
export { HostLog, type LogLevel, logLevels } from './log.js';
export { openTransport, type TransportChoice } from './transport/streams.js';

export interface ConnectionOptions {
  readonly transport: Transport;
  /** Of the product, for `serverInfo`. */
  readonly version: string;
  readonly start: StartOptions;
  readonly log: HostLog;
  /**
   * Opens core when a client asks to initialize; again when it asks again after a refusal. Its errors are the answer
   * to initialize. Whoever passes this closes what it opened, once {@link ServedConnection.ended} has resolved.
   */
  readonly openCore: (settings: CoreSettings) => Promise<CoreApi>;
  /** A process whose end ends the connection, beside the one that initialize names (`--clientProcessId`). */
  readonly clientProcessId?: number | undefined;
}

export interface ServedConnection {
  /**
   * Resolves when the connection is over, everything unsent was sent or given up, and no call of `openCore` is under
   * way. Never rejects.
   */
  readonly ended: Promise<Ending>;
  /** Ends it from this side, for a signal or the like. */
  readonly end: (reason: string) => void;
}

/** Why a client may ask again without anything but the world having changed. */
const worthRetrying: readonly ErrorCode[] = ['DATABASE_LOCKED', 'STORAGE_FAILED'];

/** The error of `initialize`: `retry` tells an LSP client whether to offer that to its user. */
interface InitializeErrorData extends ErrorData {
  readonly retry: boolean;
}

/** Starts serving. */
export function serveConnection(options: ConnectionOptions): ServedConnection {
  const server = new ConnectionServer(options);
  return { ended: server.ended, end: (reason) => server.end(reason) };
}

class ConnectionServer {
  readonly ended: Promise<Ending>;
  readonly #client: Client = { id: randomUUID() };
  readonly #life = new Life();
  readonly #gate: Gate;
  readonly #connection: Connection;
  readonly #outlet: Outlet;
  readonly #owned: { dispose(): void }[] = [];
  #opening: Promise<unknown> = Promise.resolve();
  #core: CoreApi | undefined;
  #over = false;

  constructor(private readonly options: ConnectionOptions) {
    const { transport, log, clientProcessId } = options;
    this.#gate = new Gate(transport, {
      shutdownAccepted: () => {
        this.#life.shutdownReceived = true;
      },
      transportEnded: (reason) => this.#life.end(reason),
      refused: (message) => log.warn(message),
      unwritable: (error) => toResponseError(error, 'Writing a message', log).toJson(),
    });
    this.#outlet = {
      send: ({ method }, params) => this.#gate.notify(method, params),
      get congested() {
        return transport.congested;
      },
      onDrain: (listener) => transport.onDrain(listener),
    };
    this.#owned.push(log.attach((type, message) => this.#logToClient(type, message)));
    this.#connection = this.#connect();
    if (clientProcessId !== undefined) this.#life.watchProcess(clientProcessId);
    this.ended = this.#life.ended.then((ending) => this.#finish(ending));
    this.#connection.listen();
  }

  end(reason: string): void {
    this.#life.end(reason);
  }

  #connect(): Connection {
    const { log } = this.options;
    const connection = createConnection(
      () =>
        createProtocolConnection(this.#gate.reader, this.#gate.writer, {
          error: (message) => log.error(message),
          warn: (message) => log.warn(message),
          info: (message) => log.info(message),
          log: (message) => log.debug(message),
        }),
      this.#life,
    );
    connection.onInitialize((params) => this.#initialize(params));
    return connection;
  }

  async #initialize(
    params: InitializeParams,
  ): Promise<InitializeResult | ResponseError<InitializeErrorData>> {
    const { start, version, log } = this.options;
    try {
      const vmSystem = negotiate(params);
      await this.#open(coreSettings(params, start));
      return { capabilities: { experimental: { vmSystem } }, serverInfo: { name: 'vm-system', version } };
    } catch (error) {
      const { code, message, data } = toResponseError(error, 'initialize', log);
      const { code: reason, details } = data ?? { code: 'INTERNAL' };
      const retry = worthRetrying.includes(reason);
      return new ResponseError(code, message, {
        code: reason,
        ...(details !== undefined && { details }),
        retry,
      });
    }
  }

  async #open(settings: CoreSettings): Promise<void> {
    const opening = this.options.openCore(settings);
    this.#opening = opening.catch(() => undefined);
    const core = await opening;
    if (this.#over) return;
    this.#core = core;
    const notifier = new Notifier(this.#outlet);
    this.#owned.push(notifier, core.changes.subscribe(notifier.announce));
    const dispatcher = new Dispatcher(this.#connection, this.#client, this.options.log);
    serveHost(dispatcher, core);
    serveCatalog(dispatcher, core);
    serveTemplates(dispatcher, core);
    serveSessions(dispatcher, core);
    serveExecutions(dispatcher, core, notifier);
    serveInspection(dispatcher, core);
  }

  /** A client that is behind gets no log on top. */
  #logToClient(type: number, message: string): void {
    if (!this.#outlet.congested) this.#gate.notify('window/logMessage', { type, message });
  }

  async #finish(ending: Ending): Promise<Ending> {
    this.#over = true;
    for (const owned of this.#owned) owned.dispose();
    this.options.log.info(`The connection ended: ${ending.reason}.`);
    this.#leaveCore();
    await Promise.all([this.options.transport.close(), this.#opening]);
    this.#connection.dispose();
    return ending;
  }

  #leaveCore(): void {
    try {
      this.#core?.clientGone(this.#client);
    } catch (error) {
      this.options.log.error('What the client had queued could not be cancelled:', error);
    }
  }
}

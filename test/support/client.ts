import type { Readable, Writable } from 'node:stream';
import {
  createMessageConnection,
  type MessageConnection,
  type ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type { z } from 'zod';
import type { ErrorData } from '../../shared/errors.js';
import type { Execution, ExecutionEvent, Session, Template } from '../../shared/models.js';
import {
  createSession,
  createTemplate,
  didChangeExecution,
  didEmitEvents,
  type InitializationOptions,
  runRepl,
  type VmRequest,
} from '../../shared/protocol.js';

export type Params<T extends VmRequest> = z.input<T['params']>;

/** Something that came over the wire, in the order it came. */
export type Heard =
  | { readonly what: 'execution'; readonly execution: Execution }
  | { readonly what: 'events'; readonly executionId: string; readonly events: readonly ExecutionEvent[] }
  | { readonly what: 'response'; readonly id: string | undefined };

/** A JSON-RPC client of a host, with what tests ask of it again and again. */
export class TestClient {
  readonly connection: MessageConnection;
  /** Notifications and responses to `run`, in order. */
  readonly heard: Heard[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(fromHost: Readable, toHost: Writable) {
    this.connection = createMessageConnection(
      new StreamMessageReader(fromHost),
      new StreamMessageWriter(toHost),
    );
    this.connection.onNotification(didChangeExecution.type, ({ execution }) =>
      this.#hear({ what: 'execution', execution }),
    );
    this.connection.onNotification(didEmitEvents.type, (batch) => {
      if ('events' in batch)
        this.#hear({ what: 'events', executionId: batch.executionId, events: batch.events });
    });
    this.connection.onClose(() => this.connection.dispose());
    this.connection.listen();
  }

  async initialize(options: InitializationOptions = {}, processId: number | null = null): Promise<unknown> {
    const result: unknown = await this.connection.sendRequest('initialize', {
      processId,
      rootUri: null,
      capabilities: {},
      initializationOptions: options,
    });
    await this.connection.sendNotification('initialized', {});
    return result;
  }

  /** Sends a request and checks the answer against the protocol's own schema. */
  async request<T extends VmRequest>(request: T, params: Params<T>): Promise<z.output<T['result']>> {
    const answer: unknown = await this.connection.sendRequest(request.method, params);
    this.#hear({ what: 'response', id: idOf(answer) });
    return request.result.parse(answer) as z.output<T['result']>;
  }

  /** @returns the `data` of the error that the request is refused with */
  async refusal(method: string, params: unknown): Promise<ErrorData & { message: string; rpcCode: number }> {
    const outcome = await this.connection.sendRequest(method, params).then(
      (answer: unknown) => ({ answer }),
      (error: unknown) => ({ error: error as ResponseError<ErrorData> }),
    );
    if (!('error' in outcome))
      throw new Error(`${method} was not refused: ${JSON.stringify(outcome.answer)}`);
    const { data, message, code } = outcome.error;
    return { ...(data ?? { code: 'INTERNAL' }), message, rpcCode: code };
  }

  template(params: Partial<Params<typeof createTemplate>> = {}): Promise<Template> {
    return this.request(createTemplate, { name: `template-${++names}`, ...params });
  }

  session(params: Params<typeof createSession> = {}): Promise<Session> {
    return this.request(createSession, params);
  }

  repl(
    session: Pick<Session, 'id'>,
    input: string,
    rest: Partial<Params<typeof runRepl>> = {},
  ): Promise<Execution> {
    return this.request(runRepl, { sessionId: session.id, input, ...rest });
  }

  /** The first thing heard that passes, now or later. */
  async hears<T extends Heard>(passes: (heard: Heard) => heard is T): Promise<T>;
  async hears(passes: (heard: Heard) => boolean): Promise<Heard>;
  async hears(passes: (heard: Heard) => boolean): Promise<Heard> {
    for (;;) {
      const found = this.heard.find(passes);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Ends the connection as an editor does. */
  async shutdown(): Promise<void> {
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
  }

  #hear(heard: Heard): void {
    this.heard.push(heard);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

let names = 0;

const idOf = (answer: unknown): string | undefined =>
  typeof answer === 'object' && answer !== null && 'id' in answer && typeof answer.id === 'string'
    ? answer.id
    : undefined;

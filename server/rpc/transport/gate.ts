/**
 * The reader and writer that the library's connection gets. The library serves whatever comes, in any state; the life
 * cycle, ids and shapes of messages are enforced here, so that behind the gate there are only requests to serve.
 */
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  type Disposable,
  ErrorCodes,
  LSPErrorCodes,
  Message,
  type MessageReader,
  type MessageWriter,
  type NotificationMessage,
  type RequestMessage,
  type ResponseMessage,
} from 'vscode-languageserver';
import { type ErrorData, validationError, VmError } from '../../../shared/errors.js';
import { maxMessageBytes } from '../../../shared/protocol.js';
import { asClientId, type ClientId, ClientIds } from './client-ids.js';
import { classify, type Incoming, isObject, type JsonObject } from './messages.js';
import type { Transport, TransportProblem, TransportSink } from './transport.js';

/** What the gate tells its owner. */
export interface GateObserver {
  /** `shutdown` was accepted: nothing is served from here on. */
  shutdownAccepted(): void;
  /** @param reason as in {@link TransportSink.ended} */
  transportEnded(reason: string): void;
  /** Something was dropped or refused that its sender may not have been told of. */
  refused(message: string): void;
  /** A message could not be written as JSON. @returns the error that its receiver gets for an answer */
  unwritable(error: unknown): WireError;
}

/** `starting`: initialize is being served. */
type Phase = 'new' | 'starting' | 'serving' | 'shutdown';

/** Requests and notifications, the messages that a state can refuse. */
type Call = Extract<Incoming, { method: string }>;

/** How many messages may come while initialize is being served; they are served after it. */
const maxHeld = 1000;

/** The error of a JSON-RPC response. */
export interface WireError {
  readonly code: number;
  readonly message: string;
  readonly data?: ErrorData;
}

export class Gate implements TransportSink {
  readonly reader: MessageReader;
  readonly writer: MessageWriter;
  readonly #ids = new ClientIds();
  #deliver: DataCallback = () => undefined;
  #phase: Phase = 'new';
  /** Our id of the initialize request being served. */
  #initializing: number | undefined;
  #held: Call[] = [];

  constructor(
    private readonly transport: Transport,
    private readonly observer: GateObserver,
  ) {
    this.reader = new GateReader((callback) => {
      this.#deliver = callback;
      transport.listen(this);
    });
    this.writer = new GateWriter((message) => this.#write(message));
  }

  /** Sends a notification. LSP allows none before initialize is answered, but log messages while it is served. */
  notify(method: string, params: unknown): void {
    const isAllowed = method === 'window/logMessage' ? this.#phase !== 'new' : this.#initialized;
    if (isAllowed) this.#send({ jsonrpc: '2.0', method, params });
  }

  get #initialized(): boolean {
    return this.#phase === 'serving' || this.#phase === 'shutdown';
  }

  message(value: unknown): void {
    const incoming = classify(value);
    switch (incoming.kind) {
      case 'request':
      case 'notification':
        this.#call(incoming);
        break;
      case 'response':
        this.#response(incoming.message);
        break;
      case 'invalid':
        this.#refuse(incoming.id, { code: ErrorCodes.InvalidRequest, message: incoming.reason });
        break;
    }
  }

  problem(problem: TransportProblem): void {
    if (problem.kind === 'unreadable') {
      this.#refuse(null, { code: ErrorCodes.ParseError, message: `Cannot read this: ${problem.reason}.` });
      return;
    }
    const { data, message } = new VmError(
      'REQUEST_TOO_LARGE',
      `The message has ${problem.bytes} bytes; the most is ${maxMessageBytes}.`,
      { bytes: problem.bytes, maxBytes: maxMessageBytes },
    );
    this.#refuse(asClientId(problem.id) ?? null, { code: LSPErrorCodes.RequestFailed, message, data });
  }

  ended(reason: string): void {
    this.observer.transportEnded(reason);
  }

  #call(call: Call): void {
    if (call.method === 'exit') {
      this.#notify(call);
    } else if (this.#phase === 'starting' && call.method !== 'initialize') {
      this.#hold(call);
    } else if (call.kind === 'request') {
      const error = this.#phaseError(call.method);
      if (error === undefined) this.#request(call);
      else this.#refuse(call.id, error);
    } else if (this.#phase === 'serving') {
      this.#notify(call);
    }
  }

  /** Why a request cannot be served in this phase. */
  #phaseError(method: string): WireError | undefined {
    const isInitialize = method === 'initialize';
    switch (this.#phase) {
      case 'new':
        if (isInitialize) return undefined;
        return { code: ErrorCodes.ServerNotInitialized, message: `Send initialize before ${method}.` };
      case 'starting':
      case 'serving':
        if (!isInitialize) return undefined;
        return { code: ErrorCodes.InvalidRequest, message: 'initialize was sent already.' };
      case 'shutdown':
        return {
          code: ErrorCodes.InvalidRequest,
          message: `After shutdown only exit is taken, not ${method}.`,
        };
    }
  }

  #request({ id, method, params }: Call & { kind: 'request' }): void {
    const named = namedParams(method, params);
    if (named instanceof VmError) {
      this.#refuse(id, { code: ErrorCodes.InvalidParams, message: named.message, data: named.data });
      return;
    }
    const ours = this.#ids.open(id);
    if (ours === undefined) {
      const message = `A request with the id ${JSON.stringify(id)} is still being served.`;
      this.#refuse(id, { code: ErrorCodes.InvalidRequest, message });
      return;
    }
    if (method === 'initialize') {
      this.#phase = 'starting';
      this.#initializing = ours;
    } else if (method === 'shutdown') {
      this.#phase = 'shutdown';
      this.observer.shutdownAccepted();
    }
    this.#pass({ jsonrpc: '2.0', id: ours, method, params: named });
  }

  #notify({ method, params }: Call): void {
    const named = namedParams(method, params);
    if (named instanceof VmError) {
      this.observer.refused(`Dropped the notification ${method}: ${named.message}`);
    } else if (method !== '$/cancelRequest') {
      this.#pass({ jsonrpc: '2.0', method, params: named });
    } else {
      const id = asClientId(named['id']);
      const ours = id === undefined ? undefined : this.#ids.find(id);
      if (ours !== undefined) this.#pass({ jsonrpc: '2.0', method, params: { id: ours } });
    }
  }

  /** Clients may not send more before initialize is answered, but scripts that pipe everything in at once do. */
  #hold(call: Call): void {
    if (this.#held.length < maxHeld) this.#held.push(call);
    else if (call.kind === 'request') {
      const message = 'Too many requests before initialize was answered.';
      this.#refuse(call.id, { code: ErrorCodes.ServerNotInitialized, message });
    }
  }

  #response({ id, error, result }: JsonObject): void {
    if (typeof id === 'number' && this.#phase !== 'new') {
      // The library fails on an answer that has neither.
      if (isObject(error)) this.#pass({ jsonrpc: '2.0', id, error: errorLiteral(error) });
      else this.#pass({ jsonrpc: '2.0', id, result: result ?? null });
    } else if (isObject(error)) {
      this.observer.refused(`The client could not take a message: ${errorLiteral(error).message}`);
    }
  }

  #pass(message: RequestMessage | NotificationMessage | ResponseMessage): void {
    this.#deliver(message);
  }

  #refuse(id: ClientId | null, error: WireError): void {
    if (id === null) this.observer.refused(error.message);
    this.transport.send({ jsonrpc: '2.0', id, error });
  }

  #write(message: Message): void {
    if (!Message.isResponse(message)) {
      this.#send(message);
      return;
    }
    const ours = Number(message.id);
    const id = this.#ids.close(ours);
    if (id === undefined) return;
    const answer: ResponseMessage = { ...message, id };
    const error = this.#send(answer);
    if (error !== undefined) this.#refuse(id, error);
    if (ours === this.#initializing) this.#initializeAnswered(message.error === undefined);
  }

  /** @returns why the message could not be written */
  #send(message: object): WireError | undefined {
    try {
      this.transport.send(message);
      return undefined;
    } catch (error) {
      return this.observer.unwritable(error);
    }
  }

  /** After a refusal the client may correct its options and initialize again. */
  #initializeAnswered(accepted: boolean): void {
    this.#initializing = undefined;
    this.#phase = accepted ? 'serving' : 'new';
    const held = this.#held;
    this.#held = [];
    for (const call of held) this.#call(call);
  }
}

/** Absent and null are `{}`. A list of params has no names, and every request here takes names. */
function namedParams(method: string, params: unknown): JsonObject | VmError {
  const named = params ?? {};
  if (!isObject(named)) {
    const given = Array.isArray(named) ? 'a list' : 'a plain value';
    return validationError(`${method} takes its params as an object, not as ${given}.`);
  }
  if (method !== 'initialize') return named;
  // The library looks into the capabilities before anybody can validate them.
  const capabilities = named['capabilities'] ?? {};
  return isObject(capabilities)
    ? { ...named, capabilities }
    : validationError('capabilities must be an object.', { field: 'capabilities' });
}

function errorLiteral({ code, message, data }: JsonObject): NonNullable<ResponseMessage['error']> {
  return {
    code: typeof code === 'number' ? code : ErrorCodes.UnknownErrorCode,
    message: typeof message === 'string' ? message : 'no reason given',
    data,
  };
}

class GateReader extends AbstractMessageReader {
  constructor(private readonly start: (callback: DataCallback) => void) {
    super();
  }

  listen(callback: DataCallback): Disposable {
    this.start(callback);
    return { dispose: () => this.dispose() };
  }
}

class GateWriter extends AbstractMessageWriter implements MessageWriter {
  constructor(private readonly send: (message: Message) => void) {
    super();
  }

  /** Never rejects: that the client went is told once, by the transport, and the library would log each message. */
  write(message: Message): Promise<void> {
    this.send(message);
    return Promise.resolve();
  }

  end(): void {
    // The transport is closed by the connection's owner, after everything was written.
  }
}

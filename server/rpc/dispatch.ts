/** How every request is served: validate, call core, answer or map the error. */
import { type CancellationToken, type Connection, ErrorCodes, ResponseError } from 'vscode-languageserver';
import type { ErrorData } from '../../shared/errors.js';
import type { ParamsOf, ResultOf, VmNotification, VmRequest } from '../../shared/protocol.js';
import type { Client, Log } from '../core/context.js';
import { toResponseError } from './errors.js';
import { validate } from './validation.js';

/** What a handler may want to know beside the params. */
interface Call {
  readonly client: Client;
  /** Fires when the client sends `$/cancelRequest`. */
  readonly signal: AbortSignal;
}

type Handler<R extends VmRequest> = (params: ParamsOf<R>, call: Call) => ResultOf<R> | Promise<ResultOf<R>>;

/** Serves requests of one client on its connection. */
export class Dispatcher {
  constructor(
    private readonly connection: Connection,
    private readonly client: Client,
    private readonly log: Log,
  ) {
    connection.onRequest((method: string) => unknownMethod(method));
  }

  /** Serves `request` with `handler`, whose params are valid and whose errors become the answer's. */
  handle<R extends VmRequest>(request: R, handler: Handler<R>): void {
    const { method } = request;
    const serve = async (
      params: unknown,
      token: CancellationToken,
    ): Promise<ResultOf<R> | ResponseError<ErrorData>> => {
      const cancellation = abortSignal(token);
      try {
        const valid = validate<R['params']>(request.params, withoutTokens(params), method);
        return await handler(valid, { client: this.client, signal: cancellation.signal });
      } catch (error) {
        return toResponseError(error, method, this.log);
      } finally {
        cancellation.dispose();
      }
    };
    this.connection.onRequest(method, serve);
  }

  /** Takes `notification`. One that is malformed is dropped with a line in the log, as nothing can be answered. */
  on<N extends VmNotification>(notification: N, handler: (params: ParamsOf<N>) => void): void {
    const { method } = notification;
    this.connection.onNotification(method, (params: unknown) => {
      try {
        handler(validate<N['params']>(notification.params, params, method));
      } catch (error) {
        this.log.warn(
          `Dropped the notification ${method}: ${toResponseError(error, method, this.log).message}`,
        );
      }
    });
  }
}

function unknownMethod(method: string): ResponseError<undefined> {
  return new ResponseError(ErrorCodes.MethodNotFound, `There is no method ${method.slice(0, 200)}.`);
}

/** LSP lets a client add progress tokens to any request; they are no fields of ours. */
function withoutTokens(params: unknown): unknown {
  if (typeof params !== 'object' || params === null) return params;
  return Object.fromEntries(
    Object.entries(params).filter(([key]) => key !== 'workDoneToken' && key !== 'partialResultToken'),
  );
}

function abortSignal(token: CancellationToken): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (token.isCancellationRequested) abort();
  const subscription = token.onCancellationRequested(abort);
  return { signal: controller.signal, dispose: () => subscription.dispose() };
}

/** The `fetch` module as guest code has it: the host makes the requests, to hosts that the session is granted. */
import { start } from 'vm:native';
import { takeData } from './fetch/body.js';
import { Headers } from './fetch/headers.js';
import { Request, type RequestInit } from './fetch/request.js';
import { type Head, receivedResponse, Response } from './fetch/response.js';

export { Headers, Request, Response };

/**
 * @returns the answer, whatever its status, when its body is there
 * @throws {TypeError} the request cannot be made, is not granted, or fails; `code` says why
 */
export function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new Request(input, init);
    const { url, method, headers, redirect, signal } = request;
    signal.throwIfAborted();
    const operation = start(
      'fetch.send',
      { url, method, headers: [...headers], redirect },
      takeData(request),
    );
    const abort = () => {
      operation.cancel();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    operation.promise
      .then(
        (answer) => resolve(receivedResponse(answer as Head, (answer as { bytes: Uint8Array }).bytes)),
        (error: unknown) => reject(withCause(error)),
      )
      .finally(() => signal.removeEventListener('abort', abort));
  });
}

export default fetch;

const prefix = 'fetch failed: ';

/** As in Node, the reason stands in an error of its own, too. */
function withCause(error: unknown): Error {
  if (!(error instanceof Error)) return new TypeError(String(error));
  const { message } = error;
  if (message.startsWith(prefix)) {
    const cause = new Error(message.slice(prefix.length));
    if ('code' in error) Object.defineProperty(cause, 'code', { value: error.code });
    Object.defineProperty(error, 'cause', { value: cause, writable: true, configurable: true });
  }
  return error;
}

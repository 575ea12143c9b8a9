/** `Response` as the Fetch standard describes it, with a body that is whole from the start. */
import { Body, type BodyInit, contentOf, putData, shareData } from './body.js';
import { type Guard, guardedHeaders, Headers, type HeadersInit } from './headers.js';

export interface ResponseInit {
  readonly status?: number | undefined;
  readonly statusText?: string | undefined;
  readonly headers?: HeadersInit | undefined;
}

/** What the host answers. */
export interface Head {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly url: string;
  readonly redirected: boolean;
}

type ResponseType = 'basic' | 'default' | 'error';

const bodiless = [101, 204, 205, 304];
const redirects = [301, 302, 303, 307, 308];

/** Makes the response that came over the network. */
export let receivedResponse: (head: Head, bytes: Uint8Array) => Response;

export class Response extends Body {
  #status: number;
  #statusText: string;
  #headers: Headers;
  #type: ResponseType = 'default';
  #url = '';
  #redirected = false;

  constructor(body?: BodyInit | null, init: ResponseInit = {}) {
    const { status: given = 200, statusText = '' } = init as { status?: unknown; statusText?: unknown };
    const status = Number(given);
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new RangeError(`The status of a response is from 200 to 599, not ${String(given)}`);
    }
    const content = contentOf(body);
    if (content !== undefined && bodiless.includes(status)) {
      throw new TypeError(`A response with the status ${status} has no body`);
    }
    super(content?.data);
    this.#status = status;
    this.#statusText = String(statusText);
    this.#headers = new Headers(init.headers);
    if (content?.type !== undefined && !this.#headers.has('content-type')) {
      this.#headers.set('content-type', content.type);
    }
  }

  static error(): Response {
    const response = new Response();
    response.#status = 0;
    response.#dress('error', [], 'immutable');
    return response;
  }

  static redirect(url: string | URL, status = 302): Response {
    if (!redirects.includes(status)) throw new RangeError(`${status} is not the status of a redirect`);
    const response = new Response(null, { status });
    response.#dress('default', [['location', new URL(url).href]], 'immutable');
    return response;
  }

  static json(data: unknown, init: ResponseInit = {}): Response {
    const text = JSON.stringify(data) as string | undefined;
    if (text === undefined) throw new TypeError('The value cannot be written as JSON');
    const headers = new Headers(init.headers);
    if (!headers.has('content-type')) headers.set('content-type', 'application/json');
    return new Response(text, { ...init, headers });
  }

  get status(): number {
    return this.#status;
  }

  get ok(): boolean {
    return this.#status >= 200 && this.#status <= 299;
  }

  get statusText(): string {
    return this.#statusText;
  }

  get headers(): Headers {
    return this.#headers;
  }

  get type(): ResponseType {
    return this.#type;
  }

  get url(): string {
    return this.#url;
  }

  get redirected(): boolean {
    return this.#redirected;
  }

  get [Symbol.toStringTag](): string {
    return 'Response';
  }

  clone(): Response {
    const copy = new Response();
    putData(copy, shareData(this));
    copy.#status = this.#status;
    copy.#statusText = this.#statusText;
    copy.#dress(this.#type, this.#headers, this.#type === 'default' ? 'none' : 'immutable');
    copy.#url = this.#url;
    copy.#redirected = this.#redirected;
    return copy;
  }

  #dress(type: ResponseType, headers: HeadersInit, guard: Guard): void {
    this.#type = type;
    this.#headers = guardedHeaders(headers, guard);
  }

  static {
    receivedResponse = ({ status, statusText, headers, url, redirected }, bytes) => {
      const response = new Response();
      if (!bodiless.includes(status)) putData(response, bytes);
      response.#status = status;
      response.#statusText = statusText;
      response.#dress('basic', headers, 'immutable');
      response.#url = url;
      response.#redirected = redirected;
      return response;
    };
  }
}

/** `Request` as the Fetch standard describes it, without what only browsers have. */
import { Body, type BodyInit, contentOf, shareData, takeData } from './body.js';
import { guardedHeaders, type Headers, type HeadersInit } from './headers.js';

export type Redirect = 'follow' | 'manual' | 'error';

export interface RequestInit {
  readonly method?: string | undefined;
  readonly headers?: HeadersInit | undefined;
  readonly body?: BodyInit | null | undefined;
  readonly redirect?: Redirect | undefined;
  readonly signal?: AbortSignal | null | undefined;
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export class Request extends Body {
  readonly #method: string;
  readonly #url: string;
  readonly #headers: Headers;
  readonly #redirect: Redirect;
  readonly #signal: AbortSignal;

  constructor(input: string | URL | Request, init: RequestInit = {}) {
    const from = input instanceof Request ? input : undefined;
    const method = init.method === undefined ? (from?.method ?? 'GET') : checkedMethod(init.method);
    const given = contentOf(init.body);
    if (given !== undefined && (method === 'GET' || method === 'HEAD')) {
      throw new TypeError(`A request with the method ${method} cannot have a body`);
    }
    super(given?.data ?? (init.body === undefined && from !== undefined ? takeData(from) : undefined));
    this.#url = from?.url ?? checkedUrl(input);
    this.#method = method;
    this.#headers = guardedHeaders(init.headers ?? from?.headers, 'request');
    if (given?.type !== undefined && !this.#headers.has('content-type')) {
      this.#headers.set('content-type', given.type);
    }
    this.#redirect = checkedRedirect(init.redirect ?? from?.redirect ?? 'follow');
    const signal = init.signal === undefined ? from?.signal : init.signal;
    this.#signal = checkedSignal(signal) ?? new AbortController().signal;
  }

  get method(): string {
    return this.#method;
  }

  get url(): string {
    return this.#url;
  }

  get headers(): Headers {
    return this.#headers;
  }

  get redirect(): Redirect {
    return this.#redirect;
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  get [Symbol.toStringTag](): string {
    return 'Request';
  }

  clone(): Request {
    const { method, headers, redirect, signal } = this;
    const type = headers.get('content-type');
    const copy = new Request(this.#url, {
      method,
      headers,
      redirect,
      signal,
      body: shareData(this) as BodyInit | undefined,
    });
    if (type === null) copy.headers.delete('content-type');
    return copy;
  }
}

function checkedMethod(method: unknown): string {
  const text = String(method);
  if (!token.test(text)) throw new TypeError(`${JSON.stringify(text)} is not a method`);
  if (/^(?:CONNECT|TRACE|TRACK)$/i.test(text)) throw new TypeError(`The method ${text} cannot be used`);
  return /^(?:DELETE|GET|HEAD|OPTIONS|POST|PUT)$/i.test(text) ? text.toUpperCase() : text;
}

function checkedUrl(input: unknown): string {
  const text = String(input);
  if (!URL.canParse(text)) throw new TypeError(`${JSON.stringify(text)} is not an absolute URL`);
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('A URL with credentials cannot be fetched; send a header authorization');
  }
  return url.href;
}

function checkedRedirect(redirect: string): Redirect {
  if (redirect === 'follow' || redirect === 'manual' || redirect === 'error') return redirect;
  throw new TypeError(`redirect is 'follow', 'manual' or 'error', not ${JSON.stringify(redirect)}`);
}

function checkedSignal(signal: AbortSignal | null | undefined): AbortSignal | undefined {
  if (signal === null || signal === undefined) return undefined;
  if (!(signal instanceof AbortSignal)) throw new TypeError('signal is not an AbortSignal');
  return signal;
}

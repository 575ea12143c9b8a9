/** The `fetch` module's side in the host: requests to granted hosts, redirects followed by the rules of the web. */
import { z } from 'zod';
import type { Capability } from '../../../../shared/models.js';
import { type CallContext, DataAnswer, type HostServices } from '../host-services.js';
import { ServiceError } from '../service-error.js';
import { isSystemError } from '../system-error.js';
import { type Answer, exchange, type HeaderList } from './fetch-exchange.js';
import { addressesOf, type Lookup, lookupOfSystem } from './fetch-lookup.js';
import { requireAddress, requireHost } from './fetch-rules.js';
import type { Grants } from './grants.js';

/** As the web's standard says. */
const maxRedirects = 20;
const redirects = new Set([301, 302, 303, 307, 308]);
const defaultTimeoutMs = 30_000;
const defaultMaxResponseKb = 10_240;

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Latin-1 without control characters: nothing that could end a header. */
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const Header = z.tuple([z.string().max(200).regex(token), z.string().max(65_536).regex(headerValue)]);
const Call = z.strictObject({
  url: z.string().max(65_536),
  method: z.string().max(50).regex(token),
  headers: z.array(Header).max(500),
  redirect: z.enum(['follow', 'manual', 'error']),
});
const Config = z.object({ timeoutMs: z.number().optional(), maxResponseKb: z.number().optional() });

/** Methods that are no requests for something, and must not reach a server from here. */
const forbiddenMethods = /^(?:CONNECT|TRACE|TRACK)$/i;
/** Headers that say how the connection is used, which is the host's matter. */
const forbiddenHeader =
  /^(?:host|connection|content-length|transfer-encoding|keep-alive|upgrade|te|trailer|expect|http2-settings|proxy-.*)$/i;
/** Headers that speak of a body, which is gone when a redirect turns a request into GET. */
const bodyHeader = /^content-(?:encoding|language|location|type)$/i;
/** Headers that are meant for one origin. */
const credentialHeader = /^(?:authorization|cookie2?)$/i;

interface Request {
  readonly url: URL;
  readonly method: string;
  readonly headers: HeaderList;
  readonly body: Uint8Array | undefined;
}

export interface FetchOptions {
  /** How names are looked up; as the system does it, unless something else is given. */
  readonly lookup?: Lookup;
}

/** A session's requests. */
export class Fetches {
  readonly services: HostServices = {
    'fetch.send': (payload, context) => this.#fetch(Call.parse(payload), context),
  };
  readonly #lookup: Lookup;

  constructor(
    private readonly grants: Grants,
    { lookup = lookupOfSystem }: FetchOptions = {},
  ) {
    this.#lookup = lookup;
  }

  async #fetch(call: z.infer<typeof Call>, { data, signal }: CallContext): Promise<DataAnswer> {
    try {
      const { answer, url, redirected } = await this.#follow(call, data, signal);
      const { body, ...head } = answer;
      url.hash = '';
      return new DataAnswer(body, 'bytes', { ...head, url: url.href, redirected });
    } catch (error) {
      throw signal.aborted ? error : fetchFailed(error);
    }
  }

  async #follow(
    { url, method, headers, redirect }: z.infer<typeof Call>,
    data: Uint8Array | undefined,
    signal: AbortSignal,
  ) {
    const startedAt = performance.now();
    let request: Request = {
      url: parseUrl(url),
      method,
      headers: headers.filter(([name]) => !forbiddenHeader.test(name)),
      body: data,
    };
    for (let hops = 0; ; hops++) {
      const answer = await this.#send(request, startedAt, signal);
      const location = answer.headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
      if (!redirects.has(answer.status) || location === undefined || redirect === 'manual') {
        return { answer, url: request.url, redirected: hops > 0 };
      }
      if (redirect === 'error') throw new Error(`${request.url.host} redirects, which the request forbids`);
      if (hops >= maxRedirects) throw new Error(`it was redirected more than ${maxRedirects} times`);
      request = redirected(request, answer.status, location);
    }
  }

  /** Judges the request, then where its host leads, and only then connects: there. */
  async #send(request: Request, startedAt: number, signal: AbortSignal): Promise<Answer> {
    const { url, method } = request;
    if (!/^https?:$/.test(url.protocol))
      throw new Error(`only http and https can be fetched, not ${url.protocol}`);
    if (forbiddenMethods.test(method)) throw new Error(`the method ${method} cannot be used`);
    const rule = requireHost(this.grants, url, method);
    const { timeoutMs, maxBytes } = limitsOf(rule);
    const left = Math.max(0, Math.ceil(startedAt + timeoutMs - performance.now()));
    const deadline = AbortSignal.timeout(left);
    const either = AbortSignal.any([signal, deadline]);
    try {
      const addresses = await addressesOf(url.hostname, this.#lookup, either);
      if (addresses.length === 0) throw new Error(`${url.hostname} has no address`);
      for (const { address } of addresses) requireAddress(this.grants, url, method, address);
      return await exchange({ ...request, headers: completed(request), addresses, maxBytes, signal: either });
    } catch (error) {
      if (!deadline.aborted || signal.aborted) throw error;
      throw new ServiceError('ETIMEDOUT', `it took longer than ${timeoutMs} ms`);
    }
  }
}

function limitsOf({ config }: Capability) {
  const { timeoutMs, maxResponseKb } = Config.parse(config);
  return {
    timeoutMs: timeoutMs ?? defaultTimeoutMs,
    maxBytes: (maxResponseKb ?? defaultMaxResponseKb) * 1024,
  };
}

function parseUrl(text: string, base?: URL): URL {
  if (!URL.canParse(text, base?.href)) throw new Error(`${JSON.stringify(text)} is not a URL`);
  const url = new URL(text, base);
  if (url.username !== '' || url.password !== '') throw new Error('a URL with credentials cannot be fetched');
  return url;
}

/** What other clients send, too, unless the request says otherwise. */
function completed({ url, headers }: Request): HeaderList {
  const usual = [
    ['accept', '*/*'],
    ['accept-encoding', 'gzip, deflate, br'],
    ['user-agent', 'vm-system'],
  ] as const;
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  return [['host', url.host], ...headers, ...usual.filter(([name]) => !given.has(name))];
}

function redirected({ url, method, headers, body }: Request, status: number, location: string): Request {
  // Header bytes are UTF-8 here, though HTTP gives them as Latin-1.
  const next = parseUrl(Buffer.from(location, 'latin1').toString('utf8'), url);
  if (next.hash === '') next.hash = url.hash;
  const becomesGet =
    (status === 303 && method !== 'GET' && method !== 'HEAD') ||
    ((status === 301 || status === 302) && method === 'POST');
  const isDropped = (name: string) =>
    (becomesGet && bodyHeader.test(name)) || (next.origin !== url.origin && credentialHeader.test(name));
  return {
    url: next,
    method: becomesGet ? 'GET' : method,
    headers: headers.filter(([name]) => !isDropped(name)),
    body: becomesGet ? undefined : body,
  };
}

/** As other implementations say it: a TypeError, whose code tells the cause. */
function fetchFailed(error: unknown): ServiceError {
  const code = error instanceof ServiceError || isSystemError(error) ? error.code : 'FETCH_FAILED';
  // Where several addresses were tried, only the code says why.
  const why = error instanceof Error && error.message !== '' ? error.message : code;
  return new ServiceError(code, `fetch failed: ${why}`, 'TypeError');
}

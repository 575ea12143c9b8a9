/** One HTTP request and its response, over a connection of its own to an address that was checked. */
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { Readable, Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';

export type HeaderList = readonly (readonly [name: string, value: string])[];

export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: HeaderList;
  readonly body: Uint8Array | undefined;
  /** The addresses to connect to, which nobody looks up again. */
  readonly addresses: readonly Address[];
  /** The most that the body may have, decoded or not, in bytes. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface Address {
  readonly address: string;
  readonly family: number;
}

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
}

/** The body is larger than it may be. */
class BodyTooLarge extends Error {
  constructor(maxBytes: number) {
    super(`the response is larger than ${Math.ceil(maxBytes / 1024)} KB`);
  }
}

/** As many encodings on top of each other as other clients take. */
const maxEncodings = 5;
const bodiless = new Set([204, 205, 304]);

/** @throws BodyTooLarge; whatever the connection fails with */
export function exchange(request: Exchange): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { url, method, headers, addresses, signal } = request;
    const known = new Set(addresses.map(({ address }) => address));
    const outgoing = (url.protocol === 'https:' ? https : http).request({
      method,
      protocol: url.protocol,
      hostname: bare(url.hostname),
      port: portOf(url),
      path: url.pathname + url.search,
      headers: flat(headers),
      setHost: true,
      // A connection is nobody else's, before or after.
      agent: false,
      lookup: answering(addresses),
      rejectUnauthorized: true,
      signal,
    });
    outgoing.once('error', reject);
    outgoing.once('socket', (socket) => {
      socket.once('connect', () => {
        if (socket.remoteAddress !== undefined && !known.has(socket.remoteAddress)) {
          outgoing.destroy(new Error('the connection goes to another address than was checked'));
        }
      });
    });
    outgoing.once('response', (response) => {
      readBody(response, request).then((body) => resolve({ ...headOf(response), body }), reject);
    });
    outgoing.end(request.body);
  });
}

export const portOf = ({ protocol, port }: URL): number =>
  port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);

/** IPv6 addresses have no brackets outside of URLs. */
export const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

function answering(addresses: readonly Address[]): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (first === undefined) callback(new Error('there is no address'), '', 0);
    else if (options.all === true) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}

/** A name's values are sent one by one. */
function flat(headers: HeaderList): Record<string, string | string[]> {
  const byName = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    byName.set(key, [...(byName.get(key) ?? []), value]);
  }
  return Object.fromEntries([...byName].map(([name, values]) => [name, single(values) ?? values]));
}

const single = (values: readonly string[]): string | undefined =>
  values.length === 1 ? values[0] : undefined;

function headOf({ statusCode, statusMessage, rawHeaders }: http.IncomingMessage): Omit<Answer, 'body'> {
  const headers: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    headers.push([rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '']);
  return { status: statusCode ?? 0, statusText: statusMessage ?? '', headers };
}

async function readBody(response: http.IncomingMessage, { method, maxBytes }: Exchange): Promise<Uint8Array> {
  if (method === 'HEAD' || bodiless.has(response.statusCode ?? 0)) {
    response.destroy();
    return new Uint8Array();
  }
  const decoders = encodingsOf(response.headers['content-encoding']).map((name) => decoder(name, maxBytes));
  const received = Readable.from(capped(response, maxBytes));
  const last = decoders.at(-1) ?? received;
  const flowing = decoders.length === 0 ? undefined : pipeline([received, ...decoders]);
  // What fails in one of them fails the last, too, where it is noticed.
  flowing?.catch(() => undefined);
  return await gathered(last, maxBytes);
}

/** @returns the body's encodings, the last one applied first; none when one is not known, so that it stays as it is */
function encodingsOf(header: string | undefined): string[] {
  const names = (header ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length > maxEncodings) throw new Error('the response is encoded too many times');
  return names.every((name) => /^(?:(?:x-)?gzip|deflate|br)$/.test(name)) ? names.reverse() : [];
}

/** What a server leaves unfinished is taken as far as it goes, as other clients do. */
const untilItEnds = { flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH };

function decoder(encoding: string, maxBytes: number): Transform {
  if (encoding === 'br') {
    const { BROTLI_OPERATION_FLUSH: flush } = zlib.constants;
    return zlib.createBrotliDecompress({ flush, finishFlush: flush });
  }
  return encoding === 'deflate' ? new Inflation(maxBytes) : zlib.createGunzip(untilItEnds);
}

/** `deflate` means the zlib format, but some servers send the bare data: its first byte tells. */
class Inflation extends Transform {
  #inflater: zlib.Inflate | zlib.InflateRaw | undefined;
  #size = 0;

  constructor(private readonly maxBytes: number) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const [first] = chunk;
    if (first === undefined) done();
    else (this.#inflater ??= this.#start((first & 0x0f) === 8)).write(chunk, done);
  }

  override _flush(done: TransformCallback): void {
    if (this.#inflater === undefined) done();
    else this.#inflater.once('end', () => done()).end();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inflater?.destroy();
    done(error);
  }

  #start(hasHeader: boolean): zlib.Inflate | zlib.InflateRaw {
    const inflater = hasHeader ? zlib.createInflate(untilItEnds) : zlib.createInflateRaw(untilItEnds);
    inflater.on('data', (chunk: Buffer) => {
      this.#size += chunk.length;
      // A few bytes become very many: what is too much must not pile up here.
      if (this.#size > this.maxBytes) this.destroy(new BodyTooLarge(this.maxBytes));
      else this.push(chunk);
    });
    inflater.once('error', (error) => this.destroy(error));
    return inflater;
  }
}

async function* capped(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > maxBytes) throw new BodyTooLarge(maxBytes);
    yield chunk;
  }
}

async function gathered(source: AsyncIterable<Buffer>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of capped(source, maxBytes)) chunks.push(chunk);
  const size = chunks.reduce((sum, { length }) => sum + length, 0);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

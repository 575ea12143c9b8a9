/**
 * The base protocol of LSP over bytes: header lines that end in CRLF, an empty line, then `Content-Length` bytes of
 * JSON. A peer that gets a header wrong is told so and the reader goes on at the next `Content-Length:`; it never waits
 * in silence for bytes that will not come.
 */
import { TopLevelIdFinder } from './top-level-id.js';

/** What the bytes turned out to be, in order. */
export type Framed =
  | { readonly kind: 'message'; readonly body: Buffer }
  /** Over the size limit: passed over without keeping it. `id` is its JSON-RPC id where one was found. */
  | { readonly kind: 'oversized'; readonly bytes: number; readonly id: unknown }
  /** Not a header that this protocol has; reading goes on behind it. */
  | { readonly kind: 'malformed'; readonly reason: string }
  /** No header for so long that the peer cannot be speaking this protocol. Nothing comes after it. */
  | { readonly kind: 'hopeless'; readonly reason: string };

export interface FramingOptions {
  /** The largest body that is kept, in bytes. */
  readonly maxMessageBytes: number;
}

/** A length above this is a broken header, not a message: passing over it would swallow everything after it. */
const maxSkippedBytes = 1024 * 1024 * 1024;

/** Headers are two short lines; a longer one is not a header. */
const maxHeaderLineBytes = 1024;

/** How far the next header may be before the peer is given up. */
const maxResyncBytes = 16 * 1024 * 1024;

const headerName = /^[A-Za-z0-9-]+$/;
const wholeLengthHeader = /content-length:[ \t]{0,8}[0-9]{1,15}[ \t]{0,8}\r\n/i;
/** The longest text that {@link wholeLengthHeader} matches: what may still become a match with the next chunk. */
const longestLengthHeader = 'content-length:'.length + 8 + 15 + 8 + 2;

const LF = 0x0a;
const notCrlf = 'header lines must end in CRLF';

interface Header {
  /** There was a field, so that an empty line ends the header. */
  started?: true;
  length?: number;
  /** Why the body, whose length is known, cannot be read. */
  unreadable?: string;
}

type State =
  | { readonly kind: 'header'; readonly header: Header; readonly line: Buffer }
  | { readonly kind: 'body'; readonly chunks: Buffer[]; missing: number }
  | { readonly kind: 'skip'; missing: number; readonly length: number; finder: TopLevelIdFinder | undefined }
  | { readonly kind: 'resync'; readonly held: Buffer; readonly skipped: number }
  | { readonly kind: 'closed' };

const empty = Buffer.alloc(0);

/** Cuts a stream of bytes into messages. How the stream was chunked makes no difference to what comes out. */
export class FrameParser {
  #state: State = startOfHeader();

  constructor(private readonly options: FramingOptions) {}

  /**
   * Takes the next bytes of the stream.
   *
   * @returns what they complete, in order
   */
  push(chunk: Buffer): Framed[] {
    const out: Framed[] = [];
    let rest = chunk;
    while (rest.length > 0) rest = this.#step(rest, out);
    return out;
  }

  /** Takes bytes from the front of `input`. @returns those that are left */
  #step(input: Buffer, out: Framed[]): Buffer {
    switch (this.#state.kind) {
      case 'header':
        return this.#readHeader(this.#state, input, out);
      case 'body':
        return this.#readBody(this.#state, input, out);
      case 'skip':
        return this.#skipBody(this.#state, input, out);
      case 'resync':
        return this.#resync(this.#state, input, out);
      case 'closed':
        return empty;
    }
  }

  #readHeader(state: State & { kind: 'header' }, input: Buffer, out: Framed[]): Buffer {
    const end = input.indexOf(LF);
    const line = Buffer.concat([state.line, end === -1 ? input : input.subarray(0, end + 1)]);
    const rest = end === -1 ? empty : input.subarray(end + 1);
    const problem = headerProblem(line, state.header);
    if (problem !== undefined) {
      out.push({ kind: 'malformed', reason: problem });
      this.#state = { kind: 'resync', held: empty, skipped: 0 };
      // From its second byte, so that the broken line is not found again but one inside it is.
      return Buffer.concat([line.subarray(1), rest]);
    }
    if (end === -1) {
      this.#state = { ...state, line };
      return rest;
    }
    const text = line.toString('latin1').trim();
    if (text !== '') this.#state = { kind: 'header', header: withField(state.header, text), line: empty };
    // An empty line before any field is a stray line end between messages, and harmless.
    else if (state.header.started === undefined) this.#state = startOfHeader();
    else this.#startBody(state.header, out);
    return rest;
  }

  #startBody({ length, unreadable }: Header, out: Framed[]): void {
    if (length === undefined) {
      out.push({ kind: 'malformed', reason: 'a header has no Content-Length' });
      this.#state = { kind: 'resync', held: empty, skipped: 0 };
    } else if (unreadable !== undefined) {
      out.push({ kind: 'malformed', reason: unreadable });
      this.#state =
        length === 0 ? startOfHeader() : { kind: 'skip', missing: length, length, finder: undefined };
    } else if (length > this.options.maxMessageBytes) {
      this.#state = { kind: 'skip', missing: length, length, finder: new TopLevelIdFinder() };
    } else if (length === 0) {
      out.push({ kind: 'message', body: empty });
      this.#state = startOfHeader();
    } else {
      this.#state = { kind: 'body', chunks: [], missing: length };
    }
  }

  #readBody(state: State & { kind: 'body' }, input: Buffer, out: Framed[]): Buffer {
    const part = input.subarray(0, state.missing);
    state.chunks.push(part);
    state.missing -= part.length;
    if (state.missing === 0) {
      out.push({ kind: 'message', body: Buffer.concat(state.chunks) });
      this.#state = startOfHeader();
    }
    return input.subarray(part.length);
  }

  /** Tells of the message as soon as its id is known, so that its sender need not send all of it to hear. */
  #skipBody(state: State & { kind: 'skip' }, input: Buffer, out: Framed[]): Buffer {
    const part = input.subarray(0, state.missing);
    state.missing -= part.length;
    if (state.finder !== undefined) {
      const found = state.finder.push(part);
      if (found !== undefined || state.missing === 0) {
        out.push({ kind: 'oversized', bytes: state.length, id: found?.id });
        state.finder = undefined;
      }
    }
    if (state.missing === 0) this.#state = startOfHeader();
    return input.subarray(part.length);
  }

  #resync(state: State & { kind: 'resync' }, input: Buffer, out: Framed[]): Buffer {
    const seen = Buffer.concat([state.held, input]);
    const at = seen.toString('latin1').search(wholeLengthHeader);
    if (at !== -1) {
      this.#state = startOfHeader();
      return seen.subarray(at);
    }
    const skipped = state.skipped + input.length;
    if (skipped > maxResyncBytes) {
      out.push({ kind: 'hopeless', reason: `no Content-Length header in ${maxResyncBytes} bytes` });
      this.#state = { kind: 'closed' };
    } else {
      this.#state = { kind: 'resync', held: Buffer.from(seen.subarray(-longestLengthHeader)), skipped };
    }
    return empty;
  }
}

function startOfHeader(): State {
  return { kind: 'header', header: {}, line: empty };
}

/**
 * Judges a line that may still be incomplete, as early as it can be judged: text that is no header often has no line
 * end either, and its sender waits for an answer.
 */
function headerProblem(line: Buffer, header: Header): string | undefined {
  const text = line.toString('latin1');
  const complete = text.endsWith('\n');
  if (text === '\r' || text === '\r\n') return undefined;
  if (text === '\n') return header.started === undefined ? undefined : notCrlf;
  const colon = text.indexOf(':');
  const name = colon === -1 ? text.replace(/\r?\n?$/, '') : text.slice(0, colon);
  if (!headerName.test(name)) return 'a header line must look like "Content-Length: 42"';
  if (complete && colon === -1) return `the header line "${name.slice(0, 80)}" has no colon`;
  if (complete && !text.endsWith('\r\n')) return notCrlf;
  if (line.length > maxHeaderLineBytes) return 'a header line is too long';
  if (!complete || name.toLowerCase() !== 'content-length') return undefined;
  return lengthProblem(text.slice(colon + 1).trim(), header);
}

function lengthProblem(value: string, header: Header): string | undefined {
  if (!/^[0-9]{1,15}$/.test(value)) return 'Content-Length must be a number of bytes';
  const length = Number(value);
  if (length > maxSkippedBytes) return `Content-Length ${value} is absurd`;
  if (header.length !== undefined && header.length !== length) return 'two Content-Length headers disagree';
  return undefined;
}

function withField(header: Header, line: string): Header {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon).toLowerCase();
  const value = line.slice(colon + 1).trim();
  if (name === 'content-length') return { ...header, started: true, length: Number(value) };
  if (name === 'content-type') return { ...header, started: true, ...unreadableCharset(value) };
  return { ...header, started: true };
}

/** The base protocol knows UTF-8 only, under two names. */
function unreadableCharset(contentType: string): Pick<Header, 'unreadable'> {
  const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1];
  if (charset === undefined || /^utf-?8$/i.test(charset)) return {};
  return { unreadable: `charset ${charset} is not supported; send utf-8` };
}

/** Messages over a pair of byte streams: stdio, a pipe, a socket. */
import type { Readable } from 'node:stream';
import { maxMessageBytes } from '../../../shared/protocol.js';
import { FrameParser } from './framing.js';
import { defaultOutboxLimits, Outbox, type OutboxLimits } from './outbox.js';
import type { Transport, TransportSink } from './transport.js';

/** Where bytes go: a Writable, or the part of one that is used here. */
interface ByteOutput {
  write(chunk: Uint8Array, done: (error?: Error | null) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export interface ByteStreams {
  readonly input: Readable;
  readonly output: ByteOutput;
  /** Lets go of both, after what was written went out. */
  close(): void;
}

export interface ByteTransportOptions {
  readonly maxMessageBytes?: number;
  readonly outbox?: OutboxLimits;
}

/** How long closing waits for a client to take what is unsent. */
const closeDeadlineMs = 1000;

export class ByteTransport implements Transport {
  readonly #parser: FrameParser;
  readonly #outbox: Outbox;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #sink: TransportSink | undefined;
  #ended = false;
  #closing: Promise<void> | undefined;

  constructor(
    private readonly streams: ByteStreams,
    options: ByteTransportOptions = {},
  ) {
    this.#parser = new FrameParser({ maxMessageBytes: options.maxMessageBytes ?? maxMessageBytes });
    const limits = options.outbox ?? defaultOutboxLimits;
    this.#outbox = new Outbox(limits, () =>
      this.#end(`the client has read nothing for ${limits.stallMs / 1000} s with messages waiting for it`),
    );
    // Without a listener, a client that went away would be an uncaught exception.
    streams.output.on('error', (error) => this.#end(`the client cannot be written to (${error.message})`));
  }

  get congested(): boolean {
    return this.#outbox.congested;
  }

  onDrain(listener: () => void): void {
    this.#outbox.onDrain(listener);
  }

  listen(sink: TransportSink): void {
    this.#sink = sink;
    const { input } = this.streams;
    input.on('data', (chunk: Buffer) => this.#receive(chunk));
    input.on('end', () => this.#end('its input ended'));
    input.on('close', () => this.#end('its input was closed'));
    input.on('error', (error) => this.#end(`its input failed (${error.message})`));
  }

  send(message: object): void {
    if (this.#ended) return;
    const frame = frameOf(message);
    this.#outbox.wrote(frame.length);
    this.streams.output.write(frame, () => this.#outbox.sent(frame.length));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#ended = true;
    await this.#outbox.emptied(closeDeadlineMs);
    this.#outbox.dispose();
    this.streams.close();
  }

  #receive(chunk: Buffer): void {
    for (const framed of this.#parser.push(chunk)) {
      if (this.#ended) return;
      switch (framed.kind) {
        case 'message':
          this.#deliver(framed.body);
          break;
        case 'oversized':
          this.#sink?.problem(framed);
          break;
        case 'malformed':
          this.#sink?.problem({ kind: 'unreadable', reason: framed.reason });
          break;
        case 'hopeless':
          this.#end(`the client does not speak this protocol (${framed.reason})`);
          break;
      }
    }
  }

  #deliver(body: Buffer): void {
    let value: unknown;
    try {
      value = JSON.parse(this.#decoder.decode(body));
    } catch (error) {
      const reason = error instanceof SyntaxError ? 'the message is not JSON' : 'the message is not UTF-8';
      this.#sink?.problem({ kind: 'unreadable', reason });
      return;
    }
    this.#sink?.message(value);
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#sink?.ended(reason);
  }
}

function frameOf(message: object): Buffer {
  const json = JSON.stringify(message);
  const length = Buffer.byteLength(json);
  const header = `Content-Length: ${length}\r\n\r\n`;
  const frame = Buffer.allocUnsafe(header.length + length);
  frame.write(header, 'latin1');
  frame.write(json, header.length, 'utf8');
  return frame;
}

/** A client that writes bytes and reads messages, with a frame reader of its own. */
import assert from 'node:assert/strict';
import type { Readable, Writable } from 'node:stream';

export interface WireMessage {
  readonly jsonrpc: '2.0';
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: Record<string, unknown>;
  };
}

/** Text of a message with its header. */
export function framed(message: unknown): string {
  const json = JSON.stringify(message);
  return `Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`;
}

export class RawClient {
  /** Everything received so far, in order. */
  readonly received: WireMessage[] = [];
  readonly #waiting = new Set<() => void>();
  #bytes = Buffer.alloc(0);
  #closed = false;

  constructor(
    private readonly toHost: Writable,
    fromHost: Readable,
  ) {
    fromHost.on('data', (chunk: Buffer) => this.#receive(chunk));
    fromHost.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  write(bytes: string | Uint8Array): void {
    this.toHost.write(bytes);
  }

  send(message: unknown): void {
    this.write(framed(message));
  }

  end(): void {
    this.toHost.end();
  }

  notify(method: string, params?: unknown): void {
    this.send({ jsonrpc: '2.0', method, ...(params !== undefined && { params }) });
  }

  /** Sends a request and waits for its answer. */
  request(id: string | number, method: string, params?: unknown): Promise<WireMessage> {
    this.send({ jsonrpc: '2.0', id, method, ...(params !== undefined && { params }) });
    return this.answer(id);
  }

  /** Waits for the answer that has this very id. */
  answer(id: string | number | null): Promise<WireMessage> {
    return this.next((message) => message.id === id && message.method === undefined);
  }

  notification(method: string): Promise<WireMessage> {
    return this.next((message) => message.method === method);
  }

  /** Waits for a message that was not looked at before, and takes it. */
  async next(matches: (message: WireMessage) => boolean = () => true): Promise<WireMessage> {
    for (;;) {
      const index = this.received.findIndex(matches);
      const [message] = index === -1 ? [] : this.received.splice(index, 1);
      if (message !== undefined) return message;
      assert.ok(!this.#closed, 'the host closed the connection');
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async initialize(params: Record<string, unknown> = {}): Promise<WireMessage> {
    const answer = await this.request('initialize', 'initialize', {
      processId: null,
      rootUri: null,
      capabilities: {},
      ...params,
    });
    if (answer.error === undefined) this.notify('initialized');
    return answer;
  }

  #receive(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    for (;;) {
      const headerEnd = this.#bytes.indexOf('\r\n\r\n');
      if (headerEnd === -1) break;
      const header = this.#bytes.subarray(0, headerEnd).toString('latin1');
      const length = Number(/^Content-Length: (\d+)$/m.exec(header)?.[1]);
      assert.ok(Number.isInteger(length), `the host wrote the header ${JSON.stringify(header)}`);
      if (this.#bytes.length < headerEnd + 4 + length) break;
      const body = this.#bytes.subarray(headerEnd + 4, headerEnd + 4 + length);
      this.#bytes = this.#bytes.subarray(headerEnd + 4 + length);
      this.received.push(JSON.parse(body.toString('utf8')) as WireMessage);
    }
    this.#wake();
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }
}

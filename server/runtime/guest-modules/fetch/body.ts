/** The body of a request or a response: read once, as text, JSON or bytes. */

export type BodyInit = string | ArrayBuffer | ArrayBufferView | URLSearchParams;

/** A body, with the type that its kind implies. */
export interface Content {
  readonly data: Uint8Array | string;
  readonly type: string | undefined;
}

/** @returns undefined for no body */
export function contentOf(body: unknown): Content | undefined {
  if (body === null || body === undefined) return undefined;
  if (body instanceof URLSearchParams) {
    return { data: String(body), type: 'application/x-www-form-urlencoded;charset=UTF-8' };
  }
  if (body instanceof ArrayBuffer) return { data: new Uint8Array(body.slice(0)), type: undefined };
  if (ArrayBuffer.isView(body)) {
    const { buffer, byteOffset, byteLength } = body;
    return { data: new Uint8Array(buffer, byteOffset, byteLength).slice(), type: undefined };
  }
  return { data: textOf(body), type: 'text/plain;charset=UTF-8' };
}

const textOf = (value: unknown): string => String(value);

/** What a body holds; undefined: there is none. */
type Data = Uint8Array | string | undefined;

/** Gives a body's data away. @throws {TypeError} it was read before */
export let takeData: (body: Body) => Data;
/** @returns a body's data for another one @throws {TypeError} it was read before */
export let shareData: (body: Body) => Data;
/** Gives a body data of its own. */
export let putData: (body: Body, data: Data) => void;

/** What requests and responses have in common. */
export class Body {
  #data: Data;
  #isUsed = false;

  constructor(data: Data) {
    this.#data = data;
  }

  /** There are no streams here: a body is whole from the start. */
  get body(): null {
    return null;
  }

  get bodyUsed(): boolean {
    return this.#isUsed;
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text()) as unknown;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- asynchronous, so that what it throws rejects
  async bytes(): Promise<Uint8Array> {
    const data = this.#take() ?? '';
    return typeof data === 'string' ? new TextEncoder().encode(data) : data;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = await this.bytes();
    const isWhole = byteLength === buffer.byteLength;
    return (isWhole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer;
  }

  #take(): Data {
    if (this.#isUsed) throw new TypeError('The body has been read already');
    this.#isUsed = this.#data !== undefined;
    return this.#data;
  }

  static {
    takeData = (body) => body.#take();
    shareData = (body) => {
      if (body.#isUsed) throw new TypeError('The body has been read already');
      return typeof body.#data === 'object' ? body.#data.slice() : body.#data;
    };
    putData = (body, data) => {
      body.#data = data;
    };
  }
}

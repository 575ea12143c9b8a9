/** TextEncoder and TextDecoder, as the encoding standard has them. The host does the work, a piece at a time. */
import {
  arrayBufferLength,
  charCode,
  dataViewBuffer,
  dataViewLength,
  dataViewOffset,
  isView,
  NativeRangeError,
  NativeTypeError,
  NativeUint8Array,
  quote,
  sharedArrayBufferLength,
  slice,
  toText,
  typedArrayType,
} from '../intrinsics.js';
import { define } from '../define.js';
import type { HostTasks } from './host-tasks.js';
import {
  isDetached,
  newList,
  setBytes,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
} from './intrinsics.js';
import { showSlots } from './slots.js';
import {
  exposeInterface,
  isObject,
  requireArguments,
  toDictionary,
  toUsvString,
  requireSlot,
} from './webidl.js';

/** Most text (UTF-16 units) and bytes that go over in one call, some 10 ms: a stop is seen between two. */
const maxPiece = 256 * 1024;

let tasks: HostTasks;

/** A stretch of a buffer. */
export interface Bytes {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  readonly offset: number;
  readonly length: number;
}

function accepts(length: (value: unknown) => number, value: object): boolean {
  try {
    length(value);
    return true;
  } catch {
    return false;
  }
}

/** BufferSource, shared ones too. @returns undefined for other values */
function bytesOf(value: unknown): Bytes | undefined {
  if (!isObject(value)) return undefined;
  if (isView(value)) {
    const isTyped = typedArrayType(value) !== undefined;
    if (!isTyped) {
      const buffer = dataViewBuffer(value) as ArrayBuffer;
      if (accepts(arrayBufferLength, buffer) && isDetached(buffer)) return { buffer, offset: 0, length: 0 };
      return { buffer, offset: dataViewOffset(value), length: dataViewLength(value) };
    }
    return {
      buffer: typedArrayBuffer(value),
      offset: typedArrayByteOffset(value),
      length: typedArrayByteLength(value),
    };
  }
  if (accepts(arrayBufferLength, value)) {
    return { buffer: value as ArrayBuffer, offset: 0, length: arrayBufferLength(value) };
  }
  if (accepts(sharedArrayBufferLength, value)) {
    return { buffer: value as SharedArrayBuffer, offset: 0, length: sharedArrayBufferLength(value) };
  }
  return undefined;
}

/** Where a piece that begins at `start` ends: not between the two halves of a surrogate pair. */
function pieceEnd(text: string, start: number): number {
  const end = start + maxPiece;
  if (end >= text.length) return text.length;
  const last = charCode(text, end - 1);
  return last >= 0xd800 && last <= 0xdbff ? end - 1 : end;
}

function encode(text: string): Uint8Array {
  if (text.length <= maxPiece) return new NativeUint8Array(tasks.bytes('encode', quote(text)));
  const pieces = newList<Uint8Array>();
  let length = 0;
  for (let start = 0; start < text.length;) {
    const end = pieceEnd(text, start);
    const piece = new NativeUint8Array(tasks.bytes('encode', quote(slice(text, start, end))));
    pieces[pieces.length] = piece;
    length += typedArrayByteLength(piece);
    start = end;
  }
  const whole = new NativeUint8Array(length);
  let at = 0;
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i] as Uint8Array;
    setBytes(whole, piece, at);
    at += typedArrayByteLength(piece);
  }
  return whole;
}

class TextEncoder {
  #isEncoder = true;

  static {
    showSlots((object) => (#isEncoder in object ? [['encoding', 'utf-8']] : undefined));
  }

  get encoding(): string {
    requireSlot(this.#isEncoder);
    return 'utf-8';
  }

  encode(input: unknown = ''): Uint8Array {
    requireSlot(this.#isEncoder);
    return encode(toUsvString(input));
  }

  encodeInto(source: unknown, destination: unknown): { read: number; written: number } {
    requireSlot(this.#isEncoder);
    requireArguments(arguments.length, 2, 'encodeInto');
    const text = toUsvString(source);
    if (!isObject(destination) || typedArrayType(destination) !== 'Uint8Array') {
      throw new NativeTypeError('encodeInto needs a Uint8Array');
    }
    const room = typedArrayByteLength(destination);
    let read = 0;
    let written = 0;
    while (read < text.length && written < room) {
      const end = pieceEnd(text, read);
      const piece = new NativeUint8Array(tasks.bytes('encode', quote(slice(text, read, end))));
      const size = typedArrayByteLength(piece);
      if (size <= room - written) {
        setBytes(destination, piece, written);
        read = end;
        written += size;
        continue;
      }
      // As many whole characters as fit.
      let fits = room - written;
      while (fits > 0 && ((piece[fits] ?? 0) & 0xc0) === 0x80) fits--;
      for (let i = 0; i < fits; i++) {
        const byte = piece[i] ?? 0;
        (destination as Uint8Array)[written + i] = byte;
        if ((byte & 0xc0) !== 0x80) read += byte >= 0xf0 ? 2 : 1;
      }
      written += fits;
      break;
    }
    return { read, written };
  }
}

/** What the host found. */
interface Decoded {
  readonly text: string;
  /** How many of the last bytes are the beginning of a character. */
  readonly pending: number;
}

const noBytes = new NativeUint8Array(0);

class TextDecoder {
  readonly #encoding: string;
  readonly #isFatal: boolean;
  readonly #ignoresBom: boolean;
  /** The beginning of a character whose rest is to come. */
  #pending: Uint8Array = noBytes;
  #isInStream = false;

  static {
    showSlots((object) =>
      #encoding in object
        ? [
            ['encoding', object.#encoding],
            ['fatal', object.#isFatal],
            ['ignoreBOM', object.#ignoresBom],
          ]
        : undefined,
    );
  }

  constructor(label: unknown = 'utf-8', options: unknown = undefined) {
    const name = toUsvString(label);
    const { fatal, ignoreBOM } = toDictionary(options, 'TextDecoder');
    const encoding = name === 'utf-8' ? name : (tasks.ask('encodingOf', quote(name)) as string | null);
    if (encoding === null) {
      const error = new NativeRangeError('The "' + name + '" encoding is not supported');
      define(error, 'code', 'ERR_ENCODING_NOT_SUPPORTED');
      throw error;
    }
    this.#encoding = encoding;
    this.#isFatal = !!fatal;
    this.#ignoresBom = !!ignoreBOM;
  }

  get encoding(): string {
    return this.#encoding;
  }

  get fatal(): boolean {
    return this.#isFatal;
  }

  get ignoreBOM(): boolean {
    return this.#ignoresBom;
  }

  decode(input: unknown = undefined, options: unknown = undefined): string {
    const isStream = !!toDictionary(options, 'decode')['stream'];
    const bytes = input === undefined ? bytesOf(noBytes) : bytesOf(input);
    if (bytes === undefined) throw new NativeTypeError('decode needs an ArrayBuffer or a view of one');
    let text = '';
    let at = 0;
    do {
      const left = bytes.length - at;
      const size = left > maxPiece ? maxPiece : left;
      const isLast = size === left;
      text += this.#decodePiece(
        { buffer: bytes.buffer, offset: bytes.offset + at, length: size },
        isStream || !isLast,
      );
      at += size;
    } while (at < bytes.length);
    if (!isStream) this.#reset();
    return text;
  }

  #reset(): void {
    this.#isInStream = false;
    this.#pending = noBytes;
  }

  #decodePiece(piece: Bytes, isStream: boolean): string {
    const before = typedArrayByteLength(this.#pending);
    const all = before === 0 ? piece : this.#withPending(piece);
    if (all.length === 0) return '';
    const answer = tasks.decode(
      all.buffer,
      '{"encoding":' +
        quote(this.#encoding) +
        ',"offset":' +
        toText(all.offset) +
        ',"length":' +
        toText(all.length) +
        (this.#isFatal ? ',"fatal":true' : '') +
        (this.#ignoresBom || this.#isInStream ? ',"ignoreBOM":true' : '') +
        (isStream ? ',"stream":true' : '') +
        '}',
    ) as Decoded | null;
    if (answer === null) {
      this.#reset();
      const error = new NativeTypeError('The encoded data was not valid for encoding ' + this.#encoding);
      define(error, 'code', 'ERR_ENCODING_INVALID_ENCODED_DATA');
      throw error;
    }
    this.#keep(all, answer.pending);
    return answer.text;
  }

  #withPending(piece: Bytes): Bytes {
    const before = typedArrayByteLength(this.#pending);
    const joined = new NativeUint8Array(before + piece.length);
    setBytes(joined, this.#pending);
    if (piece.length > 0)
      setBytes(joined, new NativeUint8Array(piece.buffer, piece.offset, piece.length), before);
    return { buffer: typedArrayBuffer(joined), offset: 0, length: before + piece.length };
  }

  #keep(all: Bytes, count: number): void {
    this.#isInStream ||= count < all.length;
    this.#pending = new NativeUint8Array(count);
    if (count > 0) {
      const start = all.offset + all.length - count;
      setBytes(this.#pending, new NativeUint8Array(all.buffer, start, count));
    }
  }
}

/** Defines the globals. */
export function installEncoding(hostTasks: HostTasks): void {
  tasks = hostTasks;
  exposeInterface('TextEncoder', TextEncoder);
  exposeInterface('TextDecoder', TextDecoder);
}

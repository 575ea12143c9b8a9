/** Values on their way between guest code and SQLite, see messages.ts. */
import type { WireParameters, WireValue } from './messages.js';

/** A value as sql.js takes and gives it. */
export type SqlValue = string | number | bigint | Uint8Array | null;

/**
 * @param blobs the parameters' bytes, one after the other
 * @returns what to bind; what it is by name stays so
 */
export function bindable(params: WireParameters, blobs: Uint8Array): SqlValue[] | Map<string, SqlValue> {
  let at = 0;
  const fromWire = (value: WireValue): SqlValue => {
    if (typeof value === 'boolean') return Number(value);
    if (value === null || typeof value !== 'object') return value;
    if ('real' in value) return Number(value.real);
    if ('int' in value) return BigInt(value.int);
    return blobs.subarray(at, (at += value.bytes));
  };
  return isList(params)
    ? params.map(fromWire)
    : new Map(Object.entries(params).map(([name, value]) => [name, fromWire(value)]));
}

const isList = (params: WireParameters): params is readonly WireValue[] => Array.isArray(params);

/** Takes the bytes out of values that SQLite answers. */
export class Answer {
  readonly #blobs: Uint8Array[] = [];

  /** An integer is a number as long as that is exact. */
  value(value: SqlValue): WireValue {
    if (value instanceof Uint8Array) {
      this.#blobs.push(value);
      return { bytes: value.length };
    }
    if (typeof value === 'bigint') {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : { int: String(value) };
    }
    if (value === Infinity) return { real: 'Infinity' };
    if (value === -Infinity) return { real: '-Infinity' };
    return value;
  }

  /** @returns the bytes of all values, one after the other */
  get blobs(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#blobs.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const blob of this.#blobs) {
      bytes.set(blob, at);
      at += blob.length;
    }
    return bytes;
  }
}

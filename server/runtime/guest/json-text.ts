/**
 * Pieces of JSON text. Written with `+` only: the engine runs a template literal as a call of
 * `String.prototype.concat`, which the guest may have replaced; so the whole kernel does without them.
 */
import { bigintToText, isSameValue, quote, slice, symbolDescription, toText } from './intrinsics.js';

/** Beyond this many bits, decimal digits take too long to compute. */
const hugeBigInt = 1n << 16384n;
const shownHexDigits = 100;

/** Of names of classes, functions and symbols, in UTF-16 units. */
const maxNameLength = 1000;

/** `,"name":json`, to follow another field. */
export function field(name: string, json: string): string {
  return ',"' + name + '":' + json;
}

export function textField(name: string, value: string): string {
  return ',"' + name + '":' + quote(value);
}

/** As {@link textField}, for names, which nobody needs to read to their end. */
export function nameField(name: string, value: string): string {
  return ',"' + name + '":' + writeName(value);
}

export function writeName(value: string): string {
  return quote(value.length <= maxNameLength ? value : slice(value, 0, maxNameLength) + '…');
}

export function numberField(name: string, value: number): string {
  return ',"' + name + '":' + toText(value);
}

/** Strings, booleans, null and ordinary numbers as JSON; undefined for every other value and for long strings. */
export function writeSimple(value: unknown, maxString: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return value.length <= maxString ? quote(value) : undefined;
    case 'number':
      return value - value === 0 && !isSameValue(value, -0) ? toText(value) : undefined;
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      return value === null ? 'null' : undefined;
  }
}

/** @returns JSON of a primitive; undefined for objects and functions */
export function writePrimitive(value: unknown, maxString: number): string | undefined {
  const simple = writeSimple(value, maxString);
  if (simple !== undefined) return simple;
  switch (typeof value) {
    case 'undefined':
      return '{"kind":"undefined"}';
    case 'number':
      return writeSpecialNumber(value);
    case 'string':
      return writeCutString(value, maxString);
    case 'bigint':
      return writeBigInt(value);
    case 'symbol':
      return writeSymbol(value);
    default:
      return undefined;
  }
}

/** -0 and what is not finite. */
function writeSpecialNumber(value: number): string {
  return '{"kind":"number","text":"' + (value === 0 ? '-0' : toText(value)) + '"}';
}

function writeCutString(value: string, shown: number): string {
  return (
    '{"kind":"string"' + textField('text', slice(value, 0, shown)) + numberField('length', value.length) + '}'
  );
}

function writeBigInt(value: bigint): string {
  if (value < hugeBigInt && value > -hugeBigInt)
    return '{"kind":"bigint","text":"' + bigintToText(value) + '"}';
  const sign = value < 0n ? '-' : '';
  const digits = slice(bigintToText(value < 0n ? -value : value, 16), 0, shownHexDigits);
  return '{"kind":"bigint","text":"' + sign + '0x' + digits + '","cut":true}';
}

function writeSymbol(symbol: symbol): string {
  const description = symbolDescription(symbol);
  return '{"kind":"symbol"' + (description === undefined ? '' : nameField('description', description)) + '}';
}

export function writeKey(key: string | symbol): string {
  return typeof key === 'string' ? quote(key) : writeSymbol(key);
}

export function writeAccessor(descriptor: PropertyDescriptor): string {
  const get = descriptor.get === undefined ? 'false' : 'true';
  const set = descriptor.set === undefined ? 'false' : 'true';
  return '{"kind":"accessor"' + field('get', get) + field('set', set) + '}';
}

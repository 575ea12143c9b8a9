/** Between columns and models: the one place where a column's type is checked and times change their form. */

/** A row by column name. Numbers are exact up to 2^53. */
export type Row = Readonly<Record<string, unknown>>;

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw unexpected(column, 'text', value);
  return value;
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw unexpected(column, 'an integer', value);
  return value;
}

export function blob(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw unexpected(column, 'bytes', value);
  return value;
}

export function optionalText(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : text(row, column);
}

export function optionalInteger(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integer(row, column);
}

/** A time as ISO 8601 in UTC; its column has milliseconds since 1970. */
export function time(row: Row, column: string): string {
  return new Date(integer(row, column)).toISOString();
}

export function optionalTime(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : time(row, column);
}

/** The JSON of a column, which only this program writes. */
export function json(row: Row, column: string): unknown {
  return JSON.parse(text(row, column));
}

export function optionalJson(row: Row, column: string): unknown {
  return row[column] === null ? undefined : json(row, column);
}

/** @param time ISO 8601 @returns milliseconds since 1970 */
export function milliseconds(time: string): number {
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) throw new RangeError(`Not a time: ${time}`);
  return ms;
}

export function optionalMilliseconds(time: string | undefined): number | null {
  return time === undefined ? null : milliseconds(time);
}

export function optionalJsonText(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** Without the fields that are undefined: a model's absent fields are absent. */
export function present<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

function unexpected(column: string, wanted: string, value: unknown): Error {
  return new Error(
    `Column ${column} should hold ${wanted} and holds ${value === null ? 'null' : typeof value}.`,
  );
}

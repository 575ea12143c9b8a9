/** Pages of a list, newest first. A cursor names the last row of a page, so that rows added later shift nothing. */
import { validationError } from '../../shared/errors.js';
import type { Page, PageRequest } from '../core/ports.js';
import type { Database } from './database.js';
import { integer, type Row } from './row.js';
import type { SqlValue } from './sql-engine.js';

/** A page ends at about this many characters of text. One row always fits. */
const maxPageCharacters = 1_000_000;

/** A condition in SQL, with `?` for each of its parameters. */
export interface Condition {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** That a column has a value; nothing when any will do. */
export function equal(column: string, value: SqlValue | undefined): Condition[] {
  return value === undefined ? [] : [{ sql: `${column} = ?`, parameters: [value] }];
}

/** The rows that a list is of: of a table with `created_at` and `key`, which give the order. */
export interface ListQuery {
  readonly table: 'template' | 'session' | 'execution' | 'checkpoint';
  /** What a row shows beside the table's own columns, in SQL; begins with a comma. */
  readonly more?: string;
  /** All of them must hold. */
  readonly where: readonly Condition[];
}

/**
 * Reads one page.
 * @param toItem makes the model of a row
 * @throws `VALIDATION_ERROR` when the cursor is not one that this list gave out
 */
export function readPage<T>(
  database: Database,
  { table, more = '', where }: ListQuery,
  { limit, cursor }: PageRequest,
  toItem: (row: Row) => T,
): Page<T> {
  const conditions =
    cursor === undefined
      ? where
      : [...where, { sql: '(t.created_at, t.key) < (?, ?)', parameters: parseCursor(table, cursor) }];
  const all = conditions.map((condition) => condition.sql).join(' AND ');
  const sql =
    `SELECT t.*${more} FROM ${table} AS t ${all === '' ? '' : `WHERE ${all}`} ` +
    'ORDER BY t.created_at DESC, t.key DESC LIMIT ?';
  const parameters = conditions.flatMap((condition) => condition.parameters);
  const { rows, rest } = readRows(database, sql, parameters, limit);
  const last = rows.at(-1);
  const items = rows.map(toItem);
  return rest && last !== undefined ? { items, nextCursor: makeCursor(table, last) } : { items };
}

/**
 * Reads as many rows as a page takes.
 * @param sql ends in `LIMIT ?`, for which the number of rows is given after the parameters
 * @returns the rows, and whether there are more of them
 */
export function readRows(
  database: Database,
  sql: string,
  parameters: readonly SqlValue[],
  limit: number,
): { rows: Row[]; rest: boolean } {
  let taken = 0;
  let characters = 0;
  // One row more than asked for tells whether there are more.
  const rows = database.all(sql, [...parameters, limit + 1], (row) => {
    characters += charactersOf(row);
    if (taken === limit || (taken > 0 && characters > maxPageCharacters)) return 'last';
    taken++;
    return 'more';
  });
  return { rows: rows.slice(0, taken), rest: rows.length > taken };
}

function charactersOf(row: Row): number {
  return Object.values(row).reduce<number>(
    (sum, value) => sum + (typeof value === 'string' ? value.length : 0),
    0,
  );
}

function makeCursor(table: ListQuery['table'], row: Row): string {
  return encode(`${table}:${integer(row, 'created_at')}:${integer(row, 'key')}`);
}

function parseCursor(table: ListQuery['table'], cursor: string): [createdAt: number, key: number] {
  const match = /^([a-z]+):(-?\d{1,16}):(\d{1,16})$/.exec(
    Buffer.from(cursor, 'base64url').toString('latin1'),
  );
  const [text = '', ofTable, createdAt, key] = match ?? [];
  if (ofTable !== table || encode(text) !== cursor) {
    throw validationError(
      'The cursor is not one of this list; pass the nextCursor of the page before, or none.',
    );
  }
  return [Number(createdAt), Number(key)];
}

function encode(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64url');
}

/** A thread with one SQLite database in memory. It serves one session and ends with it. */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import initSqlJs, { type Database, type SqlValue } from 'sql.js';
import type { DatabaseCall, DatabaseReply, DatabaseStart } from './messages.js';

/** The most that a query may answer: it passes through the main thread, which others wait for. */
const maxResultBytes = 8 * 1024 * 1024;
/** What a cell costs beside its text or bytes. */
const cellBytes = 32;
/** What SQLite may allocate, in bytes. No statement can raise it again. */
const maxHeapBytes = 128 * 1024 * 1024;

const { wasmPath } = workerData as DatabaseStart;
const { buffer, byteOffset, byteLength } = readFileSync(wasmPath);
const opening = initSqlJs({
  wasmBinary: buffer.slice(byteOffset, byteOffset + byteLength),
}).then(({ Database: SqlDatabase }) => {
  const database = new SqlDatabase();
  database.exec(`pragma hard_heap_limit = ${maxHeapBytes}`);
  return database;
});

parentPort?.on('message', (call: DatabaseCall) => {
  void opening
    .then((database): DatabaseReply => ({ ok: true, value: serve(database, call) }))
    .catch((error: unknown): DatabaseReply => ({ ok: false, message: String(error).replace(/^Error: /, '') }))
    .then((reply) => parentPort?.postMessage(reply));
});

function serve(database: Database, { operation, sql, params }: DatabaseCall): unknown {
  return operation === 'query' ? query(database, sql, params) : execute(database, sql, params);
}

/** @returns one object a row @throws {Error} the result is too large */
function query(database: Database, sql: string, params: DatabaseCall['params']): unknown[] {
  const statement = database.prepare(sql);
  try {
    statement.bind(bindable(params));
    const rows: unknown[] = [];
    let bytes = 0;
    while (statement.step()) {
      bytes += sizeOf(statement.get());
      if (bytes > maxResultBytes) {
        throw new Error(`The result is larger than ${maxResultBytes / 1024 / 1024} MB; select less of it`);
      }
      rows.push(statement.getAsObject());
    }
    return rows;
  } finally {
    statement.free();
  }
}

function sizeOf(row: readonly SqlValue[]): number {
  return row.reduce<number>((sum, value) => {
    const isLong = typeof value === 'string' || value instanceof Uint8Array;
    return sum + cellBytes + (isLong ? value.length : 0);
  }, 0);
}

function execute(database: Database, sql: string, params: DatabaseCall['params']) {
  database.run(sql, bindable(params));
  const lastInsertId = database.exec('select last_insert_rowid()')[0]?.values[0]?.[0] ?? null;
  return { rowsAffected: database.getRowsModified(), lastInsertId };
}

const bindable = (params: DatabaseCall['params']) =>
  params.map((value): string | number | null => (typeof value === 'boolean' ? Number(value) : value));

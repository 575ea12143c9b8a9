/** A thread with one SQLite database in memory. It serves one session and ends with it. */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import initSqlJs, { type Database } from 'sql.js';
import type { DatabaseCall, DatabaseReply, DatabaseStart } from './messages.js';

const { wasmPath } = workerData as DatabaseStart;
const { buffer, byteOffset, byteLength } = readFileSync(wasmPath);
const opening = initSqlJs({
  wasmBinary: buffer.slice(byteOffset, byteOffset + byteLength),
}).then(({ Database: SqlDatabase }) => new SqlDatabase());

parentPort?.on('message', (call: DatabaseCall) => {
  void opening
    .then((database): DatabaseReply => ({ ok: true, value: serve(database, call) }))
    .catch((error: unknown): DatabaseReply => ({ ok: false, message: String(error).replace(/^Error: /, '') }))
    .then((reply) => parentPort?.postMessage(reply));
});

function serve(database: Database, { operation, sql, params }: DatabaseCall): unknown {
  return operation === 'query' ? query(database, sql, params) : execute(database, sql, params);
}

/** @returns one object a row */
function query(database: Database, sql: string, params: DatabaseCall['params']): unknown[] {
  const statement = database.prepare(sql);
  try {
    statement.bind(bindable(params));
    const rows: unknown[] = [];
    while (statement.step()) rows.push(statement.getAsObject());
    return rows;
  } finally {
    statement.free();
  }
}

function execute(database: Database, sql: string, params: DatabaseCall['params']) {
  database.run(sql, bindable(params));
  const lastInsertId = database.exec('select last_insert_rowid()')[0]?.values[0]?.[0] ?? null;
  return { rowsAffected: database.getRowsModified(), lastInsertId };
}

const bindable = (params: DatabaseCall['params']) =>
  params.map((value): string | number | null => (typeof value === 'boolean' ? Number(value) : value));

/** A thread with the SQLite databases of one session, all in its memory. It ends with the session. */
import { parentPort, workerData } from 'node:worker_threads';
import { Connection } from './connection.js';
import type { DatabaseCall, DatabaseReply, DatabaseStart, DatabaseWork } from './messages.js';
import { loadSqlite, type Sqlite } from './sqlite.js';
import { TransactionOver } from './transactions.js';
import { Answer } from './wire-values.js';

/** How many databases may be open at a time. */
const maxOpen = 8;

const { wasmPath } = workerData as DatabaseStart;
const loading = loadSqlite(wasmPath);
/** By the name that the main thread gives them. */
const open = new Map<string, Connection>();
/** Names of those whose content is saved. */
const saved = new Set<string>();

parentPort?.on('message', (call: DatabaseCall) => {
  void loading
    .then((sqlite) => answer(sqlite, call))
    .catch(failed)
    .then((reply: DatabaseReply) => {
      const blobs = reply.ok ? [reply.blobs] : [];
      const given = reply.content === undefined ? blobs : [...blobs, reply.content];
      parentPort?.postMessage(
        reply,
        given.map(({ buffer }) => buffer as ArrayBuffer),
      );
    });
});

function answer(sqlite: Sqlite, call: DatabaseCall): DatabaseReply {
  if (call.operation === 'abandon') {
    for (const connection of open.values()) connection.transactions.enter(0);
    return { ok: true, json: 'null', blobs: new Uint8Array() };
  }
  const content = () => (saved.has(call.database) ? open.get(call.database)?.takeContent() : undefined);
  try {
    const values = new Answer();
    const json = JSON.stringify(serve(sqlite, call, values));
    return { ok: true, json, blobs: values.blobs, content: content() };
  } catch (error) {
    return { ...failed(error), content: content() };
  }
}

function serve(sqlite: Sqlite, call: DatabaseWork, values: Answer): unknown {
  switch (call.operation) {
    case 'open':
      if (open.size >= maxOpen) throw new Error(`${maxOpen} databases are open already; close one first`);
      open.set(call.database, new Connection(sqlite, call.content));
      if (call.storage === 'file') saved.add(call.database);
      return null;
    case 'close':
      open.get(call.database)?.close();
      open.delete(call.database);
      saved.delete(call.database);
      return null;
    case 'all':
    case 'get':
    case 'run':
    case 'exec':
      return within(call)[call.operation](call, values);
    case 'begin':
      within(call).transactions.begin(call.id);
      return null;
    case 'commit':
    case 'rollback':
      within(call).transactions[call.operation]();
      return null;
    case 'prepare':
      return connectionOf(call).prepare(call.sql);
    case 'finalize':
      open.get(call.database)?.finalize(call.sql);
      return null;
  }
}

function connectionOf({ database }: DatabaseWork): Connection {
  const connection = open.get(database);
  if (connection === undefined) throw new Error('The database is not open');
  return connection;
}

function within(call: DatabaseWork & { readonly transaction: number }): Connection {
  const connection = connectionOf(call);
  connection.transactions.enter(call.transaction);
  return connection;
}

/** sql.js throws plain strings, too. */
const failed = (error: unknown): DatabaseReply & { readonly ok: false } => ({
  ok: false,
  message: error instanceof Error ? error.message : String(error),
  isOver: error instanceof TransactionOver,
});

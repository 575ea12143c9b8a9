import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { Database } from 'node-sqlite3-wasm';

/** Reads a copy of a database as it lies there, with a SQLite that is not ours. */
export function withOtherSqlite<T>(file: string, read: (database: Database) => T): T {
  const copy = `${file}.copy`;
  copyFileSync(file, copy);
  if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
  const database = new Database(copy);
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    return read(database);
  } finally {
    database.close();
    rmSync(copy, { force: true });
    rmSync(`${copy}-wal`, { force: true });
  }
}

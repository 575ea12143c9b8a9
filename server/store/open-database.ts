/** How a database is opened. The order matters: see the steps of {@link prepare}. */
import fs from 'node:fs';
import { VmError } from '../../shared/errors.js';
import { Database } from './database.js';
import { applicationId, examineDatabaseFile, judgeMark, unsupported } from './database-file.js';
import { realDatabasePath } from './database-path.js';
import { HostFiles, type HostIo } from './host-files.js';
import { migrations } from './migrations/index.js';
import { lockDatabase } from './process-lock.js';
import { text } from './row.js';
import { SqlError, sqlEngine } from './sql-engine.js';
import { fatalError, storageError } from './storage-error.js';

export interface DatabaseOptions {
  /** Absolute, or relative to the current folder. The file and its folders are made when they are missing. */
  readonly path: string;
  /** Of `sql-wasm.wasm`, the very file of the pinned sql.js release. */
  readonly wasmPath: string;
  /** The functions that reach the disk: those of node:fs, unless a test puts failures in between. */
  readonly io?: HostIo | undefined;
  /**
   * Called once when the disk failed so that only a new process can go on. From then on every call raises
   * `STORAGE_FAILED`; nothing more is written.
   */
  readonly onFatal?: ((error: VmError) => void) | undefined;
}

/**
 * Locks and opens a database, and makes or migrates it where that is due.
 * @throws `DATABASE_LOCKED` with details {pid, since}: another process, or this one, has it open;
 *   `DATABASE_UNSUPPORTED`: a folder, unreadable, not a database, damaged, of another program or of a newer schema; what
 *   is there stays as it is; `STORAGE_FAILED`: it cannot be made or written; `VALIDATION_ERROR`: the path leads nowhere
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const path = realDatabasePath(options.path);
  // Before the lock, so that no lock file appears beside a file that is not ours.
  examineDatabaseFile(path);
  const lock = await lockDatabase(path);
  const files = new HostFiles(path, options.io ?? fs, (failure) => options.onFatal?.(fatalError(failure)));
  let database: Database | undefined;
  try {
    if (examineDatabaseFile(path) === 'settled') files.allowWrites();
    const engine = await sqlEngine(options.wasmPath);
    const connection = engine.connect(files);
    database = new Database(connection, files, lock);
    prepare(database, files, connection.enginePath);
    return database;
  } catch (error) {
    if (database !== undefined) database.close();
    else lock.release();
    throw openError(error, files);
  }
}

function prepare(database: Database, files: HostFiles, enginePath: string): void {
  checkOnDisk(database, files, enginePath);
  // Before the first read: SQLite would want shared memory for the log otherwise, which these files do not have.
  setPragma(database, 'locking_mode', 'exclusive');
  const kind = judgeMark({
    applicationId: readNumber(database, 'PRAGMA application_id'),
    userVersion: readNumber(database, 'PRAGMA user_version'),
    blank: readNumber(database, 'SELECT count(*) FROM sqlite_schema') === 0,
  });
  files.allowWrites();
  // Before the first table: it decides how the file is laid out.
  if (kind === 'new') database.execute('PRAGMA auto_vacuum = INCREMENTAL');
  setPragma(database, 'journal_mode', 'wal');
  database.execute(`
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cache_size = -16000;
    PRAGMA wal_autocheckpoint = 1000;
    PRAGMA journal_size_limit = 67108864;
  `);
  migrate(database);
  const format = database.get("SELECT value FROM meta WHERE name = 'format'");
  if (format === undefined || text(format, 'value') !== 'vm-system') {
    throw unsupported('The database only looks like one of vm-system; it is left as it is.');
  }
}

/** Without the hooks into the engine sql.js would work in memory and lose everything, silently. */
function checkOnDisk(database: Database, files: HostFiles, enginePath: string): void {
  const main = database.get('PRAGMA database_list');
  if (main?.['file'] !== enginePath || !fs.existsSync(files.path)) {
    throw new VmError(
      'STORAGE_FAILED',
      'The database engine does not work on the disk; nothing would be kept.',
    );
  }
}

function setPragma(database: Database, name: string, value: string): void {
  const answer = database.get(`PRAGMA ${name} = ${value}`);
  if (answer?.[name] !== value) {
    throw new VmError('STORAGE_FAILED', `The database does not accept ${name} ${value}.`);
  }
}

function readNumber(database: Database, sql: string): number {
  return Number(Object.values(database.get(sql) ?? {})[0]);
}

/** Each step and the version it leads to are one transaction, so that a step never runs twice or by half. */
function migrate(database: Database): void {
  const current = readNumber(database, 'PRAGMA user_version');
  migrations.slice(current).forEach((sql, index) => {
    database.transaction(() => {
      database.execute(sql);
      database.execute(
        `PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${current + index + 1}`,
      );
    });
  });
}

/** A file that SQLite stumbles over while it is opened cannot be worked on, whatever the reason is. */
function openError(error: unknown, files: HostFiles): unknown {
  const known = storageError(error, files.failure);
  if (!(known instanceof SqlError)) return known;
  return unsupported('The database cannot be read; vm-system leaves it as it is.', known);
}

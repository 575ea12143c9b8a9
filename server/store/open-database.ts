/** How a database is opened. The order matters: see the steps of {@link prepare}. */
import fs from 'node:fs';
import { VmError } from '../../shared/errors.js';
import { Database } from './database.js';
import { applicationId, examineDatabaseFile, judgeMark, unsupported } from './database-file.js';
import { dropGrants, requireOwnSchema, signAll } from './adoption.js';
import { isInside, realDatabasePath } from './database-path.js';
import { HostFiles, type HostIo } from './host-files.js';
import { migrations } from './migrations/index.js';
import { lockDatabase } from './process-lock.js';
import { text } from './row.js';
import { DatabaseSeal } from './seal.js';
import { type SqlEngine, SqlError, sqlEngine } from './sql-engine.js';
import { fatalError, storageError } from './storage-error.js';
import { UserKey } from './user-key.js';

export interface DatabaseOptions {
  /** Absolute, or relative to the current folder. The file and its folders are made when they are missing. */
  readonly path: string;
  /** Of `sql-wasm.wasm`, the very file of the pinned sql.js release. */
  readonly wasmPath: string;
  /** Of the file with the user's key, which is made when it is missing. */
  readonly keyPath: string;
  /** The user's own: what lies here and is from before databases were signed is taken for the user's. */
  readonly dataFolder: string;
  /**
   * Takes over a database of another user or machine, without its grants and the states of its sessions, for good;
   * otherwise it is refused. Nothing happens to the user's own.
   */
  readonly adopt?: boolean | undefined;
  /** Called with what the user should know, in a sentence. */
  readonly warn?: ((message: string) => void) | undefined;
  /** The functions that reach the disk: those of node:fs, unless a test puts failures in between. */
  readonly io?: HostIo | undefined;
  /**
   * Called once when the disk failed so that only a new process can go on. From then on every call raises
   * `STORAGE_FAILED`; nothing more is written.
   */
  readonly onFatal?: ((error: VmError) => void) | undefined;
}

/** A database that is open, and the user's own. */
export interface OpenedDatabase {
  readonly database: Database;
  readonly seal: DatabaseSeal;
}

/** The schema's version before which databases were not signed. */
const signedSince = 2;

/**
 * Locks and opens a database, and makes, migrates or adopts it where that is due.
 * @throws `DATABASE_LOCKED` with details {pid, since}: another process, or this one, has it open;
 *   `DATABASE_UNSUPPORTED`: a folder, unreadable, not a database, damaged, of another program, of a newer schema or from
 *   another user or machine; what is there stays as it is; `STORAGE_FAILED`: it cannot be made or written, or the user's
 *   key cannot be used; `VALIDATION_ERROR`: the path leads nowhere
 */
export async function openDatabase(options: DatabaseOptions): Promise<OpenedDatabase> {
  const path = realDatabasePath(options.path);
  // Before the lock, so that no lock file appears beside a file that is not ours.
  examineDatabaseFile(path);
  const lock = await lockDatabase(path);
  const files = new HostFiles(path, options.io ?? fs, (failure) => options.onFatal?.(fatalError(failure)));
  let database: Database | undefined;
  try {
    const found = examineDatabaseFile(path);
    if (found === 'new' || found === 'interrupted') files.allowWrites();
    const key = UserKey.open(options.keyPath);
    const engine = await sqlEngine(options.wasmPath);
    const connection = engine.connect(files);
    database = new Database(connection, files, lock);
    checkOnDisk(database, files, connection.enginePath);
    return { database, seal: prepare({ database, files, engine, key, options }) };
  } catch (error) {
    if (database !== undefined) database.close();
    else lock.release();
    throw openError(error, files);
  }
}

interface Preparation {
  readonly database: Database;
  readonly files: HostFiles;
  readonly engine: SqlEngine;
  readonly key: UserKey;
  readonly options: DatabaseOptions;
}

function prepare({ database, files, engine, key, options }: Preparation): DatabaseSeal {
  // What a schema from elsewhere calls is nobody we know.
  database.execute('PRAGMA trusted_schema = OFF');
  // Before the first read: SQLite would want shared memory for the log otherwise, which these files do not have.
  setPragma(database, 'locking_mode', 'exclusive');
  const version = readNumber(database, 'PRAGMA user_version');
  const kind = judgeMark({
    applicationId: readNumber(database, 'PRAGMA application_id'),
    userVersion: version,
    blank: readNumber(database, 'SELECT count(*) FROM sqlite_schema') === 0,
  });
  const seal = kind === 'new' ? undefined : readSeal(database, key);
  const isUnsigned = version < signedSince && isInside(realDatabasePath(options.dataFolder), files.path);
  const isForeign = kind === 'ours' && seal === undefined && !isUnsigned;
  if (isForeign) {
    if (options.adopt !== true) throw foreign();
    checkSchema(database, version, engine);
  }
  files.allowWrites();
  // Before the first table: it decides how the file is laid out.
  if (kind === 'new') database.execute('PRAGMA auto_vacuum = INCREMENTAL');
  setPragma(database, 'journal_mode', 'wal');
  database.execute(`
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -16000;
    PRAGMA wal_autocheckpoint = 1000;
    PRAGMA journal_size_limit = 67108864;
  `);
  // All of it or nothing: a database without the marks that its version has would not be ours at the next start.
  const ownSeal = database.transaction(() => {
    migrate(database, version);
    if (seal !== undefined) return seal;
    if (isForeign) dropGrants(database);
    const made = DatabaseSeal.make(database, key);
    signAll(database, made);
    return made;
  });
  if (isForeign)
    options.warn?.('The database was adopted, without its grants and the states of its sessions.');
  return ownSeal;
}

/** @returns undefined when the database was not made with this user's key */
function readSeal(database: Database, key: UserKey): DatabaseSeal | undefined {
  const format = database.get("SELECT value FROM meta WHERE name = 'format'");
  if (format === undefined || text(format, 'value') !== 'vm-system') {
    throw unsupported('The database only looks like one of vm-system; it is left as it is.');
  }
  return DatabaseSeal.read(database, key);
}

function foreign(): VmError {
  return unsupported(
    'The database was made by another user or on another machine, or the key it was made with is gone, so the grants ' +
      'in it cannot be trusted; start with --adopt to take it over without its grants and the states of its sessions, ' +
      'or choose another one with --db.',
  );
}

function checkSchema(database: Database, version: number, engine: SqlEngine): void {
  const scratch = engine.connectInMemory();
  try {
    requireOwnSchema(database, version, scratch);
  } finally {
    scratch.close();
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

/** To be called within a transaction. */
function migrate(database: Database, version: number): void {
  if (version === migrations.length) return;
  for (const sql of migrations.slice(version)) database.execute(sql);
  database.execute(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`);
}

/** A file that SQLite stumbles over while it is opened cannot be worked on, whatever the reason is. */
function openError(error: unknown, files: HostFiles): unknown {
  const known = storageError(error, files.failure);
  if (!(known instanceof SqlError)) return known;
  return unsupported('The database cannot be read; vm-system leaves it as it is.', known);
}

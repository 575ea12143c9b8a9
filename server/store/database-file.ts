/** Is there a database at a path, and is it ours? Answered without changing anything there. */
import fs from 'node:fs';
import path from 'node:path';
import { type ErrorCode, VmError } from '../../shared/errors.js';
import { systemErrorCode } from './host-files.js';
import { schemaVersion } from './migrations/index.js';

/** SQLite's mark of the application that a file belongs to: "vmsy" in ASCII. */
export const applicationId = 0x766d7379;

/** Only its owner may look into a folder that we make. */
const folderMode = 0o700;

/** What SQLite keeps in the first page about the file as a whole. */
export interface DatabaseMark {
  readonly applicationId: number;
  readonly userVersion: number;
  /** No table was ever made. */
  readonly blank: boolean;
}

/**
 * Tells a new database from one of ours.
 * @throws `DATABASE_UNSUPPORTED` for all others: of another program, or of a later version of this one
 */
export function judgeMark(mark: DatabaseMark): 'new' | 'ours' {
  if (mark.applicationId === applicationId && mark.userVersion > 0) {
    if (mark.userVersion <= schemaVersion) return 'ours';
    throw unsupported(
      `The database was written by a newer vm-system (schema ${mark.userVersion}, this one reads up to ` +
        `${schemaVersion}); update vm-system or choose another database.`,
    );
  }
  if (mark.applicationId === 0 && mark.userVersion === 0 && mark.blank) return 'new';
  throw unsupported('The database belongs to another program; vm-system leaves it as it is.');
}

/**
 * Makes the folder of a database if there is none, and examines what is at its path.
 * @param databasePath real path
 * @returns `ask-sqlite`: the file's first page is not the last word on it, as there is a log beside it;
 *   `interrupted`: there is a journal, and nothing can be read before SQLite has undone what was not finished
 * @throws `DATABASE_UNSUPPORTED`: a folder or other special file, unreadable, another user's, not a database, or of
 *   another program;
 *   `STORAGE_FAILED`: the file or its folder cannot be written to
 */
export function examineDatabaseFile(databasePath: string): 'new' | 'ours' | 'interrupted' | 'ask-sqlite' {
  makeFolder(path.dirname(databasePath));
  const stats = statIfThere(databasePath);
  if (stats === undefined) return 'new';
  if (!stats.isFile())
    throw unsupported('The database path leads to a folder or special file, not to a file.');
  if (stats.nlink > 1) {
    // Its log would have another name under each of them, and each host would miss what is in the other's.
    throw unsupported('The database file has several names (hard links); give it one.');
  }
  for (const file of [databasePath, `${databasePath}-wal`, `${databasePath}-journal`]) requireOwn(file);
  const header = readHeader(databasePath);
  demand(databasePath, fs.constants.W_OK, 'STORAGE_FAILED', 'The database file cannot be written to.');
  if (header.length === 0) return 'new';
  const mark = parseHeader(header);
  if (fs.existsSync(`${databasePath}-wal`)) return 'ask-sqlite';
  const kind = judgeMark(mark);
  return fs.existsSync(`${databasePath}-journal`) ? 'interrupted' : kind;
}

/** What another user may write to, a mark in it or not, is not ours. Windows has no owners by number. */
function requireOwn(file: string): void {
  const owner = statIfThere(file)?.uid;
  if (process.getuid === undefined || owner === undefined || owner === process.getuid()) return;
  throw unsupported(
    'The database belongs to another user of this machine; copy it to a file of your own, or choose another one with --db.',
  );
}

function makeFolder(folder: string): void {
  try {
    makeFolders(folder);
  } catch (cause) {
    const message = 'The folder of the database cannot be made; check its permissions and free space.';
    throw new VmError('STORAGE_FAILED', message, undefined, { cause });
  }
  demand(folder, fs.constants.W_OK, 'STORAGE_FAILED', 'The folder of the database cannot be written to.');
}

/** Unlike the `recursive` of node:fs it comes to an end where a parent exists but takes no folders, as in /proc. */
function makeFolders(folder: string): void {
  if (fs.existsSync(folder)) return;
  const parent = path.dirname(folder);
  if (parent !== folder) makeFolders(parent);
  try {
    fs.mkdirSync(folder, folderMode);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
}

function statIfThere(file: string): fs.Stats | undefined {
  try {
    return fs.statSync(file);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw unsupported('The database file cannot be examined; check its permissions.', error);
  }
}

function demand(file: string, access: number, code: ErrorCode, message: string): void {
  try {
    fs.accessSync(file, access);
  } catch (cause) {
    throw new VmError(code, message, undefined, { cause });
  }
}

const headerBytes = 100;

function readHeader(file: string): Buffer {
  try {
    const fd = fs.openSync(file, 'r');
    try {
      const buffer = Buffer.alloc(headerBytes);
      return buffer.subarray(0, fs.readSync(fd, buffer, 0, headerBytes, 0));
    } finally {
      fs.closeSync(fd);
    }
  } catch (cause) {
    throw unsupported('The database file cannot be read; check its permissions.', cause);
  }
}

/** See https://sqlite.org/fileformat2.html#the_database_header; the numbers are big-endian. */
function parseHeader(header: Buffer): DatabaseMark {
  if (header.length < headerBytes || header.toString('latin1', 0, 16) !== 'SQLite format 3\0') {
    throw unsupported('The file is not a SQLite database; vm-system leaves it as it is.');
  }
  return {
    applicationId: header.readInt32BE(68),
    userVersion: header.readInt32BE(60),
    blank: header.readUInt32BE(40) === 0,
  };
}

/** A file that vm-system does not work on and does not change. */
export function unsupported(message: string, cause?: unknown): VmError {
  return new VmError('DATABASE_UNSUPPORTED', message, undefined, { cause });
}

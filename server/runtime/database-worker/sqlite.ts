/** SQLite as sql.js compiles it, with the parts of its interface that the package's types leave out. */
import { readFileSync } from 'node:fs';
import initSqlJs from 'sql.js';
import type { SqlValue } from './wire-values.js';

/** A statement, see https://sql.js.org/documentation/Statement.html. */
export interface Statement {
  /** Resets the statement and forgets what was bound before. Names carry their prefix; unknown ones are left out. */
  bind(values: readonly SqlValue[] | Readonly<Record<string, SqlValue>>): boolean;
  /** @returns whether there is a row to get */
  step(): boolean;
  get(params: null, config: { readonly useBigInt: true }): SqlValue[];
  getColumnNames(): string[];
  reset(): boolean;
}

/** The statements of an SQL text, compiled one after the other. */
export interface StatementIterator {
  /** Frees the statement before it. */
  next(): { readonly done: false; readonly value: Statement } | { readonly done: true };
  getRemainingSQL(): string;
  /** Frees the present statement. */
  return(): unknown;
}

export interface SqliteDatabase {
  iterateStatements(sql: string): StatementIterator;
  exec(sql: string): { values: SqlValue[][] }[];
  getRowsModified(): number;
  /** Throws inside a write transaction. */
  export(): Uint8Array;
  close(): void;
}

type CFunction = (...args: unknown[]) => unknown;
interface Module {
  cwrap: (name: string, ...signature: unknown[]) => CFunction;
}

/** The result codes that need a word of ours, see https://sqlite.org/rescode.html. */
export const resultCodes = { full: 13 } as const;

/** What the C functions answered last: sql.js passes on a message only, or nothing. */
export class Answers {
  /** Of `sqlite3_step`. */
  step = 0;
  /** Of `sqlite3_bind_parameter_index`: 0 says that there is no parameter with that name. */
  parameterIndex = 0;
}

export interface Sqlite {
  readonly answers: Answers;
  /** @param content of a database file, if there is one */
  open(content: Uint8Array | undefined): SqliteDatabase;
}

/** @param wasmPath of sql.js's WebAssembly code */
export async function loadSqlite(wasmPath: string): Promise<Sqlite> {
  const answers = new Answers();
  const { buffer, byteOffset, byteLength } = readFileSync(wasmPath);
  const watch = (module: Module) => {
    const { cwrap } = module;
    module.cwrap = (name, ...signature) => watched(name, cwrap(name, ...signature), answers);
  };
  const hooks = { wasmBinary: buffer.slice(byteOffset, byteOffset + byteLength), preRun: [watch] };
  const { Database } = await initSqlJs(hooks as unknown as Parameters<typeof initSqlJs>[0]);
  return { answers, open: (content) => new Database(content) as unknown as SqliteDatabase };
}

function watched(name: string, call: CFunction, answers: Answers): CFunction {
  switch (name) {
    case 'sqlite3_step':
      return (...args) => (answers.step = call(...args) as number);
    case 'sqlite3_bind_parameter_index':
      return (...args) => (answers.parameterIndex = call(...args) as number);
    default:
      return call;
  }
}

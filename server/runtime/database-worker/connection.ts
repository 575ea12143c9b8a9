/** One open SQLite database: runs statements that were judged, within limits of its size and of what it answers. */
import type { BoundSql, Changes, Rows, WireParameters, WireValue } from './messages.js';
import { CompiledStatements } from './compiled-statements.js';
import { resultCodes, type Sqlite, type SqliteDatabase, type Statement } from './sqlite.js';
import { judge, type Writes } from './statement-rules.js';
import { Transactions } from './transactions.js';
import { Answer, bindable, type SqlValue } from './wire-values.js';

const megabyte = 1024 * 1024;
/** The most that a statement may answer: it passes through the main thread, which others wait for. */
const maxResultBytes = 8 * megabyte;
/** What a cell costs beside its text or bytes. */
const cellBytes = 32;
/** The largest database, in bytes. */
const maxDatabaseBytes = 64 * megabyte;
/** What SQLite may allocate for all databases of the session, in bytes. No statement can raise it again. */
const maxHeapBytes = 128 * megabyte;
/** What may stand before a parameter's name. */
const prefixes = [':', '$', '@'] as const;

type Sql = Omit<BoundSql, 'transaction'>;

export class Connection {
  readonly #database: SqliteDatabase;
  readonly transactions: Transactions;
  readonly #compiled: CompiledStatements;
  /** Whether something may have been written since the content was last taken. */
  #isChanged = false;

  /** @param content of a database file; empty for a new one */
  constructor(
    private readonly sqlite: Sqlite,
    content: Uint8Array,
  ) {
    this.#database = sqlite.open(content.length === 0 ? undefined : withRollbackJournal(content));
    this.transactions = new Transactions(this.#database);
    this.#compiled = new CompiledStatements(this.#database);
    try {
      this.#database.exec(`pragma hard_heap_limit = ${maxHeapBytes}`);
      // What is temporary counts against the heap; as files it would count against nothing.
      this.#database.exec('pragma temp_store = memory; pragma journal_mode = memory');
      const pageSize = Number(this.#database.exec('pragma page_size')[0]?.values[0]?.[0]);
      this.#database.exec(`pragma max_page_count = ${Math.floor(maxDatabaseBytes / pageSize)}`);
      // The first look at the content: says so if it is no database.
      this.#database.exec('select count(*) from sqlite_schema');
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** @throws {Error} SQLite's message; the result is too large */
  all(bound: Sql, answer: Answer): Rows {
    return this.#rows(bound, answer, Infinity);
  }

  /** Only the first row is asked for. @throws {Error} as {@link all} */
  get(bound: Sql, answer: Answer): Rows {
    return this.#rows(bound, answer, 1);
  }

  /** Runs one statement and drops its rows. @throws {Error} SQLite's message */
  run(bound: Sql, answer: Answer): Changes {
    return this.#counting(answer, () => this.#use(bound, (statement) => this.#toEnd(statement)));
  }

  /**
   * Runs statements one after the other and drops their rows.
   *
   * @param bound parameters are of the only statement
   * @throws {Error} SQLite's message; those before the one that failed have run
   */
  exec(bound: Sql, answer: Answer): Changes {
    if (isGiven(bound.params)) return this.run(bound, answer);
    return this.#counting(answer, () => {
      const statements = this.#compiled.iterate(bound.sql);
      try {
        for (;;) {
          const writes = judge(statements.getRemainingSQL());
          if (writes === undefined) return;
          const next = statements.next();
          if (next.done) return;
          this.#noting(writes, () => this.#toEnd(next.value));
        }
      } finally {
        statements.return();
      }
    });
  }

  /** Compiles a statement. @returns the names of its columns @throws {Error} SQLite's message */
  prepare(sql: string): string[] {
    return this.#compiled.compile(sql).statement.getColumnNames();
  }

  /** Frees a compiled statement, if it is there. */
  finalize(sql: string): void {
    this.#compiled.finalize(sql);
  }

  /** @returns what its file should hold, when that has changed and no transaction is open */
  takeContent(): Uint8Array | undefined {
    if (!this.#isChanged || this.transactions.areOpen) return undefined;
    this.#isChanged = false;
    return this.#database.export();
  }

  close(): void {
    this.#compiled.clear();
    this.#database.close();
  }

  #rows(bound: Sql, answer: Answer, most: number): Rows {
    return this.#use(bound, (statement) => {
      const rows: WireValue[][] = [];
      let bytes = 0;
      while (rows.length < most && this.#step(statement)) {
        const row = statement.get(null, { useBigInt: true });
        bytes += sizeOf(row);
        if (bytes > maxResultBytes) {
          throw new Error(`The result is larger than ${maxResultBytes / megabyte} MB; select less of it`);
        }
        rows.push(row.map((value) => answer.value(value)));
      }
      return { columns: statement.getColumnNames(), rows };
    });
  }

  #use<T>({ sql, params, blobs }: Sql, use: (statement: Statement) => T): T {
    const { statement, writes } = this.#compiled.compile(sql);
    try {
      this.#bind(statement, bindable(params, blobs));
      return this.#noting(writes, () => use(statement));
    } finally {
      statement.reset();
    }
  }

  #bind(statement: Statement, values: ReturnType<typeof bindable>): void {
    if (!(values instanceof Map)) {
      statement.bind(values);
      return;
    }
    const named: Record<string, SqlValue> = {};
    for (const [name, value] of values) named[this.#parameterOf(statement, name)] = value;
    statement.bind(named);
  }

  /** @returns the parameter's name with its prefix @throws {Error} there is none */
  #parameterOf(statement: Statement, name: string): string {
    const candidates = prefixes.some((prefix) => name.startsWith(prefix))
      ? [name]
      : prefixes.map((prefix) => prefix + name);
    const found = candidates.find((candidate) => {
      statement.bind({ [candidate]: null });
      return this.sqlite.answers.parameterIndex !== 0;
    });
    if (found === undefined) throw new Error(`The statement has no parameter named ${name}`);
    return found;
  }

  /** Notes whether what runs changes the content. */
  #noting<T>(writes: Writes, work: () => T): T {
    if (writes === 'never' || this.#isChanged) return work();
    const before = writes === 'rows' ? this.#ask('total_changes()') : undefined;
    // What fails may have written before.
    this.#isChanged = true;
    const result = work();
    if (writes === 'rows') this.#isChanged = this.#ask('total_changes()') !== before;
    return result;
  }

  #toEnd(statement: Statement): void {
    while (this.#step(statement));
  }

  #step(statement: Statement): boolean {
    try {
      return statement.step();
    } catch (error) {
      if (this.sqlite.answers.step !== resultCodes.full) throw error;
      throw new Error(`The database is full: it may have ${maxDatabaseBytes / megabyte} MB`, {
        cause: error,
      });
    }
  }

  /** What SQLite counts itself stays as it was for statements that change nothing. */
  #counting(answer: Answer, work: () => void): Changes {
    const before = this.#ask('total_changes()');
    work();
    const changed = this.#ask('total_changes()') !== before;
    return {
      rowsAffected: changed ? this.#database.getRowsModified() : 0,
      lastInsertId: answer.value(this.#ask('last_insert_rowid()')),
    };
  }

  #ask(expression: 'total_changes()' | 'last_insert_rowid()'): SqlValue {
    const bound = { sql: `select ${expression}`, params: [], blobs: new Uint8Array() };
    return this.#use(bound, (statement) => {
      statement.step();
      return statement.get(null, { useBigInt: true })[0] ?? null;
    });
  }
}

/** A file that was left in write-ahead mode is opened as one that was not: its log is known to be empty. */
function withRollbackJournal(content: Uint8Array): Uint8Array {
  const [writeVersion, readVersion] = [18, 19];
  if (content[writeVersion] === 2 && content[readVersion] === 2)
    content.fill(1, writeVersion, readVersion + 1);
  return content;
}

const isGiven = (params: WireParameters): boolean => Object.keys(params).length > 0;

function sizeOf(row: readonly SqlValue[]): number {
  return row.reduce<number>((sum, value) => {
    const isLong = typeof value === 'string' || value instanceof Uint8Array;
    return sum + cellBytes + (isLong ? value.length : 0);
  }, 0);
}

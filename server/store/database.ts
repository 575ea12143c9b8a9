/** One open database: statements prepared once, transactions, and an end. */
import { VmError } from '../../shared/errors.js';
import type { HostFiles } from './host-files.js';
import type { ProcessLock } from './process-lock.js';
import type { Row } from './row.js';
import { resultCodes, type SqlConnection, SqlError, type SqlStatement, type SqlValue } from './sql-engine.js';
import { fatalError, storageError } from './storage-error.js';

/**
 * Every method raises `STORAGE_FAILED` when the disk refuses or the database is closed, and `DATABASE_UNSUPPORTED` when
 * the file proves to be damaged. Any other failure of a statement is a defect of its caller.
 */
export class Database {
  readonly #statements = new Map<string, SqlStatement>();
  /** How many transactions are open, one inside the other. */
  #depth = 0;
  /** What cost the open transaction: it can only be rolled back then, even if somebody caught the error. */
  #lost: VmError | undefined;
  #closed = false;

  /** Takes over the connection, its files and the lock, and ends them on {@link close}. */
  constructor(
    private readonly connection: SqlConnection,
    private readonly files: HostFiles,
    private readonly lock: ProcessLock,
  ) {}

  get path(): string {
    return this.files.path;
  }

  /** Bytes on disk, the log included. */
  sizeBytes(): number {
    return this.files.sizeBytes();
  }

  /** @returns the first row */
  get(sql: string, parameters: readonly SqlValue[] = []): Row | undefined {
    return this.all(sql, parameters, () => 'last')[0];
  }

  /**
   * @param visit sees each row as it comes and may say that it is the last one wanted
   * @returns the rows
   */
  all(sql: string, parameters: readonly SqlValue[] = [], visit?: (row: Row) => 'last' | 'more'): Row[] {
    return this.#use(sql, parameters, (statement) => {
      const rows: Row[] = [];
      while (statement.step()) {
        const values = statement.row();
        const row = Object.fromEntries(statement.columns.map((column, index) => [column, values[index]]));
        rows.push(row);
        if (visit?.(row) === 'last') break;
      }
      return rows;
    });
  }

  /**
   * Runs one INSERT, UPDATE or DELETE. Outside of a transaction it is one by itself.
   * @returns how many rows it changed, without those of cascades and triggers
   */
  run(sql: string, parameters: readonly SqlValue[] = []): number {
    return this.#use(sql, parameters, (statement) => {
      statement.step();
      return this.connection.changes();
    });
  }

  /** Runs SQL text of any number of statements, such as a migration. */
  execute(sql: string): void {
    this.#guard(() => this.connection.execute(sql));
  }

  /**
   * Runs `work` as one transaction: all of it is durable when this returns, or, when it throws, nothing of it happened.
   * An inner call becomes durable with the outermost one, and is undone alone when only it throws.
   * @param work synchronous: what it does after a first `await` would not be part of the transaction
   */
  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return this.#savepoint(work);
    this.run('BEGIN IMMEDIATE');
    this.#depth++;
    try {
      const result = work();
      if (this.#lost !== undefined) throw this.#lost;
      this.run('COMMIT');
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      this.#depth--;
      this.#lost = undefined;
    }
  }

  /** Makes a function of one text available to SQL; NULL stays NULL. */
  define(name: string, implementation: (text: string) => SqlValue): void {
    this.#guard(() => {
      this.connection.define(name, implementation);
    });
  }

  /** Ends the connection and gives up the lock. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#statements.clear();
    try {
      this.connection.close();
    } finally {
      this.files.closeAll();
      this.lock.release();
    }
  }

  #savepoint<T>(work: () => T): T {
    const name = `inner_${this.#depth}`;
    this.run(`SAVEPOINT ${name}`);
    this.#depth++;
    try {
      return work();
    } catch (error) {
      if (this.#lost === undefined) this.run(`ROLLBACK TO ${name}`);
      throw error;
    } finally {
      this.#depth--;
      if (this.#lost === undefined) this.run(`RELEASE ${name}`);
    }
  }

  #rollBack(): void {
    // After a failed sync nothing may be asked of the files; the next process rolls back by recovering.
    if (this.files.fatal !== undefined) return;
    try {
      this.run('ROLLBACK');
    } catch (error) {
      // SQLite has rolled back by itself, as it does when the disk is full.
      const nothingToRollBack = error instanceof SqlError && error.resultCode === resultCodes.error;
      if (!nothingToRollBack) throw error;
    }
  }

  #use<T>(sql: string, parameters: readonly SqlValue[], work: (statement: SqlStatement) => T): T {
    return this.#guard(() => {
      let statement = this.#statements.get(sql);
      if (statement === undefined) {
        statement = this.connection.prepare(sql);
        this.#statements.set(sql, statement);
      }
      try {
        statement.bind(parameters);
        return work(statement);
      } finally {
        statement.reset();
      }
    });
  }

  #guard<T>(work: () => T): T {
    if (this.#closed) throw new VmError('STORAGE_FAILED', 'The database is closed.');
    if (this.files.fatal !== undefined) throw fatalError(this.files.fatal);
    this.files.forgetFailure();
    try {
      return work();
    } catch (cause) {
      const error = storageError(cause, this.files.failure);
      if (error instanceof VmError && this.#depth > 0) this.#lost = error;
      throw error;
    }
  }
}

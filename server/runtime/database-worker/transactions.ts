/** The transactions of a connection, which guest code opens within each other: the inner ones are savepoints. */
import type { SqliteDatabase } from './sqlite.js';

/** What a call of a transaction gets that was undone meanwhile. */
export class TransactionOver extends Error {
  constructor() {
    super('The transaction is over');
  }
}

export class Transactions {
  /** Their numbers, the outermost first. */
  readonly #open: number[] = [];

  constructor(private readonly database: SqliteDatabase) {}

  /**
   * Makes a transaction the one that what follows is in. Those within it, which nobody ended, are undone.
   *
   * @param id its number; 0 for none
   * @throws {TransactionOver} it is not open
   */
  enter(id: number): void {
    if (id !== 0 && !this.#open.includes(id)) throw new TransactionOver();
    while (this.#open.length > 0 && this.#open.at(-1) !== id) this.rollback();
  }

  /** Begins a transaction, or a savepoint of the one that is open. @throws {Error} SQLite's message */
  begin(id: number): void {
    const depth = this.#open.length;
    this.database.exec(depth === 0 ? 'begin' : `savepoint ${savepoint(depth)}`);
    this.#open.push(id);
  }

  /** Ends the inmost transaction. @throws {Error} SQLite's message; then it is undone */
  commit(): void {
    const depth = this.#open.length - 1;
    try {
      this.database.exec(depth <= 0 ? 'commit' : `release ${savepoint(depth)}`);
      this.#open.pop();
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  /** Undoes the inmost transaction. */
  rollback(): void {
    this.#open.pop();
    // SQLite may have undone all of it already: a full database does that.
    if (!this.#isInTransaction()) return;
    const depth = this.#open.length;
    const name = savepoint(depth);
    this.database.exec(depth === 0 ? 'rollback' : `rollback to ${name}; release ${name}`);
  }

  /** Whether one is open, begun here or by a statement. */
  get areOpen(): boolean {
    return this.#open.length > 0 || this.#isInTransaction();
  }

  /** The build cannot be asked; a transaction within one is refused. */
  #isInTransaction(): boolean {
    try {
      this.database.exec('begin');
    } catch {
      return true;
    }
    this.database.exec('rollback');
    return false;
  }
}

const savepoint = (depth: number): string => `vm_${depth}`;

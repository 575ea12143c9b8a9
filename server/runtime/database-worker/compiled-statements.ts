/** Statements that were judged and compiled, kept for when they are run again. */
import type { SqliteDatabase, Statement, StatementIterator } from './sqlite.js';
import { judge, type Writes } from './statement-rules.js';

/** How many are kept. */
const maxKept = 64;

export interface Compiled {
  readonly statement: Statement;
  readonly writes: Writes;
  free(): void;
}

export class CompiledStatements {
  /** By SQL text, the one used longest ago first. */
  readonly #kept = new Map<string, Compiled>();

  constructor(private readonly database: SqliteDatabase) {}

  /** @throws {Error} SQLite's message; the statement is refused, or is not the only one */
  compile(sql: string): Compiled {
    const known = this.#kept.get(sql);
    if (known !== undefined) {
      this.#kept.delete(sql);
      this.#kept.set(sql, known);
      return known;
    }
    const writes = judge(sql);
    if (writes === undefined) throw new Error('There is no statement in this SQL text');
    const statements = this.iterate(sql);
    try {
      const first = statements.next();
      if (first.done) throw new Error('There is no statement in this SQL text');
      if (judge(statements.getRemainingSQL()) !== undefined) {
        throw new Error(
          'Only one statement can be run at a time here; exec runs several, without parameters',
        );
      }
      const compiled = {
        statement: first.value,
        writes,
        free: () => void statements.return(),
      };
      this.#keep(sql, compiled);
      return compiled;
    } catch (error) {
      statements.return();
      throw error;
    }
  }

  #keep(sql: string, compiled: Compiled): void {
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size >= maxKept) this.finalize(oldest);
    this.#kept.set(sql, compiled);
  }

  /** @returns the statements of a text, to be judged before each is compiled */
  iterate(sql: string): StatementIterator {
    // SQLite would take it for the end.
    if (sql.includes('\0')) throw new Error('The SQL text contains a NUL character');
    return this.database.iterateStatements(sql);
  }

  /** Frees a statement, if it is there. */
  finalize(sql: string): void {
    this.#kept.get(sql)?.free();
    this.#kept.delete(sql);
  }

  /** Frees all. */
  clear(): void {
    for (const compiled of this.#kept.values()) compiled.free();
    this.#kept.clear();
  }
}

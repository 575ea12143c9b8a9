/** The `database` module as guest code has it: SQLite in the host's database thread. */
import { call } from 'vm:native';

type Value = string | number | bigint | boolean | null | Uint8Array;
export type Row = Record<string, Value>;
/** Values by position, or one object with values by name. */
export type Parameters = readonly unknown[];

/** What a statement changed. */
export interface Changes {
  readonly rowsAffected: number;
  readonly lastInsertId: number | bigint;
}

type WireValue = string | number | boolean | null | { int: string } | { bytes: number } | { real: string };
interface Reply {
  readonly json: string;
  readonly bytes: Uint8Array;
}

/** A database of the session, by its name: what is in memory, or a file of the worktree. */
class Database {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  query(sql: unknown, ...params: unknown[]): Row[] {
    return rowsOf(ask('all', this.#name, sql, params));
  }

  exec(sql: unknown, ...params: unknown[]): Changes {
    return changesOf(ask('exec', this.#name, sql, params));
  }

  prepare(sql: unknown): Statement {
    return new Statement(this.#name, sql);
  }

  /** Runs a function in a transaction, or in a savepoint of the one that is open. What it throws undoes its changes. */
  transaction<Result>(work: () => Result): Result {
    if (typeof work !== 'function') throw new TypeError('transaction takes a function');
    const database = this.#name;
    const id = ++begun;
    within('database.begin', database, { id });
    const transactions = transactionsOf(database);
    transactions.push(id);
    let result: Result;
    try {
      result = work();
      if (isThenable(result)) {
        throw new TypeError(
          'The function of a transaction cannot be asynchronous: others would write into it',
        );
      }
    } catch (error) {
      undo(database);
      transactions.pop();
      throw error;
    }
    try {
      within('database.commit', database, {});
    } finally {
      transactions.pop();
    }
    return result;
  }

  close(): void {
    call('database.close', { database: this.#name });
  }
}

/** An SQL statement that is compiled once. */
class Statement {
  readonly #database: string;
  readonly #sql: string;
  readonly columns: readonly string[];
  #isFinalized = false;

  constructor(database: string, sql: unknown) {
    this.#database = database;
    this.#sql = String(sql);
    const { json } = call('database.prepare', { database, sql: this.#sql }) as Reply;
    this.columns = Object.freeze(JSON.parse(json) as string[]);
  }

  all(...params: unknown[]): Row[] {
    return rowsOf(this.#ask('all', params));
  }

  get(...params: unknown[]): Row | undefined {
    return rowsOf(this.#ask('get', params))[0];
  }

  run(...params: unknown[]): Changes {
    return changesOf(this.#ask('run', params));
  }

  iterate(...params: unknown[]): IterableIterator<Row> {
    return this.all(...params).values();
  }

  finalize(): void {
    if (this.#isFinalized) return;
    this.#isFinalized = true;
    call('database.finalize', { database: this.#database, sql: this.#sql });
  }

  #ask(operation: 'all' | 'get' | 'run', params: Parameters): Reply {
    if (this.#isFinalized) throw new Error('The statement has been finalized');
    return ask(operation, this.#database, this.#sql, params);
  }
}

export type { Database, Statement };

/** Numbers of the transactions that are open within each other, by database. */
const inTransactions = new Map<string, number[]>();
let begun = 0;

/** Ends the names of databases in memory: each is a database of its own. */
let opened = 0;
let main = new Database(':memory:');

/**
 * @param path of a file of the worktree, or ':memory:' for a new database in memory
 */
export function open(path: unknown): Database {
  const name = String(path);
  const database = name === ':memory:' ? `:memory:${++opened}` : name;
  call('database.open', { database });
  return new Database(database);
}

/** Chooses the database of the functions below. */
export function configure(driver: unknown, source: unknown): void {
  if (!/^sqlite3?$/i.test(String(driver)))
    throw new TypeError(`There is no driver ${String(driver)}; give 'sqlite3'`);
  main = String(source) === ':memory:' ? new Database(':memory:') : open(source);
}

export const query = (sql: unknown, ...params: unknown[]): Row[] => main.query(sql, ...params);
export const exec = (sql: unknown, ...params: unknown[]): Changes => main.exec(sql, ...params);
export const prepare = (sql: unknown): Statement => main.prepare(sql);
export const transaction = <Result>(work: () => Result): Result => main.transaction(work);
export const close = (): void => main.close();

export default { open, configure, query, exec, prepare, transaction, close };

function ask(
  operation: 'all' | 'get' | 'run' | 'exec',
  database: string,
  sql: unknown,
  given: Parameters,
): Reply {
  const blobs: Uint8Array[] = [];
  const toWire = (value: unknown): WireValue => {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return Number.isFinite(value) ? value : { real: String(value) };
      case 'bigint':
        if (value !== BigInt.asIntN(64, value)) throw new RangeError('SQLite holds integers of 64 bits');
        return Number.isSafeInteger(Number(value)) ? Number(value) : { int: String(value) };
      case 'undefined':
        return null;
      case 'object': {
        if (value === null) return null;
        const bytes = bytesOf(value);
        if (bytes !== undefined) {
          blobs.push(bytes);
          return { bytes: bytes.length };
        }
      }
    }
    throw new TypeError(
      `SQLite cannot hold ${describe(value)}; give text, a number, a bigint, bytes or null`,
    );
  };
  const [first] = given;
  const params =
    given.length === 1 && isNamed(first)
      ? Object.fromEntries(Object.entries(first).map(([name, value]) => [name, toWire(value)]))
      : given.flat().map(toWire);
  return within(`database.${operation}`, database, { sql: String(sql), params }, join(blobs)) as Reply;
}

/** Calls an operation in the transaction that is open. */
function within(operation: string, database: string, payload: object, data?: Uint8Array): unknown {
  const transactions = transactionsOf(database);
  const transaction = transactions.at(-1) ?? 0;
  try {
    return call(operation, { ...payload, database, transaction }, data);
  } catch (error) {
    if (transaction === 0 || (error as { code?: unknown }).code !== 'TRANSACTION_OVER') throw error;
    // The execution that was in it was stopped, and the host has undone it.
    transactions.length = 0;
    return call(operation, { ...payload, database, transaction: 0 }, data);
  }
}

/** The error that is on its way is the one to know; a database that cannot be reached has nothing left to undo. */
function undo(database: string): void {
  try {
    within('database.rollback', database, {});
  } catch {
    return;
  }
}

function transactionsOf(database: string): number[] {
  const known = inTransactions.get(database) ?? [];
  inTransactions.set(database, known);
  return known;
}

function rowsOf({ json, bytes }: Reply): Row[] {
  const { columns, rows } = JSON.parse(json) as { columns: string[]; rows: WireValue[][] };
  let at = 0;
  return rows.map((values) => {
    const row: Row = {};
    for (let i = 0; i < columns.length; i++) {
      const value = fromWire(values[i] ?? null, (length) => bytes.slice(at, (at += length)));
      const name = columns[i] ?? '';
      if (name !== '__proto__') row[name] = value;
      else Object.defineProperty(row, name, { value, writable: true, enumerable: true, configurable: true });
    }
    return row;
  });
}

function changesOf({ json }: Reply): Changes {
  const { rowsAffected, lastInsertId } = JSON.parse(json) as {
    rowsAffected: number;
    lastInsertId: WireValue;
  };
  return { rowsAffected, lastInsertId: fromWire(lastInsertId) as number | bigint };
}

function fromWire(value: WireValue, take?: (length: number) => Uint8Array): Value {
  if (value === null || typeof value !== 'object') return value;
  if ('int' in value) return BigInt(value.int);
  if ('real' in value) return Number(value.real);
  return take?.(value.bytes) ?? null;
}

function join(blobs: readonly Uint8Array[]): Uint8Array {
  const [first] = blobs;
  if (blobs.length === 1 && first !== undefined) return first;
  const joined = new Uint8Array(blobs.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const blob of blobs) {
    joined.set(blob, at);
    at += blob.length;
  }
  return joined;
}

function bytesOf(value: object): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : undefined;
}

function isNamed(value: unknown): value is Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const isThenable = (value: unknown): boolean =>
  value !== null && typeof value === 'object' && 'then' in value && typeof value.then === 'function';

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  const { name } = value.constructor;
  return /^[AEIOU]/.test(name) ? `an ${name}` : `a ${name}`;
}

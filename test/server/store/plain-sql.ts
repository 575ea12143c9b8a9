/** A build of SQLite that knows nothing of our files: it gets the bytes of one. */
import fs from 'node:fs';
import { createRequire } from 'node:module';

interface PlainDatabase {
  run(sql: string): void;
  exec(sql: string): { values: unknown[][] }[];
  export(): Uint8Array;
  close(): void;
}
interface PlainSql {
  readonly Database: new (bytes?: Uint8Array) => PlainDatabase;
}

export const loadPlainSql = createRequire(import.meta.url)(
  'sql.js/dist/sql-wasm-inline.js',
) as () => Promise<PlainSql>;

/** @returns the bytes of a database that this SQL made */
export async function plainDatabase(sql: string): Promise<Uint8Array> {
  const { Database } = await loadPlainSql();
  const database = new Database();
  database.run(sql);
  const bytes = database.export();
  database.close();
  return bytes;
}

/** Reads a closed database and puts what is in it as SQL. */
export class PlainReader {
  private constructor(private readonly database: PlainDatabase) {}

  static async open(file: string): Promise<PlainReader> {
    const { Database } = await loadPlainSql();
    return new PlainReader(new Database(fs.readFileSync(file)));
  }

  /** Statements that insert the rows of these tables. */
  inserts(...tables: string[]): string[] {
    return tables.flatMap((table) =>
      this.#rows(`SELECT * FROM ${table}`).map(
        (row) => `INSERT INTO ${table} VALUES (${row.map(literal).join(', ')})`,
      ),
    );
  }

  /** @param sql selects one value */
  literal(sql: string): string {
    return literal(this.#rows(sql)[0]?.[0]);
  }

  close(): void {
    this.database.close();
  }

  #rows(sql: string): unknown[][] {
    return this.database.exec(sql)[0]?.values ?? [];
  }
}

function literal(value: unknown): string {
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`;
  if (typeof value === 'number') return `${value}`;
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  return 'NULL';
}

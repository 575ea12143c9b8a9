/** What a session's database thread and the main thread say to each other: one call at a time. */
export interface DatabaseStart {
  readonly wasmPath: string;
}

/**
 * A value as it crosses: integers beyond 2^53 as decimal digits, numbers that JSON lacks by name, and of a blob how many
 * bytes it has: the bytes of all of them go beside the JSON, one after the other.
 */
export type WireValue =
  | string
  | number
  | boolean
  | null
  | { readonly int: string }
  | { readonly bytes: number }
  | { readonly real: 'Infinity' | '-Infinity' | 'NaN' };

/** By position, or by name with or without SQLite's prefix. */
export type WireParameters = readonly WireValue[] | Readonly<Record<string, WireValue>>;

/**
 * Which transaction guest code is in, by the number that it gave it; 0 for none. A call of one that was undone
 * meanwhile, as its execution was stopped, is refused.
 */
interface Within {
  readonly transaction: number;
}

/** An SQL text with what its parameters are bound to. */
export interface BoundSql extends Within {
  readonly sql: string;
  readonly params: WireParameters;
  readonly blobs: Uint8Array;
}

/** `abandon` undoes the transactions that `begin` left open, in all databases. */
export type DatabaseCall = DatabaseWork | { readonly operation: 'abandon'; readonly database?: undefined };

/** Every operation but `open` is of a database that is open. */
export type DatabaseWork = { readonly database: string } & (
  | {
      readonly operation: 'open';
      /** The content of its file; empty for a new one and for one in memory. */
      readonly content: Uint8Array;
      /** Whether commits answer with the content to save. */
      readonly storage: 'file' | 'memory';
    }
  /** `all`: every row; `get`: the first; `run`: how many rows were changed. */
  | ({ readonly operation: 'all' | 'get' | 'run' } & BoundSql)
  /** Runs any number of statements, or one with parameters. */
  | ({ readonly operation: 'exec' } & BoundSql)
  /** Compiles a statement, to tell early what is wrong with it. */
  | { readonly operation: 'prepare'; readonly sql: string }
  /** Forgets a statement that was compiled. */
  | { readonly operation: 'finalize'; readonly sql: string }
  /** A transaction, or a savepoint of the one that is open. */
  | ({ readonly operation: 'begin'; readonly id: number } & Within)
  | ({ readonly operation: 'commit' | 'rollback' } & Within)
  | { readonly operation: 'close' }
);

/** What rows look like as JSON; a value is as in {@link WireValue}. */
export interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly WireValue[])[];
}

export interface Changes {
  readonly rowsAffected: number;
  readonly lastInsertId: WireValue;
}

export type DatabaseReply =
  | {
      readonly ok: true;
      /** JSON text: as one string it crosses two threads at the least cost. */
      readonly json: string;
      /** Bytes of the blobs in it. */
      readonly blobs: Uint8Array;
      /** The database's content, when something was committed that its file has not. */
      readonly content?: Uint8Array | undefined;
    }
  | {
      readonly ok: false;
      readonly message: string;
      /** The transaction that the call is of was undone before. */
      readonly isOver?: boolean;
      /** As above: what came before the failure may have been committed. */
      readonly content?: Uint8Array | undefined;
    };

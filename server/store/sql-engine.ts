/** SQLite as sql.js compiles it, working on real files. One engine serves every database of the process. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import initSqlJs, { type Cwrap, type SqlJs, type SqlJsDatabase } from 'sql.js/dist/sql-wasm.js';
import type { HostFiles } from './host-files.js';
import { syscallNames } from './syscall-names.js';
import { WasmSyscalls } from './wasm-syscalls.js';
import { type WasmMemory, webAssembly } from './web-assembly.js';

/** The result codes that the store tells apart, see https://sqlite.org/rescode.html. */
export const resultCodes = {
  ok: 0,
  error: 1,
  outOfMemory: 7,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
  row: 100,
  done: 101,
} as const;

/** What SQLite refused, with its result code. sql.js itself gives a message only. */
export class SqlError extends Error {
  override readonly name = 'SqlError';

  constructor(
    readonly resultCode: number,
    cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** The functions whose result says why a call failed. */
const reportingFunctions = new Set(['sqlite3_open', 'sqlite3_prepare_v2', 'sqlite3_step', 'sqlite3_exec']);

export class SqlEngine {
  /** Result of the latest reporting function. */
  #result: number = resultCodes.ok;
  /** What the next database is called instead of the name that sql.js makes up. */
  #nextName: string | undefined;
  readonly #syscalls = new WasmSyscalls();
  #sql: SqlJs | undefined;

  private constructor(private readonly wasm: Uint8Array) {}

  /** @param wasmPath of `sql-wasm.wasm`, exactly as the pinned release of sql.js has it */
  static async load(wasmPath: string): Promise<SqlEngine> {
    const engine = new SqlEngine(await fs.promises.readFile(wasmPath));
    engine.#sql = await engine.#start();
    return engine;
  }

  /**
   * Opens a connection on real files.
   * @param files of a database that exists, or whose folder does
   * @throws SqlError
   */
  connect(files: HostFiles): SqlConnection {
    if (this.#sql === undefined) throw new Error('The engine is not loaded.');
    const { enginePath, unmount } = this.#syscalls.mount(files, path.basename(files.path));
    this.#nextName = enginePath;
    try {
      // The empty placeholder is what close() removes from the file system in memory.
      const { Database } = this.#sql;
      const database = this.call(() => new Database([]));
      return new SqlConnection(this, database, enginePath, unmount);
    } catch (error) {
      unmount();
      throw error;
    } finally {
      this.#nextName = undefined;
    }
  }

  /** Opens an empty database in memory, for looking something up. */
  connectInMemory(): SqlConnection {
    if (this.#sql === undefined) throw new Error('The engine is not loaded.');
    const { Database } = this.#sql;
    return new SqlConnection(
      this,
      this.call(() => new Database([])),
      ':memory:',
      () => undefined,
    );
  }

  /** Runs a call into sql.js and gives its failure the result code. */
  call<T>(work: () => T): T {
    this.#result = resultCodes.ok;
    try {
      return work();
    } catch (error) {
      throw new SqlError(this.#result, error);
    }
  }

  #start(): Promise<SqlJs> {
    const digest = createHash('sha256').update(this.wasm).digest('hex');
    if (!isKnownBuild(digest)) {
      throw new Error(`sql-wasm.wasm (SHA-256 ${digest}) is not of a sql.js release that the store knows.`);
    }
    return initSqlJs({
      useOldExtensionFunctions: false,
      preRun: [
        (module) => {
          module.cwrap = this.#watch(module.cwrap);
        },
      ],
      instantiateWasm: (imports, done) => {
        for (const group of Object.values(imports)) this.#syscalls.wrap(group, syscallNames[digest]);
        const instance = new webAssembly.Instance(new webAssembly.Module(this.wasm), imports);
        this.#syscalls.attach(memoryOf(instance.exports));
        done(instance);
        return {};
      },
    });
  }

  /** Sees what SQLite's functions answer, and gives a database that is opened its real name. */
  #watch(cwrap: Cwrap): Cwrap {
    return (name, ...signature) => {
      const wrapped = cwrap(name, ...signature);
      if (!reportingFunctions.has(name)) return wrapped;
      return (...args) => {
        if (name === 'sqlite3_open' && this.#nextName !== undefined) args[0] = this.#nextName;
        const result = wrapped(...args);
        this.#result = Number(result);
        return result;
      };
    };
  }
}

function isKnownBuild(digest: string): digest is keyof typeof syscallNames {
  return digest in syscallNames;
}

function memoryOf(exports: Readonly<Record<string, unknown>>): WasmMemory {
  const memory = Object.values(exports).find((value) => value instanceof webAssembly.Memory);
  if (memory === undefined) throw new Error('The engine exports no memory.');
  return memory;
}

export type SqlValue = number | string | Uint8Array | null;

/** A prepared statement. It belongs to its connection, which frees it. */
export interface SqlStatement {
  readonly columns: readonly string[];
  /** Gives the values to its parameters and starts over. */
  bind(values: readonly SqlValue[]): void;
  /** @returns whether there is a row */
  step(): boolean;
  row(): readonly unknown[];
  /** To be called after the last row that is wanted: a statement under way keeps the log from being checkpointed. */
  reset(): void;
}

/** One open database. All of its methods raise {@link SqlError}. */
export class SqlConnection {
  constructor(
    private readonly engine: SqlEngine,
    private readonly database: SqlJsDatabase,
    /** The database's name in the engine's file system; as SQLite reports it when it really is on our files. */
    readonly enginePath: string,
    private readonly unmount: () => void,
  ) {}

  /** Runs SQL text of any number of statements, without parameters and rows. */
  execute(sql: string): void {
    this.engine.call(() => this.database.run(sql));
  }

  prepare(sql: string): SqlStatement {
    const { engine } = this;
    const statement = engine.call(() => this.database.prepare(sql));
    return {
      columns: statement.getColumnNames(),
      bind: (values) => engine.call(() => statement.bind(values)),
      step: () => engine.call(() => statement.step()),
      row: () => statement.get(),
      reset: () => statement.reset(),
    };
  }

  /** Rows changed by the latest INSERT, UPDATE or DELETE itself. */
  changes(): number {
    return this.database.getRowsModified();
  }

  /** Makes a function of one text available to SQL. */
  define(name: string, implementation: (text: string) => SqlValue): void {
    this.engine.call(() =>
      this.database.create_function(name, (text) => (typeof text === 'string' ? implementation(text) : null)),
    );
  }

  /** Frees the statements and closes the files; the log is checkpointed and removed if the files take writes. */
  close(): void {
    try {
      this.engine.call(() => this.database.close());
    } finally {
      this.unmount();
    }
  }
}

let engine: Promise<SqlEngine> | undefined;

/** The engine of the process: sql.js can be loaded once only, so the first call's wasm is everybody's. */
export function sqlEngine(wasmPath: string): Promise<SqlEngine> {
  engine ??= SqlEngine.load(wasmPath).catch((error: unknown) => {
    engine = undefined;
    throw error;
  });
  return engine;
}

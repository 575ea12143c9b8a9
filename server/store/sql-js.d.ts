/** The part of sql.js that the store uses; the package brings no types. */
declare module 'sql.js/dist/sql-wasm.js' {
  export type SqlJsValue = number | string | Uint8Array | null;

  export interface SqlJsStatement {
    /** Resets the statement and frees what was bound before. */
    bind(values: readonly SqlJsValue[]): boolean;
    /** @returns whether there is a row to get */
    step(): boolean;
    get(): SqlJsValue[];
    getColumnNames(): string[];
    reset(): boolean;
    free(): boolean;
  }

  export interface SqlJsDatabase {
    prepare(sql: string): SqlJsStatement;
    /** Runs several statements to their ends and drops their rows. */
    run(sql: string): this;
    /** Rows changed by the latest INSERT, UPDATE or DELETE; those of cascades and triggers are not counted. */
    getRowsModified(): number;
    create_function(name: string, implementation: (text: SqlJsValue) => SqlJsValue): this;
    close(): void;
  }

  export interface SqlJs {
    readonly Database: new (bytes: readonly number[]) => SqlJsDatabase;
  }

  export type WasmFunction = (...args: number[]) => number;
  export type Cwrap = (name: string, ...signature: unknown[]) => (...args: unknown[]) => unknown;

  /** The Emscripten hooks that sql.js honours. */
  export interface SqlJsHooks {
    readonly useOldExtensionFunctions: boolean;
    readonly preRun: ((module: { cwrap: Cwrap }) => void)[];
    readonly instantiateWasm: (
      imports: Record<string, Record<string, WasmFunction>>,
      done: (instance: object) => void,
    ) => object;
  }

  /** Loads once a process: every later call answers with the first one's engine and ignores its hooks. */
  export default function initSqlJs(hooks: SqlJsHooks): Promise<SqlJs>;
}

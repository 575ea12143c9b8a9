/** What a session's database thread and the main thread say to each other: one call at a time. */
export interface DatabaseStart {
  readonly wasmPath: string;
}

export interface DatabaseCall {
  readonly operation: 'query' | 'exec';
  readonly sql: string;
  readonly params: readonly (string | number | boolean | null)[];
}

export type DatabaseReply =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

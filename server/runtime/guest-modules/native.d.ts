/** The way from native modules to the host. No other code can import it. */
declare module 'vm:native' {
  /** Bytes or text that travel beside a call's payload, without being copied into its JSON. */
  export type Data = Uint8Array | string;

  /**
   * Has the host do something while the guest waits.
   *
   * @param payload what JSON can hold
   * @returns the host's answer; bytes come as a Uint8Array, or as the answer's `bytes`
   * @throws what the host refuses or fails, an Error with a `code`
   */
  export function call(operation: string, payload: unknown, data?: Data): unknown;

  /** As {@link call}, but the guest goes on meanwhile. */
  export function start(operation: string, payload: unknown, data?: Data): Operation;

  export interface Operation {
    readonly promise: Promise<unknown>;
    /** Ends it on the host's side. Its promise never settles, unless it has. */
    cancel(): void;
  }
}

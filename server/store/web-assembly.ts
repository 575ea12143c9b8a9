/** The JavaScript interface of WebAssembly, as far as the store uses it; TypeScript has it in its DOM library only. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: object,
  ) => {
    readonly exports: Readonly<Record<string, unknown>>;
  };
  readonly Memory: abstract new () => WasmMemory;
}

/** `buffer` is replaced by another one whenever the memory grows. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

export const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;

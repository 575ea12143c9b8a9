/** The parts of WebAssembly that Node has and its types of this version leave out. */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum: number });
    readonly buffer: ArrayBuffer;
    /** @returns how many pages there were before */
    grow(pages: number): number;
  }

  /** A trap. */
  class RuntimeError extends Error {}

  function compile(bytes: NodeJS.ArrayBufferView | ArrayBuffer): Promise<Module>;
}

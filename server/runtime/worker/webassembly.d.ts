/** The parts of WebAssembly that Node has and its types of this version leave out. */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum: number });
    readonly buffer: ArrayBuffer;
    /** @returns how many pages there were before */
    grow(pages: number): number;
  }

  type ExportValue = ((...args: number[]) => number | undefined) | Memory | Table;
  type Imports = Record<string, Record<string, unknown>>;
  type Exports = Readonly<Record<string, ExportValue>>;

  // eslint-disable-next-line no-var -- a declaration; the type Module is declared by Node's own types.
  var Module: new (bytes: Uint8Array) => Module;

  class Instance {
    constructor(module: Module, imports: Imports);
    readonly exports: Exports;
  }

  class Table {
    private constructor();
    readonly length: number;
    /** @returns how many slots there were before */
    grow(slots: number, value: ExportValue): number;
  }

  /** A trap. */
  class RuntimeError extends Error {}

  function compile(bytes: NodeJS.ArrayBufferView | ArrayBuffer): Promise<Module>;
}

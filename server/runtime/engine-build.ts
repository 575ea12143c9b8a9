import { createHash } from 'node:crypto';

/** What must be known of the engine's WebAssembly code, besides the code. */
export interface EngineBuild {
  /** The value of its stack pointer while nothing runs. */
  readonly stackTop: number;
  /** Names this build of engine, kernel and our modules: heap images fit no other. */
  readonly id: string;
}

/** Of the companion that goes with an image: raised when its form changes. */
const companionVersion = 1;

/**
 * @param wasm the engine's code
 * @param texts of what runs in every guest before any other code: the kernel, our modules
 */
export function describeBuild(wasm: Uint8Array, ...texts: readonly string[]): EngineBuild {
  const hash = createHash('sha256').update(`companion ${companionVersion}\n`).update(wasm);
  for (const text of texts) hash.update(`${text.length}\n`).update(text);
  return { stackTop: firstGlobal(wasm), id: hash.digest('hex') };
}

const globalSection = 6;

/**
 * The initial value of the first global: in code that Emscripten made, the stack pointer, which is the only state of an
 * instance that is not in linear memory.
 */
function firstGlobal(wasm: Uint8Array): number {
  let at = 8;
  const byte = () => wasm[at++] ?? 0;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const part = byte();
      value |= (part & 0x7f) << shift;
      if (part < 0x80) return value;
    }
  };
  while (at < wasm.length) {
    const section = byte();
    const end = number() + at;
    if (section === globalSection) {
      const count = number();
      // Type i32, mutable, set by i32.const.
      const [type, mutability, instruction] = [byte(), byte(), byte()];
      if (count === 1 && type === 0x7f && mutability === 1 && instruction === 0x41) return number();
      break;
    }
    at = end;
  }
  throw new Error('This build of the engine is not known');
}

/**
 * The engine calls hooks of its C interface through a table of functions, which its build does not export. One section
 * of its code is rewritten to export it, so that a hook of ours can be put there; see worker/rejection-hook.ts.
 */

/** The name that the table is exported under. */
export const tableExport = 'table';

/** Of the WebAssembly binary format. */
const headerBytes = 8;
const exportSection = 7;
const tableKind = 1;

/**
 * Has the engine export its function table.
 *
 * @param code of the engine, in the WebAssembly binary format
 * @returns the code with one more export, {@link tableExport}
 * @throws {Error} it exports nothing: it is no engine that we know
 */
export function withFunctionTable(code: Uint8Array): Uint8Array {
  for (let offset = headerBytes; offset < code.length;) {
    const { number: size, end: start } = readNumber(code, offset + 1);
    const end = start + size;
    if (code[offset] === exportSection) {
      const section = exportingTable(code.subarray(start, end));
      const head = Uint8Array.of(exportSection, ...writeNumber(section.length));
      return Buffer.concat([code.subarray(0, offset), head, section, code.subarray(end)]);
    }
    offset = end;
  }
  throw new Error('This build of the engine is not known');
}

/** The export section with the module's one table as a further export. */
function exportingTable(section: Uint8Array): Uint8Array {
  const { number: count, end: first } = readNumber(section, 0);
  const name = Buffer.from(tableExport);
  return Buffer.concat([
    Uint8Array.from(writeNumber(count + 1)),
    section.subarray(first),
    Uint8Array.of(name.length, ...name, tableKind, 0),
  ]);
}

/** Reads an unsigned LEB128 number. */
function readNumber(bytes: Uint8Array, start: number): { number: number; end: number } {
  let number = 0;
  for (let offset = start, unit = 1; ; offset++, unit *= 128) {
    const byte = bytes[offset] ?? 0;
    number += (byte % 128) * unit;
    if (byte < 128) return { number, end: offset + 1 };
  }
}

function writeNumber(number: number): number[] {
  return number < 128 ? [number] : [(number % 128) + 128, ...writeNumber(Math.floor(number / 128))];
}

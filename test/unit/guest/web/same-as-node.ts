import assert from 'node:assert/strict';
import { runInThisContext } from 'node:vm';
import { TestGuest } from '../test-guest.js';

/** Runs in both engines: says how a function ended, in words that can be compared. */
const describeOutcome = `
  const show = (value, seen = []) => {
    if (value === undefined) return 'undefined';
    if (typeof value === 'bigint') return value + 'n';
    if (typeof value === 'string') return JSON.stringify(value);
    if (typeof value === 'function') return 'function';
    if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value);
    if (seen.includes(value)) return '^' + seen.indexOf(value);
    const inside = [...seen, value];
    const each = (items) => items.map((item) => show(item, inside)).join(', ');
    const type = Object.prototype.toString.call(value).slice(8, -1);
    const keys = Object.keys(value).map((key) => key + ': ' + show(value[key], inside)).join(', ');
    if (type === 'Map') return 'Map{' + each([...value].flat()) + '}' + keys;
    if (type === 'Set') return 'Set{' + each([...value]) + '}' + keys;
    if (type === 'Date') return 'Date ' + value.getTime();
    if (type === 'RegExp') return String(value) + ' ' + value.lastIndex;
    if (value instanceof Error) return type + ' ' + value.name + ': ' + value.message + ' ' + show(value.cause, inside) + keys;
    if (type === 'ArrayBuffer') return 'ArrayBuffer ' + new Uint8Array(value).join();
    if (ArrayBuffer.isView(value)) return type + ' ' + value.byteOffset + ' ' + (type === 'DataView' ? value.byteLength : value.join());
    if (['Number', 'String', 'Boolean', 'BigInt'].includes(type)) return type + ' ' + show(value.valueOf(), inside);
    if (Array.isArray(value)) return '[' + value.length + ': ' + keys + ']';
    return type + ' {' + keys + '}' + (Object.getPrototypeOf(value) === Object.prototype ? '' : ' of ' + value.constructor?.name);
  };
  const outcome = (run) => {
    try {
      return show(run());
    } catch (error) {
      return 'throws ' + error.name + (error instanceof DOMException ? ' ' + error.code : '');
    }
  };
`;

/**
 * Evaluates expressions in the guest and in Node, and compares how each ended.
 *
 * @returns how many there were
 */
export async function assertSameAsNode(expressions: readonly string[]): Promise<number> {
  const list = expressions.map((expression) => `() => (${expression}\n)`).join(',\n');
  const program = `(() => { ${describeOutcome} return JSON.stringify([${list}].map(outcome)); })()`;
  const guest = await TestGuest.open({
    console: true,
    valueLimits: { depth: 1, entries: 10, nodes: 10, string: 10_000_000 },
  });
  try {
    const shown = guest.look(program);
    assert.equal(typeof shown, 'string', JSON.stringify(shown));
    const ours = JSON.parse(shown as string) as string[];
    const nodes = JSON.parse(runInThisContext(program) as string) as string[];
    const differences = expressions.flatMap((expression, index) =>
      ours[index] === nodes[index]
        ? []
        : [`${expression}\n    guest: ${String(ours[index])}\n    Node:  ${String(nodes[index])}`],
    );
    assert.equal(differences.length, 0, `${differences.length} differ:\n${differences.join('\n')}`);
  } finally {
    guest.close();
  }
  return expressions.length;
}

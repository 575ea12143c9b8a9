import { assertSameAsNode } from './same-as-node.js';

const cloned = [
  '1', '"x"', 'null', 'undefined', 'true', '-0', 'NaN', '10n', 'Object(1)', 'Object("ab")', 'Object(false)', 'Object(5n)',
  'new Date(5)', 'new Date(NaN)', '(() => { const r = /a+/gi; r.lastIndex = 3; return r; })()', '[1, , 3]', '[,]',
  'Object.assign([1, 2], { extra: 1 })', '{ a: 1, b: { c: [2] } }', '{ __proto__: null, a: 1 }', '{ get a() { return 7; } }',
  'Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true }, hidden: { value: 3 } })', '{ [Symbol("s")]: 1, a: 2 }',
  'new (class Point { x = 1; #p = 2; get y() { return 3; } })()', 'new Map([[1, { a: 2 }], ["k", new Set([3])]])',
  'new Set([[1], "x"])', 'Object.assign(new Map(), { extra: 1 })', 'new Error("boom")', 'new TypeError("t", { cause: { a: 1 } })',
  'Object.assign(new Error("e"), { extra: 1 })', 'Object.assign(new RangeError("r"), { name: "Custom" })',
  '(() => { const e = new Error("m"); e.name = "TypeError"; return e; })()', 'new (class My extends Error {})("mine")',
  'new Uint8Array([1, 2, 3])', 'new Float64Array([1.5])', 'new BigInt64Array([3n])', 'new Uint8Array([1, 2, 3, 4]).subarray(1, 3)',
  'new DataView(new ArrayBuffer(8), 2, 3)', 'new Uint8Array([9, 8]).buffer', 'new Uint8ClampedArray([300])',
  '(() => { const o = {}; o.self = o; o.list = [o]; return o; })()',
  '(() => { const s = [1]; return { a: s, b: s }; })()', '(() => { const m = new Map(); m.set(m, m); return m; })()',
  '(() => { const b = new ArrayBuffer(4); return [new Uint8Array(b), new Uint16Array(b, 2)]; })()',
]; // prettier-ignore
const refused = [
  '() => 1', 'class {}', 'Symbol("x")', 'Symbol.iterator', 'Promise.resolve()', 'new WeakMap()', 'new WeakSet()', 'new WeakRef({})',
  'new Proxy({}, {})', 'new Proxy([], {})', '[() => 1]', '{ a: { b: Symbol() } }', 'new Map([[1, () => 1]])',
  'new FinalizationRegistry(() => 1)', '(function () { return arguments; })(1, 2)', '(function* () {})()', '(async function* () {})()',
  '{ get a() { throw new RangeError("mine"); } }', 'new Error("x", { cause: () => 1 })',
]; // prettier-ignore

describe('structuredClone of a session', () => {
  it('clones what Node clones, and refuses what Node refuses', async () => {
    await assertSameAsNode([...cloned, ...refused].map((value) => `structuredClone(${value})`));
  });

  it('keeps what is the same the same, and makes everything else new', async () => {
    await assertSameAsNode([
      '(() => { const s = [1]; const c = structuredClone({ a: s, b: s }); return [c.a === c.b, c.a === s]; })()',
      '(() => { const o = {}; o.o = o; const c = structuredClone(o); return [c.o === c, c === o]; })()',
      '(() => { const b = new ArrayBuffer(4); const c = structuredClone([new Uint8Array(b), new Uint16Array(b)]); return c[0].buffer === c[1].buffer; })()',
      'structuredClone(new Error("x")) instanceof Error',
      'structuredClone(new RangeError("x")) instanceof RangeError',
      'typeof structuredClone(new Error("x")).stack',
    ]);
  });

  it('moves the buffers that it is told to transfer', async () => {
    await assertSameAsNode([
      '(() => { const b = new Uint8Array([1, 2]).buffer; const c = structuredClone({ b }, { transfer: [b] }); return [b.byteLength, c.b]; })()',
      '(() => { const u = new Uint8Array([1, 2]); const c = structuredClone(u, { transfer: [u.buffer] }); return [u.length, c]; })()',
      '(() => { const b = new ArrayBuffer(2); structuredClone(1, { transfer: [b] }); return b.byteLength; })()',
      '(() => { const b = new ArrayBuffer(2); try { structuredClone(() => 1, { transfer: [b] }); } catch {} return b.byteLength; })()',
      '(() => { const b = new ArrayBuffer(1); return structuredClone(b, { transfer: [b, b] }); })()',
      '(() => { const b = new ArrayBuffer(1); structuredClone(b, { transfer: [b] }); return structuredClone(b); })()',
      'structuredClone()',
      'structuredClone(1, null)',
      'structuredClone(1, {})',
      'structuredClone(1, { transfer: [] })',
    ]);
  });
});

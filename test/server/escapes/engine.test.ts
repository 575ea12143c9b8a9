import { type Attempt, attempting, usePrison } from './prison.js';

/**
 * What has broken this engine, its relatives and others: code that runs in the middle of a native function and takes
 * away what that function works on. At worst the session is lost; nobody else notices, and nothing gets out.
 */
const tricks: readonly (readonly [title: string, code: string])[] = [
  [
    'an iterator that ends the concatenation that is asking for it',
    'let it; const evil = { [Symbol.iterator]() { it.return(); return [][Symbol.iterator]() } }; it = Iterator.concat(evil, [1]); it.next(); it.next()',
  ],
  [
    'a getter of next that ends the concatenation',
    'let it; const evil = { [Symbol.iterator]: () => ({ get next() { it.return(); return () => ({ done: true }) } }) }; it = Iterator.concat(evil, [1, 2]); it.next(); it.next()',
  ],
  [
    'a copy with one value replaced, of a buffer that shrinks meanwhile',
    'const buffer = new ArrayBuffer(65536, { maxByteLength: 65536 }); const view = new Int32Array(buffer); const copy = view.with(0, { valueOf() { buffer.resize(4); return 1 } }); let sum = 0; for (const each of copy) sum |= each; sum',
  ],
  [
    'a sort whose comparison shrinks the buffer late',
    'for (const at of [1, 300, 1000, 1734, 1800]) { const buffer = new ArrayBuffer(256, { maxByteLength: 2560 }); const bytes = new Uint8Array(buffer); for (let i = 0; i < 256; i++) bytes[i] = i; bytes[255] = 0; let calls = 0; bytes.sort((a, b) => { if (++calls === at) buffer.resize(10); return a - b }) }',
  ],
  [
    'a typed array made of a buffer that its prototype’s getter shrinks',
    'const buffer = new ArrayBuffer(4096, { maxByteLength: 4096 }); const evil = function () {}.bind(); Object.defineProperty(evil, "prototype", { get() { buffer.resize(0) } }); const view = Reflect.construct(Uint8Array, [buffer, 0, 4096], evil); view[4000] = 1; view[4000]',
  ],
  [
    'a DataView written through after its value shrank the buffer',
    'const buffer = new ArrayBuffer(4096, { maxByteLength: 65536 }); const view = new DataView(buffer); for (const set of ["setFloat64", "setBigInt64", "setUint8", "setFloat16"]) try { view[set]({ valueOf() { buffer.resize(4096); return 4000 } }, { valueOf() { buffer.resize(1); return set.includes("Big") ? 1n : 1 } }) } catch {}',
  ],
  [
    'a DataView with a tracking length over a buffer that grows and shrinks',
    'const buffer = new ArrayBuffer(8, { maxByteLength: 1 << 20 }); const view = new DataView(buffer, 4); for (let i = 0; i < 200; i++) { buffer.resize(i % 2 ? 1 << 20 : 4); try { view.getFloat64(i * 4000); view.setInt32(0, i) } catch {} }',
  ],
  [
    'copyWithin over a buffer that shrinks at its first argument',
    'const buffer = new ArrayBuffer(65536, { maxByteLength: 65536 }); new Uint8Array(buffer).copyWithin({ valueOf() { buffer.resize(1); return 0 } }, 512, 65536)',
  ],
  [
    'fill of a buffer that its value shrinks',
    'for (const Kind of [Uint8Array, Float64Array, BigInt64Array]) { const buffer = new ArrayBuffer(65536, { maxByteLength: 65536 }); new Kind(buffer).fill({ valueOf() { buffer.resize(8); return Kind === BigInt64Array ? 1n : 1 } }) }',
  ],
  [
    'set from an object whose getter shrinks the target',
    'const buffer = new ArrayBuffer(65536, { maxByteLength: 65536 }); new Uint8Array(buffer).set({ length: 60000, get 0() { buffer.resize(1); return 1 }, 59999: 7 })',
  ],
  [
    'slice into what a species constructor makes, with the source taken away',
    'const buffer = new ArrayBuffer(65536, { maxByteLength: 65536 }); const view = new Uint8Array(buffer); view.constructor = { [Symbol.species]: function (size) { buffer.resize(0); return new Uint8Array(size) } }; view.slice(); view.subarray({ valueOf() { buffer.resize(0); return 5 } }, 60000)',
  ],
  [
    'ArrayBuffer.slice with a species that gives the buffer away, or itself',
    'const buffer = new ArrayBuffer(65536); buffer.constructor = { [Symbol.species]: function () { buffer.transfer?.(0); return new ArrayBuffer(65536) } }; try { buffer.slice() } catch {} const other = new ArrayBuffer(64); other.constructor = { [Symbol.species]: function () { return other } }; try { other.slice() } catch {}',
  ],
  [
    'indexOf, includes, join and at of views that shrink at their argument',
    'for (const name of ["indexOf", "lastIndexOf", "includes", "at", "join", "toReversed", "toSorted", "findLast"]) { const buffer = new ArrayBuffer(65536, { maxByteLength: 65536 }); const shrink = { valueOf() { buffer.resize(0); return 1 }, toString() { buffer.resize(0); return "," } }; try { new Uint8Array(buffer)[name](name === "findLast" ? () => void buffer.resize(0) : name === "join" ? shrink : 1, shrink) } catch {} }',
  ],
  [
    'a sort of an array whose comparison empties it',
    'const list = Array.from({ length: 1000 }, (_, i) => ({ i: -i })); list.sort((a, b) => { list.length = 0; list.push({}, {}); return a.i - b.i }); list.toSorted?.(() => { list.length = 0 })',
  ],
  [
    'a reviver that rebuilds what is being revived',
    'JSON.parse("[1,[2,3],{\\"a\\":[4]}]", function (key) { if (key === "0") { this.length = 0; this[1] = new Array(1e5).fill({}) } else if (key === "a") { delete this.a; Object.setPrototypeOf(this, null) } return this[key] })',
  ],
  [
    'a toJSON that changes the object being written',
    'const graph = { list: [] }; for (let i = 0; i < 100; i++) graph.list.push({ toJSON() { graph.list.length = 0; delete graph.list; return new Array(100) } }); JSON.stringify(graph, (key, value) => { if (key === "50") graph.more = {}; return value }, { length: 10 })',
  ],
  [
    'splice, concat and flat of an array that a species shrinks',
    'for (const name of ["splice", "concat", "flat", "slice", "map", "filter"]) { const list = [1, 2, [3, 4], {}]; list.constructor = { [Symbol.species]: function () { list.length = 0; return [] } }; try { list[name](name === "map" || name === "filter" ? () => (list.length = 0, true) : 0, 3) } catch {} }',
  ],
  [
    'an array with a length getter of a Proxy, moved by copyWithin, reverse and unshift',
    'let n = 0; const list = new Proxy([1, 2, 3], { get: (target, key) => key === "length" ? (n++ ? 2 ** 31 : 3) : target[key] }); for (const name of ["reverse", "unshift", "copyWithin", "pop"]) try { Array.prototype[name].call(list, 0, 1) } catch {}',
  ],
  [
    'a generator that ends, throws into or resumes itself',
    'let it; function* make() { for (const how of ["next", "return", "throw"]) try { it[how](1) } catch {} yield* { [Symbol.iterator]: () => ({ next() { try { it.return() } catch {} return { done: false } }, return: () => it.next() }) } } it = make(); it.next(); try { it.return() } catch {} try { it.throw(1) } catch {}',
  ],
  [
    'an async generator that returns inside its own finally, with thenables that go back in',
    'const it = (async function* () { try { yield 1; yield 2 } finally { void it.return(); void it.next() } })(); void it.next(); void it.return({ then(done) { void it.next(); void it.throw(1).catch(() => {}); done(1) } }); void it.throw(1).catch(() => {}); await 0; await 0; await 0',
  ],
  [
    'a Map and a Set that are cleared and filled while they are walked',
    'const map = new Map([[1, 1], [2, 2]]); let left = 50; map.forEach(() => { map.clear(); if (left-- > 0) for (let i = 0; i < 50; i++) map.set(i, {}) }); const it = map.entries(); map.set("a", 1); it.next(); map.clear(); it.next(); new Set([1, 2]).union({ size: 1e9, has: () => true, keys: () => [1, 2][Symbol.iterator]() })',
  ],
  [
    'set operations with a set that the other one clears',
    'for (const name of ["union", "intersection", "difference", "symmetricDifference", "isSubsetOf", "isSupersetOf", "isDisjointFrom"]) { const set = new Set([1, 2, 3, 4]); try { set[name]({ get size() { set.clear(); return 3 }, has() { set.clear(); return true }, keys() { set.clear(); return { next() { set.clear(); set.add({}); return { done: Math.random() > 0.7, value: {} } } } } }) } catch {} }',
  ],
  [
    'Map.groupBy, Object.groupBy and fromEntries fed by what changes them',
    'const list = [1, 2, 3]; Object.groupBy?.(list, () => { list.length = 0; return { toString: () => "__proto__" } }); Map.groupBy?.([1, 2], () => { list.push(1); return list }); Object.fromEntries([["__proto__", 1], ["constructor", 2]])',
  ],
  [
    'a regular expression compiled anew while it matches',
    'const found = /(a)(b)?/gd; Object.defineProperty(found, "lastIndex", { writable: true, value: { valueOf() { found.compile("(c)(d)(e)(f)", "g"); return 0 } } }); found.exec("abcdef"); "abab".replace(/(?<x>a)/g, () => { found.compile("x{1000}"); return "$<x>" })',
  ],
  [
    'regular expressions at the edges: nesting, counts, sets, look-behind, flags',
    'for (const [source, flags] of [["(".repeat(250) + ")".repeat(250)], ["(?:){0,4294967295}a"], ["(?<=(a+)+)b"], ["[\\\\q{abc|d}--[a-z]]", "v"], ["(?<a>x)|(?<a>y)", "u"], ["\\\\p{RGI_Emoji}{1,65535}", "v"], ["((((((((((a){1,9}){1,9}){1,9}){1,9})?)?)?)*)*)*b"], ["(?i-s:a.)\\\\1{2147483647}"]]) try { new RegExp(source, flags).exec("a".repeat(50) + "\\n\\ud83d") } catch {}',
  ],
  [
    'a replacement pattern and a split that grow without end',
    'try { "a".repeat(1e5).replace(/a/g, { toString: () => "$`$\'".repeat(50) }) } catch {}',
  ],
  [
    'String.raw, repeat and padEnd with lengths that change',
    'let n = 0; String.raw({ raw: { get length() { return n++ ? 2 ** 32 : 3 }, 0: "a", 1: "b" } }, 1, 2); for (const name of ["padEnd", "repeat"]) try { "x"[name]({ valueOf: () => 2 ** 31 }) } catch {}',
  ],
  [
    'finalizers and weak references that bring their targets back',
    'const kept = []; const registry = new FinalizationRegistry((held) => { kept.push(held); registry.register({}, {}) }); for (let i = 0; i < 2000; i++) { const target = { i }; registry.register(target, new WeakRef(target)); new WeakMap([[target, target]]).get(target) }',
  ],
  [
    'classes whose fields, brands and prototypes are pulled away while they are made',
    'class Base { constructor(into) { return into } } class Stamp extends Base { #brand = Stamp.pull(this); static pull(self) { try { new Stamp(self) } catch {} Object.setPrototypeOf(self, null); return self } get() { return this.#brand } } for (const each of [{}, [], () => {}, new Proxy({}, {}), new Uint8Array(8)]) try { new Stamp(each) } catch {}',
  ],
  [
    'property enumeration over an object that a Proxy in its chain changes',
    'const target = { a: 1, b: 2, c: 3 }; Object.setPrototypeOf(target, new Proxy({}, { ownKeys() { for (const key of ["a", "b", "c"]) delete target[key]; return ["x", "y"] }, getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: 1 }) })); for (const key in target) target[key + key] = {}; Object.assign({}, new Proxy({}, { ownKeys: () => Array.from({ length: 1e4 }, (_, i) => "k" + i) }))',
  ],
  [
    'a chain of a hundred thousand Proxies, bound functions and prototypes',
    'let chain = {}; for (let i = 0; i < 1e5; i++) chain = new Proxy(chain, {}); try { chain.x } catch {} let bound = () => 1; for (let i = 0; i < 1e5; i++) bound = bound.bind(); try { bound() } catch {} let proto = {}; for (let i = 0; i < 1e5; i++) proto = Object.create(proto); proto.x; chain instanceof Object',
  ],
  [
    'texts that the parser recurses on',
    'for (const [open, close] of [["(", ")"], ["[", "]"], ["{a:", "}"], ["!", ""], ["a=>", ""], ["new ", ""], ["`${", "}`"], ["a?b:", ""], ["function(){", "}"], ["/*", ""], ["async()=>", ""], ["class extends ", ""], ["a[", "]"]]) try { new Function(open.repeat(2e5) + "1" + close.repeat(2e5)) } catch {}',
  ],
  [
    'closing what is still being opened: iterators of destructuring that throw',
    'const evil = { [Symbol.iterator]: () => ({ next() { throw new Error("next") }, return() { throw new Error("return") } }) }; for (const take of [() => { const [a, ...b] = evil }, () => Promise.all(evil), () => new Map(evil), () => Array.from(evil), () => Math.max(...evil), () => Iterator.from(evil).flatMap(() => evil).toArray()]) try { await take() } catch {}',
  ],
  [
    'BigInts at the edges of what fits',
    'try { 1n << 2n ** 31n } catch {} try { BigInt("9".repeat(1e5)) } catch {} try { BigInt.asIntN(2 ** 53 - 1, -1n); BigInt.asUintN(1e6, -1n) } catch {} (2n ** 4096n).toString(36); try { (-7n) ** -1n } catch {}',
  ],
  [
    'dates, numbers and text conversions at their edges',
    'for (const make of [() => new Date(8.64e15).toISOString(), () => new Date(NaN).toISOString(), () => (1e21).toFixed(100), () => (1.5).toPrecision(101), () => (0.1).toString(36), () => Number("0x" + "f".repeat(1e5)), () => Date.parse("9".repeat(1e5)), () => "\\ud800".toWellFormed().normalize("NFKD"), () => "ß".repeat(1e5).toUpperCase(), () => [..."\\u0345".repeat(1e4)].sort(), () => "a".localeCompare("\\ud800")]) try { make() } catch {}',
  ],
  [
    'a shared buffer as the ground of views, waited on without Atomics',
    'const shared = new SharedArrayBuffer(1024, { maxByteLength: 1 << 20 }); const view = new Float64Array(shared); try { shared.grow(1 << 20); view.fill(1) } catch {} try { structuredClone(shared) } catch {} typeof Atomics',
  ],
];

const attempts: readonly Attempt[] = tricks.map(([title, code]) => ({
  title,
  code: `await (async () => { ${code} })().catch((error) => error.name); 'survived'`,
  ends: /^'survived'$|^(?:CPU|MEMORY)_LIMIT_EXCEEDED: |^SESSION_CRASHED: /,
  mayRuin: true,
  limits: { memMb: 64, cpuMs: 800, wallMs: 8000 },
}));

describe('a way out through the engine', function () {
  this.timeout(60_000);
  attempting(usePrison(), attempts);
});

import { type Grant, wholeWorktree } from '../native/support.js';
import { type Attempt, attempting, usePrison } from './prison.js';

const limited = { cpuMs: 400, wallMs: 4000, memMb: 48 };
const stopped = /^(?:CPU|WALL|MEMORY|OUTPUT)_LIMIT_EXCEEDED: /;
const manyFolders: Grant[] = [
  ['module', 'fs'],
  ['fs', '**/a/**/a/**/a/**/b', { config: { read: true, write: true } }],
  ['fs', '**/*a*a*a*a*a*b', { effect: 'deny' }],
];

/** Attempts to take the host's time, memory or threads, or to go on after the end. */
const attempts: readonly Attempt[] = [
  {
    title: 'a regular expression that never comes to an end',
    code: `/^(?:a+)+$/.test('a'.repeat(60) + '!')`,
    ends: stopped,
    limits: limited,
    mayRuin: true,
  },
  {
    title: 'paths that have a pattern of the grant try very many ways to match',
    code: `import fs from 'fs';
      for (const path of ['a/b/'.repeat(1000) + 'x', 'a/'.repeat(2000) + 'x', 'a'.repeat(4000), 'aa/'.repeat(1300) + 'x'])
        for (let i = 0; i < 5; i++) fs.existsSync(path);
      'asked'`,
    ends: /^'asked'$/,
    grants: manyFolders,
  },
  {
    title: 'paths with very many parts, dots and names that are too long',
    code: `import fs from 'fs';
      const paths = ['./'.repeat(2000), 'x/../'.repeat(800), '/'.repeat(4000), 'a/'.repeat(2040), 'a'.repeat(4096), 'a'.repeat(1e6), '../'.repeat(1000), '\\ud800'.repeat(1000), '\\0'.repeat(1000)];
      const done = [];
      for (const path of paths) for (const use of [() => fs.existsSync(path), () => fs.readFileSync(path), () => fs.mkdirSync(path, { recursive: true })]) { try { use() } catch (error) { done.push(error.code) } }
      done.length > 10`,
    ends: /^true$/,
    grants: wholeWorktree,
    limits: { cpuMs: 5000, wallMs: 10_000 },
  },
  {
    title: 'a catch, a finally and a Proxy that swallow the stop',
    code: `const again = () => { for (;;) try { for (;;); } catch { again() } finally { again(); continue } };
      const trap = new Proxy({}, { get: again, has: again, getPrototypeOf: again });
      try { again() } catch { try { trap.x } finally { again() } }`,
    ends: stopped,
    limits: limited,
  },
  {
    title: 'generators, iterators and disposal that go on when they are closed',
    code: `function* forever() { try { for (;;) yield 1 } finally { for (;;) yield 2 } }
      const closing = { [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }), return() { for (;;); } }) };
      for (const each of closing) break`,
    ends: stopped,
    limits: limited,
  },
  {
    title: 'thenables and jobs that make more of themselves',
    code: `const breed = () => { Promise.resolve().then(breed); Promise.resolve().then(breed); queueMicrotask(breed) }; breed(); await { then(resolve) { for (;;) resolve } }`,
    ends: stopped,
    limits: limited,
    mayRuin: true,
  },
  {
    title: 'an await that the stop rejects, caught and awaited again',
    code: `const forever = async () => { for (;;) try { await (async () => { for (;;); })() } catch { void forever() } }; await forever()`,
    ends: stopped,
    limits: limited,
    mayRuin: true,
  },
  {
    title: 'a toString, toJSON and getter that never return, left for whoever shows the value',
    code: `const endless = () => { for (;;); };
      class Trap { get [Symbol.toStringTag]() { return endless() } toString() { return endless() } toJSON() { return endless() } get x() { return endless() } [Symbol.toPrimitive]() { return endless() } }
      console.log(new Trap(), new Error(new Trap().constructor.name)); new Trap()`,
    ends: /^Trap/,
    limits: limited,
  },
  {
    title: 'a thrown value whose every property runs for ever',
    code: `throw new Proxy(new Error('x'), { get() { for (;;); }, getOwnPropertyDescriptor() { for (;;); }, ownKeys() { for (;;); }, getPrototypeOf() { for (;;); } })`,
    ends: /./,
    limits: limited,
  },
  {
    title: 'an accessor in place of then, asked by await of the cell itself',
    code: `Object.defineProperty(Object.prototype, 'then', { configurable: true, get() { for (;;); } }); await {}`,
    ends: stopped,
    limits: limited,
    mayRuin: true,
  },
  {
    title: 'ten thousand timers, and more of them in each',
    code: `const storm = () => { for (let i = 0; i < 5000; i++) setTimeout(storm, 0); }; storm(); setInterval(storm, 0); await new Promise(() => {})`,
    ends: /^(?:CPU|WALL|MEMORY|OUTPUT|EVENT)\w*_EXCEEDED|RangeError: there are 10000 timers/,
    limits: limited,
    mayRuin: true,
  },
  {
    title: 'ten thousand operations that are under way',
    code: `import fs from 'fs'; let refused = 0; const all = []; for (let i = 0; i < 10000; i++) try { all.push(fs.promises.readFile('x' + i)) } catch { refused++ } await Promise.allSettled(all); [all.length, refused]`,
    ends: /^\[ 10000, 0 \]$|^\[ 1000, 9000 \]$/,
    grants: wholeWorktree,
    limits: { cpuMs: 10_000, wallMs: 30_000 },
  },
  {
    title: 'an object of hundreds of thousands of levels, printed, thrown, cloned and given back',
    code: `let deep = {}; for (let i = 0; i < 3e5; i++) deep = { deep }; console.log(deep); try { structuredClone(deep) } catch {} try { JSON.stringify(deep) } catch {} deep`,
    ends: /^\{ deep: |LIMIT_EXCEEDED/,
    limits: { cpuMs: 1000, memMb: 128 },
    mayRuin: true,
  },
  {
    title: 'a million cycles, aliases and keys',
    code: `const wide = {}; for (let i = 0; i < 2e5; i++) wide['k' + i] = wide; console.log(wide); console.table(Array(1e5).fill(wide)); console.dir(new Map(Object.entries(wide)), { depth: Infinity }); Object.keys(wide).length`,
    ends: /^200000$|LIMIT_EXCEEDED/,
    limits: { cpuMs: 5000, memMb: 256 },
  },
  {
    title: 'an error with millions of characters in its name, message, stack and causes',
    code: `let error = new Error('x'.repeat(2e6)); error.name = 'n'.repeat(2e6); error.stack = 's\\n    at y (z:1:1)\\n'.repeat(1e5); for (let i = 0; i < 1000; i++) error = new AggregateError([error, error], 'm'.repeat(1000), { cause: error }); throw error`,
    ends: /^AggregateError: m+|LIMIT_EXCEEDED/,
    limits: { cpuMs: 5000, memMb: 128 },
  },
  {
    title: 'names of millions of characters: of a global, a function, a class, a label, a timer and a group',
    code: `const long = 'v'.repeat(2e6); globalThis[long] = 1; const f = { [long]() {} }[long]; class C { static name = long } console.count(long); console.time(long); console.group(long); console.log(f, C, Symbol(long)); console.groupEnd(); setTimeout(() => {}, { toString: () => long }); f`,
    ends: /^\[Function|LIMIT_EXCEEDED/,
    limits: { cpuMs: 5000, memMb: 128 },
  },
  {
    title: 'output without end: lines, displays, and one line that is all of it',
    code: `for (;;) { console.log('x'.repeat(1e5)); display('y'.repeat(1e5)); console.table([[1]]) }`,
    ends: stopped,
  },
  {
    title: 'memory by every kind of growth',
    code: `const held = [];
      const kinds = [() => new ArrayBuffer(1e6), () => 'x'.repeat(1e6 + held.length), () => new Array(1e5).fill(0), () => new Map(Array.from({ length: 1e4 }, (_, i) => [i, {}])), () => new Function('return ' + '1+'.repeat(1e4) + held.length), () => Symbol('s'.repeat(1e5) + held.length), () => 10n ** BigInt(1e4 + held.length), () => new RegExp('a'.repeat(1e4) + held.length), () => Array.from({ length: 1e4 }, () => () => held), () => new Error('e'.repeat(1e5)), () => structuredClone(held.slice(-1)), () => [...'y'.repeat(1e5)], () => new SharedArrayBuffer(1e6), () => ({ ['k' + held.length + Math.random()]: 1 }), () => new Proxy({}, {}), () => Promise.resolve().then(() => held), () => (function* () { yield held })(), () => new WeakRef({ big: 'z'.repeat(1e5) + held.length }), () => encodeURIComponent('é'.repeat(1e5) + held.length), () => new TextEncoder().encode('x'.repeat(1e6)), () => new URL('a:' + 'b'.repeat(1e5) + held.length), () => eval('[' + '{},'.repeat(1e4) + ']')];
      for (let i = 0; ; i++) held.push(kinds[i % kinds.length]())`,
    ends: /^(?:CPU|MEMORY)_LIMIT_EXCEEDED: /,
    limits: { cpuMs: 5000, memMb: 64 },
  },
  {
    title: 'recursion through every function that calls back',
    code: `const again = [(f) => [1].map(f), (f) => 'a'.replace(/a/, f), (f) => JSON.stringify({ toJSON: f }), (f) => JSON.parse('1', f), (f) => String({ toString: f }), (f) => new Proxy({}, { get: f }).x, (f) => [2, 1].sort(f), (f) => Reflect.apply(f, null, []), (f) => new (class { constructor() { f() } })(), (f) => [...{ [Symbol.iterator]: f }], (f) => Array.from([1], f), (f) => eval('f()'), (f) => new Function('f', 'f()')(f), (f) => /a/[Symbol.replace]('a', f), (f) => structuredClone({ get a() { return f() } }), (f) => console.log({ get a() { return f() } }, f()), (f) => new URL({ toString: f })];
      const ends = [];
      for (const each of again) try { (function f() { each(f) })() } catch (error) { ends.push(error.name) }
      ends.length`,
    ends: /^1[0-9]$/,
    limits: { cpuMs: 10_000, wallMs: 20_000 },
    mayRuin: true,
  },
  {
    title: 'a graph of modules that grows while it is imported',
    code: `import fs from 'fs'; for (let i = 0; i < 500; i++) fs.writeFileSync('grown-' + i + '.mjs', 'import "./grown-' + (i * 7 + 1) % 500 + '.mjs"; import "./grown-' + (i * 13 + 5) % 500 + '.mjs"; export * from "./grown-' + (i + 1) % 500 + '.mjs"; export default 1'); typeof await import('./grown-0.mjs')`,
    ends: /^'object'$|LIMIT_EXCEEDED/,
    grants: wholeWorktree,
    limits: { cpuMs: 10_000, wallMs: 20_000 },
    mayRuin: true,
  },
  {
    title: 'SQL that never ends, or makes very much of little',
    code: `import { open } from 'database'; const database = open(':memory:'); const ends = [];
      for (const sql of ['select zeroblob(900000000)', "select printf('%.*c', 900000000, 'x')", 'with recursive n(i) as (select 1 union all select i + 1 from n) select i from n', "select replace(hex(zeroblob(20000000)), '0', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')"]) try { database.query(sql) } catch (error) { ends.push(error.code) }
      ends.length`,
    ends: /^4$|LIMIT_EXCEEDED/,
    grants: [...wholeWorktree, ['module', 'database']],
    limits: { cpuMs: 2000, wallMs: 4000 },
  },
];

describe('a way out through exhaustion', function () {
  this.timeout(90_000);
  attempting(usePrison(), attempts);
});

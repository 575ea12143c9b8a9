import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { runInThisContext } from 'node:vm';
import { render } from '../../../server/runtime/worker/inspect/render.js';
import { TestGuest } from '../guest/test-guest.js';

/** Evaluated in node and in the guest; both must show the same text. */
const likeNode = [
  // primitives
  '1',
  '-0',
  '0.1 + 0.2',
  '1e21',
  'NaN',
  '-Infinity',
  'true',
  'null',
  'undefined',
  '123n',
  '-5n',
  `'it'`,
  `"it's"`,
  '`it\'s "so"`',
  "'it\\'s \"so\" `too`'",
  `'tab\\tnew\\nline\\0nul\\x7f\\x1b[31m'`,
  `'back\\\\slash'`,
  `'\\u{1F600} \\ud800 lone'`,
  `Symbol()`,
  `Symbol('a b')`,
  `Symbol.for('reg')`,
  `Symbol.iterator`,
  // strings inside
  `['a', "it's"]`,
  `'x'.repeat(10005)`,
  `['x'.repeat(200)]`,
  `{ text: 'first line of a long text\\nsecond line of a long text that goes on and on and on\\nthird' }`,
  `'one\\ntwo'`,
  // objects
  '{}',
  '{ a: 1 }',
  `{ a: 1, b: 'x', c: null, d: undefined, e: true }`,
  `{ 'needs quotes': 1, valid_1: 2, '1': 3, 'ünï': 4, "it's": 5, ['__proto__']: 6 }`,
  '{ a: { b: { c: { d: 1 } } } }',
  '{ a: { b: { c: {} } } }',
  '{ a: { b: { c: [] , d: [1] } } }',
  '{ get a() { return 1 }, set a(v) {}, get b() { return 2 }, set c(v) {} }',
  'Object.create(null)',
  'Object.assign(Object.create(null), { a: 1 })',
  'Object.create({})',
  'Object.defineProperty({}, "hidden", { value: 1 })',
  '(() => { const o = { name: "o" }; o.self = o; return o })()',
  '(() => { const a = { b: {} }; a.b.a = a; a.b.b = a.b; return a })()',
  '(() => { const shared = { x: 1 }; return [shared, shared] })()',
  '(() => { const a = [1]; a.push(a, { a }); return a })()',
  '(() => { const m = new Map(); m.set("me", m); return m })()',
  `{ first: 'a somewhat longer string to break', second: 'another long string that breaks', third: 3 }`,
  `{ users: [{ id: 1, name: 'Ada' }, { id: 2, name: 'Grace' }, { id: 3, name: 'Edsger' }], total: 3, next: null }`,
  `[{ a: 1, b: { c: 2 } }, { a: 2, b: { c: 3 } }]`,
  // arrays
  '[]',
  '[1, 2, 3]',
  '[[[[1]]]]',
  '[[[[]]]]',
  '[1, , 3]',
  '[, ]',
  '[, , 1, , , 2]',
  'new Array(5)',
  'Object.assign([1, 2], { extra: true })',
  'Object.assign([1, , 2], { extra: true, "-1": 2 })',
  '[undefined, null, NaN, -0]',
  '[-1.5, 22, 333, 4444, 55555, 666666, 7777777, 8]',
  '[1n, 22n, 333n, 4n, 5n, 6n, 7n, 8n]',
  'Array.from({ length: 7 }, (_, i) => i)',
  'Array.from({ length: 26 }, (_, i) => i * 1000)',
  'Array.from({ length: 100 }, (_, i) => i)',
  'Array.from({ length: 101 }, (_, i) => i)',
  'Array.from({ length: 250 }, (_, i) => i)',
  'Array.from({ length: 250 }, (_, i) => "item " + i)',
  `'the quick brown fox jumps over the lazy dog and runs away'.split(' ')`,
  `Array.from({ length: 30 }, (_, i) => 'x'.repeat(i % 7))`,
  `Array.from({ length: 10 }, (_, i) => ({ id: i }))`,
  `Array.from({ length: 8 }, (_, i) => [i, [i]])`,
  `['日本語', 'b', 'c', 'd', 'e', 'f', 'g', '한국어']`,
  `'2024-01-02'.match(/(\\d+)-(\\d+)/)`,
  '(class List extends Array {}).from([1, 2])',
  'new (class List extends Array {})()',
  // keyed collections
  'new Map()',
  `new Map([['a', 1], [{ k: 1 }, [2]]])`,
  'new Set()',
  `new Set([1, 'a', { b: 2 }])`,
  'new Map(Array.from({ length: 120 }, (_, i) => [i, i]))',
  'new Set(Array.from({ length: 120 }, (_, i) => i))',
  `Object.assign(new Map([[1, 2]]), { extra: 1 })`,
  'new (class Registry extends Map {})([[1, 2]])',
  '{ m: new Map([[1, new Map([[2, new Map()]])]]) }',
  '{ a: { b: { c: new Map([[1, 2]]), d: new Set([1]), e: new Date(0), f: /x/, g() {} } } }',
  'new WeakMap()',
  'new WeakSet()',
  // functions and classes
  'function f() {}',
  '() => {}',
  '(() => { const named = () => {}; return named })()',
  'async function load() {}',
  'function* steps() {}',
  'async function* pages() {}',
  'class A {}',
  'class extends Map {}',
  '(() => { class A {} class B extends A {} return B })()',
  'class extends null {}',
  'Object.assign(function f() {}, { a: 1 })',
  'class { static count = 1 }',
  'Math.max',
  'Map',
  '{ method() {}, arrow: () => {} }',
  '(() => { const f = function f() {}; f.self = f; return f })()',
  // instances
  'new (class Point { x = 1; y = 2 })()',
  'new (class Empty {})()',
  '[new (class Point { x = 1; #secret = 2 })()]',
  `new (class { x = 1 })()`,
  '(() => { class A { a = 1 } class B extends A { b = 2 } return new B() })()',
  '(class Foo { bar() {} }).prototype',
  'Object.create((class Foo {}).prototype)',
  'Object.defineProperty({}, Symbol.toStringTag, { value: "Tagged" })',
  'Object.defineProperty({ a: 1 }, Symbol.toStringTag, { value: "Tagged" })',
  'Object.assign(Object.create(null, { [Symbol.toStringTag]: { value: "T" } }), { a: 1 })',
  // the rest of the language
  'new Date(0)',
  'new Date(NaN)',
  'Object.assign(new Date(0), { note: 1 })',
  '/a[b]c/giu',
  '[/x/]',
  'Object.assign(/x/y, { a: 1 })',
  'new Uint8Array(3)',
  'new Uint8Array()',
  'new Float64Array([1.5, -0, NaN])',
  'new BigInt64Array([1n, -2n])',
  'new Uint8Array(150)',
  'new Float32Array([100, 2, 3, 4, 5, 6, 7, 8, 9])',
  'Promise.resolve(42)',
  'Promise.resolve({ a: { b: {} } })',
  'new Promise(() => {})',
  '(() => { const p = Promise.reject(7); p.catch(() => {}); return p })()',
  'new Number(3)',
  'new Number(-0)',
  `new String('abc')`,
  `Object.assign(new String('abc'), { extra: 1 })`,
  'new Boolean(false)',
  'Object(1n)',
  `Object(Symbol('s'))`,
  '(function* gen() {})()',
  '(async function* gen() {})()',
  'globalThis.JSON',
  'Math',
  'Reflect.ownKeys',
  'new Proxy({ a: 1 }, {})',
  'new Proxy([1, 2], {})',
  'new Proxy(function f() {}, {})',
  'new Proxy(new Proxy({ deep: 1 }, {}), {})',
  '(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()',
];

/** Node versions write these differently; we write them as node 20 does, on any. */
const likeNode20: [expression: string, text: string][] = [
  [`{ [Symbol('s')]: 1, [Symbol()]: 2 }`, '{ [Symbol(s)]: 1, [Symbol()]: 2 }'],
  ['{ [Symbol.toStringTag]: "Own" }', `{ [Symbol(Symbol.toStringTag)]: 'Own' }`],
  ['new ArrayBuffer(4)', 'ArrayBuffer { [Uint8Contents]: <00 00 00 00>, byteLength: 4 }'],
  ['new Uint8Array([1, 2, 255]).buffer', 'ArrayBuffer { [Uint8Contents]: <01 02 ff>, byteLength: 3 }'],
  [
    'new DataView(new ArrayBuffer(2))',
    'DataView {\n  byteLength: 2,\n  byteOffset: 0,\n  buffer: ArrayBuffer { [Uint8Contents]: <00 00>, byteLength: 2 }\n}',
  ],
  ['(function () { return arguments })(1, "x")', `[Arguments] { '0': 1, '1': 'x' }`],
];

describe('the text of a value', () => {
  let guest: TestGuest;
  before(async () => {
    guest = await TestGuest.open();
  });
  after(() => guest.close());

  for (const expression of likeNode) {
    it(`of ${expression} is what node shows`, () => {
      const expected = inspect(runInThisContext(`(${expression}\n)`));
      assert.equal(render(guest.look(expression)).text, expected);
    });
  }

  for (const [expression, text] of likeNode20) {
    it(`of ${expression} is what node 20 shows`, () => {
      assert.equal(render(guest.look(expression)).text, text);
    });
  }

  it('of an error has its stack, its cause and its properties', () => {
    const expression = 'Object.assign(new TypeError("bad", { cause: new Error("why") }), { code: 7 })';
    const stackLines = () => ['    at f (a.js:1:2)'];
    const text = render(guest.look(`{ e: ${expression} }`), { stackLines }).text;
    const expected = [
      '{',
      '  e: TypeError: bad',
      '      at f (a.js:1:2) {',
      '    [cause]: Error: why',
      '        at f (a.js:1:2),',
      '    code: 7',
      '  }',
      '}',
    ];
    assert.equal(text, expected.join('\n'));
  });

  it('of an error without frames stands in brackets', () => {
    const text = (expression: string) => render(guest.look(expression), { stackLines: () => [] }).text;
    assert.equal(text('new RangeError("m")'), '[RangeError: m]');
    assert.equal(text('new Error("")'), '[Error]');
    assert.equal(text('new (class AppError extends Error {})("m")'), '[AppError: m]');
    assert.equal(text('Object.assign(new Error("m"), { code: 1 })'), '[Error: m] { code: 1 }');
  });

  it('of an object whose prototype was exchanged tells what it really is', () => {
    const text = (expression: string) => render(guest.look(expression)).text;
    assert.equal(
      text('Object.setPrototypeOf(new Map([[1, 2]]), null)'),
      '[Map(1): null prototype] { 1 => 2 }',
    );
    assert.equal(text('Object.setPrototypeOf([1], null)'), '[Array(1): null prototype] [ 1 ]');
    assert.equal(text('Object.setPrototypeOf(new Set([1]), class Odd {}.prototype)'), 'Odd(1) { 1 }');
  });

  it('of a module shows its exports, also before they have a value', () => {
    guest.addModule('vm:a', 'export const one = 1; export default function f() {}');
    assert.equal(
      render(guest.cell('await import("vm:a")').node).text,
      '[Module: null prototype] { default: [Function: f], one: 1 }',
    );
    guest.addModule('vm:b', 'import * as self from "vm:b"; console.log(self); export const late = 1');
    guest.cell('await import("vm:b")');
    assert.equal(
      render(guest.printed.at(-1)?.args[0] ?? null).text,
      '[Module: null prototype] { late: <uninitialized> }',
    );
  });
});

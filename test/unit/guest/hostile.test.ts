import assert from 'node:assert/strict';
import { render } from '../../../server/runtime/worker/inspect/render.js';
import { valueOf } from '../../../server/runtime/worker/inspect/value.js';
import { TestGuest } from './test-guest.js';

/**
 * Each setup leaves something in `value` that would run `touch()` if it were handled carelessly; `shown` is what must
 * be seen instead.
 */
const hostile: [what: string, setup: string, shown: RegExp][] = [
  ['a getter', 'value = { get x() { touch(); return 1 } }', /^\{ x: \[Getter\] \}$/],
  [
    'a getter on an array',
    'value = [1]; Object.defineProperty(value, 0, { get: touch, enumerable: true })',
    /^\[ \[Getter\] \]$/,
  ],
  ['a getter of the prototype', 'value = new (class A { get x() { return touch() } })()', /^A \{\}$/],
  [
    'toString, valueOf and toJSON',
    'value = { toString: touch, valueOf: touch, toJSON: touch }',
    /toJSON: \[Function: touch\]/,
  ],
  ['Symbol.toPrimitive', 'value = { [Symbol.toPrimitive]: touch }', /Symbol\.toPrimitive/],
  ['a tag that a getter tells', 'value = { get [Symbol.toStringTag]() { return touch() } }', /\[Getter\]/],
  [
    'a tag getter of the class',
    'value = new (class A { get [Symbol.toStringTag]() { return touch() } })()',
    /^A \{\}$/,
  ],
  [
    'a proxy with every trap',
    'value = new Proxy({ seen: 1 }, new Proxy({}, { get: () => touch }))',
    /^\{ seen: 1 \}$/,
  ],
  [
    'a proxy of a function',
    'value = new Proxy(function f() {}, { get: touch, apply: touch, getPrototypeOf: touch })',
    /^\[Function: f\]$/,
  ],
  [
    'a proxy inside a Map',
    'value = new Map([[new Proxy({}, { ownKeys: touch, getPrototypeOf: touch }), 1]])',
    /Map\(1\)/,
  ],
  [
    'a proxy as prototype',
    'value = Object.create(new Proxy({}, { get: touch, getOwnPropertyDescriptor: touch, getPrototypeOf: touch, has: touch }))',
    /\{\}/,
  ],
  [
    'a proxy as constructor',
    'value = { constructor: new Proxy(class X {}, { get: touch, getOwnPropertyDescriptor: touch }) }',
    /constructor/,
  ],
  [
    'Symbol.hasInstance',
    'class A { static [Symbol.hasInstance]() { touch() } }; value = Object.create(A.prototype)',
    /^A \{\}$/,
  ],
  [
    'a constructor whose name is a getter',
    'class A { static get name() { return touch() } }; value = new A()',
    /\{\}/,
  ],
  [
    'a function whose name is a getter',
    'value = Object.defineProperty(() => {}, "name", { get: touch })',
    /Function/,
  ],
  [
    'an error whose stack is a getter',
    'value = Object.defineProperty(new Error("m"), "stack", { get: touch })',
    /^\[Error: m\]$/,
  ],
  [
    'an error whose message is a getter',
    'value = new Error(); Object.defineProperty(value, "message", { get: touch })',
    /^\[Error\]$/,
  ],
  [
    'an error whose name is a getter of its class',
    'value = new (class E extends Error { get name() { return touch() } })("m")',
    /m/,
  ],
  [
    'an error whose cause is a getter',
    'value = Object.defineProperty(new Error("m"), "cause", { get: touch })',
    /\[cause\]: \[Getter\]/,
  ],
  [
    'a patched Map.prototype',
    'value = new Map([[1, 2]]); Map.prototype.entries = Map.prototype[Symbol.iterator] = Map.prototype.get = touch; Object.defineProperty(Map.prototype, "size", { get: touch })',
    /Map\(1\) \{ 1 => 2 \}/,
  ],
  [
    'patched iterators',
    'value = new Set([1]); Object.getPrototypeOf(new Set().values()).next = touch; Array.prototype[Symbol.iterator] = touch',
    /Set\(1\) \{ 1 \}/,
  ],
  [
    'a patched Date.prototype',
    'value = new Date(0); Date.prototype.toISOString = Date.prototype.getTime = touch',
    /^1970-01-01T00:00:00\.000Z$/,
  ],
  [
    'a patched RegExp.prototype',
    'value = /a/g; for (const k of ["source", "flags", "global"]) Object.defineProperty(RegExp.prototype, k, { get: touch }); RegExp.prototype.toString = touch',
    /^\/a\/g$/,
  ],
  [
    'patched promises',
    'value = Promise.resolve(1); Promise.prototype.then = touch; Object.defineProperty(value, "constructor", { get: touch })',
    /Promise \{/,
  ],
  ['a thenable', 'value = { then: touch }', /then/],
  [
    'setters on Object.prototype',
    'value = { a: { b: [1] } }; for (const k of ["kind", "class", "object", "outer", "value", "get", "enumerable", "__proto__x", "0", "1"]) Object.defineProperty(Object.prototype, k, { __proto__: null, set: touch, get: touch, configurable: true })',
    /^\{ a: \{ b: \[ 1 \] \} \}$/,
  ],
  [
    'setters on Array.prototype',
    'value = [[1, [2]], new Map([[1, 2]])]; for (const k of [0, 1, 2, "length2"]) Object.defineProperty(Array.prototype, k, { set: touch, get: touch, configurable: true })',
    /^\[ \[ 1, \[ 2 \] \], Map\(1\) \{ 1 => 2 \} \]$/,
  ],
  [
    'toJSON on every prototype',
    'value = [{ a: "s" }]; Object.prototype.toJSON = String.prototype.toJSON = Array.prototype.toJSON = touch',
    /^\[ \{ a: 's' \} \]$/,
  ],
  [
    'replaced globals',
    'value = { a: [1, "x"] }; JSON.stringify = Reflect.ownKeys = Object.getOwnPropertyDescriptor = Object.getPrototypeOf = Array.isArray = String = Number = touch; globalThis.Map = globalThis.WeakMap = globalThis.Proxy = touch',
    /^\{ a: \[ 1, 'x' \] \}$/,
  ],
  [
    'patched Function.prototype',
    'value = { f() {} }; Function.prototype.call = Function.prototype.apply = Function.prototype.bind = Function.prototype.toString = touch',
    /f: \[Function: f\]/,
  ],
  [
    'patched string methods',
    'value = { a: "x".repeat(20) }; for (const k of Object.getOwnPropertyNames(String.prototype)) if (typeof ""[k] === "function") String.prototype[k] = touch',
    /x{20}/,
  ],
  [
    'a tag on Object.prototype',
    'value = { a: 1 }; Object.defineProperty(Object.prototype, Symbol.toStringTag, { get: touch })',
    /a: 1/,
  ],
  [
    'a typed array subclass with species',
    'value = new (class T extends Uint8Array { static get [Symbol.species]() { return touch() } get length() { return touch() } })(2)',
    /T\(2\) \[ 0, 0 \]/,
  ],
  [
    'an array subclass with a length trap',
    'value = new Proxy([1, 2], { get: touch, has: touch, ownKeys: touch })',
    /^\[ 1, 2 \]$/,
  ],
  [
    'a custom inspection function',
    'value = { [Symbol.for("nodejs.util.inspect.custom")]: touch, inspect: touch }',
    /inspect: \[Function: touch\]/,
  ],
  ['a generator', 'value = (function* () { touch(); yield 1 })()', /\[Generator\]/],
  [
    'boxed primitives with own conversions',
    'value = Object.assign(new Number(1), { valueOf: touch, toString: touch })',
    /\[Number: 1\]/,
  ],
  [
    'WeakMap methods',
    'value = [new WeakMap(), {}]; WeakMap.prototype.has = WeakMap.prototype.get = touch',
    /WeakMap/,
  ],
];

describe('looking at a hostile value', () => {
  for (const [what, setup, shown] of hostile) {
    it(`runs none of its code: ${what}`, async () => {
      const guest = await TestGuest.open();
      try {
        guest.run(`var touched = 0, value; function touch() { touched++; return {} } ${setup}`);
        const before = guest.look('touched');
        const node = guest.look('value');
        guest.run('console.log(value)');
        assert.equal(guest.look('touched'), before);
        assert.match(render(node, { stackLines: () => [] }).text, shown);
        const [printed] = guest.printed;
        assert.match(render(printed?.args[0] ?? null, { stackLines: () => [] }).text, shown);
      } finally {
        guest.close();
      }
    });
  }

  it('is done in bounded time and space, and says what was left out', async () => {
    const guest = await TestGuest.open();
    try {
      const large: [expression: string, shown: RegExp][] = [
        [
          '(() => { let o = {}; for (let i = 0; i < 40; i++) o = { a: o, b: o, c: o }; return o })()',
          /\[Object\]/,
        ],
        ['(() => { let o = {}; for (let i = 0; i < 10000; i++) o = { o }; return o })()', /\[Object\]/],
        ['new Array(4e9)', /<4000000000 empty items>/],
        ['Object.assign([], { 4e9: 1 })', /<4000000000 empty items>/],
        ['Array.from({ length: 50000 }, (_, i) => i)', /\.\.\. 49900 more items/],
        ['new Uint8Array(1e7)', /\.\.\. 9999900 more items/],
        ['new Set(Array(50000).keys())', /\.\.\. 49900 more items/],
        [
          'Object.fromEntries(Array.from({ length: 50000 }, (_, i) => ["k" + i, i]))',
          /more properties|more characters/,
        ],
        ['"x".repeat(1e7)', /\.\.\. 9990000 more characters/],
        ['[["x".repeat(1e7)]]', /\.\.\. 9990000 more characters/],
        ['7n ** 50000n', /^0x[0-9a-f]{100}\.\.\.n$/],
        ['Symbol("x".repeat(1e6))', /^Symbol\(x+/],
        ['({ ["k".repeat(1e6)]: 1 })', /1 more property/],
        ['new Error("m".repeat(1e6))', /^Error: m+/],
      ];
      for (const [expression, shown] of large) {
        const value = valueOf(guest.look(expression));
        assert.match(value.preview, shown, expression);
        assert.ok(value.preview.length < 10_200, `${expression}: ${value.preview.length}`);
        assert.ok(JSON.stringify(value.json ?? null).length < 70_000, expression);
      }
    } finally {
      guest.close();
    }
  });
});

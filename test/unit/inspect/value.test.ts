import assert from 'node:assert/strict';
import { Value } from '../../../shared/models.js';
import { valueOf } from '../../../server/runtime/worker/inspect/value.js';
import { TestGuest } from '../guest/test-guest.js';

const none = Symbol('no json');

const values: [expression: string, type: string, json: unknown][] = [
  ['1.5', 'number', 1.5],
  ['"a\\0b"', 'string', 'a\0b'],
  ['true', 'boolean', true],
  ['null', 'null', null],
  ['undefined', 'undefined', none],
  ['-0', 'number', none],
  ['NaN', 'number', none],
  ['1n', 'bigint', none],
  ['Symbol("s")', 'symbol', none],
  ['() => 1', 'function', none],
  ['class A {}', 'function', none],
  ['{ a: [1, { b: null }] }', 'Object', { a: [1, { b: null }] }],
  ['Object.assign(Object.create(null), { a: 1 })', 'Object', { a: 1 }],
  ['[]', 'Array', []],
  ['[1, [2, "x"]]', 'Array', [1, [2, 'x']]],
  ['[1, , 2]', 'Array', none],
  ['[undefined]', 'Array', none],
  ['Object.assign([1], { extra: 1 })', 'Array', none],
  ['{ a: undefined }', 'Object', none],
  ['{ f() {} }', 'Object', none],
  ['{ get a() { return 1 } }', 'Object', none],
  ['{ [Symbol()]: 1 }', 'Object', none],
  ['{ n: 1n }', 'Object', none],
  ['{ d: new Date(0) }', 'Object', none],
  ['(() => { const o = {}; o.o = o; return o })()', 'Object', none],
  ['(() => { const s = [1]; return [s, s] })()', 'Array', [[1], [1]]],
  ['new Map()', 'Map', none],
  ['new (class Point { x = 1 })()', 'Point', none],
  ['new Error("x")', 'Error', none],
  ['Promise.resolve(1)', 'Promise', none],
  ['new Date(0)', 'Date', none],
  ['new Uint8Array(2)', 'Uint8Array', none],
  ['new Proxy([1], {})', 'Array', [1]],
  ['Array.from({ length: 500 }, (_, i) => i)', 'Array', Array.from({ length: 500 }, (_, i) => i)],
  ['"x".repeat(60000)', 'string', 'x'.repeat(60_000)],
];

describe('a value for clients', () => {
  let guest: TestGuest;
  before(async () => {
    guest = await TestGuest.open();
  });
  after(() => guest.close());

  for (const [expression, type, json] of values) {
    const title = json === none ? 'without json, as it would not be exact' : 'with the json of it';
    it(`of ${expression} is a ${type} ${title}`, () => {
      const value = valueOf(guest.look(expression));
      Value.parse(value);
      assert.equal(value.type, type);
      if (json === none) assert.ok(!('json' in value));
      else assert.deepEqual(value.json, json);
    });
  }

  it('has a key called __proto__ as a key', () => {
    const { json } = valueOf(guest.look('JSON.parse(\'{"__proto__":{"a":1}}\')'));
    assert.deepEqual(Object.getOwnPropertyNames(json), ['__proto__']);
    assert.equal(Object.getPrototypeOf(json), Object.prototype);
  });

  it('says when something was left out for its size, and only then', () => {
    const truncated = (expression: string) => valueOf(guest.look(expression)).truncated;
    assert.equal(truncated('[1, 2]'), undefined);
    assert.equal(truncated('new Map([[{ a: { b: { c: 1 } } }, 1]])'), undefined);
    assert.equal(truncated('Array.from({ length: 101 }, (_, i) => i)'), true);
    assert.equal(truncated('"x".repeat(10001)'), true);
    assert.equal(truncated('"x".repeat(70001)'), true);
    assert.equal(truncated('Array.from({ length: 5000 }, (_, i) => "item " + i)'), true);
  });

  it('leaves out json over 64 KB, and says so', () => {
    const value = valueOf(guest.look('Array.from({ length: 20 }, () => "x".repeat(5000))'));
    assert.ok(!('json' in value));
    assert.equal(value.truncated, true);
  });

  it('has a preview of limited length', () => {
    const { preview } = valueOf(guest.look('Array.from({ length: 90 }, () => "x".repeat(500))'));
    assert.match(preview, /\.\.\. \d+ more characters$/);
    assert.ok(preview.length < 10_200);
  });
});

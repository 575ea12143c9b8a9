/** Arrays, maps, sets, iterators and bytes. */
import type { Cell } from '../cell.js';
import { iterators, newer } from '../reasons.js';

export const collections: readonly Cell[] = [
  { cell: '[]', value: ['Array', '[]'] },
  { cell: '[1, 2, 3]', value: ['Array', '[ 1, 2, 3 ]'] },
  { cell: '[1, , 3]', value: ['Array', '[ 1, <1 empty item>, 3 ]'] },
  { cell: '[, ]', value: ['Array', '[ <1 empty item> ]'] },
  { cell: '[undefined, , null]', value: ['Array', '[ undefined, <1 empty item>, null ]'] },
  { cell: 'new Array(3)', value: ['Array', '[ <3 empty items> ]'] },
  {
    cell: 'Array(101).fill(0)',
    value: [
      'Array',
      '[\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0,\n  ... 1 more item\n]',
    ],
  },
  {
    cell: 'Array.from({ length: 26 }, (_, i) => i * 100)',
    value: [
      'Array',
      '[\n     0,  100,  200,  300,  400,\n   500,  600,  700,  800,  900,\n  1000, 1100, 1200, 1300, 1400,\n  1500, 1600, 1700, 1800, 1900,\n  2000, 2100, 2200, 2300, 2400,\n  2500\n]',
    ],
  },
  {
    cell: 'Array.from({ length: 7 }, (_, i) => "s" + i)',
    value: ['Array', "[\n  's0', 's1',\n  's2', 's3',\n  's4', 's5',\n  's6'\n]"],
  },
  {
    cell: "'the quick brown fox jumps over the lazy dog'.split(' ')",
    value: [
      'Array',
      "[\n  'the',   'quick',\n  'brown', 'fox',\n  'jumps', 'over',\n  'the',   'lazy',\n  'dog'\n]",
    ],
  },
  { cell: 'Object.assign([1], { k: 1 })', value: ['Array', '[ 1, k: 1 ]'] },
  { cell: 'Object.assign([], { "-1": 1 })', value: ['Array', "[ '-1': 1 ]"] },
  { cell: '[1.5, -2, 333]', value: ['Array', '[ 1.5, -2, 333 ]'] },
  { cell: '[1n, 2n]', value: ['Array', '[ 1n, 2n ]'] },
  { cell: '[[1, [2, [3, [4]]]]]', value: ['Array', '[ [ 1, [ 2, [Array] ] ] ]'] },
  {
    cell: '[function f() {}, class A {}, () => {}]',
    value: ['Array', '[ [Function: f], [class A], [Function (anonymous)] ]'],
  },
  { cell: '[1, 2, 3].at(-1)', value: ['number', '3'] },
  { cell: '[3, 1, 2].toSorted()', value: ['Array', '[ 1, 2, 3 ]'] },
  { cell: '[1, 2, 3].with(1, 9)', value: ['Array', '[ 1, 9, 3 ]'] },
  {
    cell: 'Object.groupBy([1, 2, 3], (n) => (n % 2 ? "odd" : "even"))',
    value: ['Object', '[Object: null prototype] { odd: [ 1, 3 ], even: [ 2 ] }'],
    unlikeNode: { ends: newer },
  },
  { cell: 'class Stack extends Array {}; Stack.of(1, 2)', value: ['Stack', 'Stack(2) [ 1, 2 ]'] },
  { cell: '[1, 2, 3].findLast((n) => n < 3)', value: ['number', '2'] },
  { cell: 'new Map()', value: ['Map', 'Map(0) {}'] },
  { cell: 'new Map([[1, "a"], ["b", { c: 1 }]])', value: ['Map', "Map(2) { 1 => 'a', 'b' => { c: 1 } }"] },
  {
    cell: 'new Map([[{ k: 1 }, new Map([[1, new Map([[2, 3]])]])]])',
    value: ['Map', 'Map(1) { { k: 1 } => Map(1) { 1 => Map(1) { 2 => 3 } } }'],
  },
  { cell: 'Object.assign(new Map([[1, 2]]), { x: 1 })', value: ['Map', 'Map(1) { 1 => 2, x: 1 }'] },
  { cell: 'class Reg extends Map {}; new Reg([[1, 2]])', value: ['Reg', 'Reg(1) [Map] { 1 => 2 }'] },
  { cell: 'new Set()', value: ['Set', 'Set(0) {}'] },
  { cell: 'new Set([1, "a", [2]])', value: ['Set', "Set(3) { 1, 'a', [ 2 ] }"] },
  {
    cell: 'new Set([new Set([new Set([new Set([1])])])])',
    value: ['Set', 'Set(1) { Set(1) { Set(1) { [Set] } } }'],
  },
  {
    cell: 'new Set([1, 2]).union(new Set([3]))',
    value: ['Set', 'Set(3) { 1, 2, 3 }'],
    unlikeNode: { ends: newer },
  },
  { cell: 'new WeakMap()', value: ['WeakMap', 'WeakMap { <items unknown> }'] },
  { cell: 'new WeakSet([{}])', value: ['WeakSet', 'WeakSet { <items unknown> }'] },
  { cell: 'new WeakRef({ a: 1 })', value: ['WeakRef', 'WeakRef {}'] },
  {
    cell: 'new Map([[1, 2]]).entries()',
    value: ['Object', 'Object [Map Iterator] {}'],
    unlikeNode: { value: iterators },
  },
  {
    cell: 'new Set([1]).values()',
    value: ['Object', 'Object [Set Iterator] {}'],
    unlikeNode: { value: iterators },
  },
  { cell: '[1, 2][Symbol.iterator]()', value: ['Object', 'Object [Array Iterator] {}'] },
  { cell: "'ab'[Symbol.iterator]()", value: ['Object', 'Object [String Iterator] {}'] },
  { cell: "'a1'.matchAll(/a/g)", value: ['Object', 'Object [RegExp String Iterator] {}'] },
  {
    cell: '[1, 2].values().map((x) => x * 2)',
    value: ['Object', 'Object [Iterator Helper] {}'],
    unlikeNode: { ends: newer },
  },
  {
    cell: '[1, 2, 3].values().filter((x) => x > 1).toArray()',
    value: ['Array', '[ 2, 3 ]'],
    unlikeNode: { ends: newer },
  },
  {
    cell: 'Iterator.from([1]).next()',
    value: ['Object', '{ value: 1, done: false }'],
    unlikeNode: { ends: newer },
  },
  { cell: 'function* g() { yield 1 } g()', value: ['Object', 'Object [Generator] {}'] },
  { cell: '[...(function* () { yield* [1, 2]; return 3 })()]', value: ['Array', '[ 1, 2 ]'] },
  {
    cell: '(function* () { const x = yield 1; return x })().next()',
    value: ['Object', '{ value: 1, done: false }'],
  },
  { cell: 'async function* ag() {} ag()', value: ['Object', 'Object [AsyncGenerator] {}'] },
  { cell: 'new Uint8Array([1, 2, 255])', value: ['Uint8Array', 'Uint8Array(3) [ 1, 2, 255 ]'] },
  { cell: 'new Uint8Array(8)', value: ['Uint8Array', 'Uint8Array(8) [\n  0, 0, 0, 0,\n  0, 0, 0, 0\n]'] },
  { cell: 'new Float32Array([1.5, -0, NaN])', value: ['Float32Array', 'Float32Array(3) [ 1.5, -0, NaN ]'] },
  { cell: 'new BigInt64Array([1n, -2n])', value: ['BigInt64Array', 'BigInt64Array(2) [ 1n, -2n ]'] },
  {
    cell: 'new Uint8ClampedArray([300, -1])',
    value: ['Uint8ClampedArray', 'Uint8ClampedArray(2) [ 255, 0 ]'],
  },
  {
    cell: 'new Uint8Array(200)',
    value: [
      'Uint8Array',
      'Uint8Array(200) [\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0,\n  ... 100 more items\n]',
    ],
  },
  {
    cell: 'new Uint8Array([1, 2]).buffer',
    value: ['ArrayBuffer', 'ArrayBuffer { [Uint8Contents]: <01 02>, byteLength: 2 }'],
  },
  {
    cell: 'new ArrayBuffer(4)',
    value: ['ArrayBuffer', 'ArrayBuffer { [Uint8Contents]: <00 00 00 00>, byteLength: 4 }'],
  },
  {
    cell: 'new ArrayBuffer(2, { maxByteLength: 4 })',
    value: ['ArrayBuffer', 'ArrayBuffer { [Uint8Contents]: <00 00>, byteLength: 2 }'],
  },
  {
    cell: 'new DataView(new ArrayBuffer(2))',
    value: [
      'DataView',
      'DataView {\n  byteLength: 2,\n  byteOffset: 0,\n  buffer: ArrayBuffer { [Uint8Contents]: <00 00>, byteLength: 2 }\n}',
    ],
  },
  {
    cell: 'new SharedArrayBuffer(2)',
    value: ['SharedArrayBuffer', 'SharedArrayBuffer { [Uint8Contents]: <00 00>, byteLength: 2 }'],
  },
  {
    cell: '(() => { const b = new ArrayBuffer(2); b.transfer(); return b })()',
    value: ['ArrayBuffer', 'ArrayBuffer { (detached), byteLength: 0 }'],
    unlikeNode: { ends: newer },
  },
  {
    cell: 'class Bytes extends Uint8Array {}; new Bytes(2)',
    value: ['Bytes', 'Bytes(2) [Uint8Array] [ 0, 0 ]'],
  },
  { cell: 'Object.assign(new Uint8Array(1), { k: 1 })', value: ['Uint8Array', 'Uint8Array(1) [ 0, k: 1 ]'] },
  { cell: '(function () { return arguments })(1, 2)', value: ['Object', "[Arguments] { '0': 1, '1': 2 }"] },
  { cell: 'Object.entries({ a: 1, b: 2 })', value: ['Array', "[ [ 'a', 1 ], [ 'b', 2 ] ]"] },
  {
    cell: "['日本', 'x', 'y', 'z', 'w', 'v', 'u']",
    value: ['Array', "[\n  '日本', 'x',\n  'y',    'z',\n  'w',    'v',\n  'u'\n]"],
  },
  {
    cell: "Array.from({ length: 8 }, (_, i) => ({ id: i, tags: ['a', 'b'] }))",
    value: [
      'Array',
      "[\n  { id: 0, tags: [ 'a', 'b' ] },\n  { id: 1, tags: [ 'a', 'b' ] },\n  { id: 2, tags: [ 'a', 'b' ] },\n  { id: 3, tags: [ 'a', 'b' ] },\n  { id: 4, tags: [ 'a', 'b' ] },\n  { id: 5, tags: [ 'a', 'b' ] },\n  { id: 6, tags: [ 'a', 'b' ] },\n  { id: 7, tags: [ 'a', 'b' ] }\n]",
    ],
  },
  {
    cell: '[true, false, null, undefined, NaN, -0, 1n, "s", Symbol("y")]',
    value: [
      'Array',
      "[\n  true,      false,\n  null,      undefined,\n  NaN,       -0,\n  1n,        's',\n  Symbol(y)\n]",
    ],
  },
];

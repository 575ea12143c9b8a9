/** Object literals, and how objects of all kinds are shown. */
import type { Cell } from '../cell.js';
import { prototypeChain, statementPlace, targets, wording } from '../reasons.js';

export const objects: readonly Cell[] = [
  { cell: '{}', value: ['Object', '{}'] },
  { cell: '{ a: 1 }', value: ['Object', '{ a: 1 }'] },
  { cell: '{a:1}.a', value: ['number', '1'] },
  { cell: '{a:1};', value: ['number', '1'] },
  {
    cell: '{ a: 1, b: { c: [1, 2, { d: { e: 1 } }] } }',
    value: ['Object', '{ a: 1, b: { c: [ 1, 2, [Object] ] } }'],
  },
  { cell: '({}).toString()', value: ['string', "'[object Object]'"] },
  {
    cell: '{ get a() { return 1 }, set a(v) {}, get b() { return 1 }, set c(v) {} }',
    value: ['Object', '{ a: [Getter/Setter], b: [Getter], c: [Setter] }'],
  },
  {
    cell: "{ [Symbol('k')]: 1, [Symbol.iterator]: 2 }",
    value: ['Object', '{ [Symbol(k)]: 1, [Symbol(Symbol.iterator)]: 2 }'],
  },
  { cell: "{ 'a-b': 1, 2: 3, \"it's\": 4 }", value: ['Object', "{ '2': 3, 'a-b': 1, \"it's\": 4 }"] },
  { cell: "({ ['__proto__']: 1 })", value: ['Object', "{ ['__proto__']: 1 }"] },
  { cell: '({ __proto__: null, a: 1 })', value: ['Object', '[Object: null prototype] { a: 1 }'] },
  { cell: 'Object.create(null)', value: ['Object', '[Object: null prototype] {}'] },
  { cell: 'Object.create({ a: 1 })', value: ['Object', '{}'] },
  { cell: 'Object.create(Array.prototype)', value: ['Array', 'Array {}'] },
  {
    cell: '(() => { const o = { a: {} }; o.a.o = o; return o })()',
    value: ['Object', '<ref *1> { a: { o: [Circular *1] } }'],
  },
  {
    cell: '(() => { const a = [1]; a.push(a); return a })()',
    value: ['Array', '<ref *1> [ 1, [Circular *1] ]'],
  },
  {
    cell: '(() => { const o = {}; o.m = new Map([[o, o]]); return o })()',
    value: ['Object', '<ref *1> { m: Map(1) { [Circular *1] => [Circular *1] } }'],
  },
  { cell: '{ a: 1 } + 1', value: ['string', "'[object Object]1'"] },
  { cell: '{ a: 1, }', value: ['Object', '{ a: 1 }'] },
  {
    cell: '{ a }',
    throws: ['ReferenceError', "'a' is not defined", '1:1'],
    unlikeNode: { message: wording, place: statementPlace },
  },
  { cell: '{ a: 1 }\n{ b: 2 }', value: ['number', '2'] },
  {
    cell: '{ x: function () {}, y() {}, z: () => {}, async w() {}, *v() {} }',
    value: [
      'Object',
      '{\n  x: [Function: x],\n  y: [Function: y],\n  z: [Function: z],\n  w: [AsyncFunction: w],\n  v: [GeneratorFunction: v]\n}',
    ],
  },
  {
    cell: "{ first: 'a long string that takes room', second: 'another long string here', third: 3 }",
    value: [
      'Object',
      "{\n  first: 'a long string that takes room',\n  second: 'another long string here',\n  third: 3\n}",
    ],
  },
  {
    cell: "Object.fromEntries(Array.from({ length: 30 }, (_, i) => ['key' + i, i]))",
    value: [
      'Object',
      '{\n  key0: 0,\n  key1: 1,\n  key2: 2,\n  key3: 3,\n  key4: 4,\n  key5: 5,\n  key6: 6,\n  key7: 7,\n  key8: 8,\n  key9: 9,\n  key10: 10,\n  key11: 11,\n  key12: 12,\n  key13: 13,\n  key14: 14,\n  key15: 15,\n  key16: 16,\n  key17: 17,\n  key18: 18,\n  key19: 19,\n  key20: 20,\n  key21: 21,\n  key22: 22,\n  key23: 23,\n  key24: 24,\n  key25: 25,\n  key26: 26,\n  key27: 27,\n  key28: 28,\n  key29: 29\n}',
    ],
  },
  { cell: 'Object.freeze({ a: 1 })', value: ['Object', '{ a: 1 }'] },
  { cell: 'Object.defineProperty({}, "x", { value: 1 })', value: ['Object', '{}'] },
  {
    cell: 'Object.defineProperty({ a: 1 }, Symbol.toStringTag, { value: "Tag" })',
    value: ['Object', 'Object [Tag] { a: 1 }'],
  },
  { cell: '({ [Symbol.toStringTag]: "Own" })', value: ['Object', "{ [Symbol(Symbol.toStringTag)]: 'Own' }"] },
  { cell: '({ constructor: 1 })', value: ['Object', '{ constructor: 1 }'] },
  { cell: '({ constructor: { name: "Fake" } })', value: ['Object', "{ constructor: { name: 'Fake' } }"] },
  { cell: 'Object.assign(() => {}, { a: 1 })', value: ['function', '[Function (anonymous)] { a: 1 }'] },
  { cell: 'new (class Point { constructor() { this.x = 1 } })()', value: ['Point', 'Point { x: 1 }'] },
  { cell: 'new (class {})()', value: ['Object', '{}'] },
  {
    cell: 'new (class extends null { constructor() { return Object.create(new.target.prototype) } })()',
    value: ['Object', '{}'],
    unlikeNode: { value: prototypeChain },
  },
  { cell: 'new (function Old() { this.a = 1 })()', value: ['Old', 'Old { a: 1 }'] },
  { cell: '({ valueOf() { return 1 } }) + 1', value: ['number', '2'] },
  { cell: '{ ...[1, 2], ...null, ...{ c: 3 } }', value: ['Object', "{ '0': 1, '1': 2, c: 3 }"] },
  { cell: '(({ a, ...rest }) => rest)({ a: 1, b: 2, c: 3 })', value: ['Object', '{ b: 2, c: 3 }'] },
  { cell: '{ a: undefined, b: null, c: NaN }', value: ['Object', '{ a: undefined, b: null, c: NaN }'] },
  { cell: '{ "": 1 }', value: ['Object', "{ '': 1 }"] },
  { cell: '({ toJSON() { return "x" } })', value: ['Object', '{ toJSON: [Function: toJSON] }'] },
  { cell: '({ inspect() { return "x" } })', value: ['Object', '{ inspect: [Function: inspect] }'] },
  { cell: 'new Proxy({ a: 1 }, {})', value: ['Object', '{ a: 1 }'], unlikeNode: { value: targets } },
  {
    cell: 'new Proxy([1, 2], { get() { throw new Error("trap") } })',
    value: ['Array', '[ 1, 2 ]'],
    unlikeNode: { value: targets },
  },
  {
    cell: 'new Proxy(function f() {}, {})',
    value: ['function', '[Function: f]'],
    unlikeNode: { value: targets },
  },
  { cell: 'new Proxy(class A {}, {})', value: ['function', '[class A]'], unlikeNode: { value: targets } },
  { cell: '({ a: { b: { c: {} } } })', value: ['Object', '{ a: { b: { c: {} } } }'] },
  { cell: '({ a: { b: { c: { d: 1 } } } })', value: ['Object', '{ a: { b: { c: [Object] } } }'] },
  { cell: '[[[[]]]]', value: ['Array', '[ [ [ [] ] ] ]'] },
  { cell: '[[[[1]]]]', value: ['Array', '[ [ [ [Array] ] ] ]'] },
  {
    cell: '({ a: [[[]]], b: new Map([[{}, { x: {} }]]) })',
    value: ['Object', '{ a: [ [ [] ] ], b: Map(1) { {} => { x: {} } } }'],
  },
  {
    cell: '({ u: "a\\nb", v: ["x".repeat(80)] })',
    value: [
      'Object',
      "{\n  u: 'a\\nb',\n  v: [\n    'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'\n  ]\n}",
    ],
  },
  { cell: 'Object', value: ['function', '[Function: Object]'] },
  { cell: 'JSON', value: ['Object', 'Object [JSON] {}'] },
  { cell: 'Math', value: ['Object', 'Object [Math] {}'] },
  { cell: 'Reflect', value: ['Object', 'Object [Reflect] {}'] },
];

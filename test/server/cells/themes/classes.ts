/** Classes in all their forms. */
import type { Cell } from '../cell.js';
import { noDeadZone, syntaxPlace, wording } from '../reasons.js';

export const classes: readonly Cell[] = [
  { cell: 'class A { #p = 1; get p() { return this.#p } }; new A().p', value: ['number', '1'] },
  {
    cell: 'class A { static #c = 0; static inc() { return ++A.#c } }; A.inc() + A.inc()',
    value: ['number', '3'],
  },
  { cell: 'class A { static { A.ready = true } }; A.ready', value: ['boolean', 'true'] },
  {
    cell: 'class A { #x; static has(o) { return #x in o } }; [A.has(new A()), A.has({})]',
    value: ['Array', '[ true, false ]'],
  },
  { cell: 'class A { ["comp" + 1]() { return 1 } }; new A().comp1()', value: ['number', '1'] },
  {
    cell: 'class A { static async *gen() { yield 1 } }; (await A.gen().next()).value',
    value: ['number', '1'],
  },
  { cell: 'class A { constructor() { return { other: 1 } } }; new A()', value: ['Object', '{ other: 1 }'] },
  { cell: 'class A { x = this.y; y = 1 }; new A()', value: ['A', 'A { x: undefined, y: 1 }'] },
  {
    cell: 'class A {}; A()',
    throws: ['TypeError', "class constructors must be invoked with 'new'", '1:13'],
    unlikeNode: { message: wording },
  },
  {
    cell: 'class A extends 5 {}',
    throws: ['TypeError', 'parent class must be constructor', '1:1'],
    unlikeNode: { message: wording },
  },
  {
    cell: 'class A extends B {}; class B {}',
    throws: ['TypeError', 'parent class must be constructor', '1:17'],
    unlikeNode: { name: noDeadZone, message: wording },
  },
  {
    cell: 'class A { constructor() { this.v = new.target.name } }; class B extends A {}; new B().v',
    value: ['string', "'B'"],
  },
  { cell: 'class A { get v() { return 1 } }; new A()', value: ['A', 'A {}'] },
  { cell: 'class A { a = 1 }; class B extends A { b = 2 }; new B()', value: ['B', 'B { a: 1, b: 2 }'] },
  { cell: 'class A { static x = 1 }; class B extends A {}; B.x', value: ['number', '1'] },
  { cell: 'class A { m() { return super.toString } }; typeof new A().m()', value: ['string', "'function'"] },
  {
    cell: 'class A { "quoted name"() {} }; Object.getOwnPropertyNames(A.prototype)',
    value: ['Array', "[ 'constructor', 'quoted name' ]"],
  },
  {
    cell: '@decorator class A {}',
    throws: ['SyntaxError', "unexpected token in expression: '@'", '1:1'],
    unlikeNode: { message: wording },
  },
  {
    cell: 'class A { accessor x = 1 }',
    throws: ['SyntaxError', "expecting ';'", '1:20'],
    unlikeNode: { message: wording },
  },
  {
    cell: 'class A { constructor() {} constructor() {} }',
    throws: ['SyntaxError', 'property constructor appears more than once', '1:39'],
    unlikeNode: { message: wording, place: syntaxPlace },
  },
  {
    cell: 'class A { #a; #a }',
    throws: ['SyntaxError', 'private class field is already defined', '1:18'],
    unlikeNode: { message: wording, place: syntaxPlace },
  },
  {
    cell: 'class A { m() { this.#nope } }',
    throws: ['SyntaxError', "undefined private field '#nope'"],
    unlikeNode: { message: wording, place: syntaxPlace },
  },
  { cell: 'let A = class Named {}; [A.name, typeof Named]', value: ['Array', "[ 'Named', 'undefined' ]"] },
  { cell: 'class A { toString() { return "str" } }; `${new A()}`', value: ['string', "'str'"] },
  { cell: 'class A { [Symbol.toPrimitive]() { return 42 } }; +new A()', value: ['number', '42'] },
  { cell: 'class A extends Array { constructor() { super(3) } }; new A().length', value: ['number', '3'] },
  {
    cell: 'class A extends Error { name = "Custom" }; new A("m").toString()',
    value: ['string', "'Custom: m'"],
  },
  { cell: 'class A { static name = "Other" }; new A()', value: ['Other', 'Other {}'] },
  {
    cell: 'class A { static [Symbol.hasInstance]() { return true } }; 1 instanceof A',
    value: ['boolean', 'true'],
  },
  { cell: 'class A extends Promise {}; A.resolve(1)', value: ['A', 'A [Promise] { 1 }'] },
  { cell: 'class A extends Function {}; new A("return 1")()', value: ['number', '1'] },
  { cell: 'class 名 { é = 1 }; new 名()', value: ['名', "名 { 'é': 1 }"] },
  { cell: '({ __proto__: class { x() { return 1 } }.prototype }).x()', value: ['number', '1'] },
  {
    cell: 'Object.getOwnPropertyNames(class { static s() {} })',
    value: ['Array', "[ 'length', 'name', 'prototype', 's' ]"],
  },
  {
    cell: 'class A { async = 1; get = 2; static = 3 }; new A()',
    value: ['A', 'A { async: 1, get: 2, static: 3 }'],
  },
];

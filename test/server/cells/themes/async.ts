/** Top-level await, promises and imports. */
import type { Cell } from '../cell.js';
import {
  awaitPlace,
  awaitValue,
  dryQueue,
  imports,
  nativePlace,
  newer,
  syntaxPlace,
  wording,
} from '../reasons.js';

export const asynchronous: readonly Cell[] = [
  { cell: 'await 1', value: ['number', '1'] },
  { cell: 'await Promise.resolve({ a: 1 })', value: ['Object', '{ a: 1 }'] },
  { cell: 'const v = await 5; v', value: ['number', '5'] },
  { cell: ['const w = await 6', 'w'], value: ['number', '6'] },
  { cell: 'await { then(r) { r("thenable") } }', value: ['string', "'thenable'"] },
  { cell: 'await Promise.all([1, Promise.resolve(2)])', value: ['Array', '[ 1, 2 ]'] },
  {
    cell: 'await Promise.allSettled([Promise.reject(1), 2])',
    value: ['Array', "[\n  { status: 'rejected', reason: 1 },\n  { status: 'fulfilled', value: 2 }\n]"],
  },
  { cell: 'await Promise.race([new Promise(() => {}), 7])', value: ['number', '7'] },
  {
    cell: 'for await (const x of [Promise.resolve(1), 2]) x',
    value: ['number', '2'],
    unlikeNode: { value: awaitValue },
  },
  {
    cell: 'for await (const x of (async function* () { yield 1; yield 2 })()) console.log(x)',
    prints: '1\n2',
    value: ['undefined', 'undefined'],
  },
  { cell: '(async () => 1)()', value: ['Promise', 'Promise { 1 }'] },
  {
    cell: 'await (async () => { throw new TypeError("inner") })()',
    throws: ['TypeError', 'inner', '1:28'],
    unlikeNode: { place: awaitPlace },
  },
  {
    cell: 'await Promise.reject(new Error("e"))',
    throws: ['Error', 'e', '1:22'],
    unlikeNode: { place: awaitPlace },
  },
  { cell: 'await Promise.reject(5)', throws: ['number', '5'] },
  {
    cell: 'await Promise.any([Promise.reject(1)])',
    throws: ['AggregateError', '', '1:15'],
    unlikeNode: { message: wording, place: nativePlace },
  },
  {
    cell: 'Promise.reject(new Error("unseen")).catch(() => "seen")',
    value: ['Promise', "Promise { 'seen' }"],
    unlikeNode: { value: dryQueue },
  },
  {
    cell: 'const { promise, resolve } = Promise.withResolvers(); resolve(3); await promise',
    value: ['number', '3'],
    unlikeNode: { ends: newer },
  },
  { cell: 'await new Promise((r) => setTimeout(r, 5, "late"))', value: ['string', "'late'"] },
  { cell: 'if (await true) "yes"', value: ['string', "'yes'"], unlikeNode: { value: awaitValue } },
  { cell: '[await 1, await 2]', value: ['Array', '[ 1, 2 ]'] },
  { cell: '`${await 1}`', value: ['string', "'1'"] },
  { cell: 'await 1; await 2', value: ['number', '2'] },
  { cell: 'let t = await 1, u = await 2; t + u', value: ['number', '3'] },
  { cell: 'async function f() { await null; return 8 } await f()', value: ['number', '8'] },
  {
    cell: 'await import("./lib.mjs")',
    value: ['Module', '[Module: null prototype] { default: [Function: hello], one: 1 }'],
  },
  { cell: '(await import("./lib.mjs")).one', value: ['number', '1'] },
  { cell: 'import { one } from "./lib.mjs"; one', value: ['number', '1'], unlikeNode: { ends: imports } },
  {
    cell: 'import hello, { one as uno } from "./lib.mjs"; [hello(), uno]',
    value: ['Array', "[ 'hi', 1 ]"],
    unlikeNode: { ends: imports },
  },
  {
    cell: 'import * as lib from "./lib.mjs"; lib',
    value: ['Module', '[Module: null prototype] { default: [Function: hello], one: 1 }'],
    unlikeNode: { ends: imports },
  },
  { cell: 'import "./lib.mjs"', value: ['undefined', 'undefined'], unlikeNode: { ends: imports } },
  {
    cell: 'import { nope } from "./lib.mjs"',
    throws: ['SyntaxError', "Could not find export 'nope' in module './lib.mjs'", '1:1'],
    unlikeNode: { message: wording },
  },
  {
    cell: ['import { one } from "./lib.mjs"', 'import { one } from "./lib.mjs"; one'],
    value: ['number', '1'],
    unlikeNode: { ends: imports },
  },
  {
    cell: 'import data from "./data.json" with { type: "json" }; data',
    value: ['Object', '{ a: [ 1, 2 ] }'],
    unlikeNode: { ends: imports },
  },
  {
    cell: 'export const a = 1',
    throws: ['SyntaxError', 'export is for modules; names of a cell stay in the session without it', '1:1'],
    unlikeNode: { message: wording },
  },
  { cell: 'console.log(1); await 2; console.log(3)', prints: '1\n3', value: ['undefined', 'undefined'] },
  {
    cell: 'queueMicrotask(() => console.log("micro")); await null; "after"',
    prints: 'micro',
    value: ['string', "'after'"],
  },
  {
    cell: 'Promise.resolve().then(() => console.log("then")); console.log("sync")',
    prints: 'sync\nthen',
    value: ['undefined', 'undefined'],
    unlikeNode: { printed: dryQueue },
  },
  {
    cell: 'await null; throw new Error("after")',
    throws: ['Error', 'after', '1:19'],
    unlikeNode: { place: awaitPlace },
  },
  {
    cell: 'async function f(){ await null; null.x }\nawait f()',
    throws: ['TypeError', "cannot read property 'x' of null", '1:38'],
    unlikeNode: { message: wording, place: awaitPlace },
  },
  {
    cell: 'const await = 1',
    throws: ['SyntaxError', 'variable name expected', '1:7'],
    unlikeNode: { message: wording },
  },
  {
    cell: 'function f() { await 1 }',
    throws: ['SyntaxError', "expecting ';'", '1:22'],
    unlikeNode: { message: wording },
  },
  { cell: 'await await 3', value: ['number', '3'] },
  {
    cell: 'await using x = null',
    throws: ['SyntaxError', "expecting ';'", '1:13'],
    unlikeNode: { message: wording, place: syntaxPlace },
  },
  {
    cell: 'new Promise((_, reject) => reject(1)).catch((e) => e)',
    value: ['Promise', 'Promise { 1 }'],
    unlikeNode: { value: dryQueue },
  },
  {
    cell: 'try { await Promise.reject(1) } catch (e) { e + 1 }',
    value: ['number', '2'],
    unlikeNode: { value: awaitValue },
  },
  {
    cell: 'switch (await 1) { case 1: "one" }',
    value: ['string', "'one'"],
    unlikeNode: { value: awaitValue },
  },
  { cell: 'await (await (async () => async () => 9)())()', value: ['number', '9'] },
];

/** What the console prints. */
import type { Cell } from '../cell.js';
import {
  hiddenProperties,
  hiddenText,
  marks,
  noColours,
  noGuestCode,
  noThrow,
  standardAssert,
  warnings,
} from '../reasons.js';

export const consoleCells: readonly Cell[] = [
  { cell: 'console.log()', value: ['undefined', 'undefined'] },
  { cell: 'console.log(1, "a", null)', prints: '1 a null' },
  { cell: 'console.log("%s is %d", "x", 42)', prints: 'x is 42' },
  { cell: 'console.log("%s", { a: { b: 1 } }, "rest")', prints: '{ a: [Object] } rest' },
  { cell: 'console.log("%s %s", "only")', prints: 'only %s' },
  { cell: 'console.log("%d %i %f", "42.9", "42.9", "42.9")', prints: '42.9 42 42.9' },
  { cell: 'console.log("%d", 10n, "%i")', prints: '10n %i' },
  { cell: 'console.log("%i", "x")', prints: 'NaN' },
  { cell: 'console.log("%j", { a: [1] })', prints: '{"a":[1]}' },
  { cell: 'console.log("%o", { a: 1 })', prints: '{ a: 1 }' },
  {
    cell: 'console.log("%O", { a: { b: { c: { d: { e: 1 } } } } })',
    prints: '{ a: { b: { c: [Object] } } }',
  },
  { cell: 'console.log("%c styled", "color: red")', prints: ' styled' },
  { cell: 'console.log("100%", 1)', prints: '100% 1' },
  { cell: 'console.log("%% %s", 1)', prints: '% 1' },
  { cell: 'console.log("%x", 1)', prints: '%x 1' },
  { cell: 'console.log("%s", Symbol("a"), 1n, -0)', prints: 'Symbol(a) 1n -0' },
  { cell: 'console.log("%s", -0)', prints: '-0' },
  { cell: 'console.log("%s", 5n)', prints: '5n' },
  {
    cell: 'console.log("%s", function f() {})',
    prints: '[Function: f]',
    unlikeNode: { printed: hiddenText },
  },
  { cell: 'console.log("%s", class A {})', prints: '[class A]', unlikeNode: { printed: hiddenText } },
  { cell: 'console.log("%s", null, undefined)', prints: 'null undefined' },
  { cell: 'console.log("%s", new Date(0))', prints: '1970-01-01T00:00:00.000Z' },
  { cell: 'console.log("%s", [1, [2, [3]]])', prints: '[ 1, [Array] ]' },
  { cell: 'console.log("%s", "a\\nb")', prints: 'a\nb' },
  { cell: 'console.log("%d", {})', prints: 'NaN' },
  { cell: 'console.log("%d", "")', prints: '0' },
  { cell: 'console.log("%f", "x")', prints: 'NaN' },
  {
    cell: 'console.log("%s", new (class A { toString() { return "custom" } })())',
    prints: 'A {}',
    unlikeNode: { printed: noGuestCode },
  },
  { cell: 'console.log("%s", Object.create(null))', prints: '[Object: null prototype] {}' },
  { cell: 'console.log("%j", undefined)', prints: 'undefined' },
  { cell: 'console.log({ s: "x" }, ["y"], "z")', prints: "{ s: 'x' } [ 'y' ] z" },
  { cell: 'console.log("a\\nb")', prints: 'a\nb' },
  { cell: 'console.log([1.5, "x", null, undefined, true])', prints: "[ 1.5, 'x', null, undefined, true ]" },
  { cell: 'console.log(new Map([["a", 1]]), new Set([1]))', prints: "Map(1) { 'a' => 1 } Set(1) { 1 }" },
  { cell: 'console.log(Symbol("x"), 10n, -0)', prints: 'Symbol(x) 10n -0' },
  { cell: 'console.log("😀", "日本")', prints: '😀 日本' },
  { cell: 'console.log({ a: { b: { c: { d: 1 } } } })', prints: '{ a: { b: { c: [Object] } } }' },
  {
    cell: 'console.log("x".repeat(300))',
    prints:
      'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  },
  {
    cell: 'console.log([["x".repeat(30), "y".repeat(30), "z".repeat(30)]])',
    prints:
      "[\n  [\n    'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',\n    'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy',\n    'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz'\n  ]\n]",
  },
  {
    cell: 'console.info("i"); console.warn("w"); console.error("e"); console.debug("d")',
    prints: 'i\nw\ne\nd',
  },
  {
    cell: 'console.group("G"); console.log("in"); console.groupEnd(); console.log("out")',
    prints: 'G\n  in\nout',
  },
  {
    cell: 'console.group(); console.log("a\\nb"); console.group("H"); console.log({ a: 1, b: "x".repeat(80) })',
    prints:
      "  a\n  b\n  H\n    {\n      a: 1,\n      b: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'\n    }",
  },
  { cell: 'console.groupEnd(); console.log("still")', prints: 'still' },
  {
    cell: 'console.group("a", "b"); console.table([{ x: 1 }])',
    prints:
      'a b\n  ┌─────────┬───┐\n  │ (index) │ x │\n  ├─────────┼───┤\n  │ 0       │ 1 │\n  └─────────┴───┘',
  },
  { cell: 'console.groupCollapsed("c"); console.log(1)', prints: 'c\n  1' },
  {
    cell: 'console.table([{ a: 1, b: "x" }, { a: 2, c: true }])',
    prints:
      "┌─────────┬───┬─────┬──────┐\n│ (index) │ a │ b   │ c    │\n├─────────┼───┼─────┼──────┤\n│ 0       │ 1 │ 'x' │      │\n│ 1       │ 2 │     │ true │\n└─────────┴───┴─────┴──────┘",
  },
  {
    cell: 'console.table([[1, 2], [3, 4]])',
    prints:
      '┌─────────┬───┬───┐\n│ (index) │ 0 │ 1 │\n├─────────┼───┼───┤\n│ 0       │ 1 │ 2 │\n│ 1       │ 3 │ 4 │\n└─────────┴───┴───┘',
  },
  {
    cell: 'console.table([1, "two", { three: 3 }])',
    prints:
      "┌─────────┬───────┬────────┐\n│ (index) │ three │ Values │\n├─────────┼───────┼────────┤\n│ 0       │       │ 1      │\n│ 1       │       │ 'two'  │\n│ 2       │ 3     │        │\n└─────────┴───────┴────────┘",
  },
  {
    cell: 'console.table([{ a: 1, b: 2 }], ["b"])',
    prints: '┌─────────┬───┐\n│ (index) │ b │\n├─────────┼───┤\n│ 0       │ 2 │\n└─────────┴───┘',
  },
  {
    cell: 'console.table({ r1: { c: 1 }, r2: { c: 2 } })',
    prints:
      '┌─────────┬───┐\n│ (index) │ c │\n├─────────┼───┤\n│ r1      │ 1 │\n│ r2      │ 2 │\n└─────────┴───┘',
  },
  {
    cell: 'console.table(new Map([["k", 1]]))',
    prints:
      "┌───────────────────┬─────┬────────┐\n│ (iteration index) │ Key │ Values │\n├───────────────────┼─────┼────────┤\n│ 0                 │ 'k' │ 1      │\n└───────────────────┴─────┴────────┘",
  },
  {
    cell: 'console.table(new Set([1]))',
    prints:
      '┌───────────────────┬────────┐\n│ (iteration index) │ Values │\n├───────────────────┼────────┤\n│ 0                 │ 1      │\n└───────────────────┴────────┘',
  },
  { cell: 'console.table(5)', prints: '5' },
  { cell: 'console.table("text")', prints: 'text' },
  { cell: 'console.table(null)', prints: 'null' },
  { cell: 'console.table([])', prints: '┌─────────┐\n│ (index) │\n├─────────┤\n└─────────┘' },
  {
    cell: 'console.table([{ a: { b: 1 } }])',
    prints:
      '┌─────────┬──────────┐\n│ (index) │ a        │\n├─────────┼──────────┤\n│ 0       │ { b: 1 } │\n└─────────┴──────────┘',
  },
  {
    cell: 'console.table([{ name: "日本" }])',
    prints:
      "┌─────────┬────────┐\n│ (index) │ name   │\n├─────────┼────────┤\n│ 0       │ '日本' │\n└─────────┴────────┘",
  },
  {
    cell: 'console.table([new Date(0)])',
    prints: '┌─────────┐\n│ (index) │\n├─────────┤\n│ 0       │\n└─────────┘',
  },
  { cell: 'console.table([[]])', prints: '┌─────────┐\n│ (index) │\n├─────────┤\n│ 0       │\n└─────────┘' },
  {
    cell: 'console.table([{ a: undefined, b: null }])',
    prints:
      '┌─────────┬───────────┬──────┐\n│ (index) │ a         │ b    │\n├─────────┼───────────┼──────┤\n│ 0       │ undefined │ null │\n└─────────┴───────────┴──────┘',
  },
  {
    cell: 'console.table([1], ["x"])',
    prints: '┌─────────┬───┐\n│ (index) │ x │\n├─────────┼───┤\n│ 0       │   │\n└─────────┴───┘',
  },
  { cell: 'console.table(undefined)', prints: 'undefined' },
  { cell: 'console.dir({ a: { b: { c: { d: 1 } } } })', prints: '{ a: { b: { c: [Object] } } }' },
  { cell: 'console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 })', prints: '{ a: [Object] }' },
  {
    cell: 'console.dir({ a: { b: { c: { d: 1 } } } }, { depth: null })',
    prints: '{\n  a: { b: { c: { d: 1 } } }\n}',
  },
  { cell: 'console.dir("s")', prints: "'s'" },
  { cell: 'console.dir([1, 2], { colors: true })', prints: '[ 1, 2 ]', unlikeNode: { printed: noColours } },
  {
    cell: 'console.dir({ a: 1, [Symbol("s")]: 2 }, { showHidden: false })',
    prints: '{ a: 1, [Symbol(s)]: 2 }',
  },
  { cell: 'console.dir({ b: 1, a: 2 }, { sorted: true })', prints: '{ a: 2, b: 1 }' },
  { cell: 'console.dir([1, 2, 3, 4], { maxArrayLength: 2 })', prints: '[ 1, 2, ... 2 more items ]' },
  { cell: 'console.dir("abcdef", { maxStringLength: 3 })', prints: "'abc'... 3 more characters" },
  { cell: 'console.dir({ a: { b: {} } }, { compact: false })', prints: '{\n  a: {\n    b: {}\n  }\n}' },
  { cell: 'console.dir({ a: 1, b: 2 }, { breakLength: 5 })', prints: '{\n  a: 1,\n  b: 2\n}' },
  { cell: 'console.dir({ get a() { return 1 } }, { getters: false })', prints: '{ a: [Getter] }' },
  { cell: 'console.dir(1, 2, 3)', prints: '1' },
  { cell: 'console.dir()', prints: 'undefined' },
  { cell: 'console.dirxml([1], "a")', prints: '[ 1 ] a' },
  {
    cell: 'console.count(); console.count(); console.count("x"); console.countReset(); console.count()',
    prints: 'default: 1\ndefault: 2\nx: 1\ndefault: 1',
  },
  {
    cell: 'console.countReset("none")',
    prints: "Count for 'none' does not exist",
    unlikeNode: { printed: warnings },
  },
  { cell: 'console.assert(true, "no")', value: ['undefined', 'undefined'] },
  { cell: 'console.assert(false)', prints: 'Assertion failed' },
  { cell: 'console.assert(false, "msg %s", 1)', prints: 'Assertion failed: msg 1' },
  {
    cell: 'console.assert(false, { a: 1 })',
    prints: 'Assertion failed: { a: 1 }',
    unlikeNode: { printed: standardAssert },
  },
  { cell: 'console.assert(0, 1, 2)', prints: 'Assertion failed: 1 2' },
  {
    cell: 'console.timeEnd("none")',
    prints: "No such label 'none' for console.timeEnd()",
    unlikeNode: { printed: warnings },
  },
  {
    cell: 'console.timeLog("none")',
    prints: "No such label 'none' for console.timeLog()",
    unlikeNode: { printed: warnings },
  },
  { cell: 'const { log } = console; log("detached")', prints: 'detached' },
  { cell: 'console.log(new Error("m").message)', prints: 'm' },
  { cell: 'console.log("%s", new Error("m").message)', prints: 'm' },
  { cell: 'console.log(Promise.resolve(1))', prints: 'Promise { 1 }', unlikeNode: { printed: marks } },
  { cell: 'console.log("%s %O", "a", [{ b: 1 }])', prints: 'a [ { b: 1 } ]' },
  { cell: 'console.log("%5d", 1)', prints: '%5d 1' },
  { cell: 'console.log("%", 1)', prints: '% 1' },
  { cell: 'console.log("%s")', prints: '%s' },
  { cell: 'console.log(undefined)', prints: 'undefined' },
  { cell: 'console.log("a", "%s", "b")', prints: 'a %s b' },
  { cell: 'console.log(1, "%s", "b")', prints: '1 %s b' },
  { cell: 'console.log("%o", [1, 2])', prints: '[ 1, 2 ]', unlikeNode: { printed: hiddenProperties } },
  {
    cell: 'console.log("%o", function f() {})',
    prints: '[Function: f]',
    unlikeNode: { printed: hiddenProperties },
  },
  { cell: 'console.log("%i", 1e21)', prints: '1' },
  { cell: 'console.log("%d", "0x10")', prints: '16' },
  { cell: 'console.log("%d", true)', prints: '1' },
  { cell: 'console.log("%i", true)', prints: 'NaN' },
  { cell: 'console.log("%f", 1.50)', prints: '1.5' },
  { cell: 'console.log("%s", 1.50)', prints: '1.5' },
  { cell: 'console.log("%d", Symbol("x"))', prints: 'NaN' },
  { cell: 'console.log("%s", { a: [1, 2, { b: 1 }] })', prints: '{ a: [Array] }' },
  { cell: 'console.log("%s", "x".repeat(20), { a: 1 })', prints: 'xxxxxxxxxxxxxxxxxxxx { a: 1 }' },
  { cell: 'console.log("%j", "s"); console.log("%j", 5n)', prints: '"s"\n5n', unlikeNode: { ends: noThrow } },
];

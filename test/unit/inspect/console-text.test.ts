import assert from 'node:assert/strict';
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { runInThisContext } from 'node:vm';
import { consolePayload } from '../../../server/runtime/worker/inspect/console-text.js';
import type { ResolveFrame } from '../../../server/runtime/worker/inspect/frames.js';
import { TestGuest } from '../guest/test-guest.js';

/** What node's own console prints for a call, both streams together. */
function printedByNode(call: string): string {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const run = runInThisContext(`(console) => { ${call} }`) as (console: Console) => void;
  run(new Console({ stdout: stream, stderr: stream }));
  return text;
}

const likeNode = [
  'console.log()',
  'console.log("plain")',
  'console.log("two", "words", 3, true, null, undefined)',
  'console.log({ a: "x" }, ["y"], "z")',
  'console.log("100%", 1)',
  'console.log("%s is %d years and %i days", "Bob", 42.5, 7.9)',
  'console.log("%s", { a: { b: 1 } })',
  'console.log("%s %s %s", null, undefined, Symbol("s"))',
  'console.log("%s", -0, 12n)',
  'console.log("%d %d %d", "0x10", "", {})',
  'console.log("%d", true, 5n, Symbol("x"))',
  'console.log("%d %i", 5n, 6n)',
  'console.log("%i %i %i", "42px", 4.9, "x")',
  'console.log("%f %f", "1.50abc", "x")',
  'console.log("%j %j", { a: [1, "x"] }, "text")',
  'console.log("%O", { a: { b: { c: { d: 1 } } } })',
  'console.log("%c styled", "color: red")',
  'console.log("%% %s %%", 1)',
  'console.log("%%")',
  'console.log("%s")',
  'console.log("%s %s", 1)',
  'console.log("%x %s", 1)',
  'console.log("%s", 1, 2, { a: 1 })',
  'console.log("trailing %", 1)',
  'console.log(5, "%s", 6)',
  'console.log("line\\nline")',
  'console.info("i"); console.debug("d"); console.warn("w"); console.error("e")',
  'console.dir({ a: { b: { c: { d: 1 } } } })',
  'console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 })',
  'console.dir({ a: { b: { c: { d: 1 } } } }, { depth: null })',
  'console.dir("quoted")',
  'console.dirxml("a", { b: 1 })',
  'console.group("outer", 1); console.log("a\\nb"); console.group(); console.log({ x: 1 }); console.groupEnd(); console.log("c"); console.groupEnd(); console.groupEnd(); console.log("d")',
  'console.groupCollapsed("g"); console.table([{ a: 1 }]); console.groupEnd()',
  'console.count(); console.count("x"); console.count(); console.countReset(); console.count()',
  'console.assert(true, "no"); console.assert(false); console.assert(false, "why %s", 1); console.assert(0, "%d%%", 5)',
  'console.table([{ a: 1, b: "x" }, { a: 2, c: true }])',
  'console.table([[1, 2], [3, 4]])',
  'console.table([1, "two", null])',
  'console.table([1, { a: 2 }])',
  'console.table({ x: { a: 1 }, y: { a: 2 } })',
  'console.table([{ a: 1, b: 2 }], ["b"])',
  'console.table([{ a: 1, b: 2 }, 5], ["b", "z"])',
  'console.table(new Map([["k", 1], [{ o: 1 }, [2]]]))',
  'console.table(new Set(["a", { b: 1 }]))',
  'console.table([])',
  'console.table({})',
  'console.table("text")',
  'console.table(5)',
  'console.table([{ deep: { x: 1 } , wide: { a: 1, b: 2, c: 3 }, list: [1, 2, 3, 4, 5] }])',
  'console.table([{ 名前: "日本", b: "x" }])',
  'console.table([, { a: 1 }])',
];

describe('what the console prints', () => {
  for (const call of likeNode) {
    it(`for ${call} is what node prints`, async () => {
      const guest = await TestGuest.open();
      try {
        guest.run(call);
        const printed = guest.printed
          .map((message) => consolePayload(message, () => undefined).text + '\n')
          .join('');
        assert.equal(printed, printedByNode(call));
      } finally {
        guest.close();
      }
    });
  }
});

const resolve: ResolveFrame = ({ function: name, line, column }) => ({
  frame: { line, column, ...(name !== undefined && { function: name }) },
  file: 'a.js',
});

describe('a console event', () => {
  let guest: TestGuest;
  beforeEach(async () => {
    guest = await TestGuest.open();
  });
  afterEach(() => guest.close());

  const payloads = () => guest.printed.map((message) => consolePayload(message, resolve));

  it('has the level, the arguments as values, and how many groups are open', () => {
    guest.run('console.group("g"); console.warn("n is", 5, { a: [1] }); console.groupEnd()');
    assert.deepEqual(payloads(), [
      { level: 'log', text: 'g', args: [{ type: 'string', preview: "'g'", json: 'g' }], group: 0 },
      {
        level: 'warn',
        text: '  n is 5 { a: [ 1 ] }',
        args: [
          { type: 'string', preview: "'n is'", json: 'n is' },
          { type: 'number', preview: '5', json: 5 },
          { type: 'Object', preview: '{ a: [ 1 ] }', json: { a: [1] } },
        ],
        group: 1,
      },
    ]);
  });

  it('has the whole of a long string, and a preview of it', () => {
    guest.run('console.log("x".repeat(300000))');
    const [payload] = payloads();
    assert.equal(payload?.text.length, 300_000);
    assert.ok((payload.args[0]?.preview.length ?? 0) < 10_200);
    assert.equal(payload.args[0]?.truncated, true);
  });

  it('of trace names where it was called, without the kernel', () => {
    guest.run('function f() { console.trace("here %d", 1) }\nf()');
    assert.equal(payloads()[0]?.text, 'Trace: here 1\n    at f (a.js:1:29)\n    at a.js:2:2');
  });

  it('of an error has its stack', () => {
    guest.run('console.error("failed:", new TypeError("bad"))');
    assert.equal(payloads()[0]?.text, 'failed: TypeError: bad\n    at a.js:1:39');
  });

  it('of a clock has the label and the time, and warns where there is none', () => {
    guest.run(
      'console.time("t%s"); console.timeLog("t%s", 1); console.timeEnd("t%s"); console.timeEnd("t%s"); console.time(); console.time()',
    );
    const [log, end, none, twice] = payloads();
    assert.match(log?.text ?? '', /^t%s: \d+ms 1$/);
    assert.match(end?.text ?? '', /^t%s: \d+ms$/);
    assert.deepEqual([none?.level, none?.text], ['warn', "No such label 't%s' for console.timeEnd()"]);
    assert.equal(twice?.text, "Label 'default' already exists for console.time()");
  });

  it('of a failed assertion shows what it was given', () => {
    guest.run('console.assert(1 > 2, { a: 1 })');
    assert.deepEqual([payloads()[0]?.level, payloads()[0]?.text], ['error', 'Assertion failed: { a: 1 }']);
  });

  it('of a clock does not believe a Date that the guest replaced', () => {
    guest.run('let now = 0; Date.now = () => (now += 1e9); console.time(); console.timeEnd()');
    assert.match(payloads()[0]?.text ?? '', /^default: \d+ms$/);
  });
});

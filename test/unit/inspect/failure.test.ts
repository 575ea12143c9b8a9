import assert from 'node:assert/strict';
import { Failure } from '../../../shared/models.js';
import { failureOf } from '../../../server/runtime/worker/inspect/failure.js';
import { shownFrames, type ResolveFrame } from '../../../server/runtime/worker/inspect/frames.js';
import { TestGuest } from '../guest/test-guest.js';

const resolve: ResolveFrame = ({ file, line, column, function: name }) => ({
  frame: { path: file.slice(1), line, column, ...(name !== undefined && { function: name }) },
  file: file.slice(1),
});

/** What a client gets when this cell, which is called `cell.js`, throws. */
async function thrownBy(cell: string): Promise<Failure> {
  const guest = await TestGuest.open();
  try {
    const { state, node } = guest.cell(cell, '/cell.js');
    assert.equal(state, 'rejected');
    return Failure.parse(failureOf(node, resolve));
  } finally {
    guest.close();
  }
}

describe('a failure', () => {
  it('has name, message, and the frames of the user, innermost first', async () => {
    assert.deepEqual(await thrownBy('function f() {\n  null.x\n}\nf()'), {
      name: 'TypeError',
      message: "cannot read property 'x' of null",
      stack: "TypeError: cannot read property 'x' of null\n    at f (cell.js:2:7)\n    at cell.js:4:2",
      frames: [
        { path: 'cell.js', line: 2, column: 7, function: 'f' },
        { path: 'cell.js', line: 4, column: 2 },
      ],
    });
  });

  it('of a syntax error has its place', async () => {
    const { name, frames } = await thrownBy('1;\n2;\nlet x = ;');
    assert.equal(name, 'SyntaxError');
    assert.deepEqual(frames, [{ path: 'cell.js', line: 3, column: 9 }]);
  });

  it('does not show native functions and the kernel', async () => {
    const { frames } = await thrownBy('[1].map(() => setTimeout("code"))');
    assert.deepEqual(
      frames.map(({ line, column }) => [line, column]),
      [
        [1, 25],
        [1, 8],
      ],
    );
  });

  it('of an error class without a name of its own has the name of the class', async () => {
    const { name, stack } = await thrownBy('class AppError extends Error {} throw new AppError("m")');
    assert.equal(name, 'AppError');
    assert.match(stack, /^AppError: m\n/);
  });

  it('nests its causes, errors or not', async () => {
    const failure = await thrownBy(
      'throw new Error("a", { cause: new TypeError("b", { cause: { code: 7 } }) })',
    );
    assert.equal(failure.cause?.name, 'TypeError');
    assert.equal(failure.cause.frames.length, 1);
    assert.deepEqual(failure.cause.cause, {
      name: 'Object',
      message: '{ code: 7 }',
      stack: 'Uncaught { code: 7 }',
      frames: [],
    });
  });

  it('ends where a cause is the error itself', async () => {
    const failure = await thrownBy('const e = new Error("loop"); e.cause = e; throw e');
    assert.equal(failure.cause, undefined);
  });

  it('of many errors names them', async () => {
    const { name, stack } = await thrownBy(
      'await Promise.any([Promise.reject(new TypeError("a")), Promise.reject(2)])',
    );
    assert.equal(name, 'AggregateError');
    assert.match(stack, /\n {2}\[errors\]\[0\] TypeError: a\n {2}\[errors\]\[1\] 2$/);
  });

  const others: [expression: string, name: string, message: string][] = [
    ['42', 'number', '42'],
    ['null', 'null', 'null'],
    ['undefined', 'undefined', 'undefined'],
    ['"text"', 'string', "'text'"],
    ['{ code: 1 }', 'Object', '{ code: 1 }'],
    ['Symbol("s")', 'symbol', 'Symbol(s)'],
  ];
  for (const [expression, name, message] of others) {
    it(`of throw ${expression} says what was thrown`, async () => {
      const failure = await thrownBy(`throw ${expression}`);
      assert.deepEqual(failure, { name, message, stack: `Uncaught ${message}`, frames: [] });
    });
  }

  it('has the code that the host knows', () => {
    const node = { kind: 'error', class: 'Error', name: 'Error', message: 'm' } as const;
    assert.equal(failureOf(node, resolve, 'MODULE_NOT_ALLOWED').code, 'MODULE_NOT_ALLOWED');
  });

  it('of endless recursion has few of its frames', async () => {
    const { name, frames } = await thrownBy('function f() { f() } f()');
    assert.equal(name, 'InternalError');
    assert.ok(frames.length <= 25);
  });

  it('survives a stack that the guest made up', async () => {
    const failure = await thrownBy(
      'const e = new Error("m"); e.stack = "    at evil (/a b.js:0:0)\\nnonsense\\n    at (((:1:1)\\n    at x (y:1e9:z)"; throw e',
    );
    assert.ok(failure.frames.every(({ line, column }) => line >= 1 && column >= 1));
  });
});

describe('the frames of a stack', () => {
  it('keep odd function and file names apart', () => {
    const stack = [
      '    at a b (c) (/x y/(z).js:1:2)',
      '    at <anonymous> (/n.js:3:4)',
      '    at <eval> (/e.js:5:6)',
      '    at native (native)',
      '    at k (vm:kernel:7:8)',
      '    at file:///lib/a.js?v=2:9:10',
    ].join('\n');
    const shown = shownFrames(stack, (frame) => ({
      frame: { line: frame.line, column: frame.column },
      file: `${frame.function}|${frame.file}`,
    }));
    assert.deepEqual(
      shown.map(({ file, frame }) => [file, frame.line, frame.column]),
      [
        ['a b (c)|/x y/(z).js', 1, 2],
        ['undefined|/n.js', 3, 4],
        ['undefined|/e.js', 5, 6],
        ['undefined|file:///lib/a.js?v=2', 9, 10],
      ],
    );
  });
});

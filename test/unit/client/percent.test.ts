import assert from 'node:assert/strict';
import { type Cell, parsePercent, printPercent } from '../../../client/notebook/percent.js';

/** Files as people, tools and accidents leave them. */
const files: Readonly<Record<string, string>> = {
  'an empty file': '',
  'a byte order mark alone': '\uFEFF',
  'blank lines alone': '\n\n  \n',
  'a script without markers': 'const a = 1;\nconsole.log(a);\n',
  'a script without a final line end': 'const a = 1;',
  'one cell': '// %%\nconst x = 20\n',
  'cells without blank lines between': '// %%\n1\n// %%\n2\n// %%\n3',
  'cells with many blank lines between': '// %%\n1\n\n\n\n// %%\n2\n\n\n',
  'empty cells': '// %%\n// %%\n\n// %%',
  'Windows line ends': '// %%\r\nconst x = 1\r\n\r\n// %% [markdown]\r\n// # Hi\r\n//\r\n// there\r\n',
  'old Mac line ends': '// %%\rconst x = 1\r// %%\rx\r',
  'mixed line ends': '// %%\r\nconst x = 1\nconst y = 2\r\n\n// %%\nx\r\n',
  'a byte order mark and a marker': '\uFEFF// %%\n1\n',
  'a byte order mark and code': '\uFEFFconst a = 1\n',
  'a #! line': '#!/usr/bin/env node\n\n// %%\n1\n',
  'a byte order mark before a #! line': '\uFEFF#!/usr/bin/env node\n// %%\n1\n',
  'a preamble before the first marker': "'use strict';\n\n// %%\n1\n",
  'markers with titles and metadata': '// %% Load {"tags":["slow"]}\n1\n// %%\t\n2\n',
  'Markdown cells': '// %% [markdown]\n// # Title\n//\n//no space\n//   three\n\n// %%\n1\n',
  'Markdown with its short name': '// %% Notes [md]\n// text\n',
  'code right below Markdown': '// %% [markdown]\n// # Title\nconst x = 1\n\n// %%\nx\n',
  'blank lines inside Markdown': '// %% [markdown]\n// a\n\n// b\n// %%\n',
  'almost markers': '//%%\n // %%\n// %%%\n// %%x\n/* // %% */\n`\n// %% inside a template string\n`\n',
  'trailing spaces': '// %%   \n  1  \n \n\t\n// %% \n2\n',
  'line separators of JavaScript only': '// %%\nconst s = "\u2028"\u2029\n// %%\n2\n',
  'a file that ends in a marker': '1\n// %%',
  'other scripts and emoji': '// %% 見出し 🎈\nconst 名 = "🎈"\n',
};

const texts = (text: string) => parsePercent(text).cells.map(({ kind, text }) => ({ kind, text }));

/** The file with one cell's text replaced, as an edit in a notebook does. */
function edited(file: string, index: number, text: string): string {
  const parsed = parsePercent(file);
  const cells = parsed.cells.map((cell, at) => (at === index ? { ...cell, text } : cell));
  return printPercent({ ...parsed, cells });
}

describe('the percent format', () => {
  for (const [name, text] of Object.entries(files)) {
    it(`keeps every byte of ${name}`, () => {
      assert.equal(printPercent(parsePercent(text)), text);
    });

    it(`keeps ${name} when the editor gives its cells back with Windows line ends`, () => {
      const parsed = parsePercent(text);
      const cells = parsed.cells.map((cell) => ({ ...cell, text: cell.text.replaceAll('\n', '\r\n') }));
      assert.equal(printPercent({ ...parsed, cells }), text);
    });

    it(`reads the same cells again after each cell of ${name} was edited`, () => {
      for (const [index, { kind }] of parsePercent(text).cells.entries()) {
        const once = edited(text, index, 'edited\n\nlast');
        const expected = texts(text).map((cell, at) =>
          at === index ? { kind, text: 'edited\n\nlast' } : cell,
        );
        assert.deepEqual(texts(once), expected);
      }
    });
  }

  it('shows code as it is and Markdown without its comment signs', () => {
    assert.deepEqual(texts('// %% [markdown]\n// # Title\n//\n// text\n\n// %%\n// a comment\n1\n'), [
      { kind: 'markdown', text: '# Title\n\ntext' },
      { kind: 'code', text: '// a comment\n1' },
    ]);
  });

  it('takes what stands before the first marker as a cell', () => {
    assert.deepEqual(texts("'use strict';\n// %%\n1\n"), [
      { kind: 'code', text: "'use strict';" },
      { kind: 'code', text: '1' },
    ]);
  });

  it('takes code right below Markdown as a cell of its own, so that it still runs', () => {
    assert.deepEqual(texts('// %% [markdown]\n// # Title\nconst x = 1\n'), [
      { kind: 'markdown', text: '# Title' },
      { kind: 'code', text: 'const x = 1' },
    ]);
  });

  it('changes only the lines of the cell that was edited', () => {
    const before = '\uFEFF#!/usr/bin/env node\r\n// %% One {"a":1}\r\n1\r\n\r\n\r\n// %%\r\n2\r\n// %%  \n3';
    assert.equal(
      edited(before, 1, 'two()\nx'),
      '\uFEFF#!/usr/bin/env node\r\n// %% One {"a":1}\r\n1\r\n\r\n\r\n// %%\r\ntwo()\r\nx\r\n// %%  \n3',
    );
  });

  it('writes added cells with a marker and a blank line between', () => {
    const cells: Cell[] = [
      { kind: 'code', text: 'const x = 20' },
      { kind: 'markdown', text: '# Sum\n\nof two' },
      { kind: 'code', text: 'x + 22' },
    ];
    assert.equal(
      printPercent({ head: '', eol: '\n', cells }),
      '// %%\nconst x = 20\n\n// %% [markdown]\n// # Sum\n//\n// of two\n\n// %%\nx + 22\n',
    );
  });

  it('separates a cell added below a last line without line end', () => {
    const parsed = parsePercent('// %%\n1');
    const cells: Cell[] = [...parsed.cells, { kind: 'code', text: '2' }];
    assert.equal(printPercent({ ...parsed, cells }), '// %%\n1\n\n// %%\n2\n');
  });

  it('marks a cell that had no marker when it no longer stands first', () => {
    const parsed = parsePercent('first()\n// %%\nsecond()\n');
    assert.equal(
      printPercent({ ...parsed, cells: parsed.cells.toReversed() }),
      '// %%\nsecond()\n// %%\nfirst()\n',
    );
  });

  it('writes a cell that became Markdown as comments', () => {
    const parsed = parsePercent('// %%\nalert(1)\n');
    const cells = parsed.cells.map((cell): Cell => ({ ...cell, kind: 'markdown' }));
    assert.equal(printPercent({ ...parsed, cells }), '// %% [markdown]\n// alert(1)\n');
  });

  it('keeps a line of Markdown that looks like a marker', () => {
    const text = printPercent({ head: '', eol: '\n', cells: [{ kind: 'markdown', text: 'a\n%% b' }] });
    assert.deepEqual(texts(text), [{ kind: 'markdown', text: 'a\n%% b' }]);
  });
});

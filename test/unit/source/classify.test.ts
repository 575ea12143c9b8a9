import assert from 'node:assert/strict';
import { classifyFile } from '../../../server/runtime/worker/source/classify.js';

const files: [path: string, text: string, kind: 'script' | 'module'][] = [
  ['a.js', '', 'script'],
  ['a.js', '1 + 1', 'script'],
  ['a.js', 'import x from "./x.js"; x', 'script'],
  ['a.js', 'await 1', 'script'],
  ['a.js', 'export const a = 1', 'module'],
  ['a.js', 'export default 1', 'module'],
  ['a.js', 'const a = 1;\nexport { a }', 'module'],
  ['a.js', 'export * from "./b.js"', 'module'],
  ['a.js', '#!/usr/bin/env node\r\nexport {}', 'module'],
  ['a.js', 'import.meta.url', 'module'],
  ['a.js', 'f(import . meta)', 'module'],
  ['a.js', 'x.import.meta', 'script'],
  ['a.js', '"export"; "import.meta"', 'script'],
  ['a.js', '// export const a = 1\n/* import.meta */ 1', 'script'],
  ['a.js', '`\nexport const a = 1\n`', 'script'],
  ['a.js', '/export|import.meta/.test("")', 'script'],
  ['a.js', 'const o = { export: 1 }; o.export', 'script'],
  ['a.js', 'export const broken = ;', 'module'],
  ['a.js', 'let broken = "export', 'script'],
  ['a.mjs', '1 + 1', 'module'],
  ['a.MJS', '', 'module'],
  ['a.cjs', 'module.exports = 1', 'script'],
  ['dir.mjs/a.js', '1', 'script'],
  ['a.js', `export const long = 1;${' '.repeat(600_000)}`, 'module'],
];

describe('a file', () => {
  for (const [path, text, kind] of files) {
    it(`${path} with ${JSON.stringify(text.slice(0, 60))} is a ${kind}`, () => {
      assert.equal(classifyFile(path, text), kind);
    });
  }
});

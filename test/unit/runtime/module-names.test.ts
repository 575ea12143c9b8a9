import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import { folderOf, identityOf, pathOf, urlOf } from '../../../server/runtime/module-names.js';
import { literal } from '../../../server/runtime/worker/module-text.js';

describe('module names', () => {
  for (const path of ['a.js', 'lib/b c.js', 'odd?#%25\\.js', 'ü/日本.mjs']) {
    it(`lead from ${path} to a URL and back, whatever the version`, () => {
      assert.equal(pathOf(urlOf(path)), path);
      assert.equal(pathOf(identityOf(path, 'v=3')), path);
    });
  }

  it('are told from other names', () => {
    assert.equal(pathOf('vm:cell/1'), undefined);
    assert.equal(pathOf('file:///%zz'), undefined);
  });

  it('know their folder', () => {
    assert.deepEqual([folderOf('a.js'), folderOf('x/y/a.js')], ['', 'x/y']);
  });
});

describe('JSON as JavaScript', () => {
  for (const json of [
    '{"__proto__": 1}',
    '{"a\\"__proto__":1}',
    '["\\"__proto__\\":"]',
    '{"x":{"__proto__" : {}}}',
  ]) {
    it(`has the same value: ${json}`, () => {
      const value: unknown = runInNewContext(`(${literal(json)})`);
      assert.equal(JSON.stringify(value), JSON.stringify(JSON.parse(json)));
    });
  }
});

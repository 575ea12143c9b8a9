import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { libraries } from '../../server/core/catalog/libraries.js';

const { dependencies, devDependencies } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as Record<'dependencies' | 'devDependencies', Record<string, string>>;

describe('the library catalogue', () => {
  for (const { id, version } of libraries) {
    it(`offers ${id} in the version that is built into the package`, () => {
      assert.equal(version, { ...dependencies, ...devDependencies }[id]);
    });
  }
});

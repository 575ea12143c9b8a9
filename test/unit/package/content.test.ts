import assert from 'node:assert/strict';
import { packageFaults, requiredFiles, sizeBudget } from '../../../scripts/package/content.js';

const entries = (...names: readonly string[]) =>
  names.map((name) => ({ name, size: 1000, compressedSize: 100 }));

describe('the check of the package', () => {
  it('accepts what the extension needs, its pictures, its texts and the libraries', () => {
    const optional = [
      '[Content_Types].xml',
      'extension/package.nls.json',
      'extension/package.nls.de.json',
      'extension/l10n/bundle.l10n.json',
      'extension/media/view.svg',
      'extension/dist/libraries/lodash.js',
      'extension/dist/libraries/lodash.js.LEGAL.txt',
    ];
    assert.deepEqual(packageFaults(entries(...requiredFiles, ...optional), sizeBudget), []);
  });

  it('names a file that nobody expected', () => {
    for (const name of [
      'extension/dist/server.mjs.map',
      'extension/node_modules/zod/index.js',
      'extension/server/main.ts',
      'extension/.env',
      'extension/media/../notes.svg',
    ]) {
      assert.deepEqual(packageFaults(entries(...requiredFiles, name), 1), [
        `${name} is not on the list of what the package may hold.`,
      ]);
    }
  });

  it('names a file without which the extension would not start', () => {
    const without = requiredFiles.filter((name) => name !== 'extension/dist/quickjs.wasm');
    assert.deepEqual(packageFaults(entries(...without), 1), ['extension/dist/quickjs.wasm is missing.']);
  });

  it('says how far the package is over its budget', () => {
    assert.deepEqual(packageFaults(entries(...requiredFiles), 3_500_001), [
      'The package has 3,500,001 bytes; the budget is 3,500,000.',
    ]);
  });
});

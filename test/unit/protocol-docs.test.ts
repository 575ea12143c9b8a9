import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { page, withGeneratedParts } from '../../scripts/protocol-docs.js';

describe('docs/protocol.md', () => {
  it('says what the code says (npm run docs)', () => {
    const text = readFileSync(page, 'utf8');
    assert.equal(text, withGeneratedParts(text));
  });
});

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { print } from './print.js';
import { extensionId, product } from './product.js';

describe('activation', () => {
  it('is quick, and starts no host', async () => {
    const extension = vscode.extensions.getExtension(extensionId);
    assert.ok(extension, 'the extension is not installed');
    const wasActive = extension.isActive;
    const before = performance.now();
    const { hosts } = await product();
    const took = performance.now() - before;
    print(`      activation took ${took.toFixed(1)} ms`);
    assert.equal(wasActive, false);
    // Far above what is aimed at, 50 ms: a machine that runs tests has other things to do.
    assert.ok(took < 500, `${took} ms`);
    assert.deepEqual(
      hosts.all.map(({ state }) => state.kind),
      ['stopped'],
    );
  });
});

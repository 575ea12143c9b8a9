import assert from 'node:assert/strict';
import { narrowedCapabilities } from '../../../server/core/narrowed-capabilities.js';
import type { Capability, JsonObject } from '../../../shared/models.js';

const rule = (
  kind: Capability['kind'],
  name: string,
  config: JsonObject = {},
  rest: Partial<Capability> = {},
): Capability => ({
  id: 'id',
  templateId: 'template',
  kind,
  name,
  effect: 'allow',
  enabled: true,
  config,
  ...rest,
});
const deny = { effect: 'deny' } as const;

describe('capabilities that become fewer', () => {
  it('are the same when nothing is taken away', () => {
    const held = [rule('fs', 'data/**', { write: true }), rule('env', 'HOME', {}, deny)];
    assert.equal(narrowedCapabilities(held, held), held);
    assert.equal(narrowedCapabilities(held, [...held, rule('module', 'exec')]), held);
    assert.equal(narrowedCapabilities(held, held.slice(0, 1)), held);
  });

  it('lose what is gone, disabled or denied now', () => {
    const held = [rule('env', 'A'), rule('env', 'B'), rule('env', 'C')];
    const current = [rule('env', 'B', {}, { enabled: false }), rule('env', 'C', {}, deny)];
    assert.deepEqual(narrowedCapabilities(held, current), [rule('env', 'C', {}, deny)]);
  });

  it('keep of a config what both allow', () => {
    const narrowed = (kind: Capability['kind'], held: JsonObject, now: JsonObject) =>
      narrowedCapabilities([rule(kind, 'x', held)], [rule(kind, 'x', now)])[0]?.config;
    assert.deepEqual(narrowed('fs', { write: true }, { write: false }), { read: true, write: false });
    assert.deepEqual(narrowed('fs', {}, { read: false, write: true }), { read: false, write: false });
    assert.deepEqual(narrowed('exec', { timeoutMs: 10 }, { timeoutMs: 20 }), { timeoutMs: 10 });
    assert.deepEqual(
      narrowed('exec', { timeoutMs: 20, args: ['a', 'b'] }, { timeoutMs: 10, args: ['b', 'c'] }),
      { timeoutMs: 10, args: ['b'] },
    );
    assert.deepEqual(narrowed('net', {}, { methods: ['GET'] }), { methods: ['GET'] });
    assert.deepEqual(narrowed('net', { methods: ['GET'] }, {}), { methods: ['GET'] });
  });
});

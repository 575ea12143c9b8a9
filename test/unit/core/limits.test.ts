import assert from 'node:assert/strict';
import { lowerLimits } from '../../../server/core/limits.js';

const session = { cpuMs: 2000, wallMs: 0, memMb: 128, maxEvents: 100, maxOutputKb: 0 };

describe('lowerLimits', () => {
  it('takes what the request lowers and keeps the rest', () => {
    assert.deepEqual(lowerLimits(session, { cpuMs: 10, maxOutputKb: 1 }), {
      ...session,
      cpuMs: 10,
      maxOutputKb: 1,
    });
  });

  it('lowers a limit that the session does not have', () => {
    assert.equal(lowerLimits(session, { wallMs: 1000 }).wallMs, 1000);
  });

  it('takes the same limit again', () => {
    assert.deepEqual(lowerLimits(session, session), session);
  });

  for (const asked of [{ cpuMs: 2001 }, { cpuMs: 0 }, { maxEvents: 0 }, { memMb: 129 }]) {
    it(`refuses ${JSON.stringify(asked)}, which would raise one`, () => {
      assert.throws(() => lowerLimits(session, asked), { name: 'VmError', code: 'VALIDATION_ERROR' });
    });
  }
});

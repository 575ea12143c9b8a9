import assert from 'node:assert/strict';
import { updateTemplate } from '../../shared/protocol.js';
import { useHost } from '../support/use-host.js';

describe('a session that was stopped for memory', () => {
  const host = useHost();
  const small = async () => {
    const { id: templateId } = await host.client.template({
      settings: { limits: { memMb: 32, cpuMs: 20_000, wallMs: 0 } },
    });
    return host.client.session({ templateId });
  };

  for (const [what, fill] of [
    ['arrays', 'let a = []; while (true) a.push(new Array(1000).fill(0))'],
    ['strings', 'let a = []; for (let i = 0; ; i++) a.push("x".repeat(1000) + i)'],
    ['records in a map', 'let a = new Map(); for (let i = 0; ; i++) a.set(i, { i })'],
    ['rejections that nobody handles', 'let a = []; for (let i = 0; ; i++) a.push(Promise.reject(i))'],
  ] as const) {
    it(`full of ${what} goes on with what it had before`, async () => {
      const { client } = host;
      const session = await small();
      await client.repl(session, 'let kept = [1, 2, 3]');
      const full = await client.repl(session, fill);
      assert.equal(full.error?.code, 'MEMORY_LIMIT_EXCEEDED', full.error?.message);
      assert.equal((await client.repl(session, 'kept.length')).result?.preview, '3');
      const after = await client.repl(session, 'new Array(1e6).fill(0).length');
      assert.equal(after.result?.preview, '1000000', after.error?.message);
      assert.ok(after.metrics.memoryBytes < 16 * 2 ** 20, `${after.metrics.memoryBytes} bytes`);
    });
  }
});

describe('a session whose memory was filled by honest work', () => {
  const host = useHost();

  it('has it again once what fills it is dropped', async () => {
    const { client } = host;
    const { id: templateId } = await client.template({
      settings: { limits: { memMb: 32, cpuMs: 20_000, wallMs: 0 } },
    });
    const session = await client.session({ templateId });
    // Each leaves some more, none too much at once.
    await client.repl(session, 'let rows = []');
    const add = 'for (let i = 0; i < 20_000; i++) rows.push({ i, text: `row ${i}` }); rows.length';
    for (let i = 0; i < 4; i++) assert.equal((await client.repl(session, add)).status, 'ok');
    assert.equal((await client.repl(session, 'rows = null')).status, 'ok');
    const after = await client.repl(session, 'new Array(1e6).fill(0).length');
    assert.equal(after.result?.preview, '1000000', after.error?.message);
  });
});

describe('limits', () => {
  const host = useHost();

  it('are those of the template when the session was made', async () => {
    const { client } = host;
    const template = await client.template({ settings: { limits: { maxEvents: 5 } } });
    const before = await client.session({ templateId: template.id });
    await client.request(updateTemplate, {
      templateId: template.id,
      settings: { limits: { maxEvents: 1000 } },
    });
    const after = await client.session({ templateId: template.id });
    const prints = 'for (let i = 0; i < 20; i++) console.log(i)';
    assert.equal((await client.repl(before, prints)).error?.code, 'EVENT_LIMIT_EXCEEDED');
    assert.equal((await client.repl(after, prints)).status, 'ok');
    assert.equal(before.runtimeMeta.limits.maxEvents, 5);
  });

  it('of CPU time count only what has the thread', async () => {
    const { client } = host;
    const { id: templateId } = await client.template({ settings: { limits: { cpuMs: 150, wallMs: 0 } } });
    const session = await client.session({ templateId });
    const waits = await client.repl(
      session,
      'for (let i = 0; i < 5; i++) await new Promise((done) => setTimeout(done, 80))',
    );
    assert.equal(waits.status, 'ok', waits.error?.message);
    assert.ok(waits.metrics.wallMs >= 400 && waits.metrics.cpuMs < 100, JSON.stringify(waits.metrics));
    const works = await client.repl(
      session,
      'for (let i = 0; ; i++) { const end = Date.now() + 30; while (Date.now() < end); await new Promise((done) => setTimeout(done, 5)) }',
    );
    assert.equal(works.error?.code, 'CPU_LIMIT_EXCEEDED');
  });
});

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Execution } from '../../shared/models.js';
import { getSession, health, listEvents } from '../../shared/protocol.js';
import { useHost } from '../support/use-host.js';

/** Far above the 100 ms that a person waits gladly: only a blocked host takes this long on a busy machine. */
const promptMs = 1500;

interface Runaway {
  readonly does: string;
  readonly code: string;
  readonly ends: Pick<Execution, 'status'> & { code?: string; name?: RegExp };
}

const runaways: Runaway[] = [
  {
    does: 'an endless loop',
    code: 'while (true) {}',
    ends: { status: 'timeout', code: 'CPU_LIMIT_EXCEEDED' },
  },
  {
    does: 'an endless loop that catches everything',
    code: 'for (;;) { try { for (;;); } catch {} finally { continue; } }',
    ends: { status: 'timeout', code: 'CPU_LIMIT_EXCEEDED' },
  },
  {
    does: 'promises that queue promises',
    code: '(function f() { Promise.resolve().then(f); })(); 0',
    ends: { status: 'timeout', code: 'CPU_LIMIT_EXCEEDED' },
    // The flag may end the chain of promises or miss it, by which of them it meets.
  },
  {
    does: 'an endless loop inside the engine',
    code: 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
    ends: { status: 'timeout', code: 'CPU_LIMIT_EXCEEDED' },
  },
  {
    does: 'one allocation of 10 GB',
    code: 'new Uint8Array(10 * 2 ** 30)',
    ends: { status: 'error', code: 'MEMORY_LIMIT_EXCEEDED' },
  },
  {
    does: '10 GB in small pieces',
    code: '{ const all = []; for (let i = 0; i < 1e6; i++) all.push(new Uint8Array(10_000).fill(i)); }',
    ends: { status: 'error', code: 'MEMORY_LIMIT_EXCEEDED' },
  },
  {
    does: 'a million console lines',
    code: 'for (let i = 0; i < 1e6; i++) console.log("line", i)',
    ends: { status: 'error', code: 'OUTPUT_LIMIT_EXCEEDED' },
  },
  {
    does: 'a million brackets for JSON.parse',
    code: 'JSON.parse("[".repeat(1e6))',
    ends: { status: 'error', name: /SyntaxError|InternalError|RangeError/ },
  },
  {
    does: 'endless recursion',
    code: '(function f() { return f() + 1; })()',
    ends: { status: 'error', name: /InternalError|RangeError/ },
  },
  {
    does: 'an endless comparison in a sort',
    code: '[3, 1, 2].sort(() => { for (;;); })',
    ends: { status: 'timeout', code: 'CPU_LIMIT_EXCEEDED' },
  },
];

describe('a runaway', () => {
  const host = useHost();

  for (const { does, code, ends } of runaways) {
    it(`with ${does} ends at its limit while another session answers`, async () => {
      const { client } = host;
      const template = await client.template();
      const [session, other] = [await client.session({ templateId: template.id }), await client.session()];
      await client.repl(session, 'globalThis.before = "kept"');
      const running = client.repl(session, code);
      const ended = new AbortController();
      void running.then(() => ended.abort());
      let slowest = 0;
      do {
        const asked = performance.now();
        assert.equal((await client.repl(other, '1 + 1')).result?.preview, '2');
        slowest = Math.max(slowest, performance.now() - asked);
      } while (!ended.signal.aborted);
      const execution = await running;
      assert.equal(execution.status, ends.status, JSON.stringify(execution.error));
      assert.equal(execution.error?.code, ends.code);
      if (ends.name !== undefined) assert.match(execution.error?.name ?? '', ends.name);
      assert.ok(slowest < promptMs, `the other session once took ${slowest.toFixed(0)} ms`);
      const { items } = await client.request(listEvents, {
        executionId: execution.id,
        afterSeq: execution.lastSeq - 1,
      });
      assert.equal(items.at(-1)?.type, 'exception');
      const { status } = await client.request(getSession, { sessionId: session.id });
      assert.equal(status, 'ready');
      assert.equal((await client.repl(session, 'before')).result?.json, 'kept');
      assert.equal((await client.request(health, {})).status, 'ok');
    });
  }

  it('whose own source is over the output limit is stopped at once', async () => {
    const { client } = host;
    const { id: templateId } = await client.template({
      settings: { limits: { cpuMs: 0, wallMs: 0, maxOutputKb: 1 } },
    });
    const session = await client.session({ templateId });
    const execution = await client.repl(session, `/*${'x'.repeat(2048)}*/ for (;;);`);
    assert.equal(execution.error?.code, 'OUTPUT_LIMIT_EXCEEDED');
    assert.equal((await client.repl(session, '1')).status, 'ok');
  });

  it('keeps the output that was within the limit and says how much was dropped', async () => {
    const { client } = host;
    const template = await client.template({ settings: { limits: { maxEvents: 10 } } });
    const session = await client.session({ templateId: template.id });
    const execution = await client.repl(session, 'for (let i = 0; i < 50; i++) console.log(i)');
    assert.equal(execution.error?.code, 'EVENT_LIMIT_EXCEEDED');
    const { items } = await client.request(listEvents, { executionId: execution.id });
    assert.deepEqual(
      items.flatMap((event) => (event.type === 'console' ? [event.payload.text] : [])),
      ['0', '1', '2', '3', '4', '5', '6', '7', '8'],
    );
    const notice = items.find((event) => event.type === 'system');
    assert.match(notice?.payload.message ?? '', /More than 10 events\. \d+ later events were dropped\./);
  });
});

describe('time limits', () => {
  const host = useHost();
  const waits4s = `await new Promise((resolve) => setTimeout(resolve, 4000)); 'done'`;

  it('of CPU do not count waiting', async () => {
    const { client } = host;
    const template = await client.template({ settings: { limits: { cpuMs: 2000, wallMs: 0 } } });
    const session = await client.session({ templateId: template.id });
    const execution = await client.repl(session, waits4s);
    assert.equal(execution.status, 'ok');
    assert.ok(execution.metrics.wallMs >= 3990);
    assert.ok(execution.metrics.cpuMs < 1000);
  });

  it('of wall time end a wait at once, and the session keeps its variables', async () => {
    const { client } = host;
    const session = await client.session();
    await client.repl(session, 'globalThis.n = 1');
    const execution = await client.repl(session, `n = 2; ${waits4s}`, { limits: { wallMs: 1000 } });
    assert.equal(execution.status, 'timeout');
    assert.equal(execution.error?.code, 'WALL_LIMIT_EXCEEDED');
    assert.ok(execution.metrics.wallMs < 2500, `${execution.metrics.wallMs} ms`);
    assert.equal((await client.repl(session, 'n')).result?.preview, '2');
  });

  it('drop the timers of what they ended', async () => {
    const { client } = host;
    const session = await client.session();
    await client.repl(session, `globalThis.fired = 0; setInterval(() => fired++, 5); ${waits4s}`, {
      limits: { wallMs: 200 },
      id: randomUUID(),
    });
    const before = await client.repl(session, 'fired');
    const after = await client.repl(
      session,
      `await new Promise((resolve) => setTimeout(resolve, 100)); fired`,
    );
    assert.equal(after.result?.preview, before.result?.preview);
  });

  it('may be lowered by a request and never raised', async () => {
    const { client } = host;
    const template = await client.template();
    const session = await client.session({ templateId: template.id });
    const raised = await client.refusal('vm/executions/repl', {
      sessionId: session.id,
      input: '1',
      limits: { cpuMs: 3000 },
    });
    assert.equal(raised.code, 'VALIDATION_ERROR');
    const small = await client.repl(
      session,
      'new Array(40).fill(0).map(() => new Uint8Array(1e6).fill(1)).length',
      {
        limits: { memMb: 16 },
      },
    );
    assert.equal(small.error?.code, 'MEMORY_LIMIT_EXCEEDED');
    assert.match(small.error.message, /16 MB/);
    const large = await client.repl(
      session,
      'new Array(40).fill(0).map(() => new Uint8Array(1e6).fill(1)).length',
    );
    assert.equal(large.result?.preview, '40');
    const lowered = await client.repl(session, 'for (;;);', { limits: { cpuMs: 100 } });
    assert.equal(lowered.error?.code, 'CPU_LIMIT_EXCEEDED');
    assert.ok(lowered.metrics.cpuMs < 1500, `${lowered.metrics.cpuMs} ms`);
  });
});

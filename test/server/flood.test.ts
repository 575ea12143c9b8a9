import assert from 'node:assert/strict';
import { listEvents } from '../../shared/protocol.js';
import { useHost } from '../support/use-host.js';

const lines = 200_000;

describe('a cell that prints 200,000 lines while the next is queued', () => {
  const host = useHost();

  it('has every line filed under its own execution, in order, and so has the next', async function () {
    this.timeout(120_000);
    const { client } = host;
    const limits = { cpuMs: 0, wallMs: 0, maxEvents: 0, maxOutputKb: 0 };
    const { id: templateId } = await client.template({ settings: { limits } });
    const session = await client.session({ templateId });
    const [flood, next] = await Promise.all([
      client.repl(session, `for (let i = 0; i < ${lines}; i++) console.log('line', i)`),
      client.repl(session, "console.log('next')", { whenBusy: 'queue' }),
    ]);
    assert.deepEqual([flood.status, next.status], ['ok', 'ok']);

    const printed = async (executionId: string): Promise<string[]> => {
      const texts: string[] = [];
      let after = 0;
      for (;;) {
        const { items } = await client.request(listEvents, { executionId, afterSeq: after, limit: 1000 });
        if (items.length === 0) return texts;
        for (const { seq, type, payload } of items) {
          assert.equal(seq, after + 1);
          after = seq;
          if (type === 'console') texts.push(payload.text);
        }
      }
    };
    const texts = await printed(flood.id);
    assert.equal(texts.length, lines);
    assert.equal(
      texts.findIndex((text, index) => text !== `line ${index}`),
      -1,
    );
    assert.deepEqual(await printed(next.id), ['next']);
  });
});

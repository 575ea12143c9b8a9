import assert from 'node:assert/strict';
import { Outbox } from '../../../server/rpc/transport/outbox.js';
import { executionId, healthy, serve, type Served, sessionId, type ServeOptions } from './served.js';

const outbox = { congestedBytes: 100_000, stallMs: 60_000 };

/** A client that was initialized and now reads nothing. */
async function stopped(options: ServeOptions): Promise<Served> {
  const served = serve(options);
  await served.client.initialize();
  served.fromHost.pause();
  return served;
}

function emitLines(served: Served, first: number, last: number): void {
  for (let seq = first; seq <= last; seq += 1) {
    served.core.changes.emit({
      kind: 'events',
      sessionId,
      executionId,
      events: [
        {
          executionId,
          seq,
          ts: '2026-01-01T00:00:00.000Z',
          type: 'input_echo',
          payload: { text: 'x'.repeat(200_000) },
        },
      ],
    });
  }
}

describe('a client that does not read', () => {
  it('is told of a gap when it reads again, and its requests are answered', async () => {
    const served = await stopped({ bytes: { outbox } });
    emitLines(served, 1, 50);
    const health = served.client.request(1, 'vm/health');
    served.fromHost.resume();
    assert.deepEqual((await health).result, healthy);
    const first = await served.client.notification('vm/didEmitEvents');
    assert.equal((first.params?.['events'] as { seq: number }[])[0]?.seq, 1);
    const gap = await served.client.next(({ params }) => params?.['gap'] === true);
    assert.equal(gap.params?.['lastSeq'], 50);
  });

  it('is given up from the first byte on that it does not take', async () => {
    const stalled = new Promise<string>((resolve) => {
      const slow = new Outbox({ congestedBytes: 100, stallMs: 5 }, () => resolve('stalled'));
      slow.wrote(101);
    });
    // The outbox keeps no process alive; waiting for it does.
    const alive = setInterval(() => undefined, 1000);
    assert.equal(await stalled, 'stalled');
    clearInterval(alive);
  });

  it('is dropped with a reason when it reads nothing for too long', async () => {
    const served = await stopped({ bytes: { outbox: { congestedBytes: 100_000, stallMs: 20 } } });
    emitLines(served, 1, 2);
    const { exitCode, reason } = await served.ended;
    assert.equal(exitCode, 1);
    assert.match(reason, /has read nothing/);
    assert.match(served.stderr(), /The connection ended: the client has read nothing/);
  });
});

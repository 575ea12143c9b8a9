import assert from 'node:assert/strict';
import { listCheckpoints } from '../../shared/protocol.js';
import type { TestClient } from '../support/client.js';
import { Workbench } from '../support/use-host.js';

const everyMs = 20;
/** How old the state may be that is left after a kill: a first run of the timer to its write, with some air. */
const oldestMs = 3000;

describe('a session whose timers never rest', () => {
  let bench: Workbench;
  beforeEach(() => {
    bench = new Workbench();
  });
  afterEach(() => bench.dispose());

  /** Waits until the session's timer has run this often. */
  const ticked = (client: TestClient, count: number) =>
    client.hears(
      (heard) =>
        heard.what === 'events' &&
        heard.events.some(({ type, payload }) => type === 'console' && Number(payload.text) >= count),
    );

  it('loses no more than seconds when its host is killed, though nothing is executed', async () => {
    const host = await bench.start();
    const { client } = host;
    const session = await client.session();
    await client.repl(
      session,
      `let n = 0; setInterval(() => { if (++n % 10 === 0) console.log(n) }, ${everyMs}); 0`,
    );
    const stateTimes = async () => {
      const { items } = await client.request(listCheckpoints, { sessionId: session.id });
      return items.map(({ createdAt }) => Date.parse(createdAt));
    };
    const [afterExecution = 0] = await stateTimes();
    // Twice as long as any state may be old: what is left then is not of the beginning.
    let ticks = (2 * oldestMs) / everyMs;
    await ticked(client, ticks);
    const [newest = 0] = await stateTimes();
    assert.ok(newest > afterExecution, 'a state of what the timers did is kept');
    ticks += 10;
    await ticked(client, ticks);
    host.child.kill('SIGKILL');
    await host.ended;

    const again = await bench.start();
    const { result } = await again.client.repl(session, 'n');
    const left = Number(result?.json);
    assert.ok(left >= ticks - oldestMs / everyMs, `${left} of ${ticks} ticks are left`);
  });
});

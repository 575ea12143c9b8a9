import assert from 'node:assert/strict';
import { listCheckpoints, renameSession } from '../../shared/protocol.js';
import { useHostOnDisk } from './host-on-disk.js';

describe('what is made durable', () => {
  const host = useHostOnDisk();
  const { disk } = host;

  const syncsOf = async (work: () => Promise<unknown>) => {
    const before = disk.count('fdatasyncSync') + disk.count('fsyncSync');
    await work();
    return disk.count('fdatasyncSync') + disk.count('fsyncSync') - before;
  };

  it('of a short execution is one fsync in all: its row, its events, its end', async () => {
    const { client } = host;
    const session = await client.session();
    const first = await client.repl(session, '0');
    // The session's state is kept at leisure, in commits of its own.
    await client.request(listCheckpoints, { sessionId: first.sessionId });
    assert.equal(await syncsOf(() => client.repl(session, 'console.log("a"); console.log("b"); 1 + 1')), 1);
  });

  it('of many busy sessions at once costs few fsyncs, not some for each', async () => {
    const { client } = host;
    const sessions = await Promise.all(Array.from({ length: 8 }, () => client.session()));
    const ticking = `for (let i = 0; i < 20; i++) { console.log(i); await new Promise((done) => setTimeout(done, 20)); }`;
    const syncs = await syncsOf(async () => {
      const rows = await Promise.all(sessions.map((session) => client.repl(session, ticking)));
      for (const row of rows) assert.equal(row.lastSeq, 22);
    });
    // About one for each window of the half second that all of them take together, and one for each end.
    assert.ok(syncs < 60, `${syncs} fsyncs`);
  });

  it('of a change of state is one fsync', async () => {
    const { client } = host;
    const session = await client.session();
    assert.equal(
      await syncsOf(() => client.request(renameSession, { sessionId: session.id, name: 'new' })),
      1,
    );
  });

  it('of reads is none', async () => {
    const { client } = host;
    const session = await client.session();
    assert.equal(
      await syncsOf(() => client.connection.sendRequest('vm/sessions/get', { sessionId: session.id })),
      0,
    );
  });
});

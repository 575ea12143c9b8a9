import assert from 'node:assert/strict';
import { closeSession, listEvents } from '../../shared/protocol.js';
import { hostile } from '../support/hostile-values.js';
import { useHost } from '../support/use-host.js';

/** Counts its calls where no replaced global can spoil the count. */
const prelude = 'var touched = 0, value; function touch() { touched++; return {} }';

describe('a hostile value in a session', () => {
  const host = useHost();
  let shown = 0;

  after(() =>
    console.log(`    ${shown} hostile values shown in three ways each; the counter stayed where it was`),
  );

  for (const [what, setup, text] of hostile) {
    it(`is printed, given back and thrown without running its code: ${what}`, async () => {
      const { client } = host;
      const session = await client.session();
      // The engine hands over a cell's value in a property of this name: who traps that spoils only what it gives.
      await client.repl(session, `${prelude} ${setup.replace('"value", ', '')}; void 0`);
      const touched = async () => (await client.repl(session, 'touched')).result?.json;
      const before = await touched();
      assert.equal(typeof before, 'number');

      const printing = await client.repl(
        session,
        'console.log(value); console.dir(value); console.table(value)',
      );
      const { items } = await client.request(listEvents, { executionId: printing.id, limit: 100 });
      const printed = items.flatMap((event) => (event.type === 'console' ? [event.payload] : []));
      assert.equal(await touched(), before, 'after the console');
      assert.equal(printed.length, 3);
      assert.match(printed[0]?.text ?? '', text);
      assert.match(printed[0]?.args[0]?.preview ?? '', text);

      const given = await client.repl(session, 'value');
      assert.equal(await touched(), before, 'after the value');
      assert.match(given.result?.preview ?? '', text);
      assert.ok(given.result?.json === undefined || !JSON.stringify(given.result.json).includes('touch'));

      const thrown = await client.repl(session, 'throw value');
      assert.equal(await touched(), before, 'after it was thrown');
      assert.equal(thrown.status, 'error');
      shown++;
      await client.request(closeSession, { sessionId: session.id });
    });
  }
});

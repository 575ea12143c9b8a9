/**
 * Run by tests as a process of its own: opens the database at argv[3] and says `open`. `hold` then waits to be killed;
 * `write` adds executions with two events each, one transaction after the other, and prints the id of each when it is
 * committed.
 */
import { setInterval } from 'node:timers';
import { openStore } from '../../../server/store/index.js';
import { consoleEvents, execution, session, storeOptions } from './support.js';

const [, , mode, path = ''] = process.argv;
const store = await openStore(storeOptions(path));
process.stdout.write('open\n');

if (mode === 'hold') {
  setInterval(() => undefined, 60_000);
} else {
  const owner = session();
  store.sessions.insert(owner);
  const write = () => {
    const row = execution(owner.id);
    store.transaction(() => {
      store.executions.insert(row);
      store.executions.appendEvents(consoleEvents(row.id, 1, 2));
    });
    process.stdout.write(`${row.id}\n`, () => setImmediate(write));
  };
  write();
}

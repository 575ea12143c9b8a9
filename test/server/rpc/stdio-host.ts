/** A child process for the transport's tests: serves its test core on the transport named by its first argument. */
import { HostLog, openTransport, serveConnection, type TransportChoice } from '../../../server/rpc/index.js';
import { TransportTestCore } from './served.js';

const choice: TransportChoice = process.argv[2] === 'node-ipc' ? { kind: 'node-ipc' } : { kind: 'stdio' };
const transport = await openTransport(choice);
console.log('a stray line');
const { ended } = serveConnection({
  transport,
  version: '1.2.3',
  start: { cwd: process.cwd() },
  log: new HostLog('info', process.stderr),
  openCore: () => Promise.resolve(new TransportTestCore()),
});
// No process.exit: that nothing is left running is part of the test.
process.exitCode = (await ended).exitCode;

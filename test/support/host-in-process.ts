import { PassThrough } from 'node:stream';
import { assetsIn } from '../../server/assets.js';
import type { Core } from '../../server/core/core.js';
import { type HostOptions, openHost } from '../../server/host.js';
import { HostLog, serveConnection } from '../../server/rpc/index.js';
import { ByteTransport } from '../../server/rpc/transport/byte-transport.js';
import { TestClient } from './client.js';

export interface HostInProcess {
  readonly client: TestClient;
  /** Ends the connection and the host. */
  dispose(): Promise<void>;
}

/** A whole host in this process, spoken to over two crossed streams, for tests that reach into its disk. */
export async function startHostInProcess(
  options: Pick<HostOptions, 'worktree' | 'database' | 'io' | 'hibernation' | 'checkpointBytes'> &
    Partial<Pick<HostOptions, 'onFatal' | 'assets'>>,
): Promise<HostInProcess> {
  const [toHost, fromHost, log] = [new PassThrough(), new PassThrough(), new PassThrough().resume()];
  const hostLog = new HostLog('error', log);
  let core: Core | undefined;
  const connection = serveConnection({
    transport: new ByteTransport({
      input: toHost,
      output: fromHost,
      close: () => [toHost, fromHost].forEach((stream) => stream.destroy()),
    }),
    version: '0.0.0',
    start: { worktree: options.worktree, cwd: options.worktree },
    log: hostLog,
    openCore: async ({ trust }) => {
      core = await openHost({
        onFatal: () => undefined,
        keyFile: `${options.database ?? options.worktree}.key`,
        assets: assetsIn(new URL('../../dist/', import.meta.url)),
        ...options,
        trust,
        version: '0.0.0',
        log: hostLog,
      });
      return core;
    },
  });
  const client = new TestClient(fromHost, toHost);
  await client.initialize();
  return {
    client,
    async dispose() {
      connection.end('the test is over');
      await connection.ended;
      await core?.close();
    },
  };
}

/** A served connection over two crossed streams, with a core that has just what the transport's tests ask of it. */
import { PassThrough } from 'node:stream';
import type { Execution } from '../../../shared/models.js';
import { type Health, protocolVersion } from '../../../shared/protocol.js';
import { Changes } from '../../../server/core/changes.js';
import type { Client } from '../../../server/core/context.js';
import {
  type ConnectionOptions,
  type CoreApi,
  type CoreSettings,
  HostLog,
  type ServedConnection,
  serveConnection,
} from '../../../server/rpc/index.js';
import { ByteTransport, type ByteTransportOptions } from '../../../server/rpc/transport/byte-transport.js';
import { RawClient } from './raw-client.js';

export const sessionId = '00000000-0000-4000-8000-000000000001';
export const executionId = '00000000-0000-4000-8000-000000000002';

export const healthy: Health = {
  status: 'ok',
  version: '1.2.3',
  protocol: protocolVersion,
  pid: 1,
  uptimeMs: 0,
  engines: ['quickjs'],
  database: { path: '/db', sizeBytes: 0, schemaVersion: 1 },
};

export function executionRow(fields: Partial<Execution> = {}): Execution {
  return {
    id: executionId,
    sessionId,
    kind: 'repl',
    language: 'javascript',
    args: {},
    env: {},
    status: 'running',
    startedAt: '2026-01-01T00:00:00.000Z',
    lastSeq: 0,
    metrics: { wallMs: 0, cpuMs: 0, memoryBytes: 0, memoryDeltaBytes: 0, events: 0, outputBytes: 0 },
    ...fields,
  };
}

function notServed(): never {
  throw new Error('this test core has no such part');
}

/** Answers `vm/health`, and runs an execution until it is cancelled. */
export class TransportTestCore implements CoreApi {
  readonly changes = new Changes(notServed);
  readonly gone: Client[] = [];
  trust: 'trusted' | 'untrusted' | undefined;
  /** Thrown by health instead of its answer. */
  failure: Error | undefined;

  readonly catalog = { modules: notServed, libraries: notServed, capabilities: notServed };
  readonly executions = {
    repl: async (
      { id, input }: { id?: string | undefined; input: string },
      _client: Client,
      signal: AbortSignal,
    ) => {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return executionRow({ id: id ?? executionId, input, status: 'cancelled' });
    },
    runFile: notServed,
    list: notServed,
    get: notServed,
    cancel: notServed,
    events: notServed,
  };

  readonly inspection = { variables: notServed, complete: notServed };

  get templates(): never {
    return notServed();
  }

  get sessions(): never {
    return notServed();
  }

  get checkpoints(): never {
    return notServed();
  }

  health(): Health {
    if (this.failure !== undefined) throw this.failure;
    return healthy;
  }

  summary(): never {
    return notServed();
  }

  setTrust(trust: 'trusted' | 'untrusted'): void {
    this.trust = trust;
  }

  clientGone(client: Client): void {
    this.gone.push(client);
  }
}

export interface Served extends ServedConnection {
  readonly client: RawClient;
  readonly core: TransportTestCore;
  /** What core was opened with, in order. */
  readonly settings: CoreSettings[];
  /** What went to stderr. */
  readonly stderr: () => string;
  /** The stream that the host writes to. */
  readonly fromHost: PassThrough;
}

export interface ServeOptions extends Partial<Omit<ConnectionOptions, 'transport' | 'log'>> {
  readonly bytes?: ByteTransportOptions;
}

export function serve({ bytes, ...options }: ServeOptions = {}): Served {
  const toHost = new PassThrough();
  const fromHost = new PassThrough();
  const stderr = new PassThrough();
  const core = new TransportTestCore();
  const settings: CoreSettings[] = [];
  const connection = serveConnection({
    transport: new ByteTransport(
      {
        input: toHost,
        output: fromHost,
        close: () => {
          toHost.destroy();
          fromHost.destroy();
        },
      },
      bytes,
    ),
    version: '1.2.3',
    start: { cwd: '/started/here' },
    log: new HostLog('info', stderr),
    openCore: (given) => {
      settings.push(given);
      return Promise.resolve(core);
    },
    ...options,
  });
  return {
    ...connection,
    client: new RawClient(toHost, fromHost),
    core,
    settings,
    stderr: () => String(stderr.read() ?? ''),
    fromHost,
  };
}

/** Opens the transport that the command line asked for. Over pipes and sockets the client listens and we connect. */
import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { VmError } from '../../../shared/errors.js';
import { ByteTransport } from './byte-transport.js';
import { IpcTransport } from './ipc-transport.js';
import type { Transport } from './transport.js';

/** The transports that every host built on `vscode-languageserver` has, with the same meaning. */
export type TransportChoice =
  | { readonly kind: 'stdio' }
  /** `name`: a path, or `\\.\pipe\…` on Windows. */
  | { readonly kind: 'pipe'; readonly name: string }
  /** A port of this machine. */
  | { readonly kind: 'socket'; readonly port: number }
  | { readonly kind: 'node-ipc' };

/**
 * Opens a transport; for stdio and node-ipc this takes the process's own streams.
 *
 * @throws `VALIDATION_ERROR`: nobody listens on the pipe or port, or there is no IPC channel
 */
export async function openTransport(choice: TransportChoice): Promise<Transport> {
  switch (choice.kind) {
    case 'stdio':
      return openStdio();
    case 'pipe':
      return overSocket({ path: choice.name }, `pipe ${choice.name}`);
    case 'socket':
      return overSocket({ port: choice.port, host: '127.0.0.1', noDelay: true }, `port ${choice.port}`);
    case 'node-ipc':
      return new IpcTransport(process);
  }
}

/**
 * Takes stdin and stdout for the protocol. Whatever else prints to stdout, in this thread or a worker, goes to stderr
 * from here on: one stray line would break the framing.
 */
function openStdio(): Transport {
  const { stdin, stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  return new ByteTransport({
    input: stdin,
    output: { write: (chunk, done) => write(chunk, done), on: stdout.on.bind(stdout) },
    close: () => stdin.destroy(),
  });
}

async function overSocket(target: NetConnectOpts, name: string): Promise<Transport> {
  const socket = await connectTo(target, name);
  return new ByteTransport({ input: socket, output: socket, close: () => socket.destroySoon() });
}

async function connectTo(target: NetConnectOpts, name: string): Promise<Socket> {
  const socket = connect(target);
  try {
    await once(socket, 'connect');
  } catch (cause) {
    throw new VmError('VALIDATION_ERROR', `Nobody listens on ${name}; start the client first.`, undefined, {
      cause,
    });
  }
  return socket;
}

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { TestClient } from './client.js';

/** The folder that `node server` is started from. */
export const repository = fileURLToPath(new URL('../..', import.meta.url));

export interface HostProcess {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly client: TestClient;
  /** Settles when the process is gone. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** What it wrote to standard error so far. */
  log(): string;
}

/** Starts `node server` as a person or an editor does. */
export function spawnServer(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
) {
  return spawn(process.execPath, [fileURLToPath(new URL('../../server', import.meta.url)), ...args], {
    cwd: options.cwd ?? repository,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** A host in a process of its own, spoken to over standard input and output, not initialized yet. */
export function spawnHost(
  args: readonly string[] = [],
  options: Parameters<typeof spawnServer>[1] = {},
): HostProcess {
  const child = spawnServer(['--stdio', ...args], options);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const ended = once(child, 'exit').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  return { child, client: new TestClient(child.stdout, child.stdin), ended, log: () => log };
}

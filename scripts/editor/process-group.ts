/** A program together with everything it starts, ended together. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../tools/command.js';

export interface GroupOptions {
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  /** Gets all output as it comes. */
  readonly onOutput: (text: string) => void;
}

/** Milliseconds that the programs have to end by themselves. */
const grace = 5_000;

export class ProcessGroup {
  /** Settles when the program itself is gone, with its exit code; undefined when a signal ended it. */
  readonly ended: Promise<number | undefined>;
  readonly #child: ChildProcess;

  /** @param command absolute path of the program */
  constructor(command: string, args: readonly string[], options: GroupOptions) {
    const child = spawn(command, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Leads a group of its own, which can be ended as a whole.
      detached: process.platform !== 'win32',
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', options.onOutput);
    this.#child = child;
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? undefined));
    });
    // Whoever needs the failure awaits `ended` too; without this a program that cannot start would end us.
    this.ended.catch(() => undefined);
  }

  /** Asks the programs to end, waits, and kills what is left. Does nothing when they are gone. */
  async stop(): Promise<void> {
    const { pid } = this.#child;
    if (pid === undefined) return;
    if (process.platform === 'win32') {
      if (this.#child.exitCode === null) await run('taskkill', ['/pid', String(pid), '/t', '/f']);
      return;
    }
    signalGroup(pid, 'SIGTERM');
    for (const end = Date.now() + grace; Date.now() < end && signalGroup(pid, 0);) await delay(20);
    signalGroup(pid, 'SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }
}

/** @returns whether there was anybody left to get it */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

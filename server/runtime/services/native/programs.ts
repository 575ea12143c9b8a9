/** The `exec` module: programs that a capability names, run without a shell. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { HostServices } from '../host-services.js';
import type { Grants } from './grants.js';
import { ServiceError } from '../service-error.js';
import { isSystemError } from '../system-error.js';

/** What a program may print, in bytes. */
const outputLimit = 10 * 1024 * 1024;

const Call = z.strictObject({
  program: z.string().max(4096),
  args: z
    .array(
      z
        .string()
        .max(131_072)
        .regex(/^[^\0]*$/),
    )
    .max(10_000),
});
const Config = z.object({ timeoutMs: z.int() });

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Runs a session's programs. Each is a process group of its own, so that it ends with what it started. */
export class Programs {
  readonly services: HostServices = { 'exec.run': (payload) => this.#run(Call.parse(payload)) };
  readonly #running = new Set<Child>();

  /** @param root real path of the worktree, where programs run */
  constructor(
    private readonly root: string,
    private readonly grants: Grants,
  ) {}

  /** Ends what runs. */
  stop(): void {
    for (const child of this.#running) endGroup(child);
  }

  /** @returns what it printed to both outputs, in the order it came */
  async #run({ program, args }: z.infer<typeof Call>): Promise<string> {
    const { timeoutMs } = Config.parse(this.grants.requireProgram(program).config);
    const child = this.#start(program, args);
    this.#running.add(child);
    const timer = setTimeout(() => endGroup(child), timeoutMs);
    try {
      return await outputOf(child, program, timeoutMs);
    } finally {
      clearTimeout(timer);
      this.#running.delete(child);
      endGroup(child);
    }
  }

  #start(program: string, args: readonly string[]): Child {
    try {
      return spawn(program, args, {
        cwd: this.root,
        env: this.#environment(),
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
    } catch (error) {
      // What the system refuses at once: too many arguments, no process left.
      if (isSystemError(error)) throw notStarted(program, error.code);
      throw error;
    }
  }

  #environment(): NodeJS.ProcessEnv {
    const granted = this.grants.variables().map((name) => [name, process.env[name]]);
    return { PATH: process.env['PATH'], ...(Object.fromEntries(granted) as NodeJS.ProcessEnv) };
  }
}

function outputOf(child: Child, program: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= outputLimit) chunks.push(chunk);
      else endGroup(child);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', (error) =>
      reject(notStarted(program, isSystemError(error) ? error.code : error.message)),
    );
    child.once('close', (code, signal) => {
      const output = Buffer.concat(chunks).toString('utf8');
      if (code === 0) resolve(output);
      else if (size > outputLimit)
        reject(new ServiceError('EXEC_FAILED', `${program} printed more than ${outputLimit} bytes`));
      else if (signal !== null)
        reject(new ServiceError('EXEC_FAILED', `${program} was ended; it may run for ${timeoutMs} ms`));
      else
        reject(new ServiceError('EXEC_FAILED', `${program} exited with ${code}: ${output.slice(0, 2000)}`));
    });
  });
}

const notStarted = (program: string, why: string): ServiceError =>
  new ServiceError('EXEC_FAILED', `${program} did not start: ${why}`);

/** Ends the program and whatever it started in its group. What left the group may keep its outputs; we do not. */
function endGroup({ pid, stdout, stderr }: Child): void {
  stdout.destroy();
  stderr.destroy();
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

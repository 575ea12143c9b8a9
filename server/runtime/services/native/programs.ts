/** The `exec` module: programs that a capability names, run without a shell. */
import { realpath } from 'node:fs/promises';
import { z } from 'zod';
import type { RuntimeLog } from '../../runtime-log.js';
import type { CallContext, HostServices } from '../host-services.js';
import { ServiceError } from '../service-error.js';
import { isSystemError } from '../system-error.js';
import { inWorktreeFolder } from '../worktree-walk.js';
import type { Grants } from './grants.js';
import { withoutRoot } from './guest-path.js';
import { ProcessMark } from './process-mark.js';
import { type ProgramResult, ProgramRun } from './program-run.js';

const withoutNul = z
  .string()
  .max(131_072)
  .regex(/^[^\0]*$/);
const Call = z.strictObject({
  program: z.string().max(4096),
  args: z.array(withoutNul).max(10_000),
  cwd: withoutNul.optional(),
  timeout: z.int().min(1).optional(),
});
type Call = z.infer<typeof Call>;

const Config = z.object({ timeoutMs: z.int() });

/** Runs a session's programs. Each is a process group of its own, so that it ends with what it started. */
export class Programs {
  readonly services: HostServices = {
    'exec.run': async (payload, context) => textOf(await this.#run(Call.parse(payload), context)),
    'exec.output': async (payload, context) => {
      const { stdout, stderr, code, signal } = await this.#run(Call.parse(payload), context);
      return { stdout, stderr, code, signal, success: code === 0 };
    },
  };
  readonly #running = new Map<ProgramRun, Call>();
  /** The ends of what programs left behind. */
  readonly #sweeps = new Set<Promise<void>>();
  /** Real paths of granted programs, by the name in the grant: a link that is changed later grants nothing new. */
  readonly #files: Promise<ReadonlyMap<string, string>>;

  /**
   * @param root real path of the worktree, where programs run
   * @param names absolute paths of the programs that may be granted
   */
  constructor(
    private readonly root: string,
    private readonly grants: Grants,
    names: readonly string[],
    private readonly log: RuntimeLog,
  ) {
    this.#files = resolved(names);
  }

  /** Ends what runs without leave. */
  judgeAgain(): void {
    for (const [run, { program, args }] of this.#running) {
      try {
        this.grants.requireModule('exec');
        this.grants.requireProgram(program, args);
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        run.end('was ended, as its capability was taken away');
      }
    }
  }

  /** Ends what runs. @returns when none of it, and of what it started, is left */
  async dispose(): Promise<void> {
    for (const run of this.#running.keys()) run.end('was ended with its session');
    while (this.#sweeps.size > 0) await Promise.all(this.#sweeps);
  }

  async #run(call: Call, { data, signal }: CallContext): Promise<ProgramResult & { program: string }> {
    const { program, args, cwd = '' } = call;
    const rule = this.grants.requireProgram(program, args);
    const { timeoutMs } = Config.parse(rule.config);
    const file = (await this.#files).get(program) ?? program;
    const mark = await ProcessMark.create();
    const begun: { run?: ProgramRun } = {};
    const stop = () => begun.run?.end('was stopped');
    signal.addEventListener('abort', stop);
    try {
      const run = await inWorktreeFolder(this.root, withoutRoot(cwd), (folder) => {
        signal.throwIfAborted();
        // Once more, as it may have been taken away by now.
        this.grants.requireProgram(program, args);
        begun.run = new ProgramRun(
          {
            program,
            file,
            args,
            cwd: folder.place('.'),
            env: this.#environment(),
            input: data,
            timeoutMs: Math.min(call.timeout ?? timeoutMs, timeoutMs),
          },
          mark,
        );
        // At once: whoever stops it, or takes its grant away, must find it.
        this.#running.set(begun.run, call);
        return Promise.resolve(begun.run);
      });
      return { program, ...(await run.result()) };
    } finally {
      signal.removeEventListener('abort', stop);
      if (begun.run !== undefined) this.#running.delete(begun.run);
      this.#sweep(mark);
    }
  }

  /** Ends what a program started and left behind, while nobody waits for it. */
  #sweep(mark: ProcessMark | undefined): void {
    if (mark === undefined) return;
    const sweep = mark
      .endHolders()
      .catch((error: unknown) => this.log.error('What a program left behind could not be ended', error))
      .finally(() => this.#sweeps.delete(sweep));
    this.#sweeps.add(sweep);
  }

  #environment(): NodeJS.ProcessEnv {
    const granted = this.grants.variables().map((name) => [name, process.env[name]]);
    return { PATH: process.env['PATH'], ...(Object.fromEntries(granted) as NodeJS.ProcessEnv) };
  }
}

async function resolved(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const pairs = names.map(async (name) => [name, await realPathOf(name)] as const);
  return new Map(await Promise.all(pairs));
}

/** A program that is not there is not there when it is run either. */
async function realPathOf(program: string): Promise<string> {
  try {
    return await realpath(program);
  } catch (error) {
    if (isSystemError(error)) return program;
    throw error;
  }
}

/** What a program printed, to both outputs. @throws ServiceError `EXEC_FAILED`: it did not end well */
function textOf({ program, output, code, signal }: ProgramResult & { program: string }): string {
  if (code === 0) return output;
  const how = signal === null ? `exited with ${code}` : `was ended by ${signal}`;
  throw new ServiceError('EXEC_FAILED', `${program} ${how}: ${output.slice(0, 2000)}`);
}

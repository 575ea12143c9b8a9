/** One run of a program: started without a shell, held to its time and output, and ended with all it started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { ServiceError } from '../service-error.js';
import { isSystemError } from '../system-error.js';
import { endProcess } from './end-process.js';
import { type ProcessMark } from './process-mark.js';

/** What a program may print, in bytes. */
const outputLimit = 10 * 1024 * 1024;
/** How long its outputs may stay open after its end, in milliseconds: something that it started may hold them. */
const lingerMs = 200;

export interface ProgramCall {
  /** As the guest named it. */
  readonly program: string;
  /** Real path of what is run. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly input: Uint8Array | undefined;
  readonly timeoutMs: number;
}

export interface ProgramResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order they came. */
  readonly output: string;
  /** Exit status; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
}

interface Chunk {
  readonly from: 'stdout' | 'stderr';
  readonly bytes: Buffer;
}

export class ProgramRun {
  readonly #child: ChildProcess;
  readonly #outcome: Promise<ProgramResult>;
  readonly #chunks: Chunk[] = [];
  #size = 0;
  #endedFor: string | undefined;

  /**
   * Starts the program.
   *
   * @param mark that it gets, where there are such
   * @throws ServiceError `EXEC_FAILED`: the system refuses its arguments, or has no process left
   */
  constructor(
    private readonly call: ProgramCall,
    mark: ProcessMark | undefined,
  ) {
    const { program, file, args, cwd, env, input, timeoutMs } = call;
    try {
      this.#child = spawn(file, args, {
        argv0: program,
        cwd,
        env,
        stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', mark?.fd ?? 'ignore'],
        detached: true,
      });
    } catch (error) {
      if (isSystemError(error)) throw this.#notStarted(error.code);
      throw error;
    }
    const timer = setTimeout(() => this.end(`was ended; it may run for ${timeoutMs} ms`), timeoutMs);
    let linger: NodeJS.Timeout | undefined;
    this.#child.once('exit', () => (linger = setTimeout(() => this.#endGroup(), lingerMs)));
    this.#outcome = this.#listen().finally(() => {
      clearTimeout(timer);
      clearTimeout(linger);
      this.#endGroup();
    });
    // Whoever asks for the result hears of a failure, which may come before.
    this.#outcome.catch(() => undefined);
  }

  /**
   * @returns what it printed and how it ended, when it has
   * @throws ServiceError `EXEC_FAILED`: it did not start, ran too long or printed too much
   */
  result(): Promise<ProgramResult> {
    return this.#outcome;
  }

  /** Ends it with its process group. @param why what is said of the program */
  end(why: string): void {
    this.#endedFor ??= why;
    this.#endGroup();
  }

  #listen(): Promise<ProgramResult> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      child.stdout?.on('data', (bytes: Buffer) => this.#take({ from: 'stdout', bytes }));
      child.stderr?.on('data', (bytes: Buffer) => this.#take({ from: 'stderr', bytes }));
      // A program need not read its input; how it ends is said otherwise.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(this.call.input);
      child.once('error', (error) =>
        reject(this.#notStarted(isSystemError(error) ? error.code : error.message)),
      );
      child.once('close', (code, signal) => {
        if (this.#endedFor !== undefined) reject(failed(`${this.call.program} ${this.#endedFor}`));
        else
          resolve({
            stdout: this.#text('stdout'),
            stderr: this.#text('stderr'),
            output: this.#text(),
            code,
            signal,
          });
      });
    });
  }

  #take(chunk: Chunk): void {
    this.#size += chunk.bytes.length;
    if (this.#size <= outputLimit) this.#chunks.push(chunk);
    else this.end(`printed more than ${outputLimit} bytes`);
  }

  #text(from?: Chunk['from']): string {
    const chunks = this.#chunks.filter((chunk) => from === undefined || chunk.from === from);
    return Buffer.concat(chunks.map(({ bytes }) => bytes)).toString('utf8');
  }

  /** What left the group may keep its outputs open; we do not. */
  #endGroup(): void {
    const { pid, stdin, stdout, stderr } = this.#child;
    for (const stream of [stdin, stdout, stderr]) stream?.destroy();
    if (pid !== undefined) endProcess(-pid);
  }

  #notStarted(why: string): ServiceError {
    return failed(`${this.call.program} did not start: ${why}`);
  }
}

const failed = (message: string): ServiceError => new ServiceError('EXEC_FAILED', message);

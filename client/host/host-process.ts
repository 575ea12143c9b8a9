/** The host's process, which belongs to whoever spawned it: nothing of it outlives {@link HostProcess.end}. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

/** How much of what the process said on stderr is kept to explain its end, in lines. */
const maxTail = 20;

export class HostProcess {
  readonly child: ChildProcessWithoutNullStreams;
  /** Settles when the process is gone or could not be spawned, with the reason in words. */
  readonly ended: Promise<string>;
  readonly #tail: string[] = [];
  #isGone = false;

  /**
   * @param command the program: a Node, or an Electron that is told to be one
   * @param args its arguments, the server's bundle first
   * @param cwd an existing folder
   */
  constructor(command: string, args: readonly string[], cwd: string) {
    this.child = spawn(command, args, {
      cwd,
      stdio: 'pipe',
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', ELECTRON_NO_ASAR: '1' },
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => this.#remember(text));
    // A closed pipe is no news: the process's end is.
    this.child.stdin.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      const end = (reason: string) => {
        this.#isGone = true;
        resolve(reason);
      };
      this.child.once('error', (error) => end(error.message));
      this.child.once('close', (code, signal) =>
        end(signal === null ? `it exited with code ${String(code)}` : `it was killed by ${signal}`),
      );
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** The last lines that the process wrote to stderr. */
  get lastWords(): string {
    return this.#tail.join('\n');
  }

  /**
   * Makes sure that the process ends: by itself within the grace, else by force.
   *
   * @param graceMs milliseconds
   */
  async end(graceMs: number): Promise<void> {
    if (this.#isGone) return;
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), graceMs);
    await this.ended;
    clearTimeout(timer);
  }

  #remember(text: string): void {
    this.#tail.push(...text.split('\n').filter((line) => line.trim() !== ''));
    this.#tail.splice(0, this.#tail.length - maxTail);
  }
}

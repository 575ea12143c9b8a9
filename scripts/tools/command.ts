/** Runs a program to its end and keeps what it said, so that a failure can be read. */
import { spawn } from 'node:child_process';

export interface CommandOptions {
  /** Folder to run in; default the current one. */
  readonly cwd?: string;
  /** The whole environment; default ours. */
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds until it is killed; default five minutes. */
  readonly timeout?: number;
}

/** A program that could not be started, ended with another code than 0, or took too long. */
export class CommandError extends Error {
  constructor(what: string, output: string) {
    super(output === '' ? what : `${what}\n${output}`);
    this.name = 'CommandError';
  }
}

/**
 * @param command program, found on the PATH
 * @returns its standard output and standard error, as they came
 * @throws CommandError with the last lines of the output
 */
export function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { cwd, env, timeout = 300_000 } = options;
  const line = [command, ...args].join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout,
      killSignal: 'SIGKILL',
    });
    let output = '';
    const keep = (text: string): void => void (output += text);
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.once('error', (error) => {
      reject(new CommandError(`${line} cannot be started: ${error.message}`, ''));
    });
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output);
      else
        reject(new CommandError(`${line} ended with ${signal ?? `code ${String(code)}`}`, lastLines(output)));
    });
  });
}

/** npm, started with the Node that runs us: that works on Windows too, where `npm` is a batch file. */
export function npm(args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const script = process.env['npm_execpath'];
  return script?.endsWith('.js') === true
    ? run(process.execPath, [script, ...args], options)
    : run('npm', args, options);
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-25).join('\n');
}

/** The `exec` module: programs, run without a shell. */
import { call, type Data, start } from 'vm:native';

export interface ExecOptions {
  /** Folder of the worktree that it runs in; the worktree itself by default. */
  cwd?: string;
  /** Milliseconds that it may run, where that is less than its capability says. */
  timeout?: number;
  /** What it reads from its standard input; nothing by default. */
  input?: Data;
}

/** What a program printed, and how it ended. */
export interface ExecOutput {
  stdout: string;
  stderr: string;
  /** Exit status; null when a signal ended it. */
  code: number | null;
  signal: string | null;
  /** Whether the exit status is 0. */
  success: boolean;
}

function callOf(program: unknown, args: unknown, options: ExecOptions) {
  const list = args === undefined ? [] : args;
  if (!Array.isArray(list)) throw new TypeError('The arguments of a program are an array of strings');
  const { cwd, timeout, input } = options;
  return { payload: { program: String(program), args: list.map(String), cwd, timeout }, input };
}

/** Runs a program and returns what it printed, to both outputs; throws when its exit status is not 0. */
export function run(program: string, args?: string[], options: ExecOptions = {}): string {
  const { payload, input } = callOf(program, args, options);
  return call('exec.run', payload, input) as string;
}

/** As {@link run}, while the session goes on. */
export async function runAsync(program: string, args?: string[], options: ExecOptions = {}): Promise<string> {
  const { payload, input } = callOf(program, args, options);
  return (await start('exec.run', payload, input).promise) as string;
}

/** Runs a program and tells what it printed and how it ended; a status other than 0 throws nothing. */
export function outputSync(program: string, args?: string[], options: ExecOptions = {}): ExecOutput {
  const { payload, input } = callOf(program, args, options);
  return call('exec.output', payload, input) as ExecOutput;
}

/** As {@link outputSync}, while the session goes on. */
export async function output(
  program: string,
  args?: string[],
  options: ExecOptions = {},
): Promise<ExecOutput> {
  const { payload, input } = callOf(program, args, options);
  return (await start('exec.output', payload, input).promise) as ExecOutput;
}

export default { run, runAsync, output, outputSync };

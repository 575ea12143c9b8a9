import path from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { JsonObject } from '../../shared/models.js';
import { VmError } from '../../shared/errors.js';
import type { Core } from '../core/core.js';
import { type LogLevel, logLevels, type TransportChoice } from '../rpc/index.js';
import { type BudgetFlags, budgetOptions } from './budgets.js';
import { failureExitCode, usageExitCode } from './exit-codes.js';
import { printRefusal, type Terminal } from './print.js';
import { run } from './run.js';
import { sessionCommand } from './sessions.js';

/** Options that every start has. */
interface StartOptions extends BudgetFlags {
  readonly db?: string;
  readonly adopt?: true;
  /** Absolute. */
  readonly worktree?: string;
  /** Of the editor, which language clients add to every start. */
  readonly clientProcessId?: number;
  readonly logLevel: LogLevel;
}

/** What the program does; main.ts gives it the host and the streams. */
export interface ProgramActions {
  readonly version: string;
  readonly terminal: Terminal;
  /** Serves one client until it is gone. @returns the exit code */
  serve(transport: TransportChoice, options: StartOptions): Promise<number>;
  /** A host in this process, for as long as `use` runs. */
  withHost<T>(options: StartOptions, use: (core: Core, interrupted: AbortSignal) => Promise<T>): Promise<T>;
}

interface TransportFlags extends StartOptions {
  readonly stdio?: true;
  readonly nodeIpc?: true;
  readonly pipe?: string;
  readonly socket?: number;
}

/**
 * The command line: parses, dispatches, and turns every outcome into an exit code.
 *
 * @param argv the arguments after the program's name
 * @returns 0, or 1 when the script failed or the request was refused, 2 on bad usage, 130 when interrupted
 */
export async function main(argv: readonly string[], actions: ProgramActions): Promise<number> {
  let exitCode = 0;
  const program = buildProgram(actions, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageExitCode;
    if (!(error instanceof VmError)) throw error;
    printRefusal(actions.terminal, error.message, error.code);
    return error.code === 'VALIDATION_ERROR' ? usageExitCode : failureExitCode;
  }
}

function buildProgram(actions: ProgramActions, exit: (code: number) => void): Command {
  const { terminal } = actions;
  const program = new Command('vm-system')
    .description(
      'Runs JavaScript and TypeScript in long-lived, sandboxed sessions bound to a workspace folder.',
    )
    .version(actions.version, '-V, --version', 'print the version')
    .option('--db <file>', "the database (default: the worktree's own, in the user's data folder)")
    .option('--adopt', 'take over a database of another user or machine, without its grants and kept states')
    .option('--worktree <folder>', 'the folder that sessions work in (default: the current one)', absolute)
    .addOption(new Option('--log-level <level>', 'what to log').choices(logLevels).default('warn'))
    .option('--stdio', 'serve an editor over standard input and output')
    .option('--node-ipc', 'serve an editor over the channel of a forking Node process')
    .option('--pipe <name>', 'serve an editor that listens on this pipe')
    .option('--socket <port>', 'serve an editor that listens on this local port', port)
    .option('--clientProcessId <pid>', 'end when this process does', Number)
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.error.write(text),
    })
    .exitOverride()
    .showHelpAfterError('(--help shows what there is)')
    .allowExcessArguments()
    .action(async (flags: TransportFlags, command: Command) => {
      const [unknown] = command.args;
      if (unknown !== undefined) command.error(`error: unknown command '${unknown}'`);
      const transport = transportOf(flags) ?? program.help({ error: true });
      exit(await actions.serve(transport, flags));
    });

  for (const option of budgetOptions) program.addOption(option);
  program
    .command('run <file>')
    .description('run a file of the worktree in a new session and print what it does')
    .option('--template <name>', "the template's name or id", 'default')
    .option(
      '--args <json>',
      'a JSON object for the script: import { args } from "vm:execution"',
      jsonObject,
      {},
    )
    .option(
      '--env <json>',
      'a JSON object for the script: import { env } from "vm:execution"',
      jsonObject,
      {},
    )
    .option('--json', 'print the execution as JSON, and nothing else')
    .action(
      async (
        file: string,
        flags: { template: string; args: JsonObject; env: JsonObject; json?: true },
        command: Command,
      ) => {
        const { template, args, env, json } = flags;
        const output = json === true ? 'json' : 'text';
        exit(
          await actions.withHost(command.optsWithGlobals<StartOptions>(), (core, signal) =>
            run(core, terminal, { file, template, args, env, output, signal }),
          ),
        );
      },
    );
  program.addCommand(
    sessionCommand(terminal, (command, use) =>
      actions.withHost(command.optsWithGlobals<StartOptions>(), (core) => use(core)),
    ).copyInheritedSettings(program),
  );
  return program;
}

function transportOf({ stdio, nodeIpc, pipe, socket }: TransportFlags): TransportChoice | undefined {
  if (stdio === true) return { kind: 'stdio' };
  if (nodeIpc === true) return { kind: 'node-ipc' };
  if (pipe !== undefined) return { kind: 'pipe', name: pipe };
  if (socket !== undefined) return { kind: 'socket', port: socket };
  return undefined;
}

function jsonObject(text: string): JsonObject {
  try {
    const parsed = JsonObject.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
  } catch (error) {
    throw new InvalidArgumentError(`It is not JSON: ${String(error)}`);
  }
  throw new InvalidArgumentError('It must be a JSON object, for example {"limit":10}.');
}

const absolute = (folder: string): string => path.resolve(folder);

function port(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  throw new InvalidArgumentError('It must be a port number.');
}

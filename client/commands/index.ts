/** Every command, by its name in ids.ts; leaving one out does not compile. */
import { commands as editor, Disposable } from 'vscode';
import { commands } from '../ids.js';
import type { Services } from '../services.js';
import {
  deleteCheckpoint,
  forkSession,
  goBack,
  labelCheckpoint,
  saveCheckpoint,
  showExecution,
} from './checkpoints.js';
import { cancelExecution, showAllExecutions, showExecutions } from './executions.js';
import { restartHost } from './host.js';
import { newRepl } from './new-repl.js';
import { loadMore, open } from './rows.js';
import { runFile } from './run-file.js';
import {
  closeSession,
  deleteSession,
  interrupt,
  newSession,
  restartSession,
  useSession,
  wakeSession,
} from './sessions.js';

/** A command: gets what the editor hands over, a row, a URI, an editor's context or nothing. */
type Command = (services: Services, argument: unknown) => unknown;

const table: Readonly<Record<keyof typeof commands, Command>> = {
  runFile,
  newSession,
  useSession,
  closeSession,
  deleteSession,
  restartSession,
  saveCheckpoint,
  goBack,
  forkSession,
  // The same of a row, under the name that says so.
  goBackToThis: goBack,
  forkFromThis: forkSession,
  labelCheckpoint,
  deleteCheckpoint,
  wakeSession,
  interrupt,
  cancelExecution,
  showExecution,
  showExecutions,
  showAllExecutions,
  open,
  loadMore,
  newRepl,
  restartHost,
  refresh: ({ views }) => views.refresh(),
  showLog: ({ log }) => log.show(true),
  showOutput: ({ output }) => output.reveal(),
};

/** Registers them all; whatever one fails with is reported, and its result is what `executeCommand` gives. */
export function registerCommands(services: Services): Disposable {
  const names = Object.keys(table) as (keyof typeof table)[];
  return Disposable.from(
    ...names.map((name) =>
      editor.registerCommand(commands[name], (argument: unknown) =>
        services.reporter.guard(name, () => table[name](services, argument)),
      ),
    ),
  );
}

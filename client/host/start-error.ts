/** Why a host does not run, in words that say what to do. */
import type { WorkspaceFolder } from 'vscode';
import { errorData, shortMessage, UserError } from '../errors.js';
import { commands } from '../ids.js';
import { defaultRestartLimit } from './restart-policy.js';

/**
 * @param cause what starting it failed with
 * @param lastWords what its process wrote to stderr, for the log
 */
export function startError(folder: WorkspaceFolder, cause: unknown, lastWords: string): UserError {
  const data = errorData(cause);
  const reason = lastWords === '' ? cause : new Error(lastWords, { cause });
  if (data?.code === 'DATABASE_LOCKED') {
    const pid = data.details?.['pid'];
    const owner =
      typeof pid === 'number' ? `another VM System host (process ${pid})` : 'another VM System host';
    return new UserError(
      `The sessions of ${folder.name} are open in ${owner}, probably of another window. Close it, then restart the host.`,
      { title: 'Restart Host', command: commands.restartHost },
      { cause: reason },
    );
  }
  const action = cause instanceof UserError ? cause.action : undefined;
  return new UserError(`The VM System host could not start: ${shortMessage(cause)}`, action, {
    cause: reason,
  });
}

/** The host ends again and again. */
export function tooManyEnds(): UserError {
  const { restarts, withinMs } = defaultRestartLimit;
  return new UserError(
    `The VM System host ended ${restarts + 1} times in ${withinMs / 60_000} minutes and is not started again.`,
    { title: 'Restart Host', command: commands.restartHost },
  );
}

import type { ExecutionEvent } from '../../shared/models.js';
import type { JsonObject } from '../../shared/models.js';
import type { Core } from '../core/core.js';
import { exitCodes } from './exit-codes.js';
import { printEvent, printJson, printMetrics, type Terminal } from './print.js';

export interface RunOptions {
  /** Worktree relative. */
  readonly file: string;
  /** A template's name or id; the `default` template when absent. */
  readonly template?: string | undefined;
  readonly args: JsonObject;
  readonly env: JsonObject;
  /** `text`: events as they come, then the metrics. `json`: the execution alone, when it has ended. */
  readonly output: 'text' | 'json';
  /** Stops the file. */
  readonly signal: AbortSignal;
}

/**
 * `run FILE`: makes a session, runs the file in it to its end, and prints what it did.
 *
 * @returns the exit code: 0 when the file ran well, 1 when it failed, 130 when it was interrupted
 * @throws whatever refuses the session or the file, see `SessionService.create` and `ExecutionService.runFile`
 */
export async function run(core: Core, terminal: Terminal, options: RunOptions): Promise<number> {
  const template = options.template === undefined ? undefined : core.templates.named(options.template);
  const session = await core.sessions.create({
    name: `run ${options.file}`.slice(0, 200),
    templateId: template?.id,
  });
  const shown =
    options.output === 'text'
      ? showEvents(core, session.id, (event) => printEvent(terminal, event))
      : undefined;
  try {
    const execution = await core.executions.runFile(
      {
        sessionId: session.id,
        path: options.file,
        args: options.args,
        env: options.env,
        whenBusy: 'fail',
      },
      { id: 'command line' },
      options.signal,
    );
    if (options.output === 'json') printJson(terminal, execution);
    else printMetrics(terminal, execution);
    return exitCodes[execution.status];
  } finally {
    shown?.dispose();
  }
}

function showEvents(
  core: Core,
  sessionId: string,
  show: (event: ExecutionEvent) => void,
): { dispose(): void } {
  return core.changes.subscribe((change) => {
    if (change.kind === 'events' && change.sessionId === sessionId) change.events.forEach(show);
  });
}

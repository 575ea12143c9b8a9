import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ExecutionEvent } from '../../shared/models.js';
import type { JsonObject } from '../../shared/models.js';
import type { Core } from '../core/core.js';
import { deferred } from '../core/deferred.js';
import { exitCodes } from './exit-codes.js';
import { EventPrinter, printJson, printMetrics, type Terminal } from './print.js';

export interface RunOptions {
  /** Worktree relative, or an absolute path inside the worktree. */
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
 * `run FILE`: makes a session, runs the file in it to its end, and prints what it did. As with `node FILE`, that is when
 * none of its timers and operations is left; a file that fails ends at once.
 *
 * @returns the exit code: 0 when the file ran well, 1 when it failed, also later or by a rejection that nobody handled,
 *   130 when it was interrupted
 * @throws whatever refuses the session or the file, see `SessionService.create` and `ExecutionService.runFile`
 */
export async function run(core: Core, terminal: Terminal, options: RunOptions): Promise<number> {
  const template = options.template === undefined ? undefined : core.templates.named(options.template);
  const session = await core.sessions.create({
    name: `run ${options.file}`.slice(0, 200),
    templateId: template?.id,
  });
  let thrown = 0;
  const printer = new EventPrinter(terminal);
  const shown = showEvents(core, session.id, (events) => {
    thrown += events.filter(({ type }) => type === 'exception').length;
    if (options.output === 'text') printer.print(events);
  });
  try {
    const execution = await core.executions.runFile(
      {
        sessionId: session.id,
        path: await worktreePathOf(options.file),
        args: options.args,
        env: options.env,
        whenBusy: 'fail',
      },
      { id: 'command line' },
      options.signal,
    );
    if (options.output === 'json') printJson(terminal, execution);
    if (execution.status === 'ok') await quietOrStopped(core, session.id, options.signal);
    await core.sessions.close({ sessionId: session.id });
    printer.flush();
    const status = execution.status === 'ok' && thrown > 0 ? 'error' : execution.status;
    if (options.output === 'text') printMetrics(terminal, { ...execution, status });
    return options.signal.aborted ? exitCodes.cancelled : exitCodes[status];
  } finally {
    shown.dispose();
    printer.flush();
  }
}

/** An absolute path as the URI that the worktree's own path is taken from, by its real place. */
async function worktreePathOf(file: string): Promise<string> {
  if (!path.isAbsolute(file)) return file;
  const real = await realpath(file).catch(() => file);
  return pathToFileURL(real).href;
}

/** Waits for what the file's timers and operations do after its end. */
async function quietOrStopped(core: Core, sessionId: string, signal: AbortSignal): Promise<void> {
  const stopped = deferred<void>();
  const stop = () => stopped.resolve();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  await Promise.race([core.sessions.untilQuiet({ sessionId }), stopped.promise]);
  signal.removeEventListener('abort', stop);
}

function showEvents(
  core: Core,
  sessionId: string,
  show: (events: readonly ExecutionEvent[]) => void,
): { dispose(): void } {
  return core.changes.subscribe((change) => {
    if (change.kind === 'events' && change.sessionId === sessionId) show(change.events);
  });
}

/** `vm/executions/*` */
import type { Execution } from '../../shared/models.js';
import * as protocol from '../../shared/protocol.js';
import type { CoreApi } from './core-api.js';
import type { Dispatcher } from './dispatch.js';
import type { Notifier } from './notifier.js';

/** @param notifier sends what it still holds of an execution before the answer that has its row */
export function serveExecutions(
  dispatcher: Dispatcher,
  core: Pick<CoreApi, 'executions'>,
  notifier: Pick<Notifier, 'flush'>,
): void {
  const answerWith = (execution: Execution): Execution => {
    notifier.flush(execution.id);
    return execution;
  };
  dispatcher.handle(protocol.runRepl, async (params, { client, signal }) =>
    answerWith(await core.executions.repl(params, client, signal)),
  );
  dispatcher.handle(protocol.runFile, async (params, { client, signal }) =>
    answerWith(await core.executions.runFile(params, client, signal)),
  );
  dispatcher.handle(protocol.cancelExecution, async (params) =>
    answerWith(await core.executions.cancel(params)),
  );
  dispatcher.handle(protocol.listExecutions, (params) => core.executions.list(params));
  dispatcher.handle(protocol.getExecution, (params) => core.executions.get(params));
  dispatcher.handle(protocol.listEvents, (params) => core.executions.events(params));
}

import { commands as editor } from 'vscode';
import type { Execution } from '../../shared/models.js';
import { views } from '../ids.js';
import type { Services } from '../services.js';
import { pickSession } from '../targets.js';
import { asNode } from '../views/nodes.js';

/** Stops an execution that waits or runs; its session keeps its variables. */
export async function cancelExecution(_: Services, argument: unknown): Promise<Execution | undefined> {
  const node = asNode(argument, 'execution');
  return node?.host.request('cancelExecution', { executionId: node.row.id });
}

/** Shows the executions of one session only. */
export async function showExecutions(services: Services, argument: unknown): Promise<void> {
  const { session } = await pickSession(services.hosts, services.sessions, argument, () => true);
  await services.views.showExecutions(session);
  await editor.executeCommand(`${views.executions}.focus`);
}

export async function showAllExecutions({ views }: Services): Promise<void> {
  await views.showExecutions(undefined);
}

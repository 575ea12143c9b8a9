import { readdirSync, readFileSync } from 'node:fs';
import type { CapabilityKind, Execution, Session } from '../../../shared/models.js';
import { addCapability, listEvents } from '../../../shared/protocol.js';
import type { Params, TestClient } from '../../support/client.js';

export type Grant = readonly [
  kind: CapabilityKind,
  name: string,
  rest?: Pick<Params<typeof addCapability>, 'effect' | 'enabled' | 'config'>,
];

/** All of the worktree, to be read and written. */
export const wholeWorktree: Grant[] = [
  ['module', 'fs'],
  ['fs', '**', { config: { read: true, write: true } }],
];

/** A session of a template of its own with these capabilities. */
export async function sessionWith(
  client: TestClient,
  grants: readonly Grant[],
  settings: Params<typeof import('../../../shared/protocol.js').createTemplate>['settings'] = {},
): Promise<Session> {
  const { id: templateId } = await client.template({ settings });
  for (const [kind, name, rest] of grants) {
    await client.request(addCapability, { templateId, kind, name, ...rest });
  }
  return client.session({ templateId });
}

/** Codes and messages of the system events of an execution. */
export async function notices(client: TestClient, { id }: Pick<Execution, 'id'>): Promise<string[]> {
  const { items } = await client.request(listEvents, { executionId: id });
  return items.flatMap((event) =>
    event.type === 'system' ? [`${event.payload.code}: ${event.payload.message}`] : [],
  );
}

/** Processes of this machine with this text in their command line. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && commandLine(pid).includes(text));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch (error) {
    // It has ended since.
    if (error instanceof Error) return '';
    throw error;
  }
}

/** Waits for a state that nobody tells of. @throws when it does not come within the time that a test has anyhow */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`It did not come true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Kept states of sessions: keeping one, going back to one, making another session of one. */
import { randomUUID } from 'node:crypto';
import { type QuickPick, type QuickPickItem, window } from 'vscode';
import type { Checkpoint, Execution, Session } from '../../shared/models.js';
import { Cancelled, UserError } from '../errors.js';
import { shortTime, size, title } from '../execution-text.js';
import type { Services } from '../services.js';
import { pickSession, requireTrust, type SessionTarget } from '../targets.js';

/** As the host has it. */
const maxLabelLength = 200;

/** How many kept states and executions are looked through. */
const maxListed = 200;

/** How long it is said in the status bar what was done, in milliseconds. */
const doneShownMs = 8000;

const isLive = ({ status }: Session) => status === 'ready' || status === 'hibernated';

/** Keeps the session's state under a name, until it is deleted; without a name for as long as others are kept. */
export async function saveCheckpoint(services: Services, argument: unknown): Promise<Checkpoint> {
  requireTrust();
  const { host, session } = await pickSession(
    services.hosts,
    services.sessions,
    argument,
    (session) => isLive(session) && !session.busy,
  );
  const name = await window.showInputBox({
    title: `Save Checkpoint of ${session.name}`,
    prompt: 'A name, by which the state is kept until it is deleted.',
    value: `Saved ${shortTime(new Date().toISOString())}`,
    validateInput: (text) =>
      text.trim().length > maxLabelLength ? `At most ${maxLabelLength} characters.` : undefined,
  });
  if (name === undefined) throw new Cancelled();
  const label = name.trim();
  const checkpoint = await host.request('createCheckpoint', {
    sessionId: session.id,
    ...(label !== '' && { label }),
  });
  done(`$(bookmark) ${session.name}: checkpoint saved`);
  return checkpoint;
}

/** Has a session go on from an earlier state. The state that it leaves is kept, too. */
export async function goBack(services: Services, argument: unknown): Promise<Session> {
  requireTrust();
  const target = await pickSession(services.hosts, services.sessions, argument, isLive);
  // The newest state is mostly the one that the session has.
  const { id, createdAt } = await pickCheckpoint(target, `Go Back in ${target.session.name}`, 1);
  const session = await target.host.request('restoreSession', {
    sessionId: target.session.id,
    checkpointId: id,
  });
  done(`$(history) ${session.name} goes on with its state of ${shortTime(createdAt)}`);
  return session;
}

/** Makes another session of a kept state. */
export async function forkSession(services: Services, argument: unknown): Promise<Session> {
  requireTrust();
  const target = await pickSession(
    services.hosts,
    services.sessions,
    argument,
    ({ status }) => status !== 'starting',
  );
  const { id } = await pickCheckpoint(target, `Fork ${target.session.name}`, 0);
  const session = await target.host.request('forkSession', {
    id: randomUUID(),
    sessionId: target.session.id,
    checkpointId: id,
  });
  done(`$(repo-forked) ${session.name} was made of ${target.session.name}`);
  return session;
}

/**
 * @param proposed which one is taken by Enter, counted from the newest; the oldest if there are fewer
 * @throws {@link UserError} when no state is kept; {@link Cancelled}
 */
async function pickCheckpoint(
  { host, session }: SessionTarget,
  title: string,
  proposed: number,
): Promise<Checkpoint> {
  const sessionId = session.id;
  const [checkpoints, executions] = await Promise.all([
    host.request('listCheckpoints', { sessionId, limit: maxListed }),
    host.request('listExecutions', { sessionId, limit: maxListed }),
  ]);
  if (checkpoints.items.length === 0) throw new UserError(`No state of session ${session.name} is kept.`);
  const byId = new Map(executions.items.map((execution) => [execution.id, execution]));
  const items = checkpoints.items.map((checkpoint) => ({
    ...describe(checkpoint, byId.get(checkpoint.executionId ?? '')),
    checkpoint,
  }));
  const pick = window.createQuickPick<(typeof items)[number]>();
  try {
    pick.title = title;
    pick.placeholder = 'The state after…';
    pick.matchOnDescription = true;
    pick.matchOnDetail = true;
    pick.items = items;
    pick.activeItems = items.slice(0, proposed + 1).slice(-1);
    return (await chosen(pick)).checkpoint;
  } finally {
    pick.dispose();
  }
}

/** Shows a pick until an item is chosen. @throws {@link Cancelled} */
function chosen<Item extends QuickPickItem>(pick: QuickPick<Item>): Promise<Item> {
  return new Promise((resolve, reject) => {
    pick.onDidAccept(() => {
      const [item] = pick.activeItems;
      if (item !== undefined) resolve(item);
    });
    pick.onDidHide(() => reject(new Cancelled()));
    pick.show();
  });
}

/** @param execution that it is the state after, if it is still known */
function describe(checkpoint: Checkpoint, execution: Execution | undefined): QuickPickItem {
  const { label, executionId, createdAt, memoryBytes } = checkpoint;
  const start = executionId === undefined ? 'the start of the session' : 'an earlier execution';
  const after = execution === undefined ? start : title(execution);
  const description = `${shortTime(createdAt)} · ${size(memoryBytes)}`;
  return label === undefined
    ? { label: `$(history) ${after}`, description }
    : { label: `$(bookmark) ${label}`, description, detail: `after ${after}` };
}

function done(message: string): void {
  window.setStatusBarMessage(message, doneShownMs);
}

/** Kept states of sessions: keeping one, going back to one, making another session of one, labels and deletion. */
import { randomUUID } from 'node:crypto';
import { window } from 'vscode';
import type { Checkpoint, Execution, Session } from '../../shared/models.js';
import { checkpointName, type StateToTell } from '../checkpoint-text.js';
import { UserError } from '../errors.js';
import { shortTime } from '../execution-text.js';
import type { Services } from '../services.js';
import { pickSession, requireTrust, type SessionTarget } from '../targets.js';
import { asNode } from '../views/nodes.js';
import { askLabel, changeLabel, deleteState } from './checkpoint-edits.js';
import { pickCheckpoint, type PickOptions } from './checkpoint-pick.js';

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
  const label = await askLabel(
    `Save Checkpoint of ${session.name}`,
    'A name, by which the state is kept until it is deleted.',
    `Saved ${shortTime(new Date().toISOString())}`,
  );
  const checkpoint = await host.request('createCheckpoint', {
    sessionId: session.id,
    ...(label !== undefined && { label }),
  });
  done(services, session, `$(bookmark) ${session.name}: checkpoint saved`);
  return checkpoint;
}

/** Has a session go on from an earlier state. The state that it leaves is kept, too. */
export async function goBack(services: Services, argument: unknown): Promise<Session> {
  requireTrust();
  const { target, state } = await pick(services, argument, isLive, ({ name }) => ({
    title: `Go Back in ${name}`,
    // The newest state is mostly the one that the session has.
    proposed: 1,
  }));
  const session = await target.host.request('restoreSession', {
    sessionId: target.session.id,
    checkpointId: state.row.id,
  });
  const at = shortTime(state.row.createdAt);
  done(services, session, `$(history) ${session.name} goes on with its state of ${at}`);
  return session;
}

/** Makes another session of a kept state. */
export async function forkSession(services: Services, argument: unknown): Promise<Session> {
  requireTrust();
  const isStarted = ({ status }: Session) => status !== 'starting';
  const { target, state } = await pick(services, argument, isStarted, ({ name }) => ({
    title: `Fork ${name}`,
    proposed: 0,
  }));
  const session = await target.host.request('forkSession', {
    id: randomUUID(),
    sessionId: target.session.id,
    checkpointId: state.row.id,
  });
  done(services, target.session, `$(repo-forked) ${session.name} was made of ${target.session.name}`);
  return session;
}

/** Gives a kept state a label, or takes the one it has. */
export async function labelCheckpoint(services: Services, argument: unknown): Promise<Checkpoint> {
  const { target, state } = await pick(
    services,
    argument,
    () => true,
    ({ name }) => ({
      title: `Label a Checkpoint of ${name}`,
      proposed: 0,
    }),
  );
  const checkpoint = await changeLabel(target.host, state);
  const what = checkpoint.label === undefined ? 'the label is gone' : `kept as ${checkpoint.label}`;
  done(services, target.session, `$(bookmark) ${target.session.name}: ${what}`);
  return checkpoint;
}

/** Deletes a kept state, but never the one that its session goes on from. */
export async function deleteCheckpoint(services: Services, argument: unknown): Promise<Checkpoint> {
  const { target, state } = await pick(
    services,
    argument,
    () => true,
    ({ name }) => ({
      title: `Delete a Checkpoint of ${name}`,
      proposed: 0,
      wanted: ({ isCurrent }: StateToTell) => !isCurrent,
    }),
  );
  if (state.isCurrent) {
    throw new UserError(
      `Session ${target.session.name} goes on from this checkpoint, so it cannot be deleted.`,
    );
  }
  const checkpoint = await deleteState(target.host, state);
  done(services, target.session, `$(trash) ${target.session.name}: ${checkpointName(state)} was deleted`);
  return checkpoint;
}

/** Shows the execution that a checkpoint is the state after. */
export async function showExecution(
  { views, documents }: Services,
  argument: unknown,
): Promise<Execution | undefined> {
  const node = asNode(argument, 'checkpoint');
  const executionId = node?.row.executionId;
  if (node === undefined || executionId === undefined) return undefined;
  const { host } = node;
  const row = await host.request('getExecution', { executionId });
  await views.revealExecution(row);
  await documents.open({ kind: 'execution', id: row.id, host, row });
  return row;
}

interface Picked {
  readonly target: SessionTarget;
  readonly state: StateToTell;
}

/** The state of the row that a command was called on, else one of a session's that is picked. */
async function pick(
  services: Services,
  argument: unknown,
  wanted: (session: Session) => boolean,
  options: (session: Session) => Omit<PickOptions, 'onDidChange'>,
): Promise<Picked> {
  const node = asNode(argument, 'checkpoint') ?? selected(services, argument);
  if (node !== undefined) {
    return { target: { host: node.host, session: node.parent.parent.row }, state: node };
  }
  const target = await pickSession(services.hosts, services.sessions, argument, wanted);
  const onDidChange = () => services.views.sessions.partsChanged(target.session.id);
  return { target, state: await pickCheckpoint(target, { ...options(target.session), onDidChange }) };
}

/** A key has no row: it is about the selected one. */
function selected({ views }: Services, argument: unknown) {
  return argument === 'selected' ? asNode(views.selectedSessionRow, 'checkpoint') : undefined;
}

/** Says what was done, and has the views show it. */
function done({ views }: Services, { id }: Session, message: string): void {
  views.sessions.partsChanged(id);
  window.setStatusBarMessage(message, doneShownMs);
}

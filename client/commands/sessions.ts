import { randomUUID } from 'node:crypto';
import { window } from 'vscode';
import type { Session } from '../../shared/models.js';
import { Cancelled } from '../errors.js';
import type { Services } from '../services.js';
import { pickHost, pickSession, requireTrust, type SessionTarget } from '../targets.js';
import { asNode } from '../views/nodes.js';

const isLive = ({ status }: Session) => status === 'ready' || status === 'hibernated';
const isOpen = ({ status }: Session) => status !== 'closed';

/** Makes a session, from the template whose row it was called on or the default one; files of the folder run in it. */
export async function newSession({ hosts, sessions }: Services, argument: unknown): Promise<Session> {
  requireTrust();
  const template = asNode(argument, 'template');
  const host = template?.host ?? (await pickHost(hosts));
  const session = await host.request('createSession', {
    id: randomUUID(),
    ...(template !== undefined && { templateId: template.row.id }),
  });
  await sessions.bind(host.folder.uri.toString(), session.id);
  return session;
}

/** Files of the folder run in this session from now on. */
export async function useSession(services: Services, argument: unknown): Promise<Session> {
  const { host, session } = await pick(services, argument, isLive);
  await services.sessions.bind(host.folder.uri.toString(), session.id);
  return session;
}

/** Ends a session; its executions are kept. */
export async function closeSession(services: Services, argument: unknown): Promise<Session> {
  const { host, session } = await pick(services, argument, isOpen);
  return host.request('closeSession', { sessionId: session.id });
}

/** Removes a session with its executions, after asking. */
export async function deleteSession(services: Services, argument: unknown): Promise<Session> {
  const { host, session } = await pick(services, argument, () => true);
  const confirm = 'Delete';
  const chosen = await window.showWarningMessage(
    `Delete session ${session.name}?`,
    { modal: true, detail: 'Its executions and their events are deleted too.' },
    confirm,
  );
  if (chosen !== confirm) throw new Cancelled();
  return host.request('deleteSession', { sessionId: session.id });
}

/** Starts a session anew, in any state: its variables go, its executions are kept. */
export async function restartSession(services: Services, argument: unknown): Promise<Session> {
  requireTrust();
  const { host, session } = await pick(services, argument, () => true);
  return host.request('restartSession', { sessionId: session.id });
}

/** Has a session that is asleep go on with its state, so that it can be looked at. */
export async function wakeSession(services: Services, argument: unknown): Promise<Session> {
  requireTrust();
  const { host, session } = await pick(services, argument, ({ status }) => status === 'hibernated');
  // Whatever asks what a session holds wakes it.
  await host.request('listVariables', { sessionId: session.id, limit: 1 });
  services.views.sessions.partsChanged(session.id);
  return host.request('getSession', { sessionId: session.id });
}

/** Stops what a session runs; it keeps its variables. */
export async function interrupt(services: Services, argument: unknown): Promise<boolean> {
  const { host, session } = await pick(services, argument, ({ busy }) => busy);
  const { interrupted } = await host.request('interruptSession', { sessionId: session.id });
  return interrupted;
}

function pick(
  { hosts, sessions }: Services,
  argument: unknown,
  wanted: (session: Session) => boolean,
): Promise<SessionTarget> {
  return pickSession(hosts, sessions, argument, wanted);
}

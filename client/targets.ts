/** What a command acts on: the folder, file, notebook or session at hand, or a clear word on why there is none. */
import { type NotebookDocument, Uri, window, workspace } from 'vscode';
import type { Session } from '../shared/models.js';
import { Cancelled, UserError } from './errors.js';
import type { Host } from './host/host.js';
import type { Hosts } from './host/hosts.js';
import { cellLanguageOf } from './ids.js';
import { baseName } from './places.js';
import { sessionState } from './session-text.js';
import type { SessionBindings } from './sessions.js';
import { asNode } from './views/nodes.js';

/** @throws {@link UserError} in a workspace that is not trusted */
export function requireTrust(): void {
  if (workspace.isTrusted) return;
  throw new UserError('This workspace is not trusted, so no code runs in it.', {
    title: 'Manage Trust',
    command: 'workbench.trust.manage',
  });
}

/** The host of the folder that holds a file. @throws {@link UserError} without one */
export function requireHostOfFile(hosts: Hosts, uri: Uri): Host {
  if (hosts.all.length === 0) throw noFolder();
  const host = hosts.of(uri);
  if (host !== undefined) return host;
  throw new UserError(
    `${baseName(uri)} is in no folder of this workspace, and a session reads files of its folder only. Open the folder that holds it.`,
    { title: 'Open Folder', command: 'workbench.action.files.openFolder' },
  );
}

/** The host of a notebook's folder; an untitled notebook may be in any. @throws {@link UserError} without one */
export function requireHostOfNotebook(hosts: Hosts, notebook: NotebookDocument): Host {
  return hosts.ofNotebook(notebook) ?? requireHostOfFile(hosts, notebook.uri);
}

/** The folder at hand; asks when there are several. @throws {@link UserError} without one; {@link Cancelled} */
export async function pickHost(hosts: Hosts): Promise<Host> {
  const [only, ...others] = hosts.all;
  if (only === undefined) throw noFolder();
  if (others.length === 0) return only;
  const active = window.activeTextEditor?.document.uri;
  const atHand = active === undefined ? undefined : hosts.of(active);
  if (atHand !== undefined) return atHand;
  const picked = await window.showWorkspaceFolderPick({
    placeHolder: 'The folder that the session works in',
  });
  const host = picked === undefined ? undefined : hosts.of(picked.uri);
  if (host === undefined) throw new Cancelled();
  return host;
}

export interface SessionTarget {
  readonly host: Host;
  readonly session: Session;
}

/**
 * The session that a command is about: of the row or notebook that it was called on, else of the notebook or folder
 * at hand, else a pick.
 *
 * @param wanted which sessions the command can do something with
 * @throws {@link UserError} when there is none; {@link Cancelled}
 */
export async function pickSession(
  hosts: Hosts,
  sessions: SessionBindings,
  argument: unknown,
  wanted: (session: Session) => boolean,
): Promise<SessionTarget> {
  const node = asNode(argument, 'session');
  if (node !== undefined) return { host: node.host, session: node.row };
  const part = asNode(argument, 'checkpoints', 'variables');
  if (part !== undefined) return { host: part.host, session: part.parent.row };
  const notebook = notebookOf(argument) ?? window.activeNotebookEditor?.notebook;
  if (notebook !== undefined && cellLanguageOf(notebook.notebookType) !== undefined) {
    return boundSession(requireHostOfNotebook(hosts, notebook), sessions, notebook.uri);
  }
  return pickFromHost(await pickHost(hosts), sessions, wanted);
}

async function boundSession(host: Host, sessions: SessionBindings, owner: Uri): Promise<SessionTarget> {
  const sessionId = sessions.sessionId(owner.toString());
  if (sessionId === undefined)
    throw new UserError('This notebook has no session yet; run a cell to make one.');
  return { host, session: await host.request('getSession', { sessionId }) };
}

async function pickFromHost(
  host: Host,
  sessions: SessionBindings,
  wanted: (session: Session) => boolean,
): Promise<SessionTarget> {
  const { items } = await host.request('listSessions', { limit: 200 });
  const current = sessions.sessionId(host.folder.uri.toString());
  const candidates = items.filter(wanted).sort((a, b) => Number(b.id === current) - Number(a.id === current));
  const [only, ...others] = candidates;
  if (only === undefined) throw new UserError(`No session of ${host.folder.name} is in a state for that.`);
  if (others.length === 0) return { host, session: only };
  const picked = await window.showQuickPick(
    candidates.map((session) => ({
      label: session.name,
      description: sessionState(session),
      session,
    })),
    { placeHolder: 'Session' },
  );
  if (picked === undefined) throw new Cancelled();
  return { host, session: picked.session };
}

/** The notebook whose toolbar a command was called from. */
function notebookOf(argument: unknown): NotebookDocument | undefined {
  const editor = property(argument, 'notebookEditor');
  const uri = property(editor, 'notebookUri');
  if (!(uri instanceof Uri)) return undefined;
  return workspace.notebookDocuments.find((notebook) => notebook.uri.toString() === uri.toString());
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function noFolder(): UserError {
  return new UserError('Open a folder first: a session works in one.', {
    title: 'Open Folder',
    command: 'workbench.action.files.openFolder',
  });
}

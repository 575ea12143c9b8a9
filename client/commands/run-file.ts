import { ProgressLocation, type TextDocument, Uri, window, workspace } from 'vscode';
import type { Execution, Session } from '../../shared/models.js';
import { UserError } from '../errors.js';
import { duration } from '../execution-text.js';
import type { Host } from '../host/host.js';
import { isCellLanguage } from '../ids.js';
import { baseName } from '../places.js';
import type { Work } from '../runner.js';
import type { Services } from '../services.js';
import { runLimits, setting } from '../settings.js';
import { pickHost, requireHostOfFile, requireTrust } from '../targets.js';

/** How long the result stays in the status bar, in milliseconds. */
const resultShownMs = 8000;

/**
 * Runs a file, or the text of an untitled editor, in the session of its folder, which is made if there is none.
 *
 * @param argument the file's URI, from a menu; else the active editor's file is run
 * @returns the final row
 */
export async function runFile(services: Services, argument: unknown): Promise<Execution> {
  requireTrust();
  const uri = argument instanceof Uri ? argument : activeFile();
  const document = workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
  const host =
    uri.scheme === 'untitled' ? await pickHost(services.hosts) : requireHostOfFile(services.hosts, uri);
  const name = baseName(uri);
  await saveFirst(uri, document);
  const reveal = setting('output.reveal', host.folder);
  if (reveal === 'always') services.output.reveal();
  const execution = await window.withProgress(
    { location: ProgressLocation.Notification, title: `Running ${name}`, cancellable: true },
    async (_progress, token) => {
      const { folder } = host;
      const session = await services.sessions.ready(host, folder.uri.toString(), folder.name);
      return services.runner.run(host, uri, workOf(uri, document, host, session), token);
    },
  );
  if (execution.status !== 'ok' && reveal === 'onError') services.output.reveal();
  window.setStatusBarMessage(statusText(name, execution), resultShownMs);
  return execution;
}

function activeFile(): Uri {
  const notebook = window.activeNotebookEditor?.notebook;
  const uri = notebook?.uri ?? window.activeTextEditor?.document.uri;
  if (uri === undefined) throw new UserError('Open the file to run first.');
  return uri;
}

function workOf(uri: Uri, document: TextDocument | undefined, host: Host, session: Session): Work {
  const common = { sessionId: session.id, limits: runLimits(session), whenBusy: 'queue' } as const;
  if (uri.scheme !== 'untitled') {
    return { request: 'runFile', params: { ...common, path: relativePath(host, uri) } };
  }
  const input = document?.getText() ?? '';
  const language = document?.languageId === 'typescript' ? 'typescript' : 'javascript';
  return {
    request: 'runRepl',
    params: { ...common, input, language, sourceUri: uri.toString(), sourceLine: 1 },
  };
}

/** With `/` on every system, as the protocol has it. */
function relativePath({ folder }: Host, uri: Uri): string {
  return uri.path.slice(folder.uri.path.replace(/\/$/, '').length + 1);
}

/** The host reads the disk. */
async function saveFirst(uri: Uri, document: TextDocument | undefined): Promise<void> {
  if (uri.scheme === 'untitled') {
    if (document !== undefined && isCellLanguage(document.languageId)) return;
    throw new UserError(
      'This editor holds no JavaScript or TypeScript. Choose the language for it, or save it as a .js or .ts file.',
    );
  }
  const notebook = workspace.notebookDocuments.find((open) => open.uri.toString() === uri.toString());
  const dirty = [notebook, document].find((open) => open?.isDirty);
  if ((await dirty?.save()) === false) throw new UserError('The file could not be saved, so it was not run.');
}

function statusText(name: string, { status, result, metrics }: Execution): string {
  const took = duration(metrics.wallMs);
  if (status !== 'ok') return `$(error) ${name}: ${status} after ${took}`;
  const value = result === undefined || result.type === 'undefined' ? 'done' : oneLine(result.preview);
  return `$(pass) ${name}: ${value} (${took})`;
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

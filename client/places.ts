/** Where frames of guest code are, for the editor. */
import { Location, Position, Uri, workspace } from 'vscode';
import type { Frame } from '../shared/models.js';
import type { LocateFrame } from './execution-text.js';
import type { Host } from './host/host.js';

/** The document of a frame; undefined for code that is in no document. */
function frameUri({ folder }: Host, { uri, path }: Frame): Uri | undefined {
  if (uri !== undefined) return Uri.parse(uri);
  return path === undefined ? undefined : Uri.joinPath(folder.uri, path);
}

/** A frame as a place to go to; undefined as for {@link frameUri}. */
export function frameLocation(host: Host, frame: Frame): Location | undefined {
  const uri = frameUri(host, frame);
  return uri === undefined ? undefined : new Location(uri, framePosition(frame));
}

/** Frames count from 1, the editor from 0; both count UTF-16 units. */
function framePosition({ line, column }: Frame): Position {
  return new Position(line - 1, column - 1);
}

/** Frames as text that the output channel makes links of: absolute paths of files. */
export function frameText(host: Host): LocateFrame {
  return (frame) => {
    const uri = frameUri(host, frame);
    const place = `${frame.line}:${frame.column}`;
    if (uri === undefined) return `<code>:${place}`;
    return uri.scheme === 'file' ? `${uri.fsPath}:${place}` : `${documentName(uri)}, line ${place}`;
  };
}

/** A cell counts its own lines, so its name must not read as a place in the notebook's file. */
function documentName(uri: Uri): string {
  const key = uri.toString();
  for (const notebook of workspace.notebookDocuments) {
    const index = notebook.getCells().findIndex(({ document }) => document.uri.toString() === key);
    if (index >= 0) return `${baseName(notebook.uri)}, cell ${index + 1}`;
  }
  return baseName(uri);
}

/** The last part of a path. */
export function baseName({ path }: Uri): string {
  return path.split('/').at(-1) ?? path;
}

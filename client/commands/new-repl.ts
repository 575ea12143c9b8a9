import {
  NotebookCellData,
  NotebookCellKind,
  NotebookData,
  type NotebookDocument,
  window,
  workspace,
} from 'vscode';
import { notebookTypes } from '../ids.js';

/** Opens an untitled notebook with one empty cell. */
export async function newRepl(): Promise<NotebookDocument> {
  const notebook = await workspace.openNotebookDocument(
    notebookTypes.javascript,
    new NotebookData([new NotebookCellData(NotebookCellKind.Code, '', 'javascript')]),
  );
  await window.showNotebookDocument(notebook);
  return notebook;
}

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { commands, notebookTypes } from '../../../client/ids.js';
import type { Session } from '../../../shared/models.js';
import { evaluate, file, firstHost, kept, killedAndBack, next, product } from './product.js';

/** Opens a notebook and shows it. */
async function open(uri: vscode.Uri): Promise<vscode.NotebookDocument> {
  const notebook = await vscode.workspace.openNotebookDocument(uri);
  await vscode.window.showNotebookDocument(notebook);
  return notebook;
}

/** A new untitled notebook with these cells. */
async function repl(...cells: readonly string[]): Promise<vscode.NotebookDocument> {
  const data = cells.map(
    (text) => new vscode.NotebookCellData(vscode.NotebookCellKind.Code, text, 'javascript'),
  );
  const notebook = await vscode.workspace.openNotebookDocument(
    notebookTypes.javascript,
    new vscode.NotebookData(data),
  );
  await vscode.window.showNotebookDocument(notebook);
  return notebook;
}

/** Waits until a cell shows something. Outputs reach the document a moment after the run. */
async function until(notebook: vscode.NotebookDocument, holds: () => boolean): Promise<void> {
  if (holds()) return;
  await next(vscode.workspace.onDidChangeNotebookDocument, (event) => event.notebook === notebook && holds());
}

/** Runs all cells and waits until each has ended, or was left out. */
async function runAll(notebook: vscode.NotebookDocument): Promise<void> {
  const last = notebook.cellAt(notebook.cellCount - 1);
  const before = last.executionSummary;
  await vscode.commands.executeCommand('notebook.execute', notebook.uri);
  await until(
    notebook,
    () => last.executionSummary !== before && last.executionSummary?.success !== undefined,
  );
}

/** Runs one cell and waits until it has ended. */
async function runCell(cell: vscode.NotebookCell): Promise<void> {
  const before = cell.executionSummary;
  const ranges = [{ start: cell.index, end: cell.index + 1 }];
  await vscode.commands.executeCommand('notebook.cell.execute', { ranges, document: cell.notebook.uri });
  await until(
    cell.notebook,
    () => cell.executionSummary !== before && cell.executionSummary?.success !== undefined,
  );
}

/** Starts all cells; the command itself ends with the last of them. */
function start(notebook: vscode.NotebookDocument): Thenable<unknown> {
  return vscode.commands.executeCommand('notebook.execute', notebook.uri);
}

async function sessionOf(notebook: vscode.NotebookDocument): Promise<Session> {
  const sessionId = (await product()).sessions.sessionId(notebook.uri.toString());
  assert.ok(sessionId, 'the notebook has no session');
  return (await firstHost()).request('getSession', { sessionId });
}

/** What a cell shows, by mime type. */
function outputs(cell: vscode.NotebookCell): Record<string, string>[] {
  return cell.outputs.map(({ items }) =>
    Object.fromEntries(items.map(({ mime, data }) => [mime, new TextDecoder().decode(data)])),
  );
}
const stdout = 'application/vnd.code.notebook.stdout';
const stderr = 'application/vnd.code.notebook.stderr';
const errorMime = 'application/vnd.code.notebook.error';

describe('a REPL notebook', () => {
  it('runs its cells in order, twice, in a session of its own', async () => {
    const notebook = await open(file('three-cells.repl.js'));
    assert.deepEqual(
      notebook.getCells().map((cell) => cell.document.getText()),
      ['const x = 20', 'x + 22', 'const x = 20'],
    );
    for (const round of [1, 2]) {
      await runAll(notebook);
      assert.deepEqual(
        notebook.getCells().map(({ executionSummary }) => executionSummary?.executionOrder),
        [1, 2, 3].map((order) => order + 3 * (round - 1)),
      );
      assert.deepEqual(outputs(notebook.cellAt(1)), [{ 'text/plain': '42', 'application/json': '42' }]);
      assert.deepEqual(outputs(notebook.cellAt(0)), []);
    }
    assert.equal((await sessionOf(notebook)).name, 'three-cells.repl.js');
    assert.equal(notebook.isDirty, false);
  });

  it('keeps its file byte for byte when it is saved unchanged, and changes one line when one cell changes', async () => {
    const uri = file('crlf.repl.js');
    const text =
      '\uFEFF#!/usr/bin/env node\r\n// %% One\r\nconst a = 1\r\n\r\n\r\n// %% [markdown]\r\n// # Two\r\n// %%\r\na';
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
    const notebook = await open(uri);
    const cell = notebook.cellAt(0);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(cell.document.uri, new vscode.Position(0, 0), ' ');
    await vscode.workspace.applyEdit(edit);
    const undo = new vscode.WorkspaceEdit();
    undo.delete(cell.document.uri, new vscode.Range(0, 0, 0, 1));
    await vscode.workspace.applyEdit(undo);
    await notebook.save();
    assert.equal(await readFile(uri.fsPath, 'utf8'), text);
    const change = new vscode.WorkspaceEdit();
    change.replace(cell.document.uri, new vscode.Range(0, 10, 0, 11), '2');
    await vscode.workspace.applyEdit(change);
    await notebook.save();
    assert.equal(await readFile(uri.fsPath, 'utf8'), text.replace('a = 1', 'a = 2'));
  });

  it('streams console lines to the cell while it runs, errors apart', async () => {
    const notebook = await repl("console.log('one'); console.log('two'); console.error('three'); for (;;);");
    const cell = notebook.cellAt(0);
    const ended = start(notebook);
    await until(notebook, () => cell.outputs.length === 2);
    assert.deepEqual(outputs(cell), [{ [stdout]: 'one\ntwo\n' }, { [stderr]: 'three\n' }]);
    await vscode.commands.executeCommand('notebook.cancelExecution');
    await ended;
    await until(notebook, () => cell.executionSummary?.success === false);
  });

  it('updates a display in its place', async () => {
    const notebook = await repl(
      "display('1 of 2', { id: 'p' }); console.log('on'); display('2 of 2', { id: 'p' })",
    );
    await runAll(notebook);
    const cell = notebook.cellAt(0);
    await until(notebook, () => cell.outputs.length === 2);
    const [progress, line] = outputs(cell);
    assert.match(progress?.['text/plain'] ?? '', /2 of 2/);
    assert.equal(line?.[stdout], 'on\n');
  });

  it('stops a cell that does not end, and keeps its variables', async () => {
    const notebook = await repl('const kept = 7', "console.log('on'); for (;;);", 'kept');
    const cell = notebook.cellAt(1);
    const ended = start(notebook);
    await until(notebook, () => cell.outputs.length === 1);
    await vscode.commands.executeCommand('notebook.cancelExecution');
    await ended;
    await until(notebook, () => cell.executionSummary?.success === false);
    assert.deepEqual(outputs(notebook.cellAt(2)), []);
    assert.equal(await evaluate(await sessionOf(notebook), 'kept'), '7');
  });

  it('stops at the first error, shows it, and puts a problem into the cell', async () => {
    const notebook = await repl('1', "\nthrow new TypeError('no')", '3');
    const [, failing, left] = notebook.getCells();
    assert.ok(failing && left);
    await start(notebook);
    await until(notebook, () => failing.executionSummary?.success === false);
    const [shown] = outputs(failing);
    const error = JSON.parse(shown?.[errorMime] ?? '{}') as { name: string; message: string };
    assert.deepEqual([error.name, error.message], ['TypeError', 'no']);
    assert.deepEqual(outputs(left), []);
    assert.equal(left.executionSummary?.executionOrder, undefined);
    const [problem] = vscode.languages.getDiagnostics(failing.document.uri);
    assert.equal(problem?.range.start.line, 1);
  });

  it('goes on with its variables after the host was killed, between cells and in one', async () => {
    const notebook = await repl('let n = 41', "console.log('on'); for (;;);", 'n + 1');
    const [making, endless, using] = notebook.getCells();
    assert.ok(making && endless && using);
    await runCell(making);
    await kept(await sessionOf(notebook));
    await killedAndBack();
    await runCell(using);
    const note = outputs(using)[0]?.[stdout] ?? '';
    assert.match(note, /· The session goes on with its state of /);
    assert.deepEqual(outputs(using)[1]?.['text/plain'], '42');
    await kept(await sessionOf(notebook));
    const ended = runCell(endless);
    await until(notebook, () => endless.outputs.length === 1);
    await killedAndBack();
    await ended;
    assert.equal(endless.executionSummary?.success, false);
    assert.match(outputs(endless)[1]?.[errorMime] ?? '', /HOST_STOPPED/);
    await runCell(using);
    assert.deepEqual(outputs(using)[1]?.['text/plain'], '42');
    await runCell(using);
    assert.deepEqual(outputs(using)[0]?.['text/plain'], '42');
  });

  it('rolls back a cell that cannot be stopped otherwise, says so in it, and keeps the variables', async () => {
    const notebook = await repl(
      'let n = 7',
      "n = 8; console.log('on'); await new Promise((done) => setTimeout(done, 100)); Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)",
      'n',
    );
    const [making, stuck, using] = notebook.getCells();
    assert.ok(making && stuck && using);
    await runCell(making);
    const ended = runCell(stuck);
    await until(notebook, () => stuck.outputs.length === 1);
    await vscode.commands.executeCommand('notebook.cancelExecution');
    await ended;
    const notices = outputs(stuck).flatMap((output) => output[stderr] ?? []);
    assert.equal(notices.length, 1);
    assert.match(notices[0] ?? '', /^! .*goes on with the state it had before/);
    await runCell(using);
    assert.deepEqual(outputs(using)[0]?.['text/plain'], '7');
  });

  it('counts its cells anew when its session is restarted', async () => {
    const notebook = await repl('1');
    const cell = notebook.cellAt(0);
    await runAll(notebook);
    await runAll(notebook);
    assert.equal(cell.executionSummary?.executionOrder, 2);
    const toolbar = { notebookEditor: { notebookUri: notebook.uri } };
    await vscode.commands.executeCommand(commands.restartSession, toolbar);
    await runAll(notebook);
    assert.equal(cell.executionSummary.executionOrder, 1);
  });

  it('is opened untitled by New REPL, with a cell to type into', async () => {
    const notebook = await vscode.commands.executeCommand<vscode.NotebookDocument>(commands.newRepl);
    assert.equal(notebook.isUntitled, true);
    assert.equal(notebook.notebookType, notebookTypes.javascript);
    assert.equal(notebook.cellCount, 1);
    assert.equal(notebook.cellAt(0).document.languageId, 'javascript');
  });

  it('of TypeScript runs typed cells, adds cells of its language, and keeps the rest of its file when one changes', async () => {
    const uri = file('typed.repl.ts');
    const text =
      '// %%\nenum Unit { Gram = 1000 }\n// %%\nconst weight: number = 42;\nweight * Unit.Gram as number\n\n// %%\nlet wrong: = 1';
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
    const notebook = await open(uri);
    assert.equal(notebook.notebookType, notebookTypes.typescript);
    assert.deepEqual(
      notebook.getCells().map(({ document }) => document.languageId),
      ['typescript', 'typescript', 'typescript'],
    );
    await runAll(notebook);
    assert.deepEqual(outputs(notebook.cellAt(1)), [{ 'text/plain': '42000', 'application/json': '42000' }]);
    const wrong = notebook.cellAt(2);
    const problem = vscode.languages
      .getDiagnostics(wrong.document.uri)
      .find(({ message }) => /Unexpected token/.test(message));
    assert.deepEqual(problem?.range.start, new vscode.Position(0, 11));
    const edit = new vscode.WorkspaceEdit();
    edit.insert(wrong.document.uri, new vscode.Position(0, 0), ' ');
    await vscode.workspace.applyEdit(edit);
    await notebook.save();
    assert.equal(await readFile(uri.fsPath, 'utf8'), text.replace('let wrong', ' let wrong'));
    await vscode.commands.executeCommand('notebook.cell.insertCodeCellBelow');
    await until(notebook, () => notebook.cellCount === 4);
    assert.ok(notebook.getCells().every(({ document }) => document.languageId === 'typescript'));
  });

  it('is not made of a file that is not UTF-8, which would be damaged', async () => {
    const uri = file('latin.repl.js');
    await vscode.workspace.fs.writeFile(uri, new Uint8Array([0x2f, 0x2f, 0xe9, 0x0a]));
    await assert.rejects(Promise.resolve(vscode.workspace.openNotebookDocument(uri)), /not UTF-8/);
  });
});

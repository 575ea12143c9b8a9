import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../client/ids.js';
import type { Execution } from '../../../shared/models.js';
import {
  evaluate,
  file,
  firstHost,
  folderSession,
  next,
  product,
  runFile,
  storedEvents,
  writtenDuring,
} from './product.js';

describe('Run File in Session', () => {
  it('runs a file, shows its lines and value in the channel, and gives its row', async () => {
    const text = await writtenDuring(async () => {
      const execution = await runFile(file('good.js'));
      assert.equal(execution?.status, 'ok');
      assert.equal(execution.result?.preview, '6');
    });
    const [header, ...lines] = text.trimEnd().split('\n');
    assert.match(header ?? '', /^▶ good\.js · session /);
    assert.deepEqual(lines.slice(0, 3), ['numbers [ 1, 2, 3 ]', 'almost done', '→ 6']);
    assert.match(lines[3] ?? '', /^✔ ok in .* · 3 events$/);
  });

  it('has the stored events in the view, in their order', async () => {
    const { views } = await product();
    const execution = await runFile(file('good.js'));
    assert.ok(execution);
    const [row] = await views.executions.getChildren();
    assert.equal(row?.kind, 'execution');
    assert.equal(row.id, execution.id);
    const shown = (await views.executions.getChildren(row)).map((node) =>
      node.kind === 'event' ? node.event : node,
    );
    assert.deepEqual(shown, await storedEvents(execution.id));
    assert.deepEqual(
      shown.map((event) => ('seq' in event ? event.seq : 0)),
      [1, 2, 3],
    );
  });

  it('shows every line of a file that prints many, in order, and the first of them in the view', async () => {
    const many = file('many.js');
    const source = 'for (let i = 0; i < 3000; i++) console.log(`line ${i}`);';
    await vscode.workspace.fs.writeFile(many, new TextEncoder().encode(source));
    const expected = Array.from({ length: 3000 }, (_, i) => `line ${i}`);
    let execution: Execution | undefined;
    const text = await writtenDuring(async () => {
      execution = await runFile(many);
    });
    const lines = text.split('\n').filter((line) => line.startsWith('line '));
    assert.equal(lines.length, expected.length);
    assert.deepEqual(lines, expected);
    const { views } = await product();
    await views.executions.getChildren();
    const row = views.executions.node(execution?.id ?? '') ?? assert.fail();
    const labels = async () =>
      (await views.executions.getChildren(row)).map((node) => views.executions.getTreeItem(node).label);
    assert.deepEqual(await labels(), [...expected.slice(0, 200), 'Load more']);
    const more = (await views.executions.getChildren(row)).at(-1);
    await vscode.commands.executeCommand(commands.loadMore, more);
    assert.deepEqual(await labels(), [...expected.slice(0, 400), 'Load more']);
  });

  it('runs in the same session again, with the variables of the run before', async () => {
    await runFile(file('good.js'));
    const session = await folderSession();
    await runFile(file('good.js'));
    assert.equal((await folderSession()).id, session.id);
    assert.equal(await evaluate(session, 'numbers.length'), '3');
  });

  it('saves a file that was edited before it runs it', async () => {
    const document = await vscode.workspace.openTextDocument(file('good.js'));
    const editor = await vscode.window.showTextDocument(document);
    const before = document.getText();
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), '// edited\n'));
    const execution = await runFile(document.uri);
    assert.equal(execution?.status, 'ok');
    assert.equal(document.isDirty, false);
    const all = new vscode.Range(0, 0, document.lineCount, 0);
    await editor.edit((edit) => edit.replace(all, before));
    await document.save();
  });

  it('runs the file of the active editor when it is called without one', async () => {
    await vscode.window.showTextDocument(file('importing.js'));
    const execution = await vscode.commands.executeCommand<{ result: { preview: string } }>(commands.runFile);
    assert.equal(execution.result.preview, '42');
  });

  it('puts a problem on the line that threw, and a link to it in the channel', async () => {
    const throwing = file('throwing.js');
    const text = await writtenDuring(async () => {
      const execution = await runFile(throwing);
      assert.equal(execution?.status, 'error');
    });
    assert.match(text, /RangeError: on purpose/);
    assert.ok(text.includes(`${throwing.fsPath}:2:`), text);
    const [problem, ...others] = vscode.languages.getDiagnostics(throwing);
    assert.deepEqual(others, []);
    assert.equal(problem?.message, 'RangeError: on purpose');
    assert.equal(problem.range.start.line, 1);
    assert.equal(problem.relatedInformation?.at(-1)?.location.range.start.line, 5);
  });

  it('takes the problem away when the file runs again', async () => {
    const sometimes = file('sometimes.js');
    const text = "globalThis.runs = (globalThis.runs ?? 0) + 1;\nif (runs === 1) throw new Error('first');\n";
    await vscode.workspace.fs.writeFile(sometimes, new TextEncoder().encode(text));
    assert.equal((await runFile(sometimes))?.status, 'error');
    assert.equal(vscode.languages.getDiagnostics(sometimes).length, 1);
    assert.equal((await runFile(sometimes))?.status, 'ok');
    assert.deepEqual(vscode.languages.getDiagnostics(sometimes), []);
  });

  it('cancels a file that does not end, and its session keeps its variables', async () => {
    await runFile(file('good.js'));
    const session = await folderSession();
    const { views } = await product();
    const host = await firstHost();
    const started = next(host.onDidReceiveEvents, ({ events }) =>
      events.some(({ type }) => type === 'console'),
    );
    const run = runFile(file('endless.js'));
    const { executionId } = await started;
    await views.executions.getChildren();
    const row = views.executions.node(executionId);
    assert.match(views.executions.getTreeItem(row ?? assert.fail()).contextValue ?? '', /\bcanCancel\b/);
    await vscode.commands.executeCommand(commands.cancelExecution, row);
    const execution = await run;
    assert.equal(execution?.status, 'cancelled');
    assert.equal(execution.error?.code, 'CANCELLED');
    assert.equal(await evaluate(session, 'numbers.length'), '3');
  });

  it('is stopped at the limit of the settings, and its session keeps its variables', async () => {
    const session = await folderSession();
    const settings = vscode.workspace.getConfiguration('vmSystem');
    await settings.update('limits.wallMs', 300, vscode.ConfigurationTarget.Global);
    try {
      const execution = await runFile(file('endless.js'));
      assert.equal(execution?.status, 'timeout');
      assert.equal(execution.error?.code, 'WALL_LIMIT_EXCEEDED');
    } finally {
      await settings.update('limits.wallMs', undefined, vscode.ConfigurationTarget.Global);
    }
    assert.equal(await evaluate(session, 'numbers.length'), '3');
  });

  it('is stopped by Interrupt Session', async () => {
    const host = await firstHost();
    const started = next(host.onDidReceiveEvents, ({ events }) =>
      events.some(({ type }) => type === 'console'),
    );
    const run = runFile(file('endless.js'));
    await started;
    const { views } = await product();
    await views.sessions.getChildren();
    const row = views.sessions.node((await folderSession()).id);
    assert.equal(await vscode.commands.executeCommand(commands.interrupt, row), true);
    assert.equal((await run)?.status, 'cancelled');
  });

  it('waits for its turn while the session is busy', async () => {
    const host = await firstHost();
    const started = next(host.onDidReceiveEvents, ({ events }) =>
      events.some(({ type }) => type === 'console'),
    );
    const endless = runFile(file('endless.js'));
    const { executionId } = await started;
    const queued = next(host.onDidChangeExecution, ({ row }) => row.status === 'queued');
    const waiting = runFile(file('good.js'));
    await queued;
    await host.request('cancelExecution', { executionId });
    assert.equal((await endless)?.status, 'cancelled');
    assert.equal((await waiting)?.status, 'ok');
  });
});

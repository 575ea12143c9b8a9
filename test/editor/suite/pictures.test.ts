import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands, views as ids } from '../../../client/ids.js';
import type { Node } from '../../../client/views/nodes.js';
import type { Execution, Session } from '../../../shared/models.js';
import {
  accepting,
  evaluate,
  file,
  firstHost,
  folderSession,
  kept,
  killedAndBack,
  next,
  product,
  runFile,
  select,
  sessionItem,
} from './product.js';
import { screenshot, takePicture } from './screenshot.js';

/** The container with its views, beside one editor. */
async function showViews(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  await vscode.commands.executeCommand('notifications.clearAll');
  await vscode.commands.executeCommand(`${ids.sessions}.focus`);
}

/** Opens the row of an execution. */
async function reveal(execution: Execution | undefined): Promise<Node> {
  const { views } = await product();
  await views.executions.getChildren();
  const row = views.executions.node(execution?.id ?? '');
  assert.ok(row, 'the execution has no row');
  await views.reveal(row);
  return row;
}

/** For people to look at; what they show is asserted by the other tests. */
describe('pictures', function () {
  this.timeout(60_000);

  it('of files that ran well, threw and were cancelled', async () => {
    await showViews();
    await vscode.commands.executeCommand(commands.newSession);
    await runFile(file('good.js'));
    await runFile(file('importing.js'));
    const host = await firstHost();
    const started = next(host.onDidReceiveEvents, ({ events }) =>
      events.some(({ type }) => type === 'console'),
    );
    const endless = runFile(file('endless.js'));
    const { executionId } = await started;
    await screenshot('file-running');
    await host.request('cancelExecution', { executionId });
    await endless;
    const throwing = await runFile(file('throwing.js'));
    await vscode.window.showTextDocument(file('throwing.js'));
    await reveal(throwing);
    await screenshot('file-threw');
  });

  it('of an execution with its events, opened', async () => {
    await showViews();
    const row = await reveal(await runFile(file('good.js')));
    await vscode.commands.executeCommand(commands.open, row);
    await screenshot('execution-opened');
  });

  it('of sessions asleep and awake, and of executions that were rewound', async () => {
    await showViews();
    await vscode.commands.executeCommand(commands.newSession);
    await runFile(file('good.js'));
    const session = await folderSession();
    await runFile(file('importing.js'));
    await kept(session);
    await accepting(() =>
      sessionItem(session).then(({ node }) => vscode.commands.executeCommand(commands.goBack, node)),
    );
    await kept(session);
    await killedAndBack();
    await vscode.commands.executeCommand(commands.newSession);
    await screenshot('sessions-asleep');
    await runFile(file('good.js'));
    await screenshot('session-awake');
  });

  it('of what a session holds, and of its checkpoints', async () => {
    await showViews();
    const session = await vscode.commands.executeCommand<Session>(commands.newSession);
    for (const input of ['const order = { id: 7, lines: [1, 2] }', 'let total = 20', 'total += 22']) {
      await evaluate(session, input);
      await kept(session);
    }
    const { views } = await product();
    const { node } = await sessionItem(session);
    const [variables, checkpoints] = await views.sessions.getChildren(node);
    assert.ok(variables?.kind === 'variables' && checkpoints?.kind === 'checkpoints');
    const [, , oldest] = await views.sessions.getChildren(checkpoints);
    assert.ok(oldest?.kind === 'checkpoint');
    await accepting(() => vscode.commands.executeCommand(commands.labelCheckpoint, oldest));
    await views.reveal(checkpoints);
    await views.reveal(variables);
    const [order] = await views.sessions.getChildren(variables);
    assert.ok(order?.kind === 'variable');
    await views.reveal(order);
    await screenshot('session-parts');
    const picked = Promise.resolve(vscode.commands.executeCommand(commands.goBack, node));
    await takePicture('go-back-pick');
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    await picked;
    await vscode.commands.executeCommand(commands.goBackToThis, oldest);
    await evaluate(session, 'let total = 30');
    await kept(session);
    await vscode.commands.executeCommand(`workbench.actions.treeView.${ids.sessions}.collapseAll`);
    await select(oldest);
    await screenshot('session-went-back');
  });

  it('of templates', async () => {
    await showViews();
    const { views } = await product();
    const [template] = await views.templates.getChildren();
    assert.equal(template?.kind, 'template');
    await vscode.commands.executeCommand(`${ids.templates}.focus`);
    await views.reveal(template);
    const [settings] = await views.templates.getChildren(template);
    assert.equal(settings?.kind, 'detail');
    await views.reveal(settings);
    await screenshot('templates');
  });

  it('of a notebook', async () => {
    await showViews();
    const uri = file('tour.repl.js');
    const text = [
      '// %% [markdown]',
      '// # Orders',
      '// A REPL is a plain script: cells begin at `// %%`.',
      '',
      '// %%',
      'const orders = [{ id: 1, total: 20 }, { id: 2, total: 22 }];',
      "console.log('%d orders', orders.length);",
      "console.warn('prices are made up');",
      'orders',
      '',
      '// %%',
      'new Map(orders.map((order) => [order.id, order]))',
      '',
      '// %%',
      'orders.missing.total',
      '',
    ].join('\n');
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
    const notebook = await vscode.workspace.openNotebookDocument(uri);
    await vscode.window.showNotebookDocument(notebook);
    await vscode.commands.executeCommand('notebook.execute', uri);
    await screenshot('notebook');
    assert.equal(notebook.cellAt(3).executionSummary?.success, false);
  });
});

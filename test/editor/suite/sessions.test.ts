import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../client/ids.js';
import type { Session } from '../../../shared/models.js';
import { evaluate, file, firstHost, folderSession, product, runFile } from './product.js';

const run = (command: string, argument?: unknown) =>
  vscode.commands.executeCommand<Session>(command, argument);

/** The row of a session in the view. */
async function sessionRow(session: Session) {
  const { views } = await product();
  await views.sessions.getChildren();
  const row = views.sessions.node(session.id);
  assert.ok(row, 'the session has no row');
  return row;
}

describe('sessions', () => {
  it('are made by New Session, and files of the folder run in the new one', async () => {
    const session = await run(commands.newSession);
    assert.equal(session.status, 'ready');
    const execution = await runFile(file('good.js'));
    assert.equal(execution?.sessionId, session.id);
    const { views } = await product();
    const item = views.sessions.getTreeItem(await sessionRow(session));
    assert.match(String(item.description), /files run here/);
  });

  it('lose their variables and keep their executions when they are restarted', async () => {
    await runFile(file('good.js'));
    const session = await folderSession();
    const restarted = await run(commands.restartSession, await sessionRow(session));
    assert.equal(restarted.id, session.id);
    assert.equal(restarted.status, 'ready');
    assert.equal(await evaluate(restarted, 'typeof numbers'), "'undefined'");
    const host = await firstHost();
    const { items } = await host.request('listExecutions', { sessionId: session.id });
    assert.ok(items.some(({ path }) => path === 'good.js'));
  });

  it('are closed by Close Session, and the next run makes a new one', async () => {
    await runFile(file('good.js'));
    const session = await folderSession();
    const closed = await run(commands.closeSession, await sessionRow(session));
    assert.equal(closed.status, 'closed');
    const { views } = await product();
    const item = views.sessions.getTreeItem(await sessionRow(session));
    assert.equal(item.description, 'closed · files run here');
    assert.doesNotMatch(item.contextValue ?? '', /canClose/);
    const execution = await runFile(file('good.js'));
    assert.equal(execution?.status, 'ok');
    assert.notEqual(execution.sessionId, session.id);
  });

  it('have their executions shown alone, and all of them again', async () => {
    const first = await run(commands.newSession);
    await runFile(file('good.js'));
    await run(commands.newSession);
    await runFile(file('importing.js'));
    const { views } = await product();
    const paths = async () =>
      (await views.executions.getChildren()).flatMap((node) =>
        node.kind === 'execution' ? [node.row.path] : [],
      );
    await run(commands.showExecutions, await sessionRow(first));
    assert.deepEqual(await paths(), ['good.js']);
    await run(commands.showAllExecutions);
    assert.deepEqual((await paths()).slice(0, 2), ['importing.js', 'good.js']);
  });

  it('open as read-only documents that follow them', async () => {
    const session = await run(commands.newSession);
    const row = await sessionRow(session);
    await run(commands.open, row);
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.uri.scheme, 'vm-system');
    assert.equal(document.languageId, 'json');
    const shown = () => (JSON.parse(document.getText()) as Session).status;
    assert.equal(shown(), 'ready');
    const changed = new Promise<void>((resolve) => {
      const listener = vscode.workspace.onDidChangeTextDocument(() => {
        if (shown() !== 'closed') return;
        listener.dispose();
        resolve();
      });
    });
    await run(commands.closeSession, row);
    await changed;
  });
});

describe('templates', () => {
  it('show the built-in one with its limits', async () => {
    const { views } = await product();
    const [template] = await views.templates.getChildren();
    assert.equal(template?.kind, 'template');
    assert.equal(template.row.name, 'default');
    const groups = await views.templates.getChildren(template);
    assert.deepEqual(
      groups.map((group) => group.kind === 'detail' && group.label),
      ['Settings', 'Modules', 'Libraries', 'Capabilities', 'Startup files'],
    );
    const [settings] = groups;
    const lines = await views.templates.getChildren(settings);
    const cpu = lines.find((line) => line.kind === 'detail' && line.label === 'cpuMs');
    assert.equal(cpu?.kind === 'detail' && cpu.value, '60000');
    assert.equal(views.templates.getParent(cpu ?? assert.fail()), settings);
  });
});

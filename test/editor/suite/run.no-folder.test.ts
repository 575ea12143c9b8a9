import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../client/ids.js';
import { product, shownError } from './product.js';

describe('without a folder', () => {
  for (const command of [commands.newSession, commands.restartHost, commands.closeSession]) {
    it(`${command} says that a folder is needed`, async () => {
      const { message, action } = await shownError(() => vscode.commands.executeCommand(command));
      assert.match(message, /^Open a folder first/);
      assert.equal(action.title, 'Open Folder');
    });
  }

  it('an untitled text is not run', async () => {
    const document = await vscode.workspace.openTextDocument({ language: 'javascript', content: '1' });
    await vscode.window.showTextDocument(document);
    const { message } = await shownError(() => vscode.commands.executeCommand(commands.runFile));
    assert.match(message, /^Open a folder first/);
  });

  it('a cell is not run, and a person is told why', async () => {
    const notebook = await vscode.commands.executeCommand<vscode.NotebookDocument>(commands.newRepl);
    const { message } = await shownError(() =>
      vscode.commands.executeCommand('notebook.execute', notebook.uri),
    );
    assert.match(message, /^Open a folder first/);
  });

  it('the views are empty, and no host starts', async () => {
    const { views, hosts } = await product();
    assert.deepEqual(await views.sessions.getChildren(), []);
    assert.deepEqual(hosts.all, []);
  });
});

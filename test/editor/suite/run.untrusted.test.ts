import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../client/ids.js';
import { errorData } from '../../../client/errors.js';
import { file, firstHost, product, runFile, shownError } from './product.js';

describe('in a workspace that is not trusted', () => {
  it('no file is run, and the way to trust is offered', async () => {
    assert.equal(vscode.workspace.isTrusted, false);
    const { message, action } = await shownError(() => runFile(file('good.js')));
    assert.match(message, /not trusted/);
    assert.equal(action.command, 'workbench.trust.manage');
  });

  it('no session is made', async () => {
    const { message } = await shownError(() => vscode.commands.executeCommand(commands.newSession));
    assert.match(message, /not trusted/);
  });

  for (const command of [
    commands.saveCheckpoint,
    commands.goBackToThis,
    commands.forkFromThis,
    commands.wakeSession,
  ]) {
    it(`${command} does nothing and says why`, async () => {
      const { message } = await shownError(() => vscode.commands.executeCommand(command));
      assert.match(message, /not trusted/);
    });
  }

  it('templates can be read', async () => {
    const { views } = await product();
    const rows = await views.templates.getChildren();
    assert.deepEqual(
      rows.map((row) => row.kind === 'template' && row.row.name),
      ['default'],
    );
  });

  it('the host refuses to run code, whoever asks', async () => {
    const host = await firstHost();
    await assert.rejects(host.request('createSession', {}), (error) => {
      assert.equal(errorData(error)?.code, 'WORKSPACE_NOT_TRUSTED');
      return true;
    });
  });
});

import * as vscode from 'vscode';
import { views } from '../../../client/ids.js';
import { product } from './product.js';
import { screenshot } from './screenshot.js';

/** For people to look at. */
describe('pictures', function () {
  this.timeout(60_000);

  it('of the views without a folder', async () => {
    await product();
    await vscode.commands.executeCommand('notifications.clearAll');
    await vscode.commands.executeCommand(`${views.sessions}.focus`);
    await screenshot('no-folder');
  });
});

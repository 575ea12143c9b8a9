import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Execution } from '../../../shared/models.js';
import { commands } from '../../../client/ids.js';
import {
  file,
  firstHost,
  folderSession,
  hostIs,
  killHost,
  next,
  product,
  runFile,
  writtenDuring,
} from './product.js';

/** What the view says of a session. */
async function shownStatus(sessionId: string): Promise<string | undefined> {
  const { views } = await product();
  await views.sessions.getChildren();
  return views.sessions.node(sessionId)?.row.status;
}

describe('the host', () => {
  it('comes back after it was killed while idle, and the views say what is left', async () => {
    await runFile(file('good.js'));
    const session = await folderSession();
    const host = await hostIs('running');
    const back = next(host.onDidChangeState, ({ kind }) => kind === 'running');
    killHost(host);
    await back;
    assert.equal(await shownStatus(session.id), 'closed');
    const { views } = await product();
    const rows = await views.executions.getChildren();
    assert.ok(rows.some((row) => row.kind === 'execution' && row.row.sessionId === session.id));
  });

  it('starts the session of the folder anew when the next file runs, and says that its variables are gone', async () => {
    const { sessions } = await product();
    const host = await firstHost();
    const sessionId = sessions.sessionId(host.folder.uri.toString());
    const text = await writtenDuring(async () => {
      const execution = await runFile(file('good.js'));
      assert.equal(execution?.status, 'ok');
      assert.equal(execution.sessionId, sessionId);
    });
    assert.match(text, /^! Session .* was started anew, without its variables/);
  });

  it('comes back after it was killed while a file ran, whose row says so', async () => {
    const host = await firstHost();
    const started = next(host.onDidReceiveEvents, ({ events }) =>
      events.some(({ type }) => type === 'console'),
    );
    let execution: Execution | undefined;
    const text = await writtenDuring(async () => {
      const run = runFile(file('endless.js'));
      await started;
      killHost(host);
      execution = await run;
    });
    assert.equal(execution?.status, 'error');
    assert.match(text, /started\n.*\(HOST_STOPPED\)\n✖ error/);
    assert.equal(execution.error?.code, 'HOST_STOPPED');
    assert.equal(host.state.kind, 'running');
    const { views } = await product();
    const [row] = await views.executions.getChildren();
    assert.equal(row?.kind, 'execution');
    assert.equal(row.row.id, execution.id);
    assert.equal(row.row.status, 'error');
    const events = await views.executions.getChildren(row);
    assert.deepEqual(
      events.map((node) => node.kind === 'event' && node.event.type),
      ['console', 'exception'],
    );
  });

  it('is ended and started again by Restart Host', async () => {
    await runFile(file('good.js'));
    const host = await hostIs('running');
    const before = host.state;
    await vscode.commands.executeCommand(commands.restartHost);
    assert.equal(host.state.kind, 'running');
    assert.notDeepEqual(host.state, before);
    assert.equal((await runFile(file('good.js')))?.status, 'ok');
  });

  it('is not started a fifth time in three minutes, and a person can do it', async () => {
    await vscode.commands.executeCommand(commands.restartHost);
    const host = await firstHost();
    const { onDidReport } = await product();
    for (let restart = 1; restart <= 4; restart++) {
      const back = next(host.onDidChangeState, ({ kind }) => kind === 'running');
      killHost(host);
      await back;
    }
    const told = next(onDidReport);
    killHost(host);
    const { message, action } = await told;
    assert.match(message, /ended 5 times in 3 minutes/);
    assert.equal(action.command, commands.restartHost);
    assert.equal(host.state.kind, 'failed');
    const { views } = await product();
    assert.deepEqual(await views.sessions.getChildren(), []);
    await vscode.commands.executeCommand(commands.restartHost);
    assert.equal((await runFile(file('good.js')))?.status, 'ok');
    assert.notDeepEqual(await views.sessions.getChildren(), []);
  });
});

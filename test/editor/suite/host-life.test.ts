import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Execution } from '../../../shared/models.js';
import { commands } from '../../../client/ids.js';
import {
  evaluate,
  file,
  firstHost,
  folderSession,
  hostIs,
  kept,
  killedAndBack,
  killHost,
  next,
  product,
  runFile,
  sessionItem,
  sessionShows,
  writtenDuring,
} from './product.js';

describe('the host', () => {
  it('comes back after it was killed while idle, and the views show sessions asleep', async () => {
    await runFile(file('good.js'));
    const session = await folderSession();
    await kept(session);
    await killedAndBack();
    const { item } = await sessionItem(session);
    assert.match(String(item.description), /^asleep · state of \d.* · files run here$/);
    assert.match(item.accessibilityInformation?.label ?? '', /asleep/);
    const { views } = await product();
    const rows = await views.executions.getChildren();
    assert.ok(rows.some((row) => row.kind === 'execution' && row.row.sessionId === session.id));
  });

  it('wakes the session of the folder when the next file runs, with its variables, and says so in one line', async () => {
    const session = await folderSession();
    assert.equal(session.status, 'hibernated');
    const text = await writtenDuring(async () => {
      const execution = await runFile(file('importing.js'));
      assert.equal(execution?.status, 'ok');
      assert.equal(execution.sessionId, session.id);
    });
    const [notice, header, ...lines] = text.trimEnd().split('\n');
    assert.ok(notice?.startsWith(`· ${session.name}: The session goes on with its state of `), text);
    assert.match(header ?? '', /^▶ importing\.js/);
    assert.equal(lines.filter((line) => line.startsWith('✔')).length, 1, text);
    assert.equal(await evaluate(session, 'numbers.length'), '3');
    await sessionShows(session, /^ready · files run here$/);
  });

  it('comes back after it was killed while a file ran, whose row says so, and the session goes on', async () => {
    await runFile(file('good.js'));
    const session = await folderSession();
    await kept(session);
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
    assert.match(String(views.executions.getTreeItem(row).description), /^error( in .*)? · rewound$/);
    const events = await views.executions.getChildren(row);
    assert.deepEqual(
      events.map((node) => node.kind === 'event' && node.event.type),
      ['console', 'exception'],
    );
    assert.equal(await evaluate(session, 'numbers.length'), '3');
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

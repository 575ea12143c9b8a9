import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../client/ids.js';
import type { Checkpoint, Session } from '../../../shared/models.js';
import { accepting, evaluate, firstHost, kept, killedAndBack, product, sessionItem } from './product.js';

/** Calls a command on a session's row, and takes what is proposed. */
async function onRow<T>(command: string, session: Session): Promise<T> {
  const { node } = await sessionItem(session);
  return accepting(() => vscode.commands.executeCommand<T>(command, node));
}

async function newSession(): Promise<Session> {
  return vscode.commands.executeCommand<Session>(commands.newSession);
}

describe('checkpoints', () => {
  it('are saved by Save Checkpoint under the name that was proposed, and kept', async () => {
    const session = await newSession();
    const { id, label } = await onRow<Checkpoint>(commands.saveCheckpoint, session);
    assert.match(label ?? '', /^Saved \d/);
    const { items } = await (await firstHost()).request('listCheckpoints', { sessionId: session.id });
    assert.equal(items.find((checkpoint) => checkpoint.id === id)?.label, label);
  });

  it('are gone back to by Go Back To, which proposes the state before the last execution and marks what it undid', async () => {
    const session = await newSession();
    for (const input of ['let n = 1', 'n = 2']) {
      await evaluate(session, input);
      await kept(session);
    }
    const back = await onRow<Session>(commands.goBack, session);
    assert.equal(back.id, session.id);
    assert.equal(await evaluate(session, 'n'), '1');
    const { views } = await product();
    const undone = (await views.executions.getChildren()).find(
      (node) => node.kind === 'execution' && node.row.sessionId === session.id && node.row.input === 'n = 2',
    );
    assert.ok(undone, 'the execution has no row');
    const item = views.executions.getTreeItem(undone);
    assert.match(String(item.description), / · rewound$/);
    assert.ok(item.resourceUri, 'its row is not dimmed');
  });

  it('make other sessions by Fork From, which go their own ways', async () => {
    const session = await newSession();
    await evaluate(session, 'let n = 1');
    await kept(session);
    const fork = await onRow<Session>(commands.forkSession, session);
    assert.notEqual(fork.id, session.id);
    assert.equal(fork.forkedFrom?.sessionId, session.id);
    await evaluate(fork, 'n = 2');
    assert.equal(await evaluate(session, 'n'), '1');
    assert.equal(await evaluate(fork, 'n'), '2');
  });

  it('can be chosen for a session that is asleep, which it wakes', async () => {
    const session = await newSession();
    for (const input of ['let n = 1', 'n = 2']) {
      await evaluate(session, input);
      await kept(session);
    }
    await killedAndBack();
    const { item } = await sessionItem(session);
    assert.match(String(item.description), /^asleep/);
    for (const action of ['canGoBack', 'canFork', 'canSaveCheckpoint', 'canClose']) {
      assert.match(item.contextValue ?? '', new RegExp(`\\b${action}\\b`));
    }
    const back = await onRow<Session>(commands.goBack, session);
    assert.equal(back.status, 'ready');
    assert.equal(await evaluate(session, 'n'), '1');
  });

  it('are not offered for a session that was closed, but a fork of it is', async () => {
    const session = await newSession();
    await evaluate(session, 'const n = 5');
    await kept(session);
    const { node } = await sessionItem(session);
    await vscode.commands.executeCommand(commands.closeSession, node);
    const { item } = await sessionItem(session);
    assert.doesNotMatch(item.contextValue ?? '', /canGoBack|canSaveCheckpoint/);
    const fork = await onRow<Session>(commands.forkSession, session);
    assert.equal(await evaluate(fork, 'n'), '5');
  });
});

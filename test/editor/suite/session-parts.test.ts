import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands, views as ids } from '../../../client/ids.js';
import type {
  CheckpointNode,
  CheckpointsNode,
  Node,
  VariableNode,
  VariablesNode,
} from '../../../client/views/nodes.js';
import type { Checkpoint, Execution, Session } from '../../../shared/models.js';
import {
  accepting,
  evaluate,
  firstHost,
  kept,
  killedAndBack,
  next,
  product,
  select,
  sessionItem,
  sessionShows,
  shownError,
} from './product.js';

/** A session in which these cells have run, with the state after each of them kept. */
async function sessionWith(...cells: readonly string[]): Promise<Session> {
  const session = await vscode.commands.executeCommand<Session>(commands.newSession);
  for (const cell of cells) {
    await evaluate(session, cell);
    await kept(session);
  }
  await sessionShows(session, /^ready/);
  return session;
}

/** The rows that a session has below it. */
async function partsOf(session: Session): Promise<[VariablesNode, CheckpointsNode]> {
  const { views } = await product();
  const { node } = await sessionItem(session);
  const [variables, checkpoints] = await views.sessions.getChildren(node);
  assert.equal(variables?.kind, 'variables');
  assert.equal(checkpoints?.kind, 'checkpoints');
  return [variables, checkpoints];
}

async function below(node: Node): Promise<Node[]> {
  return (await product()).views.sessions.getChildren(node);
}

async function drawn(node: Node): Promise<vscode.TreeItem> {
  return (await product()).views.sessions.getTreeItem(node);
}

async function checkpointsOf(session: Session): Promise<CheckpointNode[]> {
  const [, section] = await partsOf(session);
  return (await below(section)).filter((node) => node.kind === 'checkpoint');
}

/** The kept state after a cell. */
async function after(session: Session, cell: string): Promise<CheckpointNode> {
  const found = (await checkpointsOf(session)).find((node) => node.after?.input === cell);
  assert.ok(found, `no state after ${cell}`);
  return found;
}

/** Waits until what is below a row passes; it is read again whenever the view is told to. */
async function shows(node: Node, passes: (rows: readonly Node[]) => boolean): Promise<void> {
  const { views } = await product();
  for (;;) {
    const changed = next(views.sessions.onDidChangeTreeData);
    if (passes(await below(node))) return;
    await changed;
  }
}

/** Names and values of what is below a row. */
const lines = (rows: readonly Node[]) =>
  rows.map((row) => {
    if (row.kind === 'variable') return `${row.variable.name} = ${row.variable.value.preview}`;
    return row.kind === 'note' ? row.text : row.kind;
  });

async function variable(parent: Node, name: string): Promise<VariableNode> {
  const found = (await below(parent)).find((node) => node.kind === 'variable' && node.variable.name === name);
  assert.ok(found?.kind === 'variable', `no variable ${name}`);
  return found;
}

describe('the checkpoints below a session', () => {
  it('are its kept states, newest first, with what each is after, when and how big', async () => {
    const session = await sessionWith('let n = 1', 'n = 2');
    const [newest, older, oldest] = await Promise.all((await checkpointsOf(session)).map(drawn));
    assert.equal(newest?.label, 'after n = 2');
    assert.match(String(newest.description), /^current · \d+:\d\d.* · [\d.]+ [kM]B$/);
    assert.equal(older?.label, 'after let n = 1');
    assert.match(String(older.description), /^\d+:\d\d.* · [\d.]+ [kM]B$/);
    assert.equal(oldest?.label, 'before the first execution');
    assert.match(newest.accessibilityInformation?.label ?? '', /^Checkpoint after n = 2, .*goes on from it$/);
  });

  it('tell their id, execution and bytes on disk when they are pointed at', async () => {
    const session = await sessionWith('let n = 1');
    const node = await after(session, 'let n = 1');
    const { views } = await product();
    const { tooltip } = views.sessions.resolveTreeItem(await drawn(node), node);
    assert.ok(tooltip instanceof vscode.MarkdownString);
    for (const part of [node.row.id, node.row.executionId ?? '-', 'On disk', 'Memory']) {
      assert.ok(tooltip.value.replaceAll('\\', '').includes(part), part);
    }
  });

  it('offer for the current one no way back and no deletion', async () => {
    const session = await sessionWith('let n = 1', 'n = 2');
    const current = await drawn(await after(session, 'n = 2'));
    assert.equal(current.contextValue, 'checkpoint canLabel canForkThis canShowExecution');
    const other = await drawn(await after(session, 'let n = 1'));
    for (const action of ['canGoBackToThis', 'canForkThis', 'canLabel', 'canDeleteCheckpoint']) {
      assert.match(other.contextValue ?? '', new RegExp(`\\b${action}\\b`));
    }
    const { message } = await shownError(async () =>
      vscode.commands.executeCommand(commands.deleteCheckpoint, await after(session, 'n = 2')),
    );
    assert.match(message, /goes on from this checkpoint/);
  });

  it('show the state after an execution that has just ended, without being asked', async () => {
    const session = await sessionWith('let n = 1');
    const [, section] = await partsOf(session);
    await below(section);
    await evaluate(session, 'n = 2');
    await shows(section, ([first]) => first?.kind === 'checkpoint' && first.after?.input === 'n = 2');
  });

  it('are gone back to by Go Back to This, and the state that was left is the next row', async () => {
    const session = await sessionWith('let n = 1', 'n = 2', 'n = 3');
    const [, section] = await partsOf(session);
    await vscode.commands.executeCommand(commands.goBackToThis, await after(session, 'let n = 1'));
    assert.equal(await evaluate(session, 'n'), '1');
    await shows(section, (rows) =>
      rows.some((row) => row.kind === 'checkpoint' && row.row.label === 'Before going back'),
    );
    const left = (await checkpointsOf(session)).find(({ row }) => row.label === 'Before going back');
    assert.equal(left?.after?.input, 'n = 3');
    const { iconPath } = await drawn(left);
    assert.ok(iconPath instanceof vscode.ThemeIcon);
    assert.equal(iconPath.id, 'bookmark');
    await shows(section, (rows) =>
      rows.some((row) => row.kind === 'checkpoint' && row.id === left.id && row.after?.rewound === true),
    );
    const [undone] = (await checkpointsOf(session)).filter(({ id }) => id === left.id);
    const item = await drawn(undone ?? assert.fail());
    assert.match(String(item.description), /^rewound · after n = 3 · /);
    assert.ok(item.resourceUri, 'its row is not dimmed');
  });

  it('make other sessions by Fork From This', async () => {
    const session = await sessionWith('let n = 1', 'n = 2');
    const state = await after(session, 'let n = 1');
    const fork = await vscode.commands.executeCommand<Session>(commands.forkFromThis, state);
    assert.equal(fork.forkedFrom?.checkpointId, state.row.id);
    assert.equal(await evaluate(fork, 'n'), '1');
    assert.equal(await evaluate(session, 'n'), '2');
  });

  it('get a label by Label Checkpoint, which is what they are called then', async () => {
    const session = await sessionWith('let n = 1', 'n = 2');
    const [, section] = await partsOf(session);
    const state = await after(session, 'let n = 1');
    const { label } = await accepting(() =>
      vscode.commands.executeCommand<Checkpoint>(commands.labelCheckpoint, state),
    );
    assert.match(label ?? '', /^State of \d/);
    await shows(section, (rows) => rows.some((row) => row.kind === 'checkpoint' && row.row.label === label));
    const item = await drawn(await after(session, 'let n = 1'));
    assert.equal(item.label, label);
    assert.match(String(item.description), /^after let n = 1 · /);
  });

  it('are deleted by Delete Checkpoint, at once when they have no label', async () => {
    const session = await sessionWith('let n = 1', 'n = 2');
    const [, section] = await partsOf(session);
    const state = await after(session, 'let n = 1');
    await vscode.commands.executeCommand(commands.deleteCheckpoint, state);
    await shows(section, (rows) => !rows.some(({ id }) => id === state.id));
    const { items } = await (await firstHost()).request('listCheckpoints', { sessionId: session.id });
    assert.ok(!items.some(({ id }) => id === state.id));
  });

  it('are not deleted without asking when they have a label', async () => {
    const session = await sessionWith('let n = 1', 'n = 2');
    const host = await firstHost();
    const { row } = await after(session, 'let n = 1');
    const params = { sessionId: session.id, checkpointId: row.id };
    await host.request('labelCheckpoint', { ...params, label: 'precious' });
    (await product()).views.sessions.refresh();
    // A window of tests answers no question, which is as good as no.
    await vscode.commands.executeCommand(commands.deleteCheckpoint, await after(session, 'let n = 1'));
    const { items } = await host.request('listCheckpoints', { sessionId: session.id });
    assert.ok(items.some(({ id }) => id === row.id));
  });

  it('can be labelled and deleted by the keyboard, where one is selected', async () => {
    const session = await sessionWith('let n = 1', 'n = 2');
    const state = await after(session, 'let n = 1');
    await vscode.commands.executeCommand(`${ids.sessions}.focus`);
    await select(state);
    const { id } = await accepting(() =>
      vscode.commands.executeCommand<Checkpoint>(commands.labelCheckpoint, 'selected'),
    );
    assert.equal(id, state.row.id);
    const oldest = (await checkpointsOf(session)).at(-1);
    assert.ok(oldest);
    await select(oldest);
    const deleted = await vscode.commands.executeCommand<Checkpoint>(commands.deleteCheckpoint, 'selected');
    assert.equal(deleted.id, oldest.id);
  });

  it('lead to the execution that they are the state after', async () => {
    const session = await sessionWith('let n = 1', 'n = 2');
    const state = await after(session, 'let n = 1');
    const { id } = await vscode.commands.executeCommand<Execution>(commands.showExecution, state);
    assert.equal(id, state.row.executionId);
    const document = vscode.window.activeTextEditor?.document;
    assert.match(document?.uri.path ?? '', new RegExp(`/execution/${id}/`));
    assert.match(document?.getText() ?? '', /let n = 1/);
  });

  it('are saved by Save Checkpoint on their heading', async () => {
    const session = await sessionWith('let n = 1');
    const [, section] = await partsOf(session);
    await below(section);
    assert.match((await drawn(section)).contextValue ?? '', /\bcanSaveHere\b/);
    const saved = await accepting(() =>
      vscode.commands.executeCommand<Checkpoint>(commands.saveCheckpoint, section),
    );
    await shows(section, ([first]) => first?.id === saved.id);
  });
});

describe('the variables below a session', () => {
  it('are what it holds, and open to what is inside', async () => {
    const session = await sessionWith('const order = { id: 7, lines: [1, 2] }; let text = "a\\nb"');
    const [section] = await partsOf(session);
    assert.deepEqual(lines(await below(section)), ['order = { id: 7, lines: [ 1, 2 ] }', "text = 'a\\nb'"]);
    const order = await variable(section, 'order');
    assert.equal((await drawn(order)).collapsibleState, vscode.TreeItemCollapsibleState.Collapsed);
    const inside = await variable(order, 'lines');
    assert.deepEqual(lines(await below(inside)).slice(0, 2), ['0 = 1', '1 = 2']);
    const { views } = await product();
    assert.equal(views.sessions.getParent(inside), order);
  });

  it('come a page at a time', async () => {
    const session = await sessionWith('const many = Array.from({ length: 120 }, (_, i) => i)');
    const [section] = await partsOf(session);
    const many = await variable(section, 'many');
    const more = (await below(many)).at(-1);
    assert.equal(more?.kind, 'more');
    await vscode.commands.executeCommand(commands.loadMore, more);
    assert.equal((await below(many)).length, 101);
  });

  it('follow what is run', async () => {
    const session = await sessionWith('let n = 1');
    const [section] = await partsOf(session);
    assert.deepEqual(lines(await below(section)), ['n = 1']);
    await evaluate(session, 'n = 2');
    await shows(section, (rows) => lines(rows).join() === 'n = 2');
  });

  it('say that nothing was declared in a new session', async () => {
    const [section] = await partsOf(await sessionWith());
    assert.deepEqual(lines(await below(section)), ['Nothing was declared yet.']);
  });

  it('leave a session that is asleep alone, and wake it when that is chosen', async () => {
    const session = await sessionWith('let n = 1');
    await killedAndBack();
    await sessionShows(session, /^asleep/);
    const [section] = await partsOf(session);
    assert.equal((await drawn(section)).description, 'asleep');
    const [note] = await below(section);
    assert.ok(note);
    const { label, command } = await drawn(note);
    assert.match(typeof label === 'string' ? label : '', /asleep/);
    const host = await firstHost();
    assert.equal((await host.request('getSession', { sessionId: session.id })).status, 'hibernated');
    assert.equal(command?.command, commands.wakeSession);
    await vscode.commands.executeCommand(command.command, ...((command.arguments ?? []) as unknown[]));
    await shows(section, (rows) => lines(rows).join() === 'n = 1');
  });

  it('are kept as they were while the session runs', async () => {
    const session = await sessionWith('let n = 1');
    const [section] = await partsOf(session);
    await below(section);
    const host = await firstHost();
    const running = evaluate(session, 'n = 2; for (;;);');
    await sessionShows(session, /^running/);
    assert.deepEqual(lines(await below(section)), ['n = 1']);
    assert.equal((await drawn(section)).description, 'running');
    await host.request('interruptSession', { sessionId: session.id });
    await running;
    await shows(section, (rows) => lines(rows).join() === 'n = 2');
  });
});

/** How the rows below a session look: its kept states and its variables. */
import { type MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import type { Variable } from '../../shared/protocol.js';
import {
  checkpointDescription,
  checkpointName,
  placeText,
  isLeft,
  spokenCheckpoint,
} from '../checkpoint-text.js';
import { count, size } from '../execution-text.js';
import { rowActions } from '../ids.js';
import { rewoundUri } from './rewound.js';
import { contextValue, lines, localTime, oneLine, table } from './item-parts.js';
import type {
  CheckpointNode,
  CheckpointsNode,
  NoteNode,
  SessionPartNode,
  VariableNode,
  VariablesNode,
} from './nodes.js';

export function drawPart(node: SessionPartNode): TreeItem {
  switch (node.kind) {
    case 'checkpoints':
      return drawCheckpoints(node);
    case 'checkpoint':
      return drawCheckpoint(node);
    case 'variables':
      return drawVariables(node);
    case 'variable':
      return drawVariable(node);
    case 'note':
      return drawNote(node);
  }
}

/** What such a row says when it is pointed at. */
export function partTooltip(node: SessionPartNode): MarkdownString | string | undefined {
  switch (node.kind) {
    case 'checkpoint':
      return checkpointTooltip(node);
    case 'variable':
      return variableTooltip(node);
    case 'checkpoints':
      return 'Kept states of the session, to go back to or to make another session of.';
    case 'variables':
      return 'What the session holds. Looking at it runs none of its code.';
    case 'note':
      return undefined;
  }
}

function drawCheckpoints({ parent }: CheckpointsNode): TreeItem {
  const item = new TreeItem('Checkpoints', TreeItemCollapsibleState.Collapsed);
  item.iconPath = new ThemeIcon('history');
  const { status, busy } = parent.row;
  const canSave = (status === 'ready' || status === 'hibernated') && !busy;
  item.contextValue = contextValue('checkpoints', canSave ? [rowActions.saveHere] : []);
  item.accessibilityInformation = { label: `Checkpoints of session ${parent.row.name}` };
  return item;
}

function drawCheckpoint(node: CheckpointNode): TreeItem {
  const { row, after, isCurrent } = node;
  const { status } = node.parent.parent.row;
  const isLive = status === 'ready' || status === 'hibernated';
  const item = new TreeItem(oneLine(checkpointName(node)));
  item.description = checkpointDescription(node);
  item.iconPath = new ThemeIcon(
    row.label === undefined ? 'circle-outline' : 'bookmark',
    isCurrent ? new ThemeColor('testing.iconPassed') : undefined,
  );
  if (isLeft(node)) item.resourceUri = rewoundUri(row.id);
  item.contextValue = contextValue('checkpoint', [
    rowActions.label,
    ...(status === 'starting' ? [] : [rowActions.forkThis]),
    // What the session has needs no going back to, and is what it goes on from when its thread or the host ends.
    ...(isLive && !isCurrent ? [rowActions.goBackToThis] : []),
    ...(isCurrent ? [] : [rowActions.deleteCheckpoint]),
    ...(after === undefined ? [] : [rowActions.showExecution]),
  ]);
  item.accessibilityInformation = { label: spokenCheckpoint(node) };
  return item;
}

function checkpointTooltip(node: CheckpointNode): MarkdownString {
  const { row, after, isCurrent } = node;
  return table([
    ...lines('Checkpoint', row.label, (label) => label),
    ['State', placeText(row, after)],
    ['Made', localTime(row.createdAt)],
    ...(row.memoryBytes === 0 ? [] : [['Memory', size(row.memoryBytes)] as const]),
    ['On disk', `${size(row.storedBytes)} more than the states before it`],
    [
      'Kept',
      row.label === undefined
        ? 'while it is among the last of its session'
        : 'until it is deleted, as it has a label',
    ],
    ...(isCurrent ? [['Current', 'The session goes on from it.'] as const] : []),
    ...(isLeft(node) ? [['Rewound', 'The session went back to before it.'] as const] : []),
    ...lines('Execution', row.executionId, (id) => id),
    ['Id', row.id],
  ]);
}

function drawVariables({ parent }: VariablesNode): TreeItem {
  const item = new TreeItem('Variables', TreeItemCollapsibleState.Collapsed);
  const { status, busy, name } = parent.row;
  const state = busy ? 'running' : status === 'hibernated' ? 'asleep' : '';
  item.description = state;
  item.iconPath = new ThemeIcon('symbol-variable');
  item.contextValue = contextValue('variables', []);
  item.accessibilityInformation = {
    label: `Variables of session ${name}${state === '' ? '' : `, ${state}`}`,
  };
  return item;
}

const kindIcons: Record<Variable['kind'], string> = {
  const: 'symbol-constant',
  let: 'symbol-variable',
  var: 'symbol-variable',
  function: 'symbol-function',
  class: 'symbol-class',
  import: 'symbol-namespace',
  global: 'globe',
  property: 'symbol-field',
  accessor: 'symbol-property',
  element: 'symbol-array',
  entry: 'symbol-key',
  internal: 'symbol-misc',
};

function drawVariable({ variable }: VariableNode): TreeItem {
  const { name, kind, value, expandable } = variable;
  const item = new TreeItem(
    oneLine(name),
    expandable ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None,
  );
  item.description = oneLine(value.preview);
  item.iconPath = new ThemeIcon(kindIcons[kind]);
  item.contextValue = contextValue('variable', []);
  item.accessibilityInformation = { label: `${kind} ${oneLine(name)}, ${oneLine(value.preview)}` };
  return item;
}

function variableTooltip({ variable }: VariableNode): MarkdownString {
  const text = table([
    [variable.kind, variable.name],
    ['Type', variable.value.type],
    ...lines('Length', variable.length, (n) => `${n}`),
    ...lines('Holds', variable.size, (n) => (n === 1 ? '1 entry' : `${n} entries`)),
    ...lines('Holds', variable.byteLength, (n) => count(n, 'byte')),
    ...lines('From', variable.library, () => 'a library of the template'),
  ]);
  return text.appendCodeblock(variable.value.preview, 'javascript');
}

function drawNote({ text, icon, action }: NoteNode): TreeItem {
  const item = new TreeItem(text);
  item.iconPath = new ThemeIcon(icon);
  item.contextValue = contextValue('note', []);
  if (action !== undefined) {
    item.command = { title: action.title, command: action.command, arguments: [action.argument] };
  }
  return item;
}

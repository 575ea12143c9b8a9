/** How rows look: label, icon, what a screen reader says, and what can be done with them. */
import { type MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import type { Execution, ExecutionEvent, ExecutionStatus, Session } from '../../shared/models.js';
import { count, duration, outcome, size, title } from '../execution-text.js';
import { commands, rowActions } from '../ids.js';
import { sessionState } from '../session-text.js';
import { contextValue, lines, localTime, table } from './item-parts.js';
import { drawPart, partTooltip } from './part-items.js';
import { rewoundUri } from './rewound.js';
import type { DetailNode, EventNode, ExecutionNode, Node, SessionNode, TemplateNode } from './nodes.js';

/** @param isCurrent the session is the one that its folder's files run in */
export function toTreeItem(node: Node, isCurrent: (session: Session) => boolean): TreeItem {
  const item = draw(node, isCurrent);
  item.id = node.id;
  return item;
}

/** What a row says when it is pointed at; asked for when it is needed. */
export function tooltip(node: Node): MarkdownString | string | undefined {
  switch (node.kind) {
    case 'session':
      return table([
        ['Session', node.row.name],
        ['Status', statusText(node.row)],
        ['Made', localTime(node.row.createdAt)],
        ['Last used', localTime(node.row.lastUsedAt)],
        ['Memory', memory(node.row)],
        ...lines('State kept', node.row.runtimeMeta.checkpointAt, localTime),
        ...lines('Forked from session', node.row.forkedFrom, ({ sessionId }) => sessionId),
      ]);
    case 'execution':
      return table([
        ['Execution', title(node.row)],
        ['Started', localTime(node.row.startedAt)],
        ['Took', `${duration(node.row.metrics.wallMs)}, ${duration(node.row.metrics.cpuMs)} of CPU`],
        ['Wrote', `${count(node.row.metrics.events, 'event')}, ${size(node.row.metrics.outputBytes)}`],
        ...lines('Rewound', node.row.rewound, () => 'The state of its session is without it.'),
      ]);
    case 'template':
      return node.row.description === '' ? node.row.name : `${node.row.name}: ${node.row.description}`;
    case 'event':
      return eventLabel(node.event);
    case 'checkpoints':
    case 'checkpoint':
    case 'variables':
    case 'variable':
    case 'note':
      return partTooltip(node);
    case 'folder':
    case 'detail':
    case 'more':
      return undefined;
  }
}

function draw(node: Node, isCurrent: (session: Session) => boolean): TreeItem {
  switch (node.kind) {
    case 'folder': {
      const item = new TreeItem(node.host.folder.name, TreeItemCollapsibleState.Expanded);
      item.iconPath = ThemeIcon.Folder;
      return item;
    }
    case 'template':
      return drawTemplate(node);
    case 'session':
      return drawSession(node, isCurrent(node.row));
    case 'execution':
      return drawExecution(node);
    case 'detail':
      return drawDetail(node);
    case 'event':
      return drawEvent(node);
    case 'checkpoints':
    case 'checkpoint':
    case 'variables':
    case 'variable':
    case 'note':
      return drawPart(node);
    case 'more': {
      const item = new TreeItem('Load more');
      item.iconPath = new ThemeIcon('ellipsis');
      item.command = { title: 'Load More', command: commands.loadMore, arguments: [node] };
      return item;
    }
  }
}

function drawTemplate(node: TemplateNode): TreeItem {
  const { name, isActive, engine } = node.row;
  const item = new TreeItem(name, TreeItemCollapsibleState.Collapsed);
  item.description = isActive ? engine : 'inactive';
  item.iconPath = new ThemeIcon('symbol-class');
  item.contextValue = contextValue('template', isActive ? [rowActions.createSession] : []);
  item.accessibilityInformation = { label: `Template ${name}, ${isActive ? 'active' : 'inactive'}` };
  return openable(item, node);
}

function drawSession(node: SessionNode, isCurrent: boolean): TreeItem {
  const { row } = node;
  const item = new TreeItem(row.name, TreeItemCollapsibleState.Collapsed);
  const state = sessionState(row);
  item.description = isCurrent ? `${state} · files run here` : state;
  item.iconPath = sessionIcon(row);
  const isLive = row.status === 'ready' || row.status === 'hibernated';
  item.contextValue = contextValue('session', [
    rowActions.filter,
    rowActions.restart,
    rowActions.delete,
    ...(row.status === 'closed' ? [] : [rowActions.close]),
    ...(row.busy ? [rowActions.interrupt] : []),
    ...(isLive ? [rowActions.goBack] : []),
    ...(isLive && !row.busy ? [rowActions.saveCheckpoint] : []),
    ...(row.status === 'starting' ? [] : [rowActions.fork]),
    ...(isLive && !isCurrent ? [rowActions.use] : []),
    ...(row.status === 'hibernated' ? [rowActions.wake] : []),
  ]);
  item.accessibilityInformation = {
    label: `Session ${row.name}, ${state}${isCurrent ? ', files of the folder run here' : ''}`,
  };
  return openable(item, node);
}

function drawExecution(node: ExecutionNode): TreeItem {
  const { row } = node;
  const item = new TreeItem(title(row), TreeItemCollapsibleState.Collapsed);
  const isOpen = row.status === 'queued' || row.status === 'running';
  const shown = isOpen ? row.status : outcome(row);
  item.description = shown;
  item.iconPath = executionIcon(row);
  if (row.rewound === true) item.resourceUri = rewoundUri(row.id);
  item.contextValue = contextValue('execution', isOpen ? [rowActions.cancel] : []);
  item.accessibilityInformation = { label: `Execution ${title(row)}, ${shown}` };
  return openable(item, node);
}

function drawDetail({ label, value, details, icon }: DetailNode): TreeItem {
  const item = new TreeItem(
    label,
    details.length > 0 ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None,
  );
  item.description = value;
  if (icon !== undefined) item.iconPath = new ThemeIcon(icon);
  item.contextValue = 'detail';
  return item;
}

function drawEvent(node: EventNode): TreeItem {
  const { event } = node;
  const item = new TreeItem(eventLabel(event));
  item.description = `#${event.seq}`;
  item.iconPath = eventIcon(event);
  item.contextValue = 'event';
  item.accessibilityInformation = { label: `Event ${event.seq}, ${event.type}: ${eventLabel(event)}` };
  return openable(item, node);
}

/** The first line of an event, short enough for a row. */
function eventLabel(event: ExecutionEvent): string {
  const text = eventHead(event).trimStart();
  const [line = ''] = text.split('\n');
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

function eventHead(event: ExecutionEvent): string {
  switch (event.type) {
    case 'input_echo':
    case 'console':
      return event.payload.text;
    case 'value':
      return event.payload.preview;
    case 'exception':
      return `${event.payload.name}: ${event.payload.message}`;
    case 'system':
      return event.payload.message;
    case 'display':
      return Object.keys(event.payload.data).join(', ');
  }
}

const red = new ThemeColor('errorForeground');
const dimmed = new ThemeColor('disabledForeground');
const yellow = new ThemeColor('editorWarning.foreground');

const executionIcons: Record<ExecutionStatus, ThemeIcon> = {
  queued: new ThemeIcon('clock'),
  running: new ThemeIcon('sync~spin'),
  ok: new ThemeIcon('pass', new ThemeColor('testing.iconPassed')),
  error: new ThemeIcon('error', red),
  timeout: new ThemeIcon('watch', red),
  cancelled: new ThemeIcon('circle-slash'),
};

/** One that is not in its session's state any more keeps its shape and loses its colour. */
function executionIcon({ status, rewound }: Execution): ThemeIcon {
  const icon = executionIcons[status];
  return rewound === true ? new ThemeIcon(icon.id, dimmed) : icon;
}

function sessionIcon({ status, busy }: Session): ThemeIcon {
  if (busy) return new ThemeIcon('sync~spin');
  switch (status) {
    case 'starting':
      return new ThemeIcon('loading~spin');
    case 'ready':
      return new ThemeIcon('vm-active', new ThemeColor('testing.iconPassed'));
    case 'hibernated':
      return new ThemeIcon('debug-pause');
    case 'crashed':
      return new ThemeIcon('error', red);
    case 'closed':
      return new ThemeIcon('vm-outline');
  }
}

function eventIcon(event: ExecutionEvent): ThemeIcon {
  switch (event.type) {
    case 'input_echo':
      return new ThemeIcon('chevron-right');
    case 'console':
      if (event.payload.level === 'error') return new ThemeIcon('error', red);
      return event.payload.level === 'warn' ? new ThemeIcon('warning', yellow) : new ThemeIcon('output');
    case 'display':
      return new ThemeIcon('graph');
    case 'value':
      return new ThemeIcon('symbol-variable');
    case 'exception':
      return new ThemeIcon('error', red);
    case 'system':
      return new ThemeIcon('info');
  }
}

function openable(item: TreeItem, node: Node): TreeItem {
  item.command = { title: 'Open', command: commands.open, arguments: [node] };
  return item;
}

function memory({ runtimeMeta }: Session): string {
  const limit = `limit ${runtimeMeta.limits.memMb} MB`;
  return runtimeMeta.memoryBytes === undefined ? limit : `${size(runtimeMeta.memoryBytes)}, ${limit}`;
}

function statusText({ status, lastError }: Session): string {
  if (lastError !== undefined) return lastError;
  return status === 'hibernated' ? 'asleep; it goes on with its state when it is used' : status;
}

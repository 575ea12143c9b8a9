/** The rows of the views, as plain data. A row keeps its object while it is shown, so that it alone can be refreshed. */
import type { Checkpoint, Execution, ExecutionEvent, Session, Template } from '../../shared/models.js';
import type { PathSegment, Variable } from '../../shared/protocol.js';
import type { Host } from '../host/host.js';
import type { CommandId } from '../ids.js';

interface NodeBase {
  /** Unique in its view, the same as long as the thing exists. */
  readonly id: string;
  readonly host: Host;
}

/** A workspace folder, where there are several. */
export interface FolderNode extends NodeBase {
  readonly kind: 'folder';
}
export interface TemplateNode extends NodeBase {
  readonly kind: 'template';
  row: Template;
}
export interface SessionNode extends NodeBase {
  readonly kind: 'session';
  row: Session;
}
export interface ExecutionNode extends NodeBase {
  readonly kind: 'execution';
  row: Execution;
}
/** One line below a template, with lines of its own or without. */
export interface DetailNode extends NodeBase {
  readonly kind: 'detail';
  readonly parent: TemplateNode | DetailNode;
  readonly label: string;
  readonly value: string;
  readonly icon?: string;
  readonly details: readonly DetailNode[];
}
export interface EventNode extends NodeBase {
  readonly kind: 'event';
  readonly parent: ExecutionNode;
  readonly event: ExecutionEvent;
}
/** The kept states of a session, below it. */
export interface CheckpointsNode extends NodeBase {
  readonly kind: 'checkpoints';
  readonly parent: SessionNode;
}
export interface CheckpointNode extends NodeBase {
  readonly kind: 'checkpoint';
  readonly parent: CheckpointsNode;
  readonly row: Checkpoint;
  /** The execution that it is the state after, where that is still known. */
  readonly after: Execution | undefined;
  /** The session goes on from it. */
  readonly isCurrent: boolean;
}
/** What a session holds, below it. */
export interface VariablesNode extends NodeBase {
  readonly kind: 'variables';
  readonly parent: SessionNode;
}
export interface VariableNode extends NodeBase {
  readonly kind: 'variable';
  readonly parent: VariablesNode | VariableNode;
  /** From the session's bindings to this one. */
  readonly path: readonly PathSegment[];
  readonly variable: Variable;
}
/** A sentence where there are no rows to show. */
export interface NoteNode extends NodeBase {
  readonly kind: 'note';
  readonly parent: CheckpointsNode | VariablesNode | VariableNode;
  readonly text: string;
  readonly icon: string;
  /** What can be done about it: called with the session's row when the sentence is chosen. */
  readonly action?: { readonly title: string; readonly command: CommandId; readonly argument: SessionNode };
}
/** The last row of a list that goes on. */
export interface MoreNode extends NodeBase {
  readonly kind: 'more';
  readonly parent: FolderNode | ExecutionNode | NoteNode['parent'] | undefined;
  readonly load: () => Promise<void>;
}

export type RowNode = TemplateNode | SessionNode | ExecutionNode;
/** What a session has below it. */
export type SessionPartNode = CheckpointsNode | CheckpointNode | VariablesNode | VariableNode | NoteNode;
export type Node = FolderNode | RowNode | SessionPartNode | DetailNode | EventNode | MoreNode;

/** What a command got from a view, if it got a row of this kind. */
export function asNode<Kind extends Node['kind']>(
  value: unknown,
  ...kinds: readonly Kind[]
): Extract<Node, { kind: Kind }> | undefined {
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('host' in value))
    return undefined;
  const node = value as Node;
  return (kinds as readonly string[]).includes(node.kind)
    ? (node as Extract<Node, { kind: Kind }>)
    : undefined;
}

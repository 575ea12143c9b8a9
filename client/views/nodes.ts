/** The rows of the views, as plain data. A row keeps its object while it is shown, so that it alone can be refreshed. */
import type { Execution, ExecutionEvent, Session, Template } from '../../shared/models.js';
import type { Host } from '../host/host.js';

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
/** The last row of a list that goes on. */
export interface MoreNode extends NodeBase {
  readonly kind: 'more';
  readonly parent: FolderNode | ExecutionNode | undefined;
  readonly load: () => Promise<void>;
}

export type RowNode = TemplateNode | SessionNode | ExecutionNode;
export type Node = FolderNode | RowNode | DetailNode | EventNode | MoreNode;

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

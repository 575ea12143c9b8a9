/** Rows that lists below a session end with, or have in place of others. */
import type { MoreNode, NoteNode } from './nodes.js';

/** A sentence in place of rows. @param icon an id of the editor's icons */
export function noteNode(
  parent: NoteNode['parent'],
  text: string,
  icon = 'info',
  action?: NoteNode['action'],
): NoteNode {
  return {
    kind: 'note',
    id: `${parent.id} note`,
    host: parent.host,
    parent,
    text,
    icon,
    ...(action !== undefined && { action }),
  };
}

/** The row that shows more of a list. */
export function moreNode(parent: NoteNode['parent'], showMore: () => void): MoreNode {
  const load = (): Promise<void> => {
    showMore();
    return Promise.resolve();
  };
  return { kind: 'more', id: `${parent.id} more`, host: parent.host, parent, load };
}

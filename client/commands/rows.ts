import type { Services } from '../services.js';
import { isOpenable } from '../views/documents.js';
import { asNode } from '../views/nodes.js';

/** Opens what a row stands for as a read-only document. */
export async function open({ documents }: Services, argument: unknown): Promise<void> {
  const node = asNode(argument, 'template', 'session', 'execution', 'event');
  if (node !== undefined && isOpenable(node)) await documents.open(node);
}

/** Shows the next page of the list whose last row was chosen. */
export async function loadMore(_: Services, argument: unknown): Promise<void> {
  await asNode(argument, 'more')?.load();
}

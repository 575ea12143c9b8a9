/** Completion items, in the order that they are to be shown in. */
import type { CompletionItem, Completions } from '../../../../shared/protocol.js';
import type { MemberNode, Members } from '../../guest/contract.js';
import type { Node } from '../inspect/node.js';
import { shortValueOf } from '../inspect/short-value.js';
import type { Place } from './place.js';
import type { Binding, Scope } from './scope.js';

/** The most items of an answer. */
export const maxItems = 500;

const maxDetailLength = 80;
const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

const keywords: readonly string[] = (
  'async await break case catch class const continue debugger default delete do else export extends false finally ' +
  'for function if import in instanceof let new null of return static super switch this throw true try typeof ' +
  'undefined var void while with yield'
).split(' ');

/** Puts them in order and leaves out what is over the limit. */
export function completions(
  items: readonly CompletionItem[],
  replace: Completions['replace'],
  isCut: boolean,
): Completions {
  const sorted = [...items].sort((a, b) => (a.sortText < b.sortText ? -1 : a.sortText > b.sortText ? 1 : 0));
  return { items: sorted.slice(0, maxItems), replace, isIncomplete: isCut || items.length > maxItems };
}

/** What may follow a dot, or stand in a bracket. */
export function memberItems(
  { items }: Members,
  { access, replace }: Extract<Place, { kind: 'member' }>,
): CompletionItem[] {
  return items.map(({ name, value, distance }) => ({
    label: name,
    kind: kindOf(value, 'method', 'property'),
    ...detailOf(value),
    ...written(name, access, replace),
    sortText: `${String(distance).padStart(4, '0')} ${name.startsWith('__') ? '~' : ''}${name}`,
  }));
}

/** A key that is no identifier goes into a bracket, which takes the place of the dot. */
function written(
  name: string,
  access: Extract<Place, { kind: 'member' }>['access'],
  replace: Completions['replace'],
): Pick<CompletionItem, 'insertText' | 'replace'> {
  if (typeof access === 'object' && 'quote' in access) {
    const inside = quoted(name, access.quote).slice(1, -1);
    return inside === name ? {} : { insertText: inside };
  }
  if (identifier.test(name)) return {};
  const insertText = `[${JSON.stringify(name)}]`;
  return access === 'optional'
    ? { insertText }
    : { insertText, replace: { start: access.dot, end: replace.end } };
}

function quoted(text: string, quote: string): string {
  const json = JSON.stringify(text);
  return quote === '"' ? json : `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** The names that can stand by themselves: of the text around the cursor, of the session, of the language. */
export function nameItems(
  { items }: Members,
  { prefix, isConstructor }: Extract<Place, { kind: 'name' }>,
  { inner, outer }: Scope,
): CompletionItem[] {
  const found = new Map<string, CompletionItem>();
  const add = (item: CompletionItem): void => {
    if (!found.has(item.label) && startsWith(item.label, prefix)) found.set(item.label, item);
  };
  for (const [depth, binding] of inner.entries())
    add(bindingItem(binding, `0${String(depth).padStart(4, '0')}`));
  const globals = new Map(items.map((item) => [item.name, item]));
  for (const binding of outer) {
    const item = bindingItem(binding, '1');
    // What an earlier run left says more than the declaration.
    const held = globals.get(binding.name);
    add(held === undefined ? item : { ...item, ...detailOf(held.value) });
  }
  for (const item of items) {
    const isUsable = !isConstructor || isConstructible(item.value);
    if (isUsable && identifier.test(item.name)) add(globalItem(item));
  }
  if (prefix !== '' && !isConstructor) {
    for (const label of keywords) add({ label, kind: 'keyword', sortText: `6 ${label}` });
  }
  return [...found.values()];
}

function globalItem({ name, value, distance, origin, declaration }: MemberNode): CompletionItem {
  const rank = distance > 0 ? '5' : origin === 'session' ? '2' : origin === 'library' ? '3' : '4';
  const plain = declaration === 'const' || declaration === 'import' ? 'constant' : 'variable';
  return {
    label: name,
    kind: kindOf(value, 'function', plain),
    ...detailOf(value),
    sortText: `${rank} ${name}`,
  };
}

function bindingItem({ name, kind, init }: Binding, rank: string): CompletionItem {
  const isFunction = kind === 'function' || /Function/.test(init?.type ?? '');
  let shown: CompletionItem['kind'] = kind === 'const' || kind === 'import' ? 'constant' : 'variable';
  if (isFunction) shown = 'function';
  else if (kind === 'class') shown = 'class';
  return { label: name, kind: shown, detail: kind, sortText: `${rank} ${name}` };
}

/** Names that a module exports. */
export function exportItems(
  names: readonly string[],
  { prefix }: { readonly prefix: string },
): CompletionItem[] {
  return names
    .filter((name) => startsWith(name, prefix) && identifier.test(name))
    .map((label) => ({ label, kind: 'variable', sortText: `0 ${label}` }));
}

export function startsWith(name: string, prefix: string): boolean {
  return name.slice(0, prefix.length).toLowerCase() === prefix.toLowerCase();
}

function kindOf(
  node: Node | undefined,
  callable: 'function' | 'method',
  plain: CompletionItem['kind'],
): CompletionItem['kind'] {
  if (typeof node !== 'object' || node === null) return plain;
  if (node.kind === 'class') return 'class';
  return node.kind === 'function' ? callable : plain;
}

const isConstructible = (node: Node | undefined): boolean =>
  typeof node === 'object' && node !== null && (node.kind === 'class' || node.kind === 'function');

function detailOf(node: Node | undefined): { detail?: string } {
  if (node === undefined) return {};
  const { preview } = shortValueOf(node);
  return { detail: preview.length <= maxDetailLength ? preview : `${preview.slice(0, maxDetailLength)}…` };
}

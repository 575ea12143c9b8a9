/** Lists what an import may name. Runs outside the session's thread. */
import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import path from 'node:path';
import { VmError } from '../../../shared/errors.js';
import type { Settings } from '../../../shared/models.js';
import type { CompletionItem, Completions } from '../../../shared/protocol.js';
import type { NamedModule } from '../module-list.js';
import { inWorktreeFolder } from './worktree-walk.js';

/** Of a folder's entries, in the order of the disk. */
const maxEntries = 2000;
/** Of an answer. */
const maxItems = 500;

export interface SpecifierOrigin {
  /** Real path of the worktree. */
  readonly root: string;
  readonly resolver: Settings['resolver'];
  /** Modules that are no files: ours, and libraries. */
  readonly named: () => readonly NamedModule[];
}

/**
 * @param typed what of a specifier is there already
 * @param folder worktree relative, of the importer
 * @returns what may follow the last slash of `typed`
 */
export async function listSpecifiers(
  origin: SpecifierOrigin,
  typed: string,
  folder: string,
): Promise<Pick<Completions, 'items' | 'isIncomplete'>> {
  const base = typed.slice(0, typed.lastIndexOf('/') + 1);
  const part = typed.slice(base.length).toLowerCase();
  const items = isPath(typed)
    ? (await inFolders(origin, base, folder)).filter(({ label }) => part !== '' || !label.startsWith('.'))
    : await bare(origin, base, folder);
  const fitting = items.filter(({ label }) => label.toLowerCase().startsWith(part));
  const known = new Map(fitting.map((item) => [item.label, item]));
  const sorted = [...known.values()].sort((a, b) => (a.sortText < b.sortText ? -1 : 1));
  return {
    items: sorted.slice(0, maxItems),
    isIncomplete: sorted.length > maxItems || items.length >= maxEntries,
  };
}

const isPath = (typed: string): boolean => /^(\.{1,2}\/|\/)/.test(typed);

/** Files that can be imported, and folders. */
async function inFolders(
  { root, resolver }: SpecifierOrigin,
  base: string,
  folder: string,
): Promise<CompletionItem[]> {
  const folders = base.startsWith('/')
    ? resolver.allowAbsoluteRepoImports
      ? resolver.roots.map((each) => path.posix.join(each, base))
      : []
    : [path.posix.join(folder, base)];
  const entries = await Promise.all(folders.map((each) => entriesOf(root, each)));
  return entries.flat().flatMap((entry): CompletionItem[] => {
    const { name } = entry;
    if (entry.isDirectory()) return [{ label: `${name}/`, kind: 'folder', sortText: `1 ${name}` }];
    const isModule = resolver.extensions.some((extension) => name.endsWith(extension));
    return isModule && !name.endsWith('.d.ts') ? [{ label: name, kind: 'file', sortText: `0 ${name}` }] : [];
  });
}

/** Modules by name: ours, the libraries, and the packages that the folder can import. */
async function bare(
  { root, resolver, named }: SpecifierOrigin,
  base: string,
  folder: string,
): Promise<CompletionItem[]> {
  const items: CompletionItem[] = named()
    .filter(({ name }) => name.startsWith(base))
    .map(({ name, detail }) => {
      const label = name.slice(base.length);
      return { label, kind: 'module', detail, sortText: `0 ${label}` };
    });
  if (base === '') {
    for (const start of ['./', '../']) items.push({ label: start, kind: 'folder', sortText: `2 ${start}` });
  }
  const isScope = /^@[^/]+\/$/.test(base);
  if (!resolver.nodeModules || (base !== '' && !isScope)) return items;
  for (const around of foldersAround(folder)) {
    for (const entry of await entriesOf(root, path.posix.join(around, 'node_modules', base))) {
      const { name } = entry;
      if (name.startsWith('.') || entry.isFile()) continue;
      const label = base === '' && name.startsWith('@') ? `${name}/` : name;
      items.push({ label, kind: 'module', detail: 'package', sortText: `1 ${label}` });
    }
  }
  return items;
}

/** The folder and those it is in, the worktree last. */
function foldersAround(folder: string): string[] {
  const parts = folder === '' ? [] : folder.split('/');
  return [...parts.keys(), parts.length].map((count) => parts.slice(0, count).join('/')).reverse();
}

/** @returns none when there is no such folder, or it may not be looked at */
async function entriesOf(root: string, folder: string): Promise<Dirent[]> {
  const inside = path.posix.normalize(folder);
  try {
    return await inWorktreeFolder(root, inside === '.' ? '' : inside, async (opened) => {
      const entries: Dirent[] = [];
      for await (const entry of await opendir(opened.place('.'))) {
        if (entries.push(entry) >= maxEntries) break;
      }
      return entries;
    });
  } catch (error) {
    if (error instanceof VmError) return [];
    throw error;
  }
}

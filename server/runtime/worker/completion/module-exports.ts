/** The names that a module exports, by its text: a module is never run for it. */
import type { Program } from 'acorn';
import type { Guest } from '../guest.js';
import { lookAtModule } from './module-look.js';
import { declaredIn } from '../source/declarations.js';
import { maxParsedLength, parseCell } from '../source/parse.js';

/** `export * from` is followed through this many modules. */
const maxModules = 20;

/** @param folder worktree relative, of the importer @returns none when there is no such module */
export function exportsOf(guest: Guest, specifier: string, folder: string): string[] {
  const names = new Set<string>();
  const queue = [{ specifier, folder }];
  const seen = new Set<string>();
  for (const request of queue) {
    if (seen.size >= maxModules) break;
    const source = lookAtModule(guest, request.specifier, request.folder);
    if (source === undefined || seen.has(source.name) || source.text.length > maxParsedLength) continue;
    seen.add(source.name);
    if (source.name.endsWith('.json')) names.add('default');
    else {
      for (const star of addExports(source.text, names)) {
        queue.push({ specifier: star, folder: source.folder });
      }
    }
  }
  return [...names];
}

/** @returns the modules that all is exported from */
function addExports(text: string, names: Set<string>): string[] {
  const result = parseCell(text);
  if (result.kind === 'refused') return [];
  return result.program.body.flatMap((node) => {
    if (node.type === 'ExportDefaultDeclaration') names.add('default');
    if (node.type === 'ExportNamedDeclaration') {
      for (const { name } of node.declaration ? declaredIn([node.declaration]) : []) names.add(name);
      for (const { exported } of node.specifiers) {
        names.add(exported.type === 'Identifier' ? exported.name : String(exported.value));
      }
    }
    return node.type === 'ExportAllDeclaration' ? starOf(node, names) : [];
  });
}

function starOf(
  { exported, source }: Extract<Program['body'][number], { type: 'ExportAllDeclaration' }>,
  names: Set<string>,
): string[] {
  if (!exported) return [String(source.value)];
  names.add(exported.type === 'Identifier' ? exported.name : String(exported.value));
  return [];
}

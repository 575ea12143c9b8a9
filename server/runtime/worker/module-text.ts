import type { ModuleSource } from '../services/module-sources.js';
import { folderOf, urlOf } from '../module-names.js';
import type { TextProblem } from '../stripped-text.js';
import type { GuestError } from './engine-port.js';
import { applyEdits } from './source/position-map.js';
import { ofTypeScript, type Positions } from './source/positions.js';

/** A module's text as far as it matters to the engine. */
export type ModuleFile = Pick<ModuleSource, 'path' | 'text' | 'typescript'>;

export interface ModuleText {
  readonly code: string;
  readonly positions: Positions;
}

/** The JavaScript that the engine gets for a worktree file that is imported or run as a module. */
export function moduleText(file: ModuleFile): ModuleText | { readonly error: GuestError } {
  if (file.path.endsWith('.json')) return jsonModule(file);
  const { typescript } = file;
  if (typescript !== undefined && 'problem' in typescript) {
    return { error: syntaxError(file.path, typescript.problem) };
  }
  // The engine takes an imported module's text only as far as its first NUL.
  if (file.text.includes('\0')) {
    return { error: { name: 'SyntaxError', message: `${file.path} contains a NUL character` } };
  }
  // A hashbang is one at the very start only; as a comment it may stand after the prefix.
  const isHashbang = file.text.startsWith('#!');
  const code = metaAssignments(file.path) + (isHashbang ? '//' : '');
  const { code: moduleCode, positions } = applyEdits(file.text, [
    { start: 0, end: isHashbang ? 2 : 0, code },
  ]);
  return { code: moduleCode, positions: ofTypeScript(positions, typescript?.map) };
}

/** As the engine makes one for JavaScript. */
function syntaxError(path: string, { name, message, place }: TextProblem): GuestError {
  const stack = place === undefined ? '' : `    at ${urlOf(path)}:${place.line}:${place.column}\n`;
  return { name, message, stack };
}

/** Fills `import.meta`, which the engine leaves empty. */
function metaAssignments(path: string): string {
  const meta = { url: urlOf(path), dirname: `/${folderOf(path)}`, filename: `/${path}` };
  return Object.entries(meta)
    .map(([key, text]) => `import.meta.${key}=${JSON.stringify(text)};`)
    .join('');
}

function jsonModule({ path, text }: ModuleFile): ModuleText | { readonly error: GuestError } {
  try {
    JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { error: { name: 'SyntaxError', message: `${path} is not JSON: ${why}` } };
  }
  return applyEdits(text, [{ start: 0, end: text.length, code: `export default ${literal(text)};` }]);
}

/**
 * JSON text as a JavaScript expression of the same value. It is nearly one itself, but for a property called
 * `__proto__`, which in a literal would set the prototype.
 */
export function literal(json: string): string {
  return json.replace(/(?<!\\)"__proto__"(?=\s*:)/g, '["__proto__"]');
}

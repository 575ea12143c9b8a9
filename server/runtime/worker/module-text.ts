import type { SourceFile } from '../../core/ports.js';
import { folderOf, urlOf } from '../module-names.js';
import type { GuestError } from './engine-port.js';
import { applyEdits, type EditedText } from './source/position-map.js';

/** The JavaScript that the engine gets for a worktree file that is imported or run as a module. */
export function moduleText(file: SourceFile): EditedText | { readonly error: GuestError } {
  if (file.path.endsWith('.json')) return jsonModule(file);
  // The engine takes an imported module's text only as far as its first NUL.
  if (file.text.includes('\0')) {
    return { error: { name: 'SyntaxError', message: `${file.path} contains a NUL character` } };
  }
  // A hashbang is one at the very start only; as a comment it may stand after the prefix.
  const isHashbang = file.text.startsWith('#!');
  const code = metaAssignments(file.path) + (isHashbang ? '//' : '');
  return applyEdits(file.text, [{ start: 0, end: isHashbang ? 2 : 0, code }]);
}

/** Fills `import.meta`, which the engine leaves empty. */
function metaAssignments(path: string): string {
  const meta = { url: urlOf(path), dirname: `/${folderOf(path)}`, filename: `/${path}` };
  return Object.entries(meta)
    .map(([key, text]) => `import.meta.${key}=${JSON.stringify(text)};`)
    .join('');
}

function jsonModule({ path, text }: SourceFile): EditedText | { readonly error: GuestError } {
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

import type { ModuleSource } from '../services/modules/module-request.js';
import { folderOf, isInPackage, urlOf } from '../module-names.js';
import type { TextProblem } from '../stripped-text.js';
import type { GuestError } from './engine-port.js';
import { applyEdits, type Edit } from './source/position-map.js';
import { ofTypeScript, type Positions } from './source/positions.js';

/** Where modules get `import.meta.resolve` from. Only files can import it. */
export const metaModule = 'vm:meta';

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
  const problem = typeScriptProblem(file);
  if (problem !== undefined) return { error: problem };
  // The engine takes an imported module's text only as far as its first NUL.
  if (file.text.includes('\0')) {
    return { error: { name: 'SyntaxError', message: `${file.path} contains a NUL character` } };
  }
  // A hashbang is one at the very start only; as a comment it may stand after the prefix.
  const isHashbang = file.text.startsWith('#!');
  const code = metaAssignments(file) + (isHashbang ? '//' : '');
  const { code: moduleCode, positions } = applyEdits(file.text, [
    { start: 0, end: isHashbang ? 2 : 0, code },
    ...(isInPackage(file.path) ? productionEdits(file.text) : []),
  ]);
  const map = typescript !== undefined && 'map' in typescript ? typescript.map : undefined;
  return { code: moduleCode, positions: ofTypeScript(positions, map) };
}

/** The error that importing or running a file gives whose types could not be stripped. */
export function typeScriptProblem({ path, typescript }: ModuleFile): GuestError | undefined {
  return typescript !== undefined && 'problem' in typescript
    ? syntaxError(path, typescript.problem)
    : undefined;
}

/** ES modules of packages have no scope around them that could hold a `process`, so it is done as bundlers do. */
function productionEdits(text: string): Edit[] {
  return Array.from(text.matchAll(/\bprocess\.env\.NODE_ENV\b/g), ({ 0: match, index: start }) => ({
    start,
    end: start + match.length,
    code: '"production"',
  }));
}

/** As the engine makes one for JavaScript. */
function syntaxError(path: string, { name, message, place }: TextProblem): GuestError {
  const stack = place === undefined ? '' : `    at ${urlOf(path)}:${place.line}:${place.column}\n`;
  return { name, message, stack };
}

/** Fills `import.meta`, which the engine leaves empty. */
function metaAssignments({ path, text }: ModuleFile): string {
  const meta = { url: urlOf(path), dirname: `/${folderOf(path)}`, filename: `/${path}` };
  const assignments = Object.entries(meta)
    .map(([key, value]) => `import.meta.${key}=${JSON.stringify(value)};`)
    .join('');
  if (!/\bimport\s*\.\s*meta\s*\.\s*resolve\b/.test(text)) return assignments;
  return `import{metaResolve as __metaResolve}from"${metaModule}";${assignments}import.meta.resolve=__metaResolve(${JSON.stringify(meta.url)});`;
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
 * `__proto__`, which in a literal would set the prototype, however its letters are written.
 */
export function literal(json: string): string {
  return json.replace(protoKey, '[$&]');
}

/** A key of that name. A quote after a backslash is none that begins a key. */
const protoKey =
  /(?<!\\)"(?:_|\\u005f){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006f)(?:t|\\u0074)(?:o|\\u006f)(?:_|\\u005f){2}"(?=\s*:)/gi;

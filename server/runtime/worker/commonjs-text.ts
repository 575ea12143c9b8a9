/** The code by which CommonJS modules run, and are imported by ES modules. */
import type { Property, SpreadElement } from 'acorn';
import { parse } from 'cjs-module-lexer';
import { folderOf, isInPackage } from '../module-names.js';
import type { ModuleFile, ModuleText } from './module-text.js';
import { maxParsedLength, parseCell } from './source/parse.js';
import { applyEdits } from './source/position-map.js';
import { ofTypeScript } from './source/positions.js';

/** Where wrappers get their functions from. No other code can import it. */
export const commonJsModule = 'vm:commonjs';

/** What CommonJS code of packages asks Node's `process` for, and bundlers put in its place. Nothing else is there. */
const packageScope = `(function(){var process={env:{NODE_ENV:"production"},browser:true};return `;
const parameters = '(function(exports,require,module,__filename,__dirname){';

/** CommonJS code as an expression: a function of `exports`, `require`, `module`, `__filename` and `__dirname`. */
export function commonJsText({ path, text, typescript }: ModuleFile): ModuleText {
  const isPackage = isInPackage(path);
  const isHashbang = text.startsWith('#!');
  const before = (isPackage ? packageScope : '') + parameters;
  const { code, positions } = applyEdits(text, [
    { start: 0, end: isHashbang ? 2 : 0, code: before + (isHashbang ? '//' : '') },
    // The text may end in a line comment.
    { start: text.length, end: text.length, code: `\n})${isPackage ? '})()' : ''}` },
  ]);
  const map = typescript !== undefined && 'map' in typescript ? typescript.map : undefined;
  return { code, positions: ofTypeScript(positions, map) };
}

/** What CommonJS code exports, as far as its text tells, and the modules that it exports all of. */
export interface CommonJsExports {
  readonly exports: readonly string[];
  readonly reexports: readonly string[];
}

/** As Node finds them, and the keys of an object that is assigned to `module.exports` as a whole. */
export function lexCommonJs(text: string): CommonJsExports {
  const { exports, reexports } = lexed(text);
  return { exports: [...new Set([...exports, ...keysOfExports(text)])], reexports };
}

function lexed(text: string): CommonJsExports {
  try {
    return parse(text);
  } catch (error) {
    // Not JavaScript, or beyond the lexer: it can still be run, or say what is wrong with it.
    if (!(error instanceof Error)) throw error;
    return { exports: [], reexports: [] };
  }
}

/** The lexer gives up at the first property whose value is no plain name. */
function keysOfExports(text: string): string[] {
  if (text.length > maxParsedLength || !/\bmodule\s*\.\s*exports\s*=\s*\{/.test(text)) return [];
  const result = parseCell(text);
  if (result.kind === 'refused') return [];
  return result.program.body.flatMap((statement) => {
    if (statement.type !== 'ExpressionStatement') return [];
    const { expression } = statement;
    if (expression.type !== 'AssignmentExpression' || expression.right.type !== 'ObjectExpression') return [];
    const { start, end } = expression.left;
    return text.slice(start, end).replace(/\s/g, '') === 'module.exports'
      ? expression.right.properties.flatMap(keyOf)
      : [];
  });
}

function keyOf(property: Property | SpreadElement): string[] {
  if (property.type === 'SpreadElement' || property.computed) return [];
  const { key } = property;
  if (key.type === 'Identifier') return [key.name];
  return key.type === 'Literal' && typeof key.value === 'string' ? [key.value] : [];
}

/**
 * An ES module that runs a CommonJS module and exports `module.exports` as its default, and these names of it.
 *
 * @param identity the CommonJS module's
 * @param names as the text of the module and of those that it exports again told
 */
export function wrapperText(identity: string, path: string, names: Iterable<string>): string {
  const place = [identity, `/${path}`, `/${folderOf(path)}`].map((text) => JSON.stringify(text)).join(',');
  const lines = [
    `import { loadCommonJs, exportOf } from '${commonJsModule}';`,
    `const exported = loadCommonJs(${place});`,
    'export { exported as default };',
  ];
  let count = 0;
  for (const name of names) {
    if (name === 'default') continue;
    const local = `_${count++}`;
    const quoted = JSON.stringify(name);
    lines.push(`const ${local} = exportOf(exported, ${quoted}); export { ${local} as ${quoted} };`);
  }
  return lines.join('\n');
}

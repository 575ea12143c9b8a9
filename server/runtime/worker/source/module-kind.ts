/** What kind of module a file is, and what it asks for: by lexers that read over code without understanding it. */
import { type Import, parse } from 'es-module-lexer';
import type { ModuleRequest, ModuleSource } from '../../services/modules/module-request.js';
import { isInPackage } from '../../module-names.js';

export type ModuleKind = 'module' | 'commonjs' | 'json';

export interface LexedModule {
  readonly kind: ModuleKind;
  /** What it will ask for as soon as it is loaded, or most likely will; without what cannot be told from the text. */
  readonly requests: readonly Pick<ModuleRequest, 'specifier' | 'kind'>[];
}

/** Good enough for texts that cannot be lexed: it is the engine that says what is wrong with them. */
const moduleLine = /^\s*(?:import|export)\b(?!\s*[(.])/m;
/** What only CommonJS has. */
const commonJsWords = /\brequire\s*\(|\bmodule\s*\.\s*exports\b|\bexports\s*[.[]|\b__(?:dir|file)name\b/;
const requireCall = /\brequire\s*\(\s*(["'])([^"'\\\n]+)\1\s*\)/g;

/**
 * `.json`, `.mjs` and `.cjs` (also of TypeScript) say it. Other files are ES modules if they import, export or use
 * `import.meta`; what has no such sign is what its package's `type` says. Without one it is CommonJS in an installed
 * package, and in the worktree itself if it uses `require`, `exports` or the like.
 */
export function lexModule({
  path,
  text,
  packageType,
}: Pick<ModuleSource, 'path' | 'text' | 'packageType'>): LexedModule {
  const [, extension = ''] = /\.(\w+)$/.exec(path) ?? [];
  if (extension === 'json') return { kind: 'json', requests: [] };
  if (/^c[jt]s$/.test(extension)) return commonJs(text);
  const { imports, hasModuleSyntax } = lexed(text);
  const isModule =
    hasModuleSyntax ||
    /^m[jt]s$/.test(extension) ||
    (packageType ?? (isInPackage(path) || commonJsWords.test(text) ? 'commonjs' : 'module')) === 'module';
  return isModule ? { kind: 'module', requests: staticImports(imports) } : commonJs(text);
}

function lexed(text: string): { imports: readonly Import[]; hasModuleSyntax: boolean } {
  try {
    const [imports, , , hasModuleSyntax] = parse(text);
    return { imports, hasModuleSyntax };
  } catch (error) {
    // Not JavaScript, or no memory for so much of it.
    if (!(error instanceof Error)) throw error;
    return { imports: [], hasModuleSyntax: moduleLine.test(text) };
  }
}

function staticImports(imports: readonly Import[]): LexedModule['requests'] {
  return imports.flatMap((each) =>
    each.type === 'static' || each.type === 'reexport-star'
      ? [{ specifier: each.specifier, kind: 'import' as const }]
      : [],
  );
}

function commonJs(text: string): LexedModule {
  const specifiers = new Set(Array.from(text.matchAll(requireCall), ([, , specifier = '']) => specifier));
  return {
    kind: 'commonjs',
    requests: Array.from(specifiers, (specifier) => ({ specifier, kind: 'require' as const })),
  };
}

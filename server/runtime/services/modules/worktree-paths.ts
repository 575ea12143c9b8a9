/** The files that a path-like specifier may mean. */
import path from 'node:path';
import type { Settings } from '../../../../shared/models.js';
import { pathOf } from '../../module-names.js';
import { cannotImport } from './module-error.js';
import type { ModuleRequest } from './module-request.js';

type ResolverSettings = Settings['resolver'];

/**
 * `./` and `../` start from the importer's folder, `/` from the resolver's roots, `file:///` from the worktree. A path
 * is tried as it is, with each of the resolver's extensions, and as a folder with an index file; `./x.js` may also be
 * TypeScript's name for `./x.ts`.
 *
 * @returns worktree-relative paths in the order to try them; undefined when the specifier is no path
 * @throws ModuleError `MODULE_NOT_ALLOWED`: it leads out of the worktree, or /-rooted imports are not allowed
 */
export function worktreePaths(resolver: ResolverSettings, request: ModuleRequest): string[] | undefined {
  return basePaths(resolver, request)?.flatMap((base) => variants(base, resolver.extensions));
}

/** Before extensions. */
function basePaths(resolver: ResolverSettings, request: ModuleRequest): string[] | undefined {
  const { specifier, folder } = request;
  const refuse = (why: string) => cannotImport('MODULE_NOT_ALLOWED', request, why);
  const inside = (joined: string): string => {
    const normal = path.posix.normalize(joined);
    if (normal === '..' || normal.startsWith('../')) throw refuse('it leads out of the worktree');
    return normal;
  };
  if (isRelative(specifier)) return [inside(path.posix.join(folder, specifier))];
  const url = pathOf(specifier);
  if (url !== undefined) return [inside(url)];
  if (!specifier.startsWith('/')) return undefined;
  if (!resolver.allowAbsoluteRepoImports) throw refuse("the template's resolver allows no /-rooted imports");
  return resolver.roots.map((base) => inside(path.posix.join(base, specifier)));
}

export function isRelative(specifier: string): boolean {
  return /^\.{1,2}(\/|$)/.test(specifier);
}

function variants(base: string, extensions: readonly string[]): string[] {
  const trimmed = base.replace(/\/$/, '');
  const isFolder = trimmed !== base || trimmed === '.' || trimmed === '';
  const named = isFolder
    ? []
    : [trimmed, ...typescriptNames(trimmed), ...extensions.map((extension) => trimmed + extension)];
  const indexes = extensions.map((extension) => path.posix.join(trimmed, `index${extension}`));
  return [...named, ...indexes];
}

/** TypeScript has imports name the JavaScript that a file would become. */
function typescriptNames(path: string): string[] {
  const [name, kind] = /\.([mc]?)js$/.exec(path) ?? [];
  return name === undefined ? [] : [`${path.slice(0, -name.length)}.${kind}ts`];
}

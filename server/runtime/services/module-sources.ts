/** Finds and reads the modules that a session's code imports. Runs outside the session's thread. */
import path from 'node:path';
import { VmError } from '../../../shared/errors.js';
import type { Settings } from '../../../shared/models.js';
import type { SourceFile, WorktreeFiles } from '../../core/ports.js';
import { contentHash } from '../content-hash.js';
import { pathOf } from '../module-names.js';
import { ServiceError } from './service-error.js';

/** What an `import` asks for. */
export interface ModuleRequest {
  /** As written in the source. */
  readonly specifier: string;
  /** Worktree-relative folder of the importer; '' is the worktree itself. */
  readonly folder: string;
  /** The importer's name for people. */
  readonly importer: string;
}

export interface ModuleSource extends SourceFile {
  /** Of the text: tells whether it changed. */
  readonly hash: string;
}

export type ResolverSettings = Settings['resolver'];

/** An import that cannot be served, as its importer sees it. */
class ModuleError extends ServiceError {
  declare readonly code: 'MODULE_NOT_FOUND' | 'MODULE_NOT_ALLOWED' | 'MODULE_NOT_READABLE';
}

/**
 * Resolves an import and reads what it names: `./` and `../` from the importer's folder, `/` from the resolver's
 * roots, `file:///` from the worktree. A path is tried as it is, with each of the resolver's extensions, and as a
 * folder with an index file.
 *
 * @param root real path of the worktree
 * @throws ModuleError
 */
export async function readModule(
  files: WorktreeFiles,
  root: string,
  resolver: ResolverSettings,
  request: ModuleRequest,
): Promise<ModuleSource> {
  const candidates = basePaths(resolver, request).flatMap((base) => variants(base, resolver.extensions));
  for (const candidate of candidates) {
    const file = await tryRead(files, root, candidate, request);
    if (file !== undefined) return { ...file, hash: contentHash(file.text) };
  }
  const { specifier, importer } = request;
  throw new ModuleError(
    'MODULE_NOT_FOUND',
    `Cannot find module ${JSON.stringify(specifier)} from ${importer}; tried ${candidates.join(', ')}`,
  );
}

/** The worktree paths that a specifier may mean, before extensions. */
function basePaths(resolver: ResolverSettings, { specifier, folder, importer }: ModuleRequest): string[] {
  const refuse = (why: string) =>
    new ModuleError(
      'MODULE_NOT_ALLOWED',
      `Cannot import ${JSON.stringify(specifier)} from ${importer}: ${why}`,
    );
  const inside = (joined: string): string => {
    const normal = path.posix.normalize(joined);
    if (normal === '..' || normal.startsWith('../')) throw refuse('it leads out of the worktree');
    return normal;
  };
  if (/^\.{1,2}(\/|$)/.test(specifier)) return [inside(path.posix.join(folder, specifier))];
  const url = pathOf(specifier);
  if (url !== undefined) return [inside(url)];
  if (specifier.startsWith('/')) {
    if (!resolver.allowAbsoluteRepoImports)
      throw refuse("the template's resolver allows no /-rooted imports");
    return resolver.roots.map((base) => inside(path.posix.join(base, specifier)));
  }
  throw refuse(
    'it is no path (start it with ./, ../ or /), and no module of this name is granted to the session',
  );
}

function variants(base: string, extensions: readonly string[]): string[] {
  const trimmed = base.replace(/\/$/, '');
  const isFolder = trimmed !== base || trimmed === '.' || trimmed === '';
  const named = isFolder ? [] : [trimmed, ...extensions.map((extension) => trimmed + extension)];
  const indexes = extensions.map((extension) => path.posix.join(trimmed, `index${extension}`));
  return [...named, ...indexes];
}

/** @returns undefined when there is no such file, and the next candidate is due */
async function tryRead(
  files: WorktreeFiles,
  root: string,
  candidate: string,
  { specifier, importer }: ModuleRequest,
): Promise<SourceFile | undefined> {
  try {
    return await files.readSource(root, candidate);
  } catch (error) {
    if (!(error instanceof VmError)) throw error;
    if (error.code === 'FILE_NOT_FOUND') return undefined;
    throw new ModuleError(
      error.code === 'INVALID_PATH' ? 'MODULE_NOT_ALLOWED' : 'MODULE_NOT_READABLE',
      `Cannot import ${JSON.stringify(specifier)} from ${importer}: ${error.message}`,
    );
  }
}

/** Finds and reads the modules that a session's code imports. Runs outside the session's thread. */
import path from 'node:path';
import { VmError } from '../../../shared/errors.js';
import type { Settings } from '../../../shared/models.js';
import type { SourceFile, WorktreeFiles } from '../../core/ports.js';
import { contentHash } from '../content-hash.js';
import { languageOfPath } from '../../../shared/language.js';
import { pathOf } from '../module-names.js';
import { type TypeScriptOrigin, withStripped } from '../stripped-text.js';
import { ServiceError } from './service-error.js';
import type { TypeScript } from './typescript.js';

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
  /** Of the file's own text: tells whether it changed. */
  readonly hash: string;
  /** Of JavaScript that was TypeScript. */
  readonly typescript?: TypeScriptOrigin | undefined;
}

/** The longest specifier that is looked up, in UTF-16 units: as the longest path of a system. */
const maxSpecifierLength = 4096;

type ResolverSettings = Settings['resolver'];

/** Where a session's modules come from. */
export interface ModuleOrigin {
  readonly files: WorktreeFiles;
  readonly typescript: TypeScript;
  /** Real path of the worktree. */
  readonly root: string;
  readonly resolver: ResolverSettings;
}

/** An import that cannot be served, as its importer sees it. */
class ModuleError extends ServiceError {
  declare readonly code: 'MODULE_NOT_FOUND' | 'MODULE_NOT_ALLOWED' | 'MODULE_NOT_READABLE';
}

/**
 * Resolves an import and reads what it names: `./` and `../` from the importer's folder, `/` from the resolver's
 * roots, `file:///` from the worktree. A path is tried as it is, with each of the resolver's extensions, and as a
 * folder with an index file; `./x.js` may also be TypeScript's name for `./x.ts`. Types are stripped.
 *
 * @throws ModuleError
 */
export async function readModule(
  { files, typescript, root, resolver }: ModuleOrigin,
  request: ModuleRequest,
): Promise<ModuleSource> {
  requireLookable(request);
  const candidates = basePaths(resolver, request).flatMap((base) => variants(base, resolver.extensions));
  for (const candidate of candidates) {
    const file = await tryRead(files, root, candidate, request);
    if (file === undefined) continue;
    const source = { ...file, hash: contentHash(file.text) };
    if (languageOfPath(file.path) === 'javascript') return source;
    return withStripped(source, await typescript.strip(file.text, { fileName: file.path }));
  }
  const { specifier, importer } = request;
  throw new ModuleError(
    'MODULE_NOT_FOUND',
    `Cannot find module ${JSON.stringify(specifier)} from ${importer}; tried ${candidates.join(', ')}`,
  );
}

/** Text of any size can be imported; what is longer than a path can be costs the main thread nothing. */
function requireLookable({ specifier, importer }: ModuleRequest): void {
  const { length } = specifier;
  if (length <= maxSpecifierLength) return;
  throw new ModuleError(
    'MODULE_NOT_FOUND',
    `Cannot find the module that ${importer} imports: its specifier has ${length} characters, and no path has more than ${maxSpecifierLength}`,
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

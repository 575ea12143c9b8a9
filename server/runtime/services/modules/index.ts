/** Finds and reads the modules that a session's code imports. Runs outside the session's thread. */
import { z } from 'zod';
import { VmError } from '../../../../shared/errors.js';
import { languageOfPath, notCode } from '../../../../shared/language.js';
import type { Settings } from '../../../../shared/models.js';
import type { WorktreeFiles } from '../../../core/ports.js';
import { contentHash } from '../../content-hash.js';
import { folderOf, isInPackage } from '../../module-names.js';
import { withStripped } from '../../stripped-text.js';
import type { TypeScript } from '../typescript.js';
import { missingPackage, packageName } from './missing-package.js';
import { cannotImport, ModuleError } from './module-error.js';
import { type HashedFile, ModuleFiles } from './module-files.js';
import {
  maxRequests,
  type ModuleAnswer,
  type ModuleRequest,
  type ModuleRequests,
  type ModuleSource,
} from './module-request.js';
import { PackageFiles } from './package-files.js';
import { Packages } from './packages.js';
import type { SourceCache } from './source-cache.js';
import { isRelative, worktreePaths } from './worktree-paths.js';

/** The longest specifier that is looked up, in UTF-16 units: as the longest path of a system. */
const maxSpecifierLength = 4096;
/** How many modules are read at a time: each holds a few of the process's file descriptors. */
const maxAtOnce = 16;

/** In place of what a package leaves out for a browser. */
const emptyFile: HashedFile = { path: '(empty).cjs', text: '', hash: contentHash('') };

/** The thread's request is judged before use, as guest code may have broken anything there. */
const RequestSchema: z.ZodType<ModuleRequests> = z.strictObject({
  turn: z.int(),
  requests: z
    .array(
      z.strictObject({
        specifier: z.string(),
        folder: z.string(),
        importer: z.string(),
        kind: z.enum(['import', 'require']),
      }),
    )
    .max(maxRequests),
});

/** Where a session's modules come from. */
export interface ModuleOrigin {
  readonly files: WorktreeFiles;
  readonly typescript: TypeScript;
  readonly cache: SourceCache;
  /** Real path of the worktree. */
  readonly root: string;
  readonly resolver: Settings['resolver'];
}

/** The modules of one session's worktree. */
export class ModuleSources {
  readonly #files: ModuleFiles;
  readonly #packageFiles: PackageFiles;
  #packages: Packages | undefined;

  constructor(private readonly origin: ModuleOrigin) {
    this.#files = new ModuleFiles(origin.files, origin.root, origin.cache);
    this.#packageFiles = new PackageFiles(this.#files);
  }

  /**
   * Resolves imports and reads what they name, in one answer, as a round trip costs more than a file.
   *
   * @param payload {@link ModuleRequests}
   * @returns an answer to each request: the module, its types stripped, or why there is none
   */
  async read(payload: unknown): Promise<ModuleAnswer[]> {
    const { turn, requests } = RequestSchema.parse(payload);
    this.#packageFiles.beginTurn(turn);
    const answers: ModuleAnswer[] = [];
    const queue = requests.entries();
    const work = async () => {
      for (const [index, request] of queue) answers[index] = await this.#answer(request);
    };
    await this.#files.during(() =>
      Promise.all(Array.from({ length: Math.min(maxAtOnce, requests.length) }, work)),
    );
    return answers;
  }

  async #answer(request: ModuleRequest): Promise<ModuleAnswer> {
    try {
      const file = await this.#find(request);
      this.#requireCode(file.path, request);
      return { source: await this.#source(file) };
    } catch (error) {
      if (!(error instanceof ModuleError)) throw error;
      return { error: { name: 'Error', message: error.message, code: error.code } };
    }
  }

  /** Packages name their files as they like. @throws ModuleError */
  #requireCode(path: string, request: ModuleRequest): void {
    const isNamed = this.origin.resolver.extensions.some((extension) => path.endsWith(extension));
    const problem = isNamed || isInPackage(path) ? undefined : notCode(path);
    if (problem !== undefined) throw cannotImport('MODULE_NOT_READABLE', request, problem);
  }

  /** @throws ModuleError */
  async #find(request: ModuleRequest): Promise<HashedFile> {
    requireLookable(request);
    const { resolver } = this.origin;
    const candidates = worktreePaths(resolver, request);
    // Inside a package its package.json decides about paths, too.
    const isPackages = resolver.nodeModules && isInPackage(request.folder) && isRelative(request.specifier);
    if (candidates === undefined || isPackages) return this.#inPackages(request);
    for (const candidate of candidates) {
      const file = await this.#tryRead(candidate, request);
      if (file !== undefined) return file;
    }
    throw notFound(request, candidates);
  }

  async #inPackages(request: ModuleRequest): Promise<HashedFile> {
    const { resolver } = this.origin;
    const { specifier } = request;
    const isPath = isRelative(specifier);
    const isLookable = isPath || specifier.startsWith('#') || packageName(specifier) !== undefined;
    if (!resolver.nodeModules || !isLookable) throw missingPackage(request, resolver, '');
    this.#packages ??= new Packages(this.#packageFiles, resolver);
    const found = await this.#packages.find(request);
    if (found.kind === 'empty') return emptyFile;
    if (found.kind === 'file') {
      const file = await this.#tryRead(found.path, request);
      if (file !== undefined) return file;
    }
    const why = found.kind === 'none' ? found.why : `there is no ${found.path}`;
    if (isPath) throw cannotImport('MODULE_NOT_FOUND', request, why);
    throw missingPackage(request, resolver, (await this.#whereMissing(request)) ?? why);
  }

  /** @returns where a package was looked for, when it is nowhere */
  async #whereMissing({ specifier, folder }: ModuleRequest): Promise<string | undefined> {
    const name = packageName(specifier);
    if (name === undefined) return undefined;
    const places = placesOf(name, folder);
    const kinds = await Promise.all(places.map((place) => this.#packageFiles.kind(place)));
    return kinds.every((kind) => kind === 'nothing') ? `there is no ${places.join(', ')}` : undefined;
  }

  async #source(file: HashedFile): Promise<ModuleSource> {
    const packageType = await this.#packageFiles.packageType(folderOf(file.path));
    const source = { ...file, packageType };
    if (languageOfPath(file.path) === 'javascript') return source;
    return withStripped(source, await this.origin.typescript.strip(file.text, { fileName: file.path }));
  }

  /** @returns undefined when there is no such file, and the next candidate is due */
  async #tryRead(candidate: string, request: ModuleRequest): Promise<HashedFile | undefined> {
    try {
      return await this.#files.read(candidate);
    } catch (error) {
      if (!(error instanceof VmError)) throw error;
      if (error.code === 'FILE_NOT_FOUND') return undefined;
      const code = error.code === 'INVALID_PATH' ? 'MODULE_NOT_ALLOWED' : 'MODULE_NOT_READABLE';
      throw cannotImport(code, request, error.message);
    }
  }
}

/** Where a package can be, seen from a folder, nearest first. */
function placesOf(name: string, folder: string): string[] {
  const parts = folder === '' ? [] : folder.split('/');
  const folders = Array.from({ length: parts.length + 1 }, (_, up) => parts.slice(0, parts.length - up));
  return folders
    .filter((each) => each.at(-1) !== 'node_modules')
    .map((each) => [...each, 'node_modules', name].join('/'));
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

function notFound({ specifier, importer }: ModuleRequest, candidates: readonly string[]): ModuleError {
  return new ModuleError(
    'MODULE_NOT_FOUND',
    `Cannot find module ${JSON.stringify(specifier)} from ${importer}; tried ${candidates.join(', ')}`,
  );
}

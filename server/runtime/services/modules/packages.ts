/**
 * Finds packages in the worktree's node_modules, as Node and bundlers do: `exports` and `imports` of package.json with
 * their conditions, main fields, self reference, nested node_modules. How all these play together is the library's
 * business; where files are is ours.
 */
import enhancedResolve, { type Resolver } from 'enhanced-resolve';
import type { Settings } from '../../../../shared/models.js';
import type { ModuleRequest } from './module-request.js';
import { fileSystemOf, looking } from './package-file-system.js';
import type { PackageFiles } from './package-files.js';

/**
 * A session has web standards and nothing of Node, so packages are taken as for a browser's worker, where they say so;
 * and as for production, as bundlers do.
 */
const conditions = ['browser', 'production'];
/** Longer reasons are cut, in UTF-16 units. */
const maxReason = 1000;

export type Found =
  | { readonly kind: 'file'; readonly path: string }
  /** The package says that there is nothing for a browser. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'none'; readonly why: string };

export class Packages {
  readonly #resolvers: Readonly<Record<ModuleRequest['kind'], Resolver>>;

  constructor(files: PackageFiles, { extensions }: Settings['resolver']) {
    const fileSystem = fileSystemOf(files);
    const resolver = (kind: ModuleRequest['kind']) =>
      enhancedResolve.ResolverFactory.createResolver({
        fileSystem,
        conditionNames: [kind, ...conditions],
        mainFields: ['browser', 'main', 'module'],
        aliasFields: ['browser'],
        extensions: [...extensions],
        // Links are followed by the walk that opens the file.
        symlinks: false,
        roots: ['/'],
      });
    this.#resolvers = { import: resolver('import'), require: resolver('require') };
  }

  /** @param request with a specifier that names a package or a path inside one, or any specifier from inside one */
  async find({ specifier, folder, kind }: ModuleRequest): Promise<Found> {
    try {
      return await looking<Found>((end) => {
        this.#resolvers[kind].resolve({}, `/${folder}`, specifier, {}, (error, _path, found) => {
          if (error !== null) end(none(error));
          else if (found === undefined || found.path === false) end({ kind: 'empty' });
          else end({ kind: 'file', path: found.path.slice(1) });
        });
      });
    } catch (error) {
      // A package.json can be anything, and the library does not expect everything.
      return none(error);
    }
  }
}

/** The library names places in the worktree, as guest code knows them. */
function none(error: unknown): Found {
  return { kind: 'none', why: error instanceof Error ? error.message.slice(0, maxReason) : '' };
}

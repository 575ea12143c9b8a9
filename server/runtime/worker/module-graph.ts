/**
 * The modules of a session. The engine keeps every module it ever loaded under its name, so a file whose text changed,
 * or that imports such a file, however far down, gets a new name and is loaded again at the next import.
 */
import type { HostCallError } from '../messages.js';
import { folderOf, identityOf, pathOf, wrapperOf } from '../module-names.js';
import type { ModuleRequest, ModuleSource } from '../services/modules/module-request.js';
import { commonJsText, lexCommonJs, wrapperText } from './commonjs-text.js';
import type { GuestError, ModuleCode } from './engine-port.js';
import { type FoundModule, type Lookup, requestsOf } from './module-lookups.js';
import { moduleText, type ModuleText, typeScriptProblem } from './module-text.js';
import type { BuiltIn } from './native-modules.js';
import { fileOrigin, type Recipe, type Sources } from './sources.js';

type Kind = ModuleRequest['kind'];

/** One version of a file, as the engine knows it. */
interface Version {
  readonly path: string;
  readonly identity: string;
  readonly hash: string;
  /** What it asked for, and what that meant then. */
  readonly imports: Map<string, Import>;
}
interface Import {
  readonly specifier: string;
  readonly kind: Kind;
  /** Identity of a version or of a module of ours; undefined where there was none. */
  readonly meaning: string | undefined;
}

/** An importer that is no file: a cell. */
export interface CellPlace {
  readonly name: string;
  readonly folder: string;
}

/** What a `require` means. */
export type Required =
  | { readonly kind: 'commonjs'; readonly identity: string; readonly path: string }
  /** An ES module: what to have the engine import. */
  | {
      readonly kind: 'module';
      readonly identity: string;
      readonly filename: string;
      readonly isPlain: boolean;
    }
  | { readonly kind: 'refused'; readonly error: GuestError };

/** What the graph needs of its session. */
export interface GraphHost {
  /** Finds and reads a worktree module. */
  lookUp(request: ModuleRequest): Lookup;
  /** A module of ours by its specifier and its importer, with the identity of its present version. */
  builtIn(specifier: string, importer: string): BuiltIn | undefined;
  /** An import was not allowed. */
  onRefusal(error: HostCallError): void;
}

/** How many CommonJS modules are asked for what one of them exports. */
const maxReexports = 1000;

/** A graph as plain data. */
export interface SavedGraph {
  readonly versions: readonly (Omit<Version, 'imports'> & { readonly imports: readonly Import[] })[];
  /** Identities of the versions that the next import gets. */
  readonly current: readonly string[];
  readonly cells: readonly (readonly [engineName: string, place: CellPlace])[];
  readonly lastVersion: number;
  readonly refusals: number;
}

/** Cells whose folder is known. Functions of older ones import from the worktree itself. */
const maxCells = 1000;

const keyOf = ({ kind, specifier }: Pick<Import, 'kind' | 'specifier'>): string => `${kind} ${specifier}`;

export class ModuleGraph {
  readonly #current = new Map<string, Version>();
  readonly #versions = new Map<string, Version>();
  #lastVersion = 0;
  /** Paths of ES modules that the engine got in this turn: they may be in the middle of their evaluation. */
  readonly #loaded = new Set<string>();
  /** Versions whose imports have been found to mean what they meant, in this turn. */
  readonly #fresh = new Set<Version>();
  /** Makes what the engine gets for the modules that it may be about to load: it has most of them already. */
  readonly #pending = new Map<string, () => ModuleCode>();
  #refusals = 0;
  readonly #cells = new Map<string, CellPlace>();

  /** @param sources learns where the modules' code comes from */
  constructor(
    private readonly host: GraphHost,
    private readonly sources: Sources,
  ) {}

  save(): SavedGraph {
    const versions = [...this.#versions.values()].map((version) => ({
      ...version,
      imports: [...version.imports.values()],
    }));
    return {
      versions,
      current: [...this.#current.values()].map(({ identity }) => identity),
      cells: [...this.#cells],
      lastVersion: this.#lastVersion,
      refusals: this.#refusals,
    };
  }

  /** Takes up what another graph saved, with the heap that its modules are on. */
  restore({ versions, current, cells, lastVersion, refusals }: SavedGraph): void {
    for (const version of versions) {
      const imports = new Map(version.imports.map((each) => [keyOf(each), each]));
      this.#versions.set(version.identity, { ...version, imports });
    }
    for (const identity of current) {
      const version = this.#versions.get(identity);
      if (version !== undefined) this.#current.set(version.path, version);
    }
    for (const [name, place] of cells) this.#cells.set(name, place);
    this.#lastVersion = lastVersion;
    this.#refusals = refusals;
  }

  /** Forgets what was read: guest code enters anew, and the disk may have changed. */
  beginTurn(): void {
    this.#fresh.clear();
    this.#loaded.clear();
    this.#pending.clear();
  }

  /** Lets a cell import, under the name that the engine knows it by. */
  addCell(engineName: string, place: CellPlace): void {
    this.#cells.set(engineName, place);
    for (const oldest of this.#cells.keys()) {
      if (this.#cells.size <= maxCells) break;
      this.#cells.delete(oldest);
    }
  }

  /** Makes a new version of a file that is run, not imported. @returns the name for the engine */
  addEntry(path: string, hash: string): string {
    this.#loaded.add(path);
    return this.#newVersion(path, hash).identity;
  }

  /** As {@link addEntry}, of a CommonJS file. @returns the name and code of the module that runs it */
  addCommonJsEntry(source: ModuleSource): { engineName: string; code: string } {
    const { identity } = this.#newVersion(source.path, source.hash);
    this.#offerCommonJs(identity, source);
    return { engineName: wrapperOf(identity), code: this.#wrapper(identity, source) };
  }

  /** Whether code of the engine's under this name can be an importer. */
  knows(engineName: string): boolean {
    return this.#versions.has(engineName) || this.#cells.has(engineName);
  }

  /**
   * The identity of what `specifier` means in `base`, a module's identity or a cell's name. What cannot be resolved
   * gets one too, and its error when it is loaded.
   */
  resolve(base: string, specifier: string): string {
    // A require of ours imports what it has found already.
    if (base === requiringModule) return specifier;
    const found = this.#find(base, specifier, 'import');
    if (found.kind === 'refused') {
      const identity = `vm:refused/${++this.#refusals}`;
      const stack = this.sources.importStack(base, specifier);
      this.#pending.set(identity, () => ({ error: { ...found.error, stack: found.error.stack ?? stack } }));
      return identity;
    }
    return found.kind === 'commonjs' ? wrapperOf(found.identity) : found.identity;
  }

  load(identity: string): ModuleCode {
    const gone: GuestError = { name: 'Error', message: 'The module cannot be loaded any more' };
    const version = this.#versions.get(identity);
    if (version !== undefined) this.#loaded.add(version.path);
    return this.#pending.get(identity)?.() ?? { error: gone };
  }

  /**
   * What a `require` in `base` means.
   *
   * @param base a module's identity, or a cell's name
   * @param wrapped identities of CommonJS modules that run because ES modules import them
   * @param frames engine's names of the code on the stack
   */
  require(base: string, specifier: string, wrapped: readonly string[], frames: readonly string[]): Required {
    const required = this.#find(base, specifier, 'require');
    if (required.kind !== 'module' || required.isPlain) return required;
    const evaluating = frames.map((name) => this.#versions.get(name)?.path ?? '');
    const underWay = new Set([
      ...wrapped.map((identity) => this.#versions.get(identity)?.path ?? ''),
      ...evaluating.filter((path) => this.#loaded.has(path)),
    ]);
    const found = this.#lookUp(base, specifier, 'require');
    const cycle = 'source' in found ? this.#findCycle(found, underWay) : undefined;
    if (cycle === undefined) return required;
    const message = `Cannot require ${JSON.stringify(specifier)} from ${this.#placeOf(base).importer}: it is an ES module that needs ${cycle}, which waits for it`;
    return { kind: 'refused', error: { name: 'Error', message, code: 'MODULE_CYCLE' } };
  }

  /** Where a module is, which is not loaded: its worktree path, or its specifier when it is a module of ours. */
  locate(base: string, specifier: string, kind: Kind): { path?: string } | { error: GuestError } {
    if (this.host.builtIn(specifier, base) !== undefined) return {};
    const found = this.#lookUp(base, specifier, kind);
    return 'error' in found ? found : { path: found.source.path };
  }

  #find(base: string, specifier: string, kind: Kind): Required {
    const ours = this.host.builtIn(specifier, base);
    if (ours !== undefined) {
      this.#pending.set(ours.identity, () => ({ code: ours.text }));
      this.#remember(base, specifier, kind, ours.identity);
      return { kind: 'module', identity: ours.identity, filename: specifier, isPlain: true };
    }
    const found = this.#lookUp(base, specifier, kind);
    const required = 'error' in found ? this.#refused(found.error) : this.#module(found);
    this.#remember(base, specifier, kind, required.kind === 'refused' ? undefined : required.identity);
    return required;
  }

  #refused(error: HostCallError): Required {
    if (error.code === 'MODULE_NOT_ALLOWED') this.host.onRefusal(error);
    return { kind: 'refused', error };
  }

  #module({ source, lexed }: FoundModule): Required {
    const { path } = source;
    const { identity } = this.#versionOf(source);
    if (lexed.kind === 'commonjs') {
      this.#offerCommonJs(identity, source);
      this.#pending.set(wrapperOf(identity), () => ({ code: this.#wrapper(identity, source) }));
      return { kind: 'commonjs', identity, path };
    }
    this.#offer(identity, source, 'module', () => moduleText(source));
    return { kind: 'module', identity, filename: `/${path}`, isPlain: lexed.kind === 'json' };
  }

  #offerCommonJs(identity: string, source: ModuleSource): void {
    this.#offer(identity, source, 'commonjs', () => {
      const problem = typeScriptProblem(source);
      return problem === undefined ? commonJsText(source) : { error: problem };
    });
  }

  #offer(
    identity: string,
    source: ModuleSource,
    kind: Recipe['kind'],
    make: () => ModuleText | { readonly error: GuestError },
  ): void {
    this.#pending.set(identity, () => {
      const made = make();
      if ('error' in made) return made;
      this.sources.add(identity, fileOrigin(source, made.positions, kind));
      return { code: made.code };
    });
  }

  /** The code of the module through which a CommonJS module is imported. */
  #wrapper(identity: string, source: ModuleSource): string {
    return wrapperText(identity, source.path, this.#exportsOf(source));
  }

  /** Names that a CommonJS module exports, with those of the modules that it exports again. */
  #exportsOf(source: ModuleSource): Set<string> {
    const names = new Set<string>();
    const visited = new Map([[source.path, source]]);
    for (const { path, text } of visited.values()) {
      const { exports, reexports } = lexCommonJs(text);
      for (const name of exports) names.add(name);
      for (const specifier of reexports) {
        const again = this.host.lookUp({
          specifier,
          kind: 'require',
          folder: folderOf(path),
          importer: path,
        });
        if ('source' in again && again.lexed.kind === 'commonjs' && visited.size < maxReexports)
          visited.set(again.source.path, again.source);
      }
    }
    return names;
  }

  /**
   * Is there, among what an ES module imports, a module that is in the middle of its evaluation? The engine does not
   * survive being asked for it again there.
   *
   * @returns its path
   */
  #findCycle(first: FoundModule, underWay: ReadonlySet<string>): string | undefined {
    if (underWay.size === 0) return undefined;
    const seen = new Map([[first.source.path, first]]);
    for (const { source, lexed } of seen.values()) {
      if (underWay.has(source.path)) return source.path;
      if (lexed.kind !== 'module') continue;
      for (const request of requestsOf(source.path, lexed)) {
        if (this.host.builtIn(request.specifier, source.path) !== undefined) continue;
        const next = this.host.lookUp(request);
        if ('source' in next && !seen.has(next.source.path)) seen.set(next.source.path, next);
      }
    }
    return undefined;
  }

  #lookUp(base: string, specifier: string, kind: Kind): Lookup {
    return this.host.lookUp({ specifier, kind, ...this.#placeOf(base) });
  }

  #placeOf(base: string): { importer: string; folder: string } {
    const path = this.#versions.get(base)?.path ?? pathOf(base);
    const cell = this.#cells.get(base);
    if (cell !== undefined) return { importer: cell.name, folder: cell.folder };
    if (path !== undefined) return { importer: path, folder: folderOf(path) };
    return { importer: 'this code', folder: '' };
  }

  #remember(base: string, specifier: string, kind: Kind, meaning: string | undefined): void {
    const remembered = { specifier, kind, meaning };
    this.#versions.get(base)?.imports.set(keyOf(remembered), remembered);
  }

  #versionOf({ path, hash }: ModuleSource): Version {
    const current = this.#current.get(path);
    return current?.hash === hash && this.#isFresh(current) ? current : this.#newVersion(path, hash);
  }

  /** Do all imports, however far down, still mean what they meant when it was loaded? */
  #isFresh(version: Version): boolean {
    const seen = new Set([version]);
    for (const each of seen) {
      if (this.#fresh.has(each)) continue;
      for (const { specifier, kind, meaning } of each.imports.values()) {
        if (this.#presentMeaning(each.identity, specifier, kind) !== meaning) return false;
        const next = meaning === undefined ? undefined : this.#versions.get(meaning);
        if (next !== undefined) seen.add(next);
      }
    }
    for (const each of seen) this.#fresh.add(each);
    return true;
  }

  /** What an import would mean by its own file's name and text; undefined when there is nothing. */
  #presentMeaning(base: string, specifier: string, kind: Kind): string | undefined {
    const ours = this.host.builtIn(specifier, base);
    if (ours !== undefined) return ours.identity;
    const found = this.#lookUp(base, specifier, kind);
    if ('error' in found) return undefined;
    const current = this.#current.get(found.source.path);
    return current?.hash === found.source.hash ? current.identity : 'no version yet';
  }

  #newVersion(path: string, hash: string): Version {
    const identity = identityOf(path, `v=${++this.#lastVersion}`);
    const version: Version = { path, identity, hash, imports: new Map() };
    this.#current.set(path, version);
    this.#versions.set(identity, version);
    return version;
  }
}

/** Name of the module that imports for a `require`. */
export const requiringModule = 'vm:require';

/**
 * The modules of a session. The engine keeps every module it ever loaded under its name, so a file whose text changed,
 * or that imports such a file, however far down, gets a new name and is loaded again at the next import.
 */
import type { HostCallError } from '../messages.js';
import { folderOf, identityOf } from '../module-names.js';
import type { ModuleRequest, ModuleSource } from '../services/module-sources.js';
import type { GuestError, ModuleCode } from './engine-port.js';
import { moduleText } from './module-text.js';
import { fileOrigin, type Sources } from './sources.js';

/** One version of a file, as the engine knows it. */
interface Version {
  readonly path: string;
  readonly identity: string;
  readonly hash: string;
  /** What its imports meant when it was loaded: specifier → identity. */
  readonly imports: Map<string, string>;
}

/** A file as it is on disk now. */
export type Lookup = { readonly source: ModuleSource } | { readonly error: HostCallError };

/** An importer that is no file: a cell. */
export interface CellPlace {
  readonly name: string;
  readonly folder: string;
}

export class ModuleGraph {
  readonly #current = new Map<string, Version>();
  readonly #versions = new Map<string, Version>();
  #lastVersion = 0;
  /** What was read during this turn: everything that is imported at once sees the same state of the disk. */
  readonly #lookups = new Map<string, Lookup>();
  /** What the engine gets for the modules that it is about to load. */
  readonly #pending = new Map<string, ModuleCode>();
  #refusals = 0;
  readonly #cells = new Map<string, CellPlace>();

  /**
   * @param lookUp finds and reads a worktree module
   * @param builtIn a module of ours by its specifier and its importer, with the identity of its present version
   * @param sources learns where the modules' code comes from
   */
  constructor(
    private readonly lookUp: (request: ModuleRequest) => Lookup,
    private readonly builtIn: (
      specifier: string,
      importer: string,
    ) => { identity: string; text: string } | undefined,
    private readonly sources: Sources,
  ) {}

  /** Forgets what was read: guest code enters anew, and the disk may have changed. */
  beginTurn(): void {
    this.#lookups.clear();
    this.#pending.clear();
  }

  /** Lets a cell import, under the name that the engine knows it by. */
  addCell(engineName: string, place: CellPlace): void {
    this.#cells.set(engineName, place);
  }

  /** Makes a new version of a file that is run, not imported. @returns the name for the engine */
  addEntry(path: string, hash: string): string {
    return this.#newVersion(path, hash).identity;
  }

  /**
   * The identity of what `specifier` means in `base`, a module's identity or a cell's name. What cannot be resolved
   * gets one too, and its error when it is loaded.
   */
  resolve(base: string, specifier: string): string {
    const { identity, module } = this.#find(base, specifier);
    this.#pending.set(identity, module);
    if (!('error' in module)) this.#versions.get(base)?.imports.set(specifier, identity);
    return identity;
  }

  load(identity: string): ModuleCode {
    const gone: GuestError = { name: 'Error', message: 'The module cannot be loaded any more' };
    return this.#pending.get(identity) ?? { error: gone };
  }

  #find(base: string, specifier: string): { identity: string; module: ModuleCode } {
    const ours = this.builtIn(specifier, base);
    if (ours !== undefined) return { identity: ours.identity, module: { code: ours.text } };
    const found = this.#lookUp(base, specifier);
    if ('error' in found) return this.#refusal(found.error);
    const module = moduleText(found.source);
    if ('error' in module) return this.#refusal(module.error);
    const { identity } = this.#versionOf(found.source);
    this.sources.add(identity, fileOrigin(found.source, module.positions));
    return { identity, module: { code: module.code } };
  }

  #refusal(error: GuestError): { identity: string; module: ModuleCode } {
    return { identity: `vm:refused/${++this.#refusals}`, module: { error } };
  }

  #lookUp(base: string, specifier: string): Lookup {
    const key = JSON.stringify([base, specifier]);
    const known = this.#lookups.get(key);
    if (known !== undefined) return known;
    const found = this.lookUp({ specifier, ...this.#placeOf(base) });
    this.#lookups.set(key, found);
    return found;
  }

  #placeOf(base: string): { importer: string; folder: string } {
    const version = this.#versions.get(base);
    if (version !== undefined) return { importer: version.path, folder: folderOf(version.path) };
    const cell = this.#cells.get(base);
    return { importer: cell?.name ?? 'this code', folder: cell?.folder ?? '' };
  }

  #versionOf({ path, hash }: ModuleSource): Version {
    const current = this.#current.get(path);
    return current?.hash === hash && this.#isFresh(current) ? current : this.#newVersion(path, hash);
  }

  /** Do all imports, however far down, still mean what they meant when it was loaded? */
  #isFresh(version: Version): boolean {
    const seen = new Set([version]);
    for (const { identity: base, imports } of seen) {
      for (const [specifier, identity] of imports) {
        const dependency = this.#presentIdentity(base, specifier);
        if (dependency !== identity) return false;
        const next = this.#versions.get(identity);
        if (next !== undefined) seen.add(next);
      }
    }
    return true;
  }

  /** What an import would mean by its own file's name and text; undefined when that has no version yet. */
  #presentIdentity(base: string, specifier: string): string | undefined {
    const ours = this.builtIn(specifier, base);
    if (ours !== undefined) return ours.identity;
    const found = this.#lookUp(base, specifier);
    if ('error' in found) return undefined;
    const current = this.#current.get(found.source.path);
    return current?.hash === found.source.hash ? current.identity : undefined;
  }

  #newVersion(path: string, hash: string): Version {
    const identity = identityOf(path, `v=${++this.#lastVersion}`);
    const version: Version = { path, identity, hash, imports: new Map() };
    this.#current.set(path, version);
    this.#versions.set(identity, version);
    return version;
  }
}

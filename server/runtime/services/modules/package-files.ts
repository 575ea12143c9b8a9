/** The worktree as packages are looked up in it: `/` is the worktree, and every look goes through the confined walk. */
import path from 'node:path';
import { VmError } from '../../../../shared/errors.js';
import type { JsonObject } from '../../../../shared/models.js';
import type { Kind, ModuleFiles } from './module-files.js';
import type { PackageType } from './module-request.js';

/** The largest package.json that is read, in UTF-16 units: it is parsed in one go. */
const maxDescriptionLength = 1024 * 1024;

export class PackageFiles {
  #turn = -1;
  readonly #kinds = new Map<string, Promise<Kind>>();
  readonly #descriptions = new Map<string, Promise<JsonObject | undefined>>();
  readonly #types = new Map<string, Promise<PackageType | undefined>>();

  constructor(private readonly files: ModuleFiles) {}

  /** Forgets what was seen, once guest code enters anew: the disk may have changed. */
  beginTurn(turn: number): void {
    if (turn === this.#turn) return;
    this.#turn = turn;
    this.#kinds.clear();
    this.#descriptions.clear();
    this.#types.clear();
  }

  /** @param file worktree-relative path */
  kind(file: string): Promise<Kind> {
    return remembered(this.#kinds, file, () => this.files.kind(file));
  }

  /**
   * @param file worktree-relative path of a package.json
   * @returns undefined when there is none
   * @throws {Error} it cannot be used, with a message for people
   */
  description(file: string): Promise<JsonObject | undefined> {
    return remembered(this.#descriptions, file, () => this.#read(file));
  }

  /** What the nearest package.json says that `.js` files of a folder are. @param folder worktree relative */
  packageType(folder: string): Promise<PackageType | undefined> {
    return remembered(this.#types, folder, async () => {
      if (path.posix.basename(folder) === 'node_modules') return undefined;
      const description = await this.#usable(path.posix.join(folder, 'package.json'));
      if (description !== undefined) {
        const { type } = description as { type?: unknown };
        return type === 'module' || type === 'commonjs' ? type : undefined;
      }
      return folder === '' ? undefined : this.packageType(parentOf(folder));
    });
  }

  /** One that cannot be used says nothing about types; importing the package by its name tells why. */
  async #usable(file: string): Promise<JsonObject | undefined> {
    try {
      return await this.description(file);
    } catch (error) {
      if (error instanceof DescriptionError) return {};
      throw error;
    }
  }

  async #read(file: string): Promise<JsonObject | undefined> {
    if ((await this.kind(file)) !== 'file') return undefined;
    const refuse = (why: string) => new DescriptionError(`${file} ${why}`);
    let text: string;
    try {
      ({ text } = await this.files.read(file));
    } catch (error) {
      if (!(error instanceof VmError)) throw error;
      throw refuse('cannot be read');
    }
    if (text.length > maxDescriptionLength) throw refuse('is larger than 1 MB');
    const value = parsed(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw refuse('is no JSON object');
    const description = value as JsonObject;
    if (!['exports', 'imports', 'browser'].every((key) => isUsual(description[key])))
      throw refuse('has more in its exports, imports or browser than any package needs');
    return description;
  }
}

const maxDepth = 50;
const maxValues = 50_000;
const maxAlternatives = 100;

/** What a package offers is worked through in one go, on the main thread: it must not be without bounds. */
function isUsual(field: unknown): boolean {
  let level: unknown[] = [field];
  let count = 0;
  for (let depth = 0; level.length > 0; depth++) {
    count += level.length;
    const lists = level.filter((value) => Array.isArray(value));
    if (depth > maxDepth || count > maxValues || lists.some(({ length }) => length > maxAlternatives))
      return false;
    level = level.flatMap((value): unknown[] =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
  return true;
}

/** A package.json that cannot be used. */
class DescriptionError extends Error {}

/** @returns undefined for what is no JSON */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function parentOf(file: string): string {
  const parent = path.posix.dirname(file);
  return parent === '.' ? '' : parent;
}

function remembered<T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

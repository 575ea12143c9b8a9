/**
 * The libraries of a session, as imports find them. The library itself is a module that the engine keeps, in the guest's
 * heap: an import gets it from there, whatever became of its global.
 */
import type { LibrarySource } from '../messages.js';
import type { BuiltIn } from './native-modules.js';

/** Libraries run before any execution, as the first background entry: the session's limits hold for them. */
export const openingRun = 1;

/** First line of a library's text that has further exports, made of its properties when it is first imported. */
const lateExports = /^\/\/exports ([\w$,]+)\n/;

/** The name that the engine keeps a library's module under. */
export const libraryIdentity = (id: string): string => `vm:library/${id}`;

/** Nothing here is of the guest: it can be made anew from the libraries' texts. */
export class Libraries {
  readonly #ids = new Set<string>();
  readonly #modules = new Map<string, BuiltIn>();
  /** Identity of a module with late exports → the library behind it, which nobody else can import. */
  readonly #behind = new Map<string, BuiltIn>();

  /** Those that the guest has, by id. */
  get ids(): readonly string[] {
    return [...this.#ids];
  }

  /** Makes libraries importable. They must have been evaluated, each under its {@link libraryIdentity}. */
  add(libraries: readonly LibrarySource[]): void {
    for (const library of libraries) {
      this.#ids.add(library.id);
      const module = this.#moduleOf(library);
      for (const specifier of library.specifiers) this.#modules.set(specifier, module);
    }
  }

  /**
   * @param importer identity of the module that imports, or a cell's name
   * @returns the module, whose default export is the library; undefined when the template names no such library
   */
  find(specifier: string, importer: string): BuiltIn | undefined {
    const behind = this.#behind.get(importer);
    return behind?.identity === specifier ? behind : this.#modules.get(specifier);
  }

  #moduleOf({ id, text }: LibrarySource): BuiltIn {
    // The engine has it: this text is never read.
    const library: BuiltIn = { identity: libraryIdentity(id), text: '' };
    const [, names] = lateExports.exec(text) ?? [];
    if (names === undefined) return library;
    const identity = `${library.identity}/exports`;
    this.#behind.set(identity, library);
    return { identity, text: textWithExports(library.identity, names.split(',')) };
  }
}

/** Names of properties may be reserved words, which can be exported but not declared. */
function textWithExports(library: string, names: readonly string[]): string {
  return [
    `import library from '${library}';`,
    `export * from '${library}';`,
    ...names.map((name, index) => `const _${index} = library.${name};`),
    `export { library as default, ${names.map((name, index) => `_${index} as ${name}`).join(', ')} };`,
  ].join('\n');
}

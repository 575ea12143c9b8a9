import type { LibraryFile } from '../core/ports.js';
import { nativeModules } from './native-module-list.js';

/** A module that is no file. */
export interface NamedModule {
  readonly name: string;
  /** What it is, in a few words. */
  readonly detail: string;
}

/** What code of a session can import by name, but for packages. @param granted names of the catalogue's modules */
export function namedModules(granted: readonly string[], libraries: readonly LibraryFile[]): NamedModule[] {
  const native = Object.entries(nativeModules).flatMap(([name, { grant }]) =>
    grant === undefined || granted.includes(grant) ? [{ name, detail: 'module' }] : [],
  );
  const ofLibraries = libraries.flatMap(({ id, aliases = [], version }) =>
    [id, ...aliases].map((name) => ({ name, detail: `library, version ${version}` })),
  );
  return [{ name: 'vm:execution', detail: 'module' }, ...native, ...ofLibraries];
}

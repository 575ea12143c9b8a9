/** The libraries that a template may name. They are built into the package; nothing is downloaded. */
import { VmError } from '../../../shared/errors.js';
import type { Capability } from '../../../shared/models.js';
import { CatalogLibrary } from '../../../shared/protocol.js';
import libraryList from './libraries.json' with { type: 'json' };

/** Their versions, sizes and hashes are recorded by `npm run libraries`. */
export const libraries: readonly CatalogLibrary[] = CatalogLibrary.array().parse(libraryList);

/**
 * @param reference `id` or `id@version`; case and outer spaces do not matter
 * @returns the library, and the reference as a template keeps it
 * @throws `LIBRARY_NOT_FOUND`: not in the catalogue, or in another version
 */
export function requireLibrary(reference: string): { library: CatalogLibrary; reference: string } {
  const { id, version } = parseReference(reference);
  const library = libraries.find((each) => each.id === id);
  if (library !== undefined && (version === undefined || version === library.version)) {
    return { library, reference: version === undefined ? id : `${id}@${version}` };
  }
  throw new VmError(
    'LIBRARY_NOT_FOUND',
    `${JSON.stringify(reference)} is not in the catalogue; there are ${libraries.map((each) => `${each.id}@${each.version}`).join(', ')}.`,
  );
}

/** @returns whether two references name the same library, in whichever versions */
export const isSameLibrary = (one: string, other: string): boolean =>
  parseReference(one).id === parseReference(other).id;

/**
 * What a session with these libraries and grants is to load.
 *
 * @throws `LIBRARY_NOT_FOUND`: this build of the host has another version of it; `MODULE_NOT_ALLOWED`: a library needs
 *   a grant that the session does not have
 */
export function resolveLibraries(
  references: readonly string[],
  capabilities: readonly Capability[],
): CatalogLibrary[] {
  return references.map((reference) => {
    const { library } = requireLibrary(reference);
    const { requires, name, id } = library;
    if (requires === undefined || capabilities.some((each) => allows(each, requires))) return library;
    throw new VmError(
      'MODULE_NOT_ALLOWED',
      `The library ${name} does nothing without a capability of kind ${requires}: grant the template one, or take ${id} out of it.`,
    );
  });
}

const allows = ({ kind, effect, enabled }: Capability, required: Capability['kind']): boolean =>
  kind === required && effect === 'allow' && enabled;

function parseReference(reference: string): { id: string; version?: string | undefined } {
  const [, id = '', version] = /^\s*(.*?)(?:@([^@]+?))?\s*$/s.exec(reference) ?? [];
  return { id: id.toLowerCase(), version };
}

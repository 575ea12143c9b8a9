import type { LibrarySource } from '../messages.js';
import type { Guest } from './guest.js';
import { libraryIdentity, openingRun } from './libraries.js';

/**
 * Runs the libraries, and makes each a global and importable.
 *
 * @returns the one that threw, with its words; undefined when all is well
 */
export function loadLibraries(
  guest: Guest,
  libraries: readonly LibrarySource[],
): { library: string; message: string } | undefined {
  for (const library of libraries) {
    const failure = load(guest, library);
    if (failure !== undefined) return { library: library.id, message: failure };
  }
  guest.libraries.add(libraries);
  guest.kernel.rememberGlobals('library');
  return undefined;
}

function load(guest: Guest, { id, global, text }: LibrarySource): string | undefined {
  const { engine } = guest;
  let failure: string | undefined;
  const { stopped } = guest.turn(openingRun, 0, '', () => {
    const { kind, value } = engine.evaluate(text, libraryIdentity(id), 'module');
    if (kind === 'thrown') {
      const described = guest.describe(value);
      failure = typeof described === 'string' ? described : described.stack;
    } else {
      const library = engine.property(value, 'default');
      guest.kernel.publish(global, library);
      engine.free(library);
    }
    engine.free(value);
    guest.runJobs();
  });
  return stopped === undefined ? failure : 'it took more time or memory than the session may';
}

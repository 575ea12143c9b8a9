import type { LibrarySource } from '../messages.js';
import type { Guest } from './guest.js';

/** Libraries run before any execution, as the first background entry: the session's limits hold for them. */
export const openingRun = 1;

/**
 * Runs the libraries, which define globals.
 *
 * @returns the one that threw, with its words; undefined when all is well
 */
export function loadLibraries(
  guest: Guest,
  libraries: readonly LibrarySource[],
): { library: string; message: string } | undefined {
  for (const { id, text } of libraries) {
    const failure = run(guest, id, text);
    if (failure !== undefined) return { library: id, message: failure };
  }
  return undefined;
}

function run(guest: Guest, id: string, text: string): string | undefined {
  let failure: string | undefined;
  const { stopped } = guest.turn(openingRun, 0, '', () => {
    const completion = guest.engine.evaluate(text, `vm:library/${id}`, 'script');
    if (completion.kind === 'thrown') {
      const described = guest.describe(completion.value);
      failure = typeof described === 'string' ? described : described.stack;
    }
    guest.engine.free(completion.value);
    guest.runJobs();
  });
  return stopped === undefined ? failure : 'it took more time or memory than the session may';
}

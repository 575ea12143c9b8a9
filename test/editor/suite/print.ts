/** What the suite shows to whoever started it. */
import { format } from 'node:util';

/** Begins each line; VS Code writes much more to the same place, and the runner tells them apart by it. */
const mark = '[suite] ';

/** Prints to the terminal of the test run, as console.log does. */
export function print(...args: unknown[]): void {
  for (const line of format(...args).split('\n')) console.log('%s', mark + line);
}

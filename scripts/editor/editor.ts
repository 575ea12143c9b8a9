/** What every way of running the tests in an editor has in common. */
import type { Scenario } from './scenarios.js';
import type { SuiteBundle } from './suite-bundle.js';

export interface SuiteRun {
  readonly scenario: Scenario;
  readonly suite: SuiteBundle;
  /** The .vsix that is installed for this run. */
  readonly package: string;
  /** Gets what the editor, its extensions and the tests write, in pieces of any size. */
  readonly onOutput: (text: string) => void;
  /** Ends the run when it is too late or when the user does not want it any more. */
  readonly signal: AbortSignal;
}

/** An editor that is ready to be started, once for each scenario. */
export interface Editor {
  /** For people: which editor, which version. */
  readonly description: string;
  /**
   * Starts it in fresh folders with the package installed, runs the suite, and leaves no process.
   * @returns whether all tests passed
   * @throws Error when it came to no result
   */
  run(run: SuiteRun): Promise<boolean>;
  dispose(): Promise<void>;
}

/** Rejects with the signal's reason, as soon as it is given. */
export function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('Stopped.'));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}

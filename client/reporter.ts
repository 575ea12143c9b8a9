/** The one place where an error becomes something that a person sees. */
import { commands as editor, EventEmitter, type LogOutputChannel, window } from 'vscode';
import { type Action, fullMessage, isCancellation, shortMessage, UserError } from './errors.js';
import { commands } from './ids.js';

/** What was shown. */
export interface Report {
  readonly error: unknown;
  readonly message: string;
  readonly action: Action;
}

export class Reporter {
  readonly #reported = new EventEmitter<Report>();
  readonly onDidReport = this.#reported.event;

  constructor(private readonly log: LogOutputChannel) {}

  /**
   * Runs something that a person asked for. What it fails with is logged in full and shown in short, with one button;
   * that it was cancelled is neither.
   *
   * @param what its name in the log
   * @returns its result; undefined when it failed
   */
  async guard<T>(what: string, work: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (isCancellation(error)) this.log.debug(`${what} was cancelled.`);
      else this.report(what, error);
      return undefined;
    }
  }

  /** Logs an error in full and shows it in short. */
  report(what: string, error: unknown): void {
    this.log.error(`${what}: ${fullMessage(error)}`);
    const message = shortMessage(error);
    const own = error instanceof UserError ? error.action : undefined;
    const action = own ?? { title: 'Show Log', command: commands.showLog };
    this.#reported.fire({ error, message, action });
    void this.#show(message, action);
  }

  dispose(): void {
    this.#reported.dispose();
  }

  async #show(message: string, { title, command }: Action): Promise<void> {
    const chosen = await window.showErrorMessage(message, title);
    if (chosen === title) await editor.executeCommand(command);
  }
}

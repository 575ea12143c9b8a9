/** One run of a cell as the notebook shows it: waiting, running with a clock and outputs, ended. */
import type { NotebookCellExecution } from 'vscode';
import type { Execution, ExecutionEvent } from '../../shared/models.js';
import { isCancellation, shortMessage } from '../errors.js';
import type { Host } from '../host/host.js';
import { frameText } from '../places.js';
import { CellOutput } from './cell-output.js';

export class CellRun {
  readonly #output: CellOutput;
  #hasBegun = false;
  /** Came before it was known whether the cell ever ran. */
  #held: ExecutionEvent[] = [];

  /**
   * @param nextOrder the number that the cell gets when its turn comes
   * @param note what a person should know about the session when the cell begins
   */
  constructor(
    private readonly execution: NotebookCellExecution,
    host: Host,
    private readonly nextOrder: () => number,
    private readonly note: string | undefined,
  ) {
    this.#output = new CellOutput(execution, frameText(host));
  }

  /** The cell's turn came: its clock starts and its old outputs go. Only the first call counts. */
  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.execution.executionOrder = this.nextOrder();
    this.execution.start(Date.now());
    this.#output.clear();
    if (this.note !== undefined) this.#output.note(this.note);
    this.#output.append(this.#held);
    this.#held = [];
  }

  append(events: readonly ExecutionEvent[]): void {
    // A cell that is cancelled while it waits has an exception and nothing else, and never begins.
    if (!this.#hasBegun && events.some(({ type }) => type !== 'exception')) this.begin();
    if (this.#hasBegun) this.#output.append(events);
    else this.#held.push(...events);
  }

  /** @param row the final row; all its events were appended */
  async end(row: Execution): Promise<void> {
    const neverRan = !this.#hasBegun && row.status === 'cancelled' && row.metrics.wallMs === 0;
    if (!neverRan) this.begin();
    await this.#output.done();
    this.execution.end(neverRan ? undefined : row.status === 'ok', Date.now());
  }

  /** It could not be run. */
  async fail(error: unknown): Promise<void> {
    if (isCancellation(error)) {
      this.execution.end(undefined);
      return;
    }
    this.begin();
    this.#output.fail('VM System', shortMessage(error));
    await this.#output.done();
    this.execution.end(false, Date.now());
  }
}

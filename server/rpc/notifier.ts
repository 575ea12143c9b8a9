/** What core tells, told to one client: the rows and events of docs/protocol.md, "Notifications". */
import type { Execution } from '../../shared/models.js';
import {
  didChangeExecution,
  didChangeHealth,
  didChangeSession,
  didChangeTemplate,
} from '../../shared/protocol.js';
import type { Change } from '../core/changes.js';
import { type BatchLimits, defaultBatchLimits, EventBatches } from './event-batches.js';
import type { Outlet } from './outlet.js';
import { defaultRowIntervalMs, RowMerger } from './row-merger.js';
import { summarise } from './summary.js';

export interface NotifierOptions {
  readonly batches?: BatchLimits;
  readonly rowIntervalMs?: number;
}

/**
 * Keeps the order that the protocol promises for each execution: its row, its events by seq, its final row, and then
 * the answer to the request that started it.
 */
export class Notifier {
  readonly #events: EventBatches;
  readonly #rows: RowMerger;

  constructor(
    private readonly outlet: Outlet,
    options: NotifierOptions = {},
  ) {
    this.#events = new EventBatches(outlet, options.batches ?? defaultBatchLimits);
    this.#rows = new RowMerger({
      intervalMs: options.rowIntervalMs ?? defaultRowIntervalMs,
      congested: () => outlet.congested,
    });
    outlet.onDrain(() => this.#rows.resume());
  }

  /** Takes a change that core announced; it was committed before. */
  readonly announce = (change: Change): void => {
    switch (change.kind) {
      case 'events':
        this.#events.add(change.sessionId, change.executionId, change.events);
        break;
      case 'execution':
        this.#execution(change);
        break;
      case 'session': {
        const { session, removed } = change;
        const send = (): void => this.outlet.send(didChangeSession, { session, ...(removed && { removed }) });
        if (removed) this.#rows.last(session.id, send);
        else this.#rows.offer(session.id, session.status, send);
        break;
      }
      case 'template': {
        const { template, removed } = change;
        const send = (): void =>
          this.outlet.send(didChangeTemplate, { template, ...(removed && { removed }) });
        if (removed) this.#rows.last(template.id, send);
        else this.#rows.offer(template.id, '', send);
        break;
      }
      case 'health': {
        const { health } = change;
        this.#rows.offer('health', health.status, () => this.outlet.send(didChangeHealth, health));
        break;
      }
    }
  };

  /** Sends what is held of an execution, so that an answer about it comes after. */
  flush(executionId: string): void {
    this.#rows.flush(executionId);
    this.#events.flush(executionId);
  }

  dispose(): void {
    this.#events.dispose();
    this.#rows.dispose();
  }

  #execution({ execution, removed }: Change & { kind: 'execution' }): void {
    const send = (): void =>
      this.outlet.send(didChangeExecution, { execution: summarise(execution), ...(removed && { removed }) });
    if (removed || isFinal(execution)) {
      this.#events.end(execution.id);
      this.#rows.last(execution.id, send);
    } else {
      this.#rows.offer(execution.id, execution.status, send);
    }
  }
}

function isFinal({ status }: Execution): boolean {
  return status !== 'queued' && status !== 'running';
}

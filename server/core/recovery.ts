import { now, type StopReason } from './context.js';
import { stoppedEnding } from './ending.js';
import type { ExecutionRecord, Store } from './ports.js';

const reason: StopReason = {
  code: 'HOST_STOPPED',
  message: 'The host ended while this was running.',
};

/**
 * Settles what a host that died left open, before anything else is served: executions that waited or ran end `error`
 * with `HOST_STOPPED`, their log continued by one last event; sessions that were starting or ready are closed.
 * All of it is one transaction.
 *
 * @returns how many rows were settled
 */
export function settleLeftovers(store: Store): { executions: number; sessions: number } {
  return store.transaction(() => {
    const executions = store.executions.open();
    for (const row of executions) settleExecution(store, row);
    const sessions = store.sessions.inStatus('starting', 'ready', 'hibernated');
    for (const { memoryBytes: _memory, ...session } of sessions) {
      store.sessions.update({
        ...session,
        status: 'closed',
        closedAt: now(),
        lastError: 'The host ended, and the state of the session with it; restart the session to go on.',
      });
    }
    return { executions: executions.length, sessions: sessions.length };
  });
}

function settleExecution(store: Store, row: ExecutionRecord): void {
  const { status, error } = stoppedEnding(reason);
  const at = now();
  const seq = row.lastSeq + 1;
  store.executions.appendEvents([{ executionId: row.id, seq, ts: at, type: 'exception', payload: error }]);
  store.executions.update({
    ...row,
    status,
    error,
    endedAt: at,
    lastSeq: seq,
    metrics: { ...row.metrics, events: seq },
  });
}

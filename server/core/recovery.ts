import { now, type StopReason } from './context.js';
import { stoppedEnding } from './ending.js';
import type { ExecutionRecord, SessionRecord, Store } from './ports.js';

const reason: StopReason = {
  code: 'HOST_STOPPED',
  message: 'The host ended while this was running.',
};

/**
 * Settles what a host that died left open, before anything else is served: executions that waited or ran end `error`
 * with `HOST_STOPPED`, their log continued by one last event; sessions whose state was kept are hibernated, the others
 * closed. All of it is one transaction.
 *
 * @param build the engine that there is now
 * @returns how many rows were settled
 */
export function settleLeftovers(store: Store, build: string): { executions: number; sessions: number } {
  return store.transaction(() => {
    const executions = store.executions.open();
    for (const row of executions) settleExecution(store, row);
    const sessions = store.sessions.inStatus('starting', 'ready', 'hibernated');
    for (const session of sessions) settleSession(store, session, build);
    return {
      executions: executions.length,
      sessions: sessions.filter(({ status }) => status !== 'hibernated').length,
    };
  });
}

function settleSession(
  store: Store,
  { memoryBytes: _memory, ...session }: SessionRecord,
  build: string,
): void {
  const checkpoint = session.status === 'starting' ? undefined : store.checkpoints.latest(session.id);
  if (checkpoint?.build === build) {
    // What ended after the state was taken is not in it. One that was put to sleep mostly has its last one.
    if (session.status !== 'hibernated' || store.executions.last(session.id) !== checkpoint.executionId)
      store.executions.goBack(session.id, store.checkpoints.point(checkpoint.id));
    store.sessions.update({ ...session, status: 'hibernated' });
    return;
  }
  const why =
    checkpoint === undefined
      ? 'The host ended, and the state of the session with it'
      : 'The state of the session was kept by another version of the engine';
  const lastError = `${why}; restart the session to go on.`;
  store.sessions.update({ ...session, status: 'closed', closedAt: now(), lastError });
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

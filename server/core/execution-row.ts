import { randomUUID } from 'node:crypto';
import type { Execution, ExecutionStatus } from '../../shared/models.js';
import { now } from './context.js';
import type { ExecutionRecord } from './ports.js';

/** What an execution is asked to be; the rest of its row starts empty. */
export type NewExecution = Pick<Execution, 'sessionId' | 'kind'> &
  Partial<Pick<ExecutionRecord, 'id' | 'input' | 'path' | 'args' | 'env' | 'causedBy' | 'requestDigest'>>;

/**
 * @param status `running`, or `queued` when it has to wait
 * @param memoryBytes the session's heap before it, which its delta counts from
 */
export function newExecutionRow(
  execution: NewExecution,
  status: Extract<ExecutionStatus, 'queued' | 'running'>,
  memoryBytes: number,
): ExecutionRecord {
  return {
    language: 'javascript',
    args: {},
    env: {},
    ...execution,
    id: execution.id ?? randomUUID(),
    status,
    startedAt: now(),
    lastSeq: 0,
    metrics: { wallMs: 0, cpuMs: 0, memoryBytes, memoryDeltaBytes: 0, events: 0, outputBytes: 0 },
  };
}

/** The row as clients see it. */
export const toExecution = ({ requestDigest: _digest, ...execution }: ExecutionRecord): Execution =>
  execution;

import { randomUUID } from 'node:crypto';
import { languageOfPath } from '../../shared/language.js';
import type { Execution, ExecutionStatus } from '../../shared/models.js';
import { now } from './context.js';
import type { ExecutionRecord } from './ports.js';

/** What an execution is asked to be; the rest of its row starts empty. Its language is its file's unless it says so. */
export type NewExecution = Pick<Execution, 'sessionId' | 'kind'> &
  Partial<
    Pick<
      ExecutionRecord,
      'id' | 'input' | 'path' | 'language' | 'args' | 'env' | 'causedBy' | 'requestDigest'
    >
  >;

/**
 * @param status `running`, or `queued` when it has to wait
 */
export function newExecutionRow(
  execution: NewExecution,
  status: Extract<ExecutionStatus, 'queued' | 'running'>,
): ExecutionRecord {
  return {
    language: languageOfPath(execution.path ?? ''),
    args: {},
    env: {},
    ...execution,
    id: execution.id ?? randomUUID(),
    status,
    startedAt: now(),
    lastSeq: 0,
    metrics: { wallMs: 0, cpuMs: 0, memoryBytes: 0, memoryDeltaBytes: 0, events: 0, outputBytes: 0 },
  };
}

/** The row as clients see it. */
export const toExecution = ({ requestDigest: _digest, ...execution }: ExecutionRecord): Execution =>
  execution;

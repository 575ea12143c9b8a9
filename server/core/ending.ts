/** How executions end. */
import type { FailureCode } from '../../shared/errors.js';
import type { ExecutionStatus, Failure, Value } from '../../shared/models.js';
import type { StopReason } from './context.js';
import type { JobResult } from './ports.js';

/** The last word on an execution. */
export interface Ending {
  readonly status: Exclude<ExecutionStatus, 'queued' | 'running'>;
  readonly result?: Value | undefined;
  readonly error?: Failure | undefined;
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Of the guest's heap after it; absent when it never ran. */
  readonly memoryBytes?: number | undefined;
  /** When it ended, if that was before this is known. */
  readonly endedAt?: string | undefined;
}

/** Each code's status; a code that is not here is an `error`. */
const statusOfCode: Partial<Record<FailureCode, Ending['status']>> = {
  CPU_LIMIT_EXCEEDED: 'timeout',
  WALL_LIMIT_EXCEEDED: 'timeout',
  CANCELLED: 'cancelled',
  SESSION_CLOSED: 'cancelled',
  SESSION_RESTARTED: 'cancelled',
  SESSION_RESTORED: 'cancelled',
  SESSION_CRASHED: 'cancelled',
};

/** The ending of an execution that ran. */
export function endingOf({ outcome, ...figures }: JobResult): Ending {
  switch (outcome.kind) {
    case 'value':
      return { ...figures, status: 'ok', result: outcome.value };
    case 'thrown':
      return { ...figures, status: 'error', error: outcome.failure };
    case 'stopped':
      return { ...figures, ...stoppedEnding(outcome) };
  }
}

/** The ending of an execution that was stopped, or never ran. */
export function stoppedEnding(reason: StopReason): Ending & { readonly error: Failure } {
  return {
    status: failedStatus(reason.code),
    error: stopFailure(reason),
    cpuMs: 0,
    wallMs: 0,
  };
}

/** @param code of the failure; a plain throw has none */
export function failedStatus(code: FailureCode | undefined): Ending['status'] {
  return (code && statusOfCode[code]) ?? 'error';
}

/** The failure of an execution that did not end by itself. */
export function stopFailure({ code, message }: StopReason): Failure {
  const name = 'Stopped';
  return { name, message, stack: `${name}: ${message}`, frames: [], code };
}

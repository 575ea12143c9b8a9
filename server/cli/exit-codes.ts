import type { ExecutionStatus } from '../../shared/models.js';

/** The process's exit code for each way an execution ends; 130 is the shell's own for an interrupt. */
export const exitCodes: Record<ExecutionStatus, number> = {
  ok: 0,
  error: 1,
  timeout: 1,
  cancelled: 130,
  queued: 1,
  running: 1,
};

/** The command line itself was wrong. */
export const usageExitCode = 2;

/** The request was refused, or the host failed. */
export const failureExitCode = 1;

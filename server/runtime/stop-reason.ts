import type { FailureCode } from '../../shared/errors.js';

/** Why a run did not end by itself. */
export interface StopReason {
  readonly code: FailureCode;
  readonly message: string;
}

export function cpuLimitReason(cpuMs: number): StopReason {
  return { code: 'CPU_LIMIT_EXCEEDED', message: `It ran for more than ${cpuMs} ms of CPU time.` };
}

export function wallLimitReason(wallMs: number): StopReason {
  return { code: 'WALL_LIMIT_EXCEEDED', message: `It took more than ${wallMs} ms.` };
}

export function memoryLimitReason(memMb: number): StopReason {
  return {
    code: 'MEMORY_LIMIT_EXCEEDED',
    message: `It needed more than the session's ${memMb} MB of memory.`,
  };
}

export function crashReason(why: string): StopReason {
  return { code: 'SESSION_CRASHED', message: `${why}.` };
}

import { isSystemError } from '../system-error.js';

/** Ends a process at once, if it still runs. @param pid negative for a process group */
export function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It has ended by itself, or was never ours to end.
    if (!isSystemError(error) || (error.code !== 'ESRCH' && error.code !== 'EPERM')) throw error;
  }
}

/** What the web's globals have computed by the host at once, in the session's own thread. */
import type { HostFunction, ComputeTask } from '../contract.js';
import { NativeRangeError, parseJson } from '../intrinsics.js';

/** Longest text that goes over in one call, in UTF-16 units: a stop is seen between two calls. */
export const maxTaskText = 1024 * 1024;

const stopJumps = 20_000;

/** Asks the host, in the words of `worker/compute.ts`. */
export interface HostTasks {
  /** @param input JSON text @returns what the answer's JSON says */
  ask(task: ComputeTask, input: string): unknown;
  bytes(task: ComputeTask, input: string): ArrayBuffer;
  decode(bytes: ArrayBuffer | SharedArrayBuffer, options: string): unknown;
  now(): number;
}

export function hostTasks(host: HostFunction): HostTasks {
  const answered = <Answer>(answer: Answer | undefined): Answer => {
    if (answer !== undefined) return answer;
    // The guest is to stop. The engine looks for that only once in 10,000 jumps back and calls, so make it look.
    for (let jumps = 0; jumps < stopJumps; jumps++);
    throw new NativeRangeError('out of memory');
  };
  return {
    ask(task, input) {
      return parseJson(answered(host('compute', task, input)) as string);
    },
    bytes(task, input) {
      return answered(host('compute', task, input)) as ArrayBuffer;
    },
    decode(bytes, options) {
      return parseJson(answered(host('compute', 'decode', options, bytes)) as string);
    },
    now() {
      return answered(host('compute', 'now', '')) as number;
    },
  };
}

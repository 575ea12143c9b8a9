/** What soak tests print and compare. */
import { readdirSync } from 'node:fs';
import { summary } from '../../bench/measure.js';

/** Threads of a process; NaN where the system does not tell. */
export function threadCount(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length;
  } catch {
    return NaN; // Only Linux has /proc.
  }
}

/** @param values of any unit, at least one */
export function spread(values: readonly number[], unit: string): string {
  const { median, p95, worst } = summary(values);
  const shown = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
  return `median ${shown(median)} ${unit}, p95 ${shown(p95)} ${unit}, max ${shown(worst)} ${unit}`;
}

/** Calls `work` one after the other until `passes` its result, for at most ten seconds. @returns the last result */
export async function eventually<T>(work: () => T | Promise<T>, passes: (result: T) => boolean): Promise<T> {
  const end = performance.now() + 10_000;
  for (;;) {
    const result = await work();
    if (passes(result) || performance.now() > end) return result;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

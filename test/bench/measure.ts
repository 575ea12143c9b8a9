import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** @returns how long `work` took, in milliseconds */
export async function time(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export interface Summary {
  readonly median: number;
  readonly p95: number;
  readonly worst: number;
}

/** Runs `work` `count` times, one after the other. @returns milliseconds */
export async function sample(count: number, work: () => unknown): Promise<Summary> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await time(work));
  return summary(times);
}

export function summary(times: readonly number[]): Summary {
  const sorted = [...times].sort((a, b) => a - b);
  return { median: at(sorted, 0.5), p95: at(sorted, 0.95), worst: at(sorted, 1) };
}

const at = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;

/** Resident memory of a process in megabytes; NaN where the system does not tell. */
export function residentMb(pid: number): number {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) / 1024;
  } catch {
    return NaN; // Only Linux has /proc.
  }
}

export interface Row {
  readonly figure: string;
  readonly ours: string;
  readonly node?: string | undefined;
  readonly deno?: string | undefined;
  readonly engine?: string | undefined;
}

export const ms = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;

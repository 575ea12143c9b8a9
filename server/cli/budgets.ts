/** What sessions may take, as the command line says it. */
import { InvalidArgumentError, Option } from 'commander';

const minuteMs = 60_000;
const megabyte = 1024 * 1024;

/** Absent where the flag was not given. */
export interface BudgetFlags {
  /** Milliseconds. */
  readonly hibernateAfter?: number;
  /** Bytes. */
  readonly sessionMemory?: number;
  /** Bytes. */
  readonly checkpointDisk?: number;
}

/** The host's options by the flags. */
interface HostBudgets {
  readonly hibernation: { readonly idleMs?: number; readonly memoryBytes?: number };
  readonly checkpointBytes?: number;
}

export const budgetOptions: readonly Option[] = [
  new Option(
    '--hibernate-after <minutes>',
    'when idle sessions give up their threads, 0 for never (default: 30)',
  ).argParser(
    (text) => amount(text, 1, 'It must be a number of minutes, at least 1, or 0 for never.') * minuteMs,
  ),
  new Option(
    '--session-memory <MB>',
    'what awake sessions may take together before idle ones give up their threads, 0 for no limit (default: 1024)',
  ).argParser((text) => megabytes(text, 16)),
  new Option(
    '--checkpoint-disk <MB>',
    'what kept states may take on disk before the oldest go, 0 for no limit (default: 256, or what is there)',
  ).argParser((text) => megabytes(text, 1)),
];

/** What the host is opened with. */
export function hostBudgets({ hibernateAfter, sessionMemory, checkpointDisk }: BudgetFlags): HostBudgets {
  return {
    hibernation: {
      ...(hibernateAfter !== undefined && { idleMs: hibernateAfter }),
      ...(sessionMemory !== undefined && { memoryBytes: sessionMemory }),
    },
    ...(checkpointDisk !== undefined && { checkpointBytes: checkpointDisk }),
  };
}

const megabytes = (text: string, least: number): number =>
  amount(text, least, `It must be a number of megabytes, at least ${least}, or 0 for no limit.`) * megabyte;

function amount(text: string, least: number, otherwise: string): number {
  // Larger ones would not be whole numbers of bytes any more.
  const most = 1_000_000_000;
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (number === 0 || (number >= least && number <= most)) return number;
  throw new InvalidArgumentError(otherwise);
}

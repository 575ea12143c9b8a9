/** What the command line shows, and nothing else: no decisions here. */
import { styleText } from 'node:util';
import type { ConsoleLevel, Execution, ExecutionEvent, Failure } from '../../shared/models.js';

/** Where output goes: what a script prints to `out`, what is said about it to `error`. */
export interface Terminal {
  readonly out: NodeJS.WritableStream & { isTTY?: boolean };
  readonly error: NodeJS.WritableStream & { isTTY?: boolean };
}

/** As Node does: what a person should notice goes to standard error. */
const errorLevels: readonly ConsoleLevel[] = ['warn', 'error', 'trace'];

/** How long a notice waits for what may say the same, in milliseconds. */
const noticeMs = 1000;

/** Prints events as they come. A refusal that the file has not caught is told once, where it was thrown. */
export class EventPrinter {
  /** A notice that the exception which follows may repeat. */
  #notice: ExecutionEvent | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly terminal: Terminal) {}

  print(events: readonly ExecutionEvent[]): void {
    for (const event of events) {
      const notice = this.#notice;
      if (notice?.type === 'system' && event.type === 'exception') {
        if (messagesOf(event.payload).includes(notice.payload.message)) this.#notice = undefined;
      }
      this.flush();
      if (event.type === 'system') this.#hold(event);
      else printEvent(this.terminal, event);
    }
  }

  /** Prints what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    const notice = this.#notice;
    this.#notice = undefined;
    if (notice !== undefined) printEvent(this.terminal, notice);
  }

  #hold(notice: ExecutionEvent): void {
    this.#notice = notice;
    this.#timer = setTimeout(() => this.flush(), noticeMs).unref();
  }
}

const messagesOf = ({ message, cause }: Failure): string[] => [
  message,
  ...(cause === undefined ? [] : messagesOf(cause)),
];

function printEvent({ out, error }: Terminal, event: ExecutionEvent): void {
  switch (event.type) {
    case 'console': {
      const { level, text } = event.payload;
      (errorLevels.includes(level) ? error : out).write(`${text}\n`);
      return;
    }
    case 'value':
      out.write(`${paint(out, 'green', '→')} ${event.payload.preview}\n`);
      return;
    case 'exception':
      error.write(`${paint(error, 'red', failureText(event.payload))}\n`);
      return;
    case 'system':
      error.write(`${paint(error, 'yellow', event.payload.message)}\n`);
      return;
    case 'display':
      out.write(`${event.payload.data['text/plain'] ?? `[${Object.keys(event.payload.data).join(', ')}]`}\n`);
      return;
    case 'input_echo':
      return;
  }
}

/**
 * The closing line: `ok in 12.3 ms · 4.1 ms of CPU · 1.2 MB heap · 5 events, 310 bytes`.
 *
 * @param status how it went in the end, with what came after the file's own end
 */
export function printMetrics(
  { error }: Terminal,
  { status, metrics }: Pick<Execution, 'status' | 'metrics'>,
): void {
  const { wallMs, cpuMs, memoryBytes, events, outputBytes } = metrics;
  const figures = [
    `${status} in ${milliseconds(wallMs)}`,
    `${milliseconds(cpuMs)} of CPU`,
    `${(memoryBytes / 1e6).toFixed(1)} MB heap`,
    `${events} ${events === 1 ? 'event' : 'events'}, ${outputBytes} bytes`,
  ];
  error.write(`${paint(error, 'dim', figures.join(' · '))}\n`);
}

export function printJson({ out }: Terminal, value: unknown): void {
  out.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Rows under each other, each column as wide as it must be. @param columns what each column shows of a row */
export function printTable<T>(
  { out }: Terminal,
  columns: Readonly<Record<string, (row: T) => string>>,
  rows: readonly T[],
): void {
  const lines = [Object.keys(columns), ...rows.map((row) => Object.values(columns).map((show) => show(row)))];
  const widths = Object.keys(columns).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  for (const [index, line] of lines.entries()) {
    const text = line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    out.write((index === 0 ? paint(out, 'dim', text) : text).trimEnd() + '\n');
  }
}

/** One sentence, and the code that scripts and documentation know it by. */
export function printRefusal({ error }: Terminal, message: string, code?: string): void {
  error.write(`${paint(error, 'red', 'error:')} ${message}${code === undefined ? '' : ` (${code})`}\n`);
}

function failureText(failure: Failure): string {
  const cause = failure.cause === undefined ? '' : `\nCaused by: ${failureText(failure.cause)}`;
  return `${failure.stack}${failure.code === undefined ? '' : ` (${failure.code})`}${cause}`;
}

const milliseconds = (value: number): string => `${value.toFixed(1)} ms`;

function paint(stream: Terminal['out'], style: 'green' | 'red' | 'yellow' | 'dim', text: string): string {
  return stream.isTTY === true ? styleText(style, text) : text;
}

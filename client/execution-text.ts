/** Executions and their events as lines of text, the same in the output channel and in documents. */
import type { Execution, ExecutionEvent, ExecutionStatus, Failure, Frame } from '../shared/models.js';

/** Writes a place in code so that the editor makes a link of it: `/folder/file.js:3:9`. */
export type LocateFrame = (frame: Frame) => string;

const marks: Record<ExecutionStatus, string> = {
  queued: '…',
  running: '▶',
  ok: '✔',
  error: '✖',
  timeout: '✖',
  cancelled: '■',
};

/** The most lines of a cell's source that are repeated before its output. */
const maxEchoLines = 20;

/** What is run, in one line: `▶ src/main.js · session main`. */
export function headerLine(execution: Execution, sessionName: string): string {
  // A cell's text follows as an event of its own.
  const what = execution.kind === 'repl' ? 'cell' : title(execution);
  return `${marks.running} ${what} · session ${sessionName}`;
}

/** A file's path, a cell's first line, or what kind of work it is. */
export function title({ kind, path, input }: Execution): string {
  if (path !== undefined) return path;
  if (kind === 'background') return 'background work';
  const [first = '', ...rest] = (input ?? '').trim().split('\n');
  const text = first.length > 80 ? `${first.slice(0, 79)}…` : first;
  return rest.length > 0 ? `${text} …` : text;
}

/** One event as lines, each with its line end; nothing for an event that has no text. */
export function eventText(event: ExecutionEvent, locate: LocateFrame): string {
  switch (event.type) {
    case 'console':
      return `${event.payload.text}\n`;
    case 'value':
      return event.payload.type === 'undefined' ? '' : `→ ${event.payload.preview}\n`;
    case 'exception':
      return `${failureText(event.payload, locate)}\n`;
    case 'system':
      return `! ${event.payload.message}\n`;
    case 'input_echo':
      return echo(event.payload.text);
    case 'display': {
      const text = event.payload.data['text/plain'];
      return typeof text === 'string' ? `${text}\n` : `[${Object.keys(event.payload.data).join(', ')}]\n`;
    }
  }
}

/** Name, message and frames; then what it was caused by. */
export function failureText(failure: Failure, locate: LocateFrame): string {
  const code = failure.code === undefined ? '' : ` (${failure.code})`;
  const lines = [`${failure.name}: ${failure.message}${code}`, ...failure.frames.map(frameLine(locate))];
  if (failure.cause !== undefined) lines.push(`Caused by ${failureText(failure.cause, locate)}`);
  return lines.join('\n');
}

/** How it ended and what it took: `✔ ok in 12.3 ms · 4 events`. */
export function footerLine({ status, metrics }: Execution): string {
  return `${marks[status]} ${outcome({ status, metrics })} · ${count(metrics.events, 'event')}`;
}

/** `ok in 12.3 ms`; one that never ran took no time. */
export function outcome({ status, metrics }: Pick<Execution, 'status' | 'metrics'>): string {
  return metrics.wallMs === 0 ? status : `${status} in ${duration(metrics.wallMs)}`;
}

/** `12.3 ms`, `1.24 s` or `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${ms.toFixed(1)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `512 B`, `1.5 kB` or `20.3 MB`, in powers of ten. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `1 event`, `2 events`. */
export function count(n: number, noun: string): string {
  return `${n} ${n === 1 ? noun : `${noun}s`}`;
}

function frameLine(locate: LocateFrame): (frame: Frame) => string {
  return (frame) => {
    const place = locate(frame);
    return frame.function === undefined ? `    at ${place}` : `    at ${frame.function} (${place})`;
  };
}

function echo(text: string): string {
  const lines = text.trimEnd().split(/\r?\n/);
  const shown = lines.slice(0, maxEchoLines).map((line) => `> ${line}\n`);
  if (lines.length > maxEchoLines) shown.push(`> … ${count(lines.length - maxEchoLines, 'more line')}\n`);
  return shown.join('');
}

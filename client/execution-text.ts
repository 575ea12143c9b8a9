/** Executions and their events as lines of text, the same in the output channel and in documents. */
import type { Execution, ExecutionEvent, ExecutionStatus, Failure, Frame } from '../shared/models.js';

type SystemPayload = Extract<ExecutionEvent, { type: 'system' }>['payload'];

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
      return `${systemText(event.payload)}\n`;
    case 'input_echo':
      return echo(event.payload.text);
    case 'display': {
      const text = event.payload.data['text/plain'];
      return typeof text === 'string' ? `${text}\n` : `[${Object.keys(event.payload.data).join(', ')}]\n`;
    }
  }
}

/** What the host says of a session or an execution: `· …` where all is well, else `! …`; times as on a clock here. */
export function systemText({ level, message }: SystemPayload): string {
  return `${level === 'info' ? '·' : '!'} ${withLocalTimes(message)}`;
}

/** Name, message and frames; then what it was caused by. */
export function failureText(failure: Failure, locate: LocateFrame): string {
  const code = failure.code === undefined ? '' : ` (${failure.code})`;
  const lines = [`${failure.name}: ${failure.message}${code}`, ...failure.frames.map(frameLine(locate))];
  if (failure.cause !== undefined) lines.push(`Caused by ${failureText(failure.cause, locate)}`);
  return lines.join('\n');
}

/** How it ended and what it took: `✔ ok in 12.3 ms · 4 events`. */
export function footerLine(execution: Execution): string {
  return `${marks[execution.status]} ${outcome(execution)} · ${count(execution.metrics.events, 'event')}`;
}

/** `ok in 12.3 ms`; one that never ran took no time; `· rewound` when the session's state is without it. */
export function outcome({
  status,
  metrics,
  rewound,
}: Pick<Execution, 'status' | 'metrics' | 'rewound'>): string {
  const took = metrics.wallMs === 0 ? status : `${status} in ${duration(metrics.wallMs)}`;
  return rewound === true ? `${took} · rewound` : took;
}

/**
 * A moment, as short as it can be told: `10:31` today, with the day before that on another.
 *
 * @param iso as the host writes times
 */
export function shortTime(iso: string, now = new Date()): string {
  const time = new Date(iso);
  const clock = { hour: '2-digit', minute: '2-digit' } as const;
  if (time.toDateString() === now.toDateString()) return time.toLocaleTimeString(undefined, clock);
  return time.toLocaleString(undefined, { day: 'numeric', month: 'short', ...clock });
}

/** The host speaks of times in UTC; a person's clock has another. */
function withLocalTimes(message: string): string {
  return message.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z(?!\w)/g, (iso) =>
    new Date(iso).toLocaleString(),
  );
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

import assert from 'node:assert/strict';
import {
  duration,
  eventText,
  failureText,
  footerLine,
  headerLine,
  shortTime,
  size,
  title,
} from '../../../client/execution-text.js';
import type { EventBody, Execution, ExecutionEvent } from '../../../shared/models.js';

const locate = ({ path, line, column }: { path?: string | undefined; line: number; column: number }) =>
  `/folder/${path ?? '?'}:${line}:${column}`;
const event = (body: EventBody): ExecutionEvent => ({
  ...body,
  executionId: 'e',
  seq: 1,
  ts: '2026-01-01T00:00:00.000Z',
});
const text = (body: EventBody) => eventText(event(body), locate);

const execution: Execution = {
  id: 'e',
  sessionId: 's',
  kind: 'run_file',
  path: 'src/report.js',
  language: 'javascript',
  args: {},
  env: {},
  status: 'ok',
  startedAt: '2026-01-01T00:00:00.000Z',
  lastSeq: 2,
  metrics: { wallMs: 12.34, cpuMs: 1, memoryBytes: 0, memoryDeltaBytes: 0, events: 2, outputBytes: 9 },
};

describe('the text of an execution', () => {
  it('begins with what runs where, and ends with how it went', () => {
    assert.equal(headerLine(execution, 'main'), '▶ src/report.js · session main');
    assert.equal(footerLine(execution), '✔ ok in 12.3 ms · 2 events');
  });

  it('says of one whose effect is not in the session any more that it was rewound', () => {
    assert.equal(footerLine({ ...execution, rewound: true }), '✔ ok in 12.3 ms · rewound · 2 events');
  });

  it('tells what the host says quietly where all is well, with the times of the clock here', () => {
    const at = '2026-01-01T09:30:00.000Z';
    const message = `The session goes on with its state of ${at}.`;
    const here = new Date(at).toLocaleString();
    assert.equal(
      text({ type: 'system', payload: { level: 'info', message, code: 'WOKEN' } }),
      `· The session goes on with its state of ${here}.\n`,
    );
    assert.equal(
      text({ type: 'system', payload: { level: 'warn', message: 'Stopped.', code: 'ROLLED_BACK' } }),
      '! Stopped.\n',
    );
  });

  it('tells a time of today by the clock, and another with its day', () => {
    const now = new Date(2026, 0, 2, 12);
    const clock = /^\d+:30(\s[AP]M)?$/;
    assert.match(shortTime(new Date(2026, 0, 2, 10, 30).toISOString(), now), clock);
    const yesterday = shortTime(new Date(2026, 0, 1, 10, 30).toISOString(), now);
    assert.doesNotMatch(yesterday, clock);
    assert.match(yesterday, /:30/);
  });

  it('names a cell by its first line', () => {
    const cell: Execution = { ...execution, kind: 'repl', path: undefined, input: '\nconst x = 20\nx' };
    assert.equal(title(cell), 'const x = 20 …');
  });

  it('shows console lines as they are, values with an arrow, and undefined not at all', () => {
    assert.equal(
      text({ type: 'console', payload: { level: 'log', text: 'a\nb', args: [], group: 0 } }),
      'a\nb\n',
    );
    assert.equal(text({ type: 'value', payload: { type: 'number', preview: '42' } }), '→ 42\n');
    assert.equal(text({ type: 'value', payload: { type: 'undefined', preview: 'undefined' } }), '');
  });

  it('shows where an error was thrown so that the editor can link it, and what caused it', () => {
    const cause = { name: 'TypeError', message: 'no', stack: '', frames: [] };
    const failure = {
      name: 'Error',
      message: 'cannot',
      stack: '',
      code: 'CPU_LIMIT_EXCEEDED',
      frames: [
        { path: 'a.js', line: 3, column: 9, function: 'run' },
        { path: 'b.js', line: 1, column: 1 },
      ],
      cause,
    } as const;
    assert.equal(
      failureText({ ...failure, frames: [...failure.frames], cause: { ...cause, frames: [] } }, locate),
      [
        'Error: cannot (CPU_LIMIT_EXCEEDED)',
        '    at run (/folder/a.js:3:9)',
        '    at /folder/b.js:1:1',
        'Caused by TypeError: no',
      ].join('\n'),
    );
  });

  it('repeats the beginning of a long cell only', () => {
    const shown = text({ type: 'input_echo', payload: { text: 'x\n'.repeat(30) } }).split('\n');
    assert.equal(shown.length, 22);
    assert.equal(shown[20], '> … 10 more lines');
  });

  it('writes durations and sizes in the unit that people read', () => {
    assert.deepEqual([0.5, 999, 1500, 125_000].map(duration), ['0.5 ms', '999.0 ms', '1.50 s', '2 min 5 s']);
    assert.deepEqual([999, 1500, 20_300_000].map(size), ['999 B', '1.5 kB', '20.3 MB']);
  });
});

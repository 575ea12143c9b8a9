import { notFound } from '../../shared/errors.js';
import type { Execution, ExecutionEvent, Failure, JsonObject, Metrics, Value } from '../../shared/models.js';
import type {
  ExecutionFilter,
  ExecutionRecord,
  ExecutionStore,
  Page,
  PageRequest,
  StatePoint,
  TimelineKey,
} from '../core/ports.js';
import type { Database } from './database.js';
import { type Condition, equal, readPage, readRows } from './paging.js';
import {
  integer,
  json,
  milliseconds,
  optionalJson,
  optionalJsonText,
  optionalMilliseconds,
  optionalText,
  optionalTime,
  present,
  type Row,
  text,
  time,
} from './row.js';
import { Timelines } from './timelines.js';

/** Executions with their events. */
export class ExecutionTable implements ExecutionStore {
  readonly #timelines: Timelines;

  constructor(private readonly database: Database) {
    this.#timelines = new Timelines(database);
    database.define('lower_case', (text) => text.toLowerCase());
  }

  insert(execution: ExecutionRecord): void {
    this.database.run(
      `INSERT INTO execution (
         kind, input, path, language, args, env, status, caused_by, started_at, ended_at, result, error, last_seq,
         metrics, request_digest, created_at, session_id, id, timeline_key
       ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        ...changing(execution),
        milliseconds(execution.startedAt),
        execution.sessionId,
        execution.id,
        this.#timelines.current(execution.sessionId),
      ],
    );
  }

  /**
   * Writes the row anew; its session and its place in lists stay.
   * @throws `EXECUTION_NOT_FOUND`
   */
  update(execution: ExecutionRecord): void {
    const changed = this.database.run(
      `UPDATE execution SET
         kind = ?, input = ?, path = ?, language = ?, args = ?, env = ?, status = ?, caused_by = ?, started_at = ?,
         ended_at = ?, result = ?, error = ?, last_seq = ?, metrics = ?, request_digest = ?
       WHERE id = ?`,
      [...changing(execution), execution.id],
    );
    if (changed === 0) throw notFound('EXECUTION_NOT_FOUND', execution.id);
  }

  get(id: string): ExecutionRecord | undefined {
    const row = this.database.get('SELECT * FROM execution WHERE id = ?', [id]);
    return row && toExecution(row);
  }

  list(filter: ExecutionFilter, page: PageRequest): Page<ExecutionRecord> {
    // One session has few rows of all: the plus keeps SQLite from walking the index of another column then.
    const other = filter.sessionId === undefined ? 't' : '+t';
    const where = [
      ...equal('t.session_id', filter.sessionId),
      ...equal(`${other}.status`, filter.status),
      ...equal(`${other}.kind`, filter.kind),
      ...inWorktree(filter.worktreePath),
      ...containing(filter.text),
    ];
    return readPage(this.database, { table: 'execution', where }, page, toExecution);
  }

  timeline(sessionId: string): TimelineKey {
    return this.#timelines.current(sessionId);
  }

  goBack(sessionId: string, point: StatePoint, waiting?: string): ExecutionRecord[] {
    return this.database.transaction(() =>
      this.#timelines.goBack(sessionId, point, waiting).map(toExecution),
    );
  }

  last(sessionId: string): string | undefined {
    const row = this.database.get(
      `SELECT id FROM execution WHERE session_id = ? AND kind <> 'background' AND rewound = 0
       ORDER BY created_at DESC, key DESC LIMIT 1`,
      [sessionId],
    );
    return row && text(row, 'id');
  }

  open(): ExecutionRecord[] {
    const sql = "SELECT * FROM execution WHERE status IN ('queued', 'running') ORDER BY created_at, key";
    return this.database.all(sql).map(toExecution);
  }

  /** @throws `EXECUTION_NOT_FOUND` when one of the executions is gone; none of the events is kept then */
  appendEvents(events: readonly ExecutionEvent[]): void {
    if (events.length === 0) return;
    this.database.transaction(() => {
      for (const { executionId, seq, ts, type, payload } of events) {
        const added = this.database.run(
          `INSERT INTO execution_event (execution_key, seq, ts, type, payload)
           SELECT key, ?, ?, ?, ? FROM execution WHERE id = ?`,
          [seq, milliseconds(ts), type, JSON.stringify(payload), executionId],
        );
        if (added === 0) throw notFound('EXECUTION_NOT_FOUND', executionId);
      }
      const count = "UPDATE row_count SET rows = rows + ? WHERE table_name = 'execution_event'";
      this.database.run(count, [events.length]);
    });
  }

  events(executionId: string, afterSeq: number, limit: number): ExecutionEvent[] {
    const sql = `
      SELECT seq, ts, type, payload FROM execution_event
      WHERE execution_key = (SELECT key FROM execution WHERE id = ?) AND seq > ? ORDER BY seq LIMIT ?`;
    const { rows } = readRows(this.database, sql, [executionId, afterSeq], limit);
    return rows.map((row) => toEvent(executionId, row));
  }
}

/** Sessions of a worktree are few among their executions, so they are looked up by id and not joined. */
function inWorktree(worktreePath: string | undefined): Condition[] {
  if (worktreePath === undefined) return [];
  const sql = '(SELECT worktree_path FROM session WHERE session.id = t.session_id) = ?';
  return [{ sql, parameters: [worktreePath] }];
}

/** Part of the input or the path in any case. LIKE ignores the case of ASCII letters only, but does so quickly. */
function containing(part: string | undefined): Condition[] {
  if (part === undefined) return [];
  const isAscii = /^[\0-\x7f]*$/.test(part);
  const pattern = `%${part.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  const matches = (column: string) => `${isAscii ? column : `lower_case(${column})`} LIKE ? ESCAPE '\\'`;
  return [{ sql: `(${matches('t.input')} OR ${matches('t.path')})`, parameters: [pattern, pattern] }];
}

function changing(execution: ExecutionRecord) {
  return [
    execution.kind,
    execution.input ?? null,
    execution.path ?? null,
    execution.language,
    JSON.stringify(execution.args),
    JSON.stringify(execution.env),
    execution.status,
    execution.causedBy ?? null,
    milliseconds(execution.startedAt),
    optionalMilliseconds(execution.endedAt),
    optionalJsonText(execution.result),
    optionalJsonText(execution.error),
    execution.lastSeq,
    JSON.stringify(execution.metrics),
    execution.requestDigest ?? null,
  ];
}

function toExecution(row: Row): ExecutionRecord {
  return present({
    id: text(row, 'id'),
    sessionId: text(row, 'session_id'),
    kind: text(row, 'kind') as Execution['kind'],
    input: optionalText(row, 'input'),
    path: optionalText(row, 'path'),
    language: text(row, 'language') as Execution['language'],
    args: json(row, 'args') as JsonObject,
    env: json(row, 'env') as JsonObject,
    status: text(row, 'status') as Execution['status'],
    causedBy: optionalText(row, 'caused_by'),
    startedAt: time(row, 'started_at'),
    endedAt: optionalTime(row, 'ended_at'),
    result: optionalJson(row, 'result') as Value | undefined,
    error: optionalJson(row, 'error') as Failure | undefined,
    lastSeq: integer(row, 'last_seq'),
    metrics: json(row, 'metrics') as Metrics,
    requestDigest: optionalText(row, 'request_digest'),
    rewound: integer(row, 'rewound') === 1 ? (true as const) : undefined,
  });
}

function toEvent(executionId: string, row: Row): ExecutionEvent {
  return {
    executionId,
    seq: integer(row, 'seq'),
    ts: time(row, 'ts'),
    type: text(row, 'type'),
    payload: json(row, 'payload'),
  } as ExecutionEvent;
}

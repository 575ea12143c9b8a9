import { isDeepStrictEqual } from 'node:util';
import type { StatePoint, TimelineKey } from '../core/ports.js';
import type { Database } from './database.js';
import { integer, milliseconds, optionalInteger, optionalText, type Row } from './row.js';

/** Up to where a line's executions are in a state. */
interface Cut {
  /** The last execution in it, or none. */
  readonly lastId: string | null;
  readonly lastKey: number | null;
  readonly lastStartedAt: number | null;
  readonly lastEndedAt: number | null;
  readonly at: number;
}

/** Lines that have a part in a history, each with where it was left; the last one goes on. */
type History = ReadonlyMap<TimelineKey, Cut | 'goes on'>;

/**
 * Executions run one after the other, so the last one in a state tells which others are. When the state was taken does
 * not: the host hears of it when the next one may have ended already. Only what runs beside them goes by that time.
 */
const isBeforeCut = `ifnull(CASE
  WHEN kind = 'background' AND NOT EXISTS (
    -- What the host says of the session is in no state.
    SELECT 1 FROM execution_event WHERE execution_key = execution.key AND type <> 'system') THEN 1
  WHEN ?4 IS NULL OR kind = 'background' THEN ended_at <= ?7 AND started_at < ?7
  ELSE id = ?3 OR (ended_at <= ?6 AND (started_at < ?5 OR key < ?4)) END, 0)`;

const noCut = [null, null, null, null, null];

/** @param waiting the parameter with an execution that waits for the guest */
const hasNotBegun = (waiting: string): string => `status = 'queued' OR id = ${waiting}`;

/**
 * Which executions a session's state comes from. They form a line, like commits on a branch: going back to an earlier
 * state leaves the line there, and what runs from then on forms another one. A state knows its line, so that it need
 * not know every execution that the session had gone back over by then.
 */
export class Timelines {
  constructor(private readonly database: Database) {}

  /** The line that the session's executions are on now; null for its first. */
  current(sessionId: string): TimelineKey {
    const row = this.database.get('SELECT max(key) AS key FROM timeline WHERE session_id = ?', [sessionId]);
    return (row && optionalInteger(row, 'key')) ?? null;
  }

  /**
   * Has the session go on from an earlier state: on a line of its own, if that leaves anything out. Within a transaction.
   *
   * @param waiting an execution that has not begun, whatever its row says; those that are queued have not either
   * @returns the executions that came into the session's history by it, or out of it
   */
  goBack(sessionId: string, point: StatePoint, waiting = ''): Row[] {
    const left = this.current(sessionId);
    const cut = this.#cutAt(point);
    const before = this.#history(left, 'goes on');
    const after = this.#history(point.timeline, cut);
    const changed = [...new Set([...before.keys(), ...after.keys()])]
      .filter((key) => !isDeepStrictEqual(before.get(key), after.get(key)))
      .flatMap((key) => this.#mark(sessionId, waiting, key, after.get(key)));
    if (changed.length > 0 || point.timeline !== left) {
      this.#begin(sessionId, point.timeline, cut);
      this.database.run(
        `UPDATE execution SET timeline_key = ?1 WHERE session_id = ?2 AND (${hasNotBegun('?3')})`,
        [this.current(sessionId), sessionId, waiting],
      );
    }
    return changed;
  }

  /** @param end up to where the last line belongs to it */
  #history(key: TimelineKey, end: Cut | 'goes on'): History {
    const history = new Map<TimelineKey, Cut | 'goes on'>([[key, end]]);
    const lines = this.database.all(
      `WITH RECURSIVE line AS (
         SELECT * FROM timeline WHERE key = ?
         UNION ALL SELECT t.* FROM timeline AS t JOIN line ON t.key = line.parent_key
       ) SELECT * FROM line`,
      [key],
    );
    for (const line of lines) history.set(optionalInteger(line, 'parent_key') ?? null, toCut(line));
    return history;
  }

  /** Marks what is not in the state, and takes the mark from what is. @returns what changed */
  #mark(sessionId: string, waiting: string, key: TimelineKey, part: Cut | 'goes on' | undefined): Row[] {
    const isIn = part === undefined ? '0' : part === 'goes on' ? '1' : isBeforeCut;
    const parameters = typeof part === 'object' ? toColumns(part) : undefined;
    return this.database.all(
      `UPDATE execution SET rewound = NOT ${isIn}
       WHERE session_id = ?1 AND timeline_key IS ?2 AND rewound = ${isIn} AND NOT (${hasNotBegun('?8')})
       RETURNING *`,
      [sessionId, key, ...(parameters ?? noCut), waiting],
    );
  }

  #begin(sessionId: string, parent: TimelineKey, cut: Cut): void {
    this.database.run(
      `INSERT INTO timeline (session_id, parent_key, last_id, last_key, last_started_at, last_ended_at, at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      [sessionId, parent, ...toColumns(cut)],
    );
  }

  #cutAt({ executionId, at }: StatePoint): Cut {
    const lastId = executionId ?? null;
    const last = this.database.get('SELECT key, started_at, ended_at FROM execution WHERE id = ?', [lastId]);
    return {
      lastId,
      lastKey: last === undefined ? null : integer(last, 'key'),
      lastStartedAt: last === undefined ? null : integer(last, 'started_at'),
      lastEndedAt: (last && optionalInteger(last, 'ended_at')) ?? null,
      at: milliseconds(at),
    };
  }
}

const toColumns = ({ lastId, lastKey, lastStartedAt, lastEndedAt, at }: Cut) => [
  lastId,
  lastKey,
  lastStartedAt,
  lastEndedAt,
  at,
];

function toCut(line: Row): Cut {
  return {
    lastId: optionalText(line, 'last_id') ?? null,
    lastKey: optionalInteger(line, 'last_key') ?? null,
    lastStartedAt: optionalInteger(line, 'last_started_at') ?? null,
    lastEndedAt: optionalInteger(line, 'last_ended_at') ?? null,
    at: integer(line, 'at'),
  };
}

import { VmError } from '../../shared/errors.js';
import type { EventBody, ExecutionEvent, Failure, Limits } from '../../shared/models.js';
import type { Batch } from './batch-commits.js';
import { type CoreContext, now, type StopReason } from './context.js';
import { type Deferred, deferred } from './deferred.js';
import { type Ending, stopFailure } from './ending.js';
import { toExecution } from './execution-row.js';
import type { ExecutionRecord } from './ports.js';

/** A batch this large is committed at once, in bytes of payload. */
const batchBytes = 1024 * 1024;
/** What is kept in memory of events that the disk would not take, in bytes of payload. */
const unsavedBytes = 64 * 1024 * 1024;
/** What one execution may display, in bytes of content; beside maxOutputKb, which does not count it. */
const displayBytes = 64 * 1024 * 1024;

/** Told when a recording meets something that must stop the guest. */
export type RecordingStopper = (reason: StopReason) => void;

/**
 * One execution's log while it is written: numbers its events, holds it to its event and output limits, and commits
 * row and events together before anyone hears of them. There is no other way for an event into the store.
 */
export class Recording implements Batch {
  /** Without what the events add to it, see {@link row}. */
  #row: ExecutionRecord;
  #lastSeq = 0;
  #stored = false;
  #announced = false;
  #pending: ExecutionEvent[] = [];
  #pendingBytes = 0;
  #durable: Deferred<void> | undefined;
  /** What the transaction under way writes. */
  #written: { readonly row: ExecutionRecord; readonly events: ExecutionEvent[] } | undefined;
  #bytes = 0;
  #displayed = 0;
  #dropped = 0;
  #lastPayload: EventBody['payload'] | undefined;
  #limitHit: StopReason | undefined;
  #storageError: VmError | undefined;

  /**
   * @param row the opening row, not stored yet
   * @param stop called at most once for each kind of trouble: over a limit, or the disk full
   */
  constructor(
    private readonly core: CoreContext,
    row: ExecutionRecord,
    private readonly limits: Pick<Limits, 'maxEvents' | 'maxOutputKb'>,
    private readonly stop: RecordingStopper,
  ) {
    this.#row = row;
  }

  get id(): string {
    return this.#row.id;
  }

  /** The row as it is now. */
  get row(): ExecutionRecord {
    const metrics = { ...this.#row.metrics, events: this.#lastSeq, outputBytes: this.#bytes };
    return { ...this.#row, lastSeq: this.#lastSeq, metrics };
  }

  /**
   * The execution waits for its turn. Its row is durable when this returns.
   *
   * @throws `STORAGE_FAILED`: it is not, and the execution must not run
   */
  enqueue(): void {
    try {
      this.#commit();
    } catch (error) {
      this.core.state.storageFailed();
      throw this.#asStorageError(error);
    }
  }

  /**
   * The execution runs from now on. Its row becomes durable within the batch window.
   *
   * @param memoryBytes the session's heap before it, which its delta counts from
   */
  start(memoryBytes: number): void {
    const metrics = { ...this.#row.metrics, memoryBytes };
    this.#row = { ...this.#row, status: 'running', startedAt: now(), metrics };
    this.#announced = false;
    this.#schedule();
  }

  /** The session goes on without it, which its row tells already. */
  rewind(): void {
    this.#row = { ...this.#row, rewound: true };
  }

  /** Makes the row durable now if it is not in the store yet, so that it can be read there. */
  store(): void {
    if (!this.#stored) this.flush();
  }

  /**
   * Adds events in order.
   *
   * @returns when they are durable
   */
  append(bodies: readonly EventBody[]): Promise<void> {
    const ts = now();
    for (const body of bodies) this.#add(body, ts);
    if (this.#pending.length === 0) return Promise.resolve();
    this.#durable ??= deferred<void>();
    const { promise } = this.#durable;
    if (this.#pendingBytes >= batchBytes) this.flush();
    else this.#schedule();
    return promise;
  }

  /** Commits what is pending. A full disk stops the guest and keeps the events for another try. Never throws. */
  flush(): void {
    this.core.batches.forget(this);
    if (this.#storageError !== undefined) return;
    try {
      this.#commit();
    } catch (error) {
      this.#storageError = this.#asStorageError(error);
      this.core.state.storageFailed();
      this.#settleDurable();
      this.stop({ code: 'STORAGE_FAILED', message: 'The disk took no more events; free some space.' });
    }
  }

  /**
   * Writes the end: the limit notice, the last event and the final row, with everything that is still pending, in one
   * commit.
   *
   * @param alongside further rows of the same commit
   * @throws `STORAGE_FAILED` with `executionId` and `lastSeq`, the last event that is durable
   */
  finish(ending: Ending, alongside: () => void = () => undefined): ExecutionRecord {
    this.core.batches.forget(this);
    const last = this.#lastEvent(ending);
    const closing = this.#limitHit === undefined ? ending : limitEnding(ending, this.#limitHit);
    if (this.#limitHit !== undefined) {
      this.#push({
        type: 'system',
        payload: {
          level: 'error',
          code: this.#limitHit.code,
          message: `${this.#limitHit.message} ${this.#dropped} later event${this.#dropped === 1 ? ' was' : 's were'} dropped.`,
        },
      });
    }
    if (closing.error !== undefined) this.#pushFailure(closing.error);
    else if (last !== undefined) this.#push(last);
    this.#row = this.#finalRow(closing);
    try {
      this.#commit(alongside);
    } catch (error) {
      const cause = this.#asStorageError(error);
      this.core.state.storageFailed(() => this.#commitLate());
      this.#settleDurable();
      throw new VmError(
        'STORAGE_FAILED',
        cause.message,
        { executionId: this.#row.id, lastSeq: this.#lastSeq - this.#pending.length },
        { cause },
      );
    }
    return this.row;
  }

  /** The value event of a good end, counted like any other: it can be what exceeds a limit. */
  #lastEvent(ending: Ending): EventBody | undefined {
    if (ending.status !== 'ok' || ending.result === undefined) return undefined;
    const body: EventBody = { type: 'value', payload: ending.result };
    const limit = this.#limitHit ?? this.#limitExceededBy(body, sizeOf(body));
    if (limit === undefined) return body;
    this.#limitHit = limit;
    this.#dropped++;
    return undefined;
  }

  /** Background work throws while it goes on: when that was the last thing it did, the log ends with it already. */
  #pushFailure(failure: Failure): void {
    if (this.#lastPayload !== failure) this.#push({ type: 'exception', payload: failure });
  }

  #add(body: EventBody, ts: string): void {
    const size = sizeOf(body);
    if (this.#limitHit === undefined) {
      this.#limitHit = this.#limitExceededBy(body, size);
      if (this.#limitHit !== undefined) this.stop(this.#limitHit);
    }
    if (this.#limitHit !== undefined) this.#dropped++;
    else if (this.#storageError !== undefined && this.#pendingBytes > unsavedBytes) this.#dropped++;
    else this.#push(body, ts, size);
  }

  #limitExceededBy({ type }: EventBody, size: number): StopReason | undefined {
    const { maxEvents, maxOutputKb } = this.limits;
    if (maxEvents !== 0 && this.#lastSeq >= maxEvents) {
      return {
        code: 'EVENT_LIMIT_EXCEEDED',
        message: `More than ${maxEvents} ${maxEvents === 1 ? 'event' : 'events'}.`,
      };
    }
    if (type === 'display') {
      if (this.#displayed + size <= displayBytes) return undefined;
      return {
        code: 'OUTPUT_LIMIT_EXCEEDED',
        message: `More than ${displayBytes / 1024 / 1024} MB of displays.`,
      };
    }
    if (maxOutputKb !== 0 && this.#bytes + size > maxOutputKb * 1024) {
      return { code: 'OUTPUT_LIMIT_EXCEEDED', message: `More than ${maxOutputKb} KB of output.` };
    }
    return undefined;
  }

  #push(body: EventBody, ts = now(), size = sizeOf(body)): void {
    if (body.type === 'display') this.#displayed += size;
    else this.#bytes += size;
    this.#pendingBytes += size;
    this.#lastPayload = body.payload;
    this.#pending.push({ ...body, executionId: this.#row.id, seq: ++this.#lastSeq, ts });
  }

  #finalRow(ending: Ending): ExecutionRecord {
    const before = this.#row.metrics.memoryBytes;
    const memoryBytes = ending.memoryBytes ?? before;
    return {
      ...this.#row,
      status: ending.status,
      endedAt: ending.endedAt ?? now(),
      ...(ending.result !== undefined && { result: ending.result }),
      ...(ending.error !== undefined && { error: ending.error }),
      metrics: {
        ...this.#row.metrics,
        wallMs: toMicroseconds(ending.wallMs),
        cpuMs: toMicroseconds(ending.cpuMs),
        memoryBytes,
        memoryDeltaBytes: memoryBytes - before,
      },
    };
  }

  /** Commits what the disk did not take before, unless the session, and its history with it, was removed since. */
  #commitLate(): void {
    if (this.core.store.sessions.get(this.#row.sessionId) === undefined) return;
    try {
      this.#commit();
    } catch (error) {
      if (error instanceof VmError && error.code === 'STORAGE_FAILED') throw error;
      // It would fail for ever, and nothing else could be recorded.
      this.core.log.error(`Execution ${this.id} could not be recorded`, error);
    }
  }

  /** Writes the row and what is pending, for {@link committed} to tell of. */
  write(): void {
    const { row } = this;
    const events = this.#pending;
    if (!this.#stored) this.core.store.executions.insert(row);
    else this.core.store.executions.update(row);
    this.core.store.executions.appendEvents(events);
    this.#written = { row, events };
  }

  /** What was written is durable: now others may hear of it. */
  committed(): void {
    if (this.#written === undefined) return;
    const { row, events } = this.#written;
    this.#written = undefined;
    this.#stored = true;
    this.#storageError = undefined;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#announce(row, events);
    this.#settleDurable();
  }

  #commit(alongside: () => void = () => undefined): void {
    this.core.store.transaction(() => {
      this.write();
      alongside();
    });
    this.committed();
  }

  /** Row first, then its events, then its final state; nothing after. */
  #announce(row: ExecutionRecord, events: ExecutionEvent[]): void {
    const { changes } = this.core;
    const ended = row.endedAt !== undefined;
    if (!this.#announced)
      changes.emit({ kind: 'execution', execution: toExecution(ended ? asRunning(row) : row) });
    this.#announced = true;
    if (events.length > 0) {
      changes.emit({ kind: 'events', sessionId: row.sessionId, executionId: row.id, events });
    }
    if (ended) changes.emit({ kind: 'execution', execution: toExecution(row) });
  }

  /** After a failure nothing is tried again before the end. */
  #schedule(): void {
    if (this.#storageError === undefined) this.core.batches.schedule(this);
  }

  /** A defect is logged, and stops the guest as a full disk does: what cannot be recorded must not run. */
  #asStorageError(error: unknown): VmError {
    if (error instanceof VmError && error.code === 'STORAGE_FAILED') return error;
    this.core.log.error(`Execution ${this.id} could not be recorded`, error);
    return new VmError(
      'STORAGE_FAILED',
      'The execution could not be recorded; the log has the details.',
      undefined,
      {
        cause: error,
      },
    );
  }

  #settleDurable(): void {
    this.#durable?.resolve();
    this.#durable = undefined;
  }
}

/** The state in which a client first hears of an execution that was over before its first commit. */
function asRunning(row: ExecutionRecord): ExecutionRecord {
  const { endedAt: _endedAt, result: _result, error: _error, ...rest } = row;
  return { ...rest, status: 'running', lastSeq: 0 };
}

function sizeOf(body: EventBody): number {
  if (body.type !== 'display') return Buffer.byteLength(JSON.stringify(body.payload));
  // The base64 of a large image need not be written out to be measured.
  const { data, metadata } = body.payload;
  const sizes = Object.values(data).map((content) =>
    typeof content === 'string' ? content.length : JSON.stringify(content).length,
  );
  return sizes.reduce((sum, size) => sum + size, JSON.stringify(metadata).length);
}

/** However the guest ended after a limit had been hit, the limit is why. */
function limitEnding(ending: Ending, limit: StopReason): Ending {
  return { ...ending, status: 'error', result: undefined, error: stopFailure(limit) };
}

/** Milliseconds with three digits: the clock knows no more, and nobody reads more. */
const toMicroseconds = (ms: number): number => Math.round(ms * 1000) / 1000;

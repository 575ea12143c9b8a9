/** Events on their way to one client: in order, in batches, and as a gap notice where the client does not keep up. */
import type { ExecutionEvent } from '../../shared/models.js';
import { didEmitEvents } from '../../shared/protocol.js';
import type { Outlet } from './outlet.js';
import { jsonLength } from './summary.js';

export interface BatchLimits {
  /** The least time between two batches of an execution, in milliseconds. */
  readonly intervalMs: number;
  /** About how much JSON text a batch holds; a single larger event is a batch of its own. */
  readonly bytes: number;
}

/** From the protocol. */
export const defaultBatchLimits: BatchLimits = { intervalMs: 25, bytes: 1024 * 1024 };

interface Batch {
  readonly sessionId: string;
  events: ExecutionEvent[];
  bytes: number;
  sentAt: number;
  timer: NodeJS.Timeout | undefined;
  /** Events up to this seq were left out; the client is told when it reads again. */
  gapUpTo: number | undefined;
}

export class EventBatches {
  readonly #batches = new Map<string, Batch>();

  constructor(
    private readonly outlet: Outlet,
    private readonly limits: BatchLimits,
  ) {
    outlet.onDrain(() => {
      for (const [executionId, batch] of this.#batches) {
        if (batch.gapUpTo !== undefined) this.#send(executionId, batch);
      }
    });
  }

  /** Takes events of one execution, by seq. The first go at once, those that follow soon after wait for each other. */
  add(sessionId: string, executionId: string, events: readonly ExecutionEvent[]): void {
    const batch = this.#batchOf(sessionId, executionId);
    for (const event of events) {
      if (this.outlet.congested) {
        leaveOut(batch, event);
        continue;
      }
      const bytes = weightOf(event);
      if (batch.events.length > 0 && batch.bytes + bytes > this.limits.bytes) this.#send(executionId, batch);
      batch.events.push(event);
      batch.bytes += bytes;
    }
    if (batch.events.length > 0) this.#schedule(executionId, batch);
  }

  /** Sends what is held of an execution. */
  flush(executionId: string): void {
    const batch = this.#batches.get(executionId);
    if (batch !== undefined) this.#send(executionId, batch);
  }

  /** Sends what is held of an execution that has no more events. */
  end(executionId: string): void {
    this.flush(executionId);
    this.#batches.delete(executionId);
  }

  dispose(): void {
    for (const { timer } of this.#batches.values()) clearTimeout(timer);
    this.#batches.clear();
  }

  #batchOf(sessionId: string, executionId: string): Batch {
    const known = this.#batches.get(executionId);
    if (known !== undefined) return known;
    const batch: Batch = {
      sessionId,
      events: [],
      bytes: 0,
      sentAt: -Infinity,
      timer: undefined,
      gapUpTo: undefined,
    };
    this.#batches.set(executionId, batch);
    return batch;
  }

  #schedule(executionId: string, batch: Batch): void {
    const wait = batch.sentAt + this.limits.intervalMs - performance.now();
    if (wait <= 0) this.#send(executionId, batch);
    else batch.timer ??= setTimeout(() => this.#send(executionId, batch), wait);
  }

  #send(executionId: string, batch: Batch): void {
    clearTimeout(batch.timer);
    const { sessionId, events, gapUpTo } = batch;
    Object.assign(batch, {
      events: [],
      bytes: 0,
      sentAt: performance.now(),
      timer: undefined,
      gapUpTo: undefined,
    });
    if (gapUpTo !== undefined) {
      this.outlet.send(didEmitEvents, { executionId, sessionId, lastSeq: gapUpTo, gap: true });
    }
    if (events.length > 0) this.outlet.send(didEmitEvents, { executionId, sessionId, events });
  }
}

/** Those that wait are left out with it: one gap says all, and what it leaves out is fetched in one go. */
function leaveOut(batch: Batch, event: ExecutionEvent): void {
  batch.gapUpTo = event.seq;
  batch.events = [];
  batch.bytes = 0;
}

/** About the length of an event as JSON text, without making the text. */
function weightOf(event: ExecutionEvent): number {
  const envelope = 160;
  switch (event.type) {
    case 'input_echo':
      return envelope + event.payload.text.length;
    case 'console':
      return event.payload.args.reduce(
        (sum, value) => sum + value.preview.length + jsonLength(value.json) + 40,
        envelope + event.payload.text.length,
      );
    case 'value':
      return envelope + event.payload.preview.length + jsonLength(event.payload.json);
    case 'exception':
      return envelope + event.payload.message.length + event.payload.stack.length * 3;
    case 'display':
      return Object.values(event.payload.data).reduce<number>(
        (sum, content) => sum + jsonLength(content),
        envelope,
      );
    case 'system':
      return envelope + event.payload.message.length;
  }
}

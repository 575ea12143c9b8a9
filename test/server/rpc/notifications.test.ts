import assert from 'node:assert/strict';
import type { Execution, ExecutionEvent, Session } from '../../../shared/models.js';
import type { VmNotification } from '../../../shared/protocol.js';
import { Notifier, type NotifierOptions } from '../../../server/rpc/notifier.js';
import type { Outlet } from '../../../server/rpc/outlet.js';
import { executionId, executionRow, serve, sessionId } from './served.js';

interface Sent {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly at: number;
}

/** Keeps what is sent, and can be congested. */
class RecordingOutlet implements Outlet {
  readonly sent: Sent[] = [];
  congested = false;
  readonly #drained: (() => void)[] = [];
  readonly #waiting = new Set<() => void>();

  send({ method }: VmNotification, params: unknown): void {
    this.sent.push({ method, params: params as Sent['params'], at: performance.now() });
    for (const resume of this.#waiting) resume();
  }

  onDrain(listener: () => void): void {
    this.#drained.push(listener);
  }

  drain(): void {
    this.congested = false;
    for (const listener of this.#drained) listener();
  }

  async until(count: number): Promise<void> {
    while (this.sent.length < count) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** What was sent, in a form that reads well: `events 1-3`, `execution running`. */
  summary(): string[] {
    return this.sent.map(({ method, params }) => {
      const { execution, session, events, lastSeq } = params as {
        execution?: Execution;
        session?: Session;
        events?: ExecutionEvent[];
        lastSeq?: number;
      };
      if (execution !== undefined) return `execution ${execution.status}`;
      if (session !== undefined) return `session ${session.status} ${session.name}`;
      if (events !== undefined) return `events ${events[0]?.seq}-${events.at(-1)?.seq}`;
      return lastSeq === undefined ? method : `gap ${lastSeq}`;
    });
  }
}

function event(seq: number, text = 'x'): ExecutionEvent {
  return { executionId, seq, ts: '2026-01-01T00:00:00.000Z', type: 'input_echo', payload: { text } };
}

function events(first: number, last: number, text?: string): ExecutionEvent[] {
  return Array.from({ length: last - first + 1 }, (_, n) => event(first + n, text));
}

function session(fields: Partial<Session> = {}): Session {
  return {
    id: sessionId,
    name: 'a',
    workspaceId: '',
    baseCommitOid: '',
    worktreePath: '/w',
    status: 'ready',
    busy: false,
    queued: 0,
    createdAt: '2026-01-01T00:00:00.000Z',
    lastUsedAt: '2026-01-01T00:00:00.000Z',
    runtimeMeta: {
      engine: 'quickjs',
      limits: { cpuMs: 0, wallMs: 0, memMb: 16, maxEvents: 0, maxOutputKb: 0 },
    },
    ...fields,
  };
}

describe('notifications', () => {
  let outlet: RecordingOutlet;
  let notifier: Notifier;
  const start = (options?: NotifierOptions): void => {
    outlet = new RecordingOutlet();
    notifier = new Notifier(outlet, options);
  };
  const emit = (...list: ExecutionEvent[]): void =>
    notifier.announce({ kind: 'events', sessionId, executionId, events: list });
  const row = (fields: Partial<Execution> = {}): void =>
    notifier.announce({ kind: 'execution', execution: executionRow(fields) });
  const sessionRow = (fields: Partial<Session> = {}): void =>
    notifier.announce({ kind: 'session', session: session(fields) });

  beforeEach(() => start());
  afterEach(() => notifier.dispose());

  it('tell of an execution in order: its row, its events, its final row, at once', () => {
    row();
    emit(event(1), event(2));
    emit(event(3));
    row({ status: 'ok' });
    assert.deepEqual(outlet.summary(), ['execution running', 'events 1-2', 'events 3-3', 'execution ok']);
  });

  it('send the first events at once, and those that follow within 25 ms together', async () => {
    emit(event(1));
    for (let seq = 2; seq <= 50; seq += 1) emit(event(seq));
    assert.deepEqual(outlet.summary(), ['events 1-1']);
    await outlet.until(2);
    assert.deepEqual(outlet.summary(), ['events 1-1', 'events 2-50']);
    const [first, second] = outlet.sent;
    assert.ok(first && second && second.at - first.at >= 15, 'the second batch came too soon');
  });

  it('hold no more than 1 MB of events back', () => {
    emit(event(1));
    emit(...events(2, 6, 'x'.repeat(400_000)));
    assert.deepEqual(outlet.summary(), ['events 1-1', 'events 2-3', 'events 4-5']);
    notifier.flush(executionId);
    assert.deepEqual(outlet.summary().at(-1), 'events 6-6');
  });

  it('come before the answer that is about to be sent', () => {
    row();
    emit(event(1));
    emit(event(2));
    row({ lastSeq: 2 });
    notifier.flush(executionId);
    assert.deepEqual(outlet.summary(), [
      'execution running',
      'events 1-1',
      'execution running',
      'events 2-2',
    ]);
  });

  it('merge the rows of a session to ten a second, the first and each new status at once', async () => {
    start({ rowIntervalMs: 30 });
    sessionRow({ status: 'starting' });
    sessionRow({ name: 'ready' });
    sessionRow({ name: 'b' });
    sessionRow({ name: 'c' });
    assert.deepEqual(outlet.summary(), ['session starting a', 'session ready ready']);
    await outlet.until(3);
    sessionRow({ name: 'd' });
    sessionRow({ name: 'e', status: 'closed' });
    assert.deepEqual(outlet.summary().slice(2), ['session ready c', 'session closed e']);
    const [, second, third] = outlet.sent;
    assert.ok(second && third && third.at - second.at >= 29, 'the merged row came too soon');
  });

  it('tell once, at once and finally that a row is gone', () => {
    sessionRow();
    sessionRow({ name: 'held' });
    notifier.announce({ kind: 'session', session: session({ status: 'closed' }), removed: true });
    assert.equal(outlet.sent.length, 2);
    assert.equal(outlet.sent[1]?.params['removed'], true);
  });

  it('cut an execution to a summary that clients can still read', () => {
    const long = 'ä'.repeat(1023) + '🎉' + 'x'.repeat(5000);
    row({
      status: 'ok',
      input: long,
      args: { long },
      env: { A: '1' },
      result: { type: 'string', preview: long, json: long },
    });
    const { execution } = outlet.sent[0]?.params as { execution: Execution };
    assert.equal(execution.input, 'ä'.repeat(1023), 'no half of a character');
    assert.deepEqual(execution.args, {});
    assert.deepEqual(execution.env, { A: '1' });
    assert.deepEqual(execution.result, { type: 'string', preview: 'ä'.repeat(1023), truncated: true });
  });

  it('leave small rows as they are', () => {
    const execution = executionRow({
      status: 'error',
      input: 'x',
      error: {
        name: 'Error',
        message: 'm',
        stack: 's',
        frames: [],
        cause: { name: 'E', message: 'c', stack: '', frames: [] },
      },
    });
    notifier.announce({ kind: 'execution', execution });
    assert.deepEqual(JSON.parse(JSON.stringify(outlet.sent[0]?.params)), {
      execution: JSON.parse(JSON.stringify(execution)) as unknown,
    });
  });

  describe('to a client that does not keep up', () => {
    it('become one gap notice when it reads again, and events go on behind it', () => {
      row();
      emit(event(1));
      outlet.congested = true;
      emit(...events(2, 40));
      emit(...events(41, 80));
      assert.deepEqual(outlet.summary(), ['execution running', 'events 1-1']);
      outlet.drain();
      emit(event(81));
      notifier.flush(executionId);
      assert.deepEqual(outlet.summary().slice(2), ['gap 80', 'events 81-81']);
    });

    it('tell of the gap before the final row, even if it still does not read', () => {
      row();
      outlet.congested = true;
      emit(...events(1, 9));
      row({ status: 'ok', lastSeq: 9 });
      assert.deepEqual(outlet.summary(), ['execution running', 'gap 9', 'execution ok']);
    });

    it('hold rows back, and send the latest when it reads again', () => {
      start({ rowIntervalMs: 0 });
      sessionRow();
      outlet.congested = true;
      for (const name of ['b', 'c', 'd']) sessionRow({ name });
      assert.deepEqual(outlet.summary(), ['session ready a']);
      outlet.drain();
      assert.deepEqual(outlet.summary(), ['session ready a', 'session ready d']);
    });
  });

  it('reach the client in order, with the answer last', async () => {
    const { client, core } = serve();
    await client.initialize();
    client.send({
      jsonrpc: '2.0',
      id: 1,
      method: 'vm/executions/repl',
      params: { id: executionId, sessionId, input: '1' },
    });
    await client.request(2, 'vm/health');
    core.changes.emit({ kind: 'execution', execution: executionRow() });
    core.changes.emit({ kind: 'events', sessionId, executionId, events: [event(1)] });
    core.changes.emit({ kind: 'events', sessionId, executionId, events: [event(2)] });
    client.notify('$/cancelRequest', { id: 1 });
    const order: unknown[] = [];
    for (let count = 0; count < 4; count += 1) {
      const message = await client.next();
      order.push(message.method ?? message.id);
    }
    assert.deepEqual(order, ['vm/didChangeExecution', 'vm/didEmitEvents', 'vm/didEmitEvents', 1]);
  });
});

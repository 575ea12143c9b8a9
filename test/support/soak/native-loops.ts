/** Sessions whose threads are ended over and over, as nothing else stops what runs on them. */
import assert from 'node:assert/strict';
import { health, getSession } from '../../../shared/protocol.js';
import { residentMb } from '../../bench/measure.js';
import type { TestClient } from '../client.js';
import { Workbench } from '../use-host.js';
import { eventually, threadCount } from './figures.js';

export interface LoopFigures {
  /** From a cell's request to its answer, beyond its wall limit, in milliseconds. */
  readonly late: readonly number[];
  /** Of the host, after the first tenth and at the end. */
  readonly threads: readonly [number, number];
  readonly residentMb: readonly [number, number];
}

const wallMs = 300;
/** What no flag stops. */
const loops = [
  'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
  'async function a() { for (;;); } for (;;) { try { await a() } catch {} }',
  'Array.prototype.lastIndexOf.call({ length: 2 ** 53 - 1 }, 1)',
];

const setUp = `
  class Counter { #n = 0; next() { return ++this.#n } }
  const counter = new Counter(), kept = new Map([['counter', counter]]), list = []; 0`;

/** One cell that is right, and one that costs the thread. @returns how late the second one ended */
async function round(client: TestClient, id: string, number: number): Promise<number> {
  const session = { id };
  const { result } = await client.repl(session, "list.push(kept.get('counter').next())");
  assert.equal(result?.preview, String(number));
  const start = performance.now();
  const loop = loops[number % loops.length] ?? '';
  const ended = await client.repl(session, `list.length = 0; counter.next(); ${loop}`, {
    limits: { wallMs },
  });
  const late = performance.now() - start - wallMs;
  assert.equal(ended.error?.code, 'WALL_LIMIT_EXCEEDED', ended.error?.message);
  assert.equal((await client.request(getSession, { sessionId: id })).status, 'ready');
  const rolledBack = await client.repl(session, 'list.join()');
  assert.equal(
    rolledBack.result?.json,
    Array.from({ length: number }, (_, i) => i + 1).join(),
    rolledBack.error?.message ?? 'the state from before',
  );
  return late;
}

/**
 * Has sessions of one host lose their threads, over and over.
 *
 * @param kills of all of them together
 * @throws AssertionError: a session lost more than the cell
 */
export async function loseThreads(
  kills: number,
  sessions: number,
  order: 'side by side' | 'in turn',
): Promise<LoopFigures> {
  const bench = new Workbench();
  try {
    const { client, child } = await bench.start();
    const pid = child.pid ?? 0;
    const { id: templateId } = await client.template({ settings: { limits: { wallMs: 20_000, cpuMs: 0 } } });
    const ids: string[] = [];
    for (let i = 0; i < sessions; i++) {
      const { id } = await client.session({ templateId });
      assert.equal((await client.repl({ id }, setUp)).status, 'ok');
      ids.push(id);
    }
    const late: number[] = [];
    const all = async (from: number, to: number) => {
      for (let number = from; number <= to; number++) {
        const rounds = [];
        for (const id of ids) {
          const running = round(client, id, number);
          rounds.push(running);
          if (order === 'in turn') await running;
        }
        late.push(...(await Promise.all(rounds)));
      }
    };
    // Threads that are ended, and those that are kept ready, come and go a little later.
    const ask = () => client.request(health, {}).then(() => threadCount(pid));
    const each = Math.ceil(kills / sessions);
    const warm = Math.ceil(each / 10);
    await all(1, warm);
    let last = NaN;
    const calm = await eventually(ask, (count) => {
      const isCalm = count === last;
      last = count;
      return isCalm;
    });
    const before = residentMb(pid);
    await all(warm + 1, each);
    const after = await eventually(ask, (count) => !(count > calm));
    return { late, threads: [calm, after], residentMb: [before, residentMb(pid)] };
  } finally {
    await bench.dispose();
  }
}

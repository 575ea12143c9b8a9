/** Hosts that are killed at random moments, with sessions that could tell a state that is half of one. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Execution } from '../../../shared/models.js';
import { createCheckpoint, deleteSession, getSession, listExecutions } from '../../../shared/protocol.js';
import type { TestClient } from '../client.js';
import { withOtherSqlite } from '../other-sqlite.js';
import { Workbench } from '../use-host.js';

export interface KillFigures {
  readonly kills: number;
  readonly executions: number;
  /** Of those that were answered, how many the sessions went on without. */
  readonly rewound: number;
  /** Sessions that were killed while they started, or right after it, by what became of them. */
  readonly young: { readonly woke: number; readonly closed: number };
}

/** What a session is loaded with between two kills. */
export type Load = 'quick' | 'slow' | 'labelled' | 'large';

/**
 * Every cell adds its number to `seen`, and changes two counters with a pause between them; so does a timer, without
 * the pause. A state that was taken in the middle of either, or mixed of two, shows in {@link check}.
 */
const setUp = (load: Load) => `
  let left = 0, right = 0, sum = 0; const seen = [];
  const ballast = Array.from({ length: ${load === 'large' ? 150_000 : 10} }, () => ({ n: 0 }));
  async function step(number, pause) {
    left++; seen.push(number);
    for (const each of ballast) each.n = number;
    await (pause === undefined ? undefined : new Promise((resolve) => setTimeout(resolve, pause)));
    sum += number; right++;
  }
  setInterval(() => { left++; right++ }, 10); 0`;
/** @param from how many of the numbers it has seen are known */
const check = (from: number) => `({
  equal: left === right,
  sum: sum === seen.reduce((all, each) => all + each, 0),
  even: new Set(ballast.map(({ n }) => n)).size === 1 && ballast[0].n === (seen.at(-1) ?? 0),
  seen: seen.slice(${from}, ${from + seenAtOnce}),
})`;
/** As many as a result holds in any case. */
const seenAtOnce = 200;

const Checked = z.object({
  equal: z.boolean(),
  sum: z.boolean(),
  even: z.boolean(),
  seen: z.array(z.number()),
});

interface Subject {
  readonly id: string;
  readonly load: Load;
  /** Numbers of the cells that were answered `ok` since the last check. */
  readonly answered: number[];
  lastNumber: number;
  /** How many numbers it had seen when it was last looked at. */
  known: number;
}

/** Runs one session until its host is gone. */
async function work(client: TestClient, subject: Subject): Promise<void> {
  const { id, load } = subject;
  try {
    for (;;) {
      const number = ++subject.lastNumber;
      const pause = load === 'slow' ? ', 25' : '';
      const { status } = await client.repl({ id }, `await step(${number}${pause})`);
      assert.equal(status, 'ok');
      subject.answered.push(number);
      if (load === 'labelled' && number % 3 === 0)
        await client.request(createCheckpoint, { sessionId: id, label: `after ${number}` });
    }
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    // The host is gone.
  }
}

/** The session's cells with a higher number than `after`, by their number. */
async function cellsOf(
  client: TestClient,
  sessionId: string,
  after: number,
): Promise<Map<number, Execution>> {
  const found = new Map<number, Execution>();
  for (let cursor: string | undefined; ;) {
    const page = await client.request(listExecutions, {
      sessionId,
      kind: 'repl',
      text: 'await step(',
      limit: 100,
      ...(cursor !== undefined && { cursor }),
    });
    for (const row of page.items) {
      const number = Number(/^await step\((\d+)/.exec(row.input ?? '')?.[1]);
      if (number <= after) return found;
      found.set(number, row);
    }
    if (page.nextCursor === undefined) return found;
    cursor = page.nextCursor;
  }
}

/** Numbers that the session has seen, at least those after `after`. */
async function seenBy(client: TestClient, { id, known }: Subject, after: number): Promise<number[]> {
  // What it had seen by then can be gone, but nothing can have come in its place.
  let from = after === 0 ? 0 : known;
  const all: number[] = [];
  for (;;) {
    const { result, error } = await client.repl({ id }, check(from));
    assert.equal(error, undefined, error?.message);
    const { seen, ...rest } = Checked.parse(result?.json);
    assert.deepEqual(rest, { equal: true, sum: true, even: true });
    all.push(...seen);
    from += seen.length;
    if (seen.length < seenAtOnce) return all;
  }
}

/** The session is whole, and its rows say what is in it. @returns how many answered cells it went on without */
async function inspect(client: TestClient, subject: Subject, after: number): Promise<number> {
  const { id: sessionId, answered } = subject;
  assert.equal((await client.request(getSession, { sessionId })).status, 'hibernated');
  const seen = await seenBy(client, subject, after);
  const cells = await cellsOf(client, sessionId, after);
  const marked = [...cells]
    .filter(([, { status, rewound }]) => status === 'ok' && rewound !== true)
    .map(([number]) => number)
    .sort((a, b) => a - b);
  assert.deepEqual(
    marked,
    seen.filter((number) => number > after),
    `${subject.load}: the marks of its rows, and what it has seen`,
  );
  for (const number of answered) assert.equal(cells.get(number)?.status, 'ok', `${number} was answered`);
  for (const { status, error: failure } of cells.values())
    assert.ok(status === 'ok' || failure?.code === 'HOST_STOPPED', `${status} ${failure?.code}`);
  subject.known = (after === 0 ? 0 : subject.known) + seen.length;
  return answered.filter((number) => !seen.includes(number)).length;
}

function checkStore(file: string): void {
  withOtherSqlite(file, (database) => {
    assert.deepEqual(database.all('PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
    assert.deepEqual(database.all('PRAGMA foreign_key_check'), []);
  });
}

/**
 * Kills a host over and over while sessions run cells and have their states kept, and others are made.
 *
 * @param longestMs how long a host may work before it is killed
 * @param loads one for each session
 * @throws AssertionError: something was lost that was answered, a session is half of one, or its rows tell something
 *   else than its state
 */
export async function killAtRandom(
  kills: number,
  longestMs: number,
  loads: readonly Load[],
): Promise<KillFigures> {
  const bench = new Workbench();
  let executions = 0;
  let rewound = 0;
  const young = { woke: 0, closed: 0 };
  try {
    const first = await bench.start();
    const { id: templateId } = await first.client.template({
      settings: { limits: { cpuMs: 60_000, wallMs: 0 } },
    });
    const subjects: Subject[] = [];
    for (const load of loads) {
      const { id } = await first.client.session({ templateId, name: load });
      assert.equal((await first.client.repl({ id }, setUp(load))).status, 'ok');
      await first.client.request(createCheckpoint, { sessionId: id });
      subjects.push({ id, load, answered: [], lastNumber: 0, known: 0 });
    }
    await first.client.shutdown();
    await first.ended;
    let bornId: string | undefined;
    let afters = subjects.map(() => 0);
    for (let kill = 0; kill <= kills; kill++) {
      const host = await bench.start();
      const { client } = host;
      for (const [index, subject] of subjects.entries()) {
        rewound += await inspect(client, subject, afters[index] ?? 0);
        executions += subject.answered.splice(0).length;
      }
      if (bornId !== undefined) young[await becameOf(client, bornId)]++;
      if (kill === kills) {
        // Once more, and all of it: rewound later, a row must not lose its mark.
        await client.shutdown();
        await host.ended;
        break;
      }
      afters = subjects.map(({ lastNumber }) => lastNumber);
      bornId = randomUUID();
      const born = client.session({ id: bornId, templateId }).catch(() => undefined);
      const working = subjects.map((subject) => work(client, subject));
      // A random moment is the point of it.
      const timer = setTimeout(() => host.child.kill('SIGKILL'), Math.random() ** 2 * longestMs);
      await Promise.all([host.ended, born, ...working]);
      clearTimeout(timer);
      checkStore(bench.database);
    }
    const last = await bench.start();
    for (const subject of subjects) await inspect(last.client, subject, 0);
    return { kills, executions, rewound, young };
  } finally {
    await bench.dispose();
  }
}

/** A session that may not have got as far as its row. */
async function becameOf(client: TestClient, id: string): Promise<'woke' | 'closed'> {
  const found = await client.request(getSession, { sessionId: id }).catch(() => undefined);
  if (found === undefined) return 'closed';
  if (found.status === 'hibernated') {
    assert.equal((await client.repl({ id }, '1 + 1')).result?.preview, '2');
  } else {
    assert.equal(found.status, 'closed');
    assert.match(found.lastError ?? '', /restart the session/);
  }
  await client.request(deleteSession, { sessionId: id });
  return found.status === 'hibernated' ? 'woke' : 'closed';
}

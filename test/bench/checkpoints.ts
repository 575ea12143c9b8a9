/** Figures of kept states: how long they take, what they cost others, and what they save. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { addLibrary, createCheckpoint, interruptSession, listCheckpoints } from '../../shared/protocol.js';
import type { HostProcess } from '../support/host-process.js';
import { startHostInProcess } from '../support/host-in-process.js';
import { openRuntime, type SessionOptions, TestSession } from '../server/runtime/harness.js';
import { ms, type Row, sample, type Summary, summary, time } from './measure.js';
import { assetsWithoutImages } from './without-images.js';

/** About 20 MB in use, all of it written by {@link touchHeap}. */
const largeHeap = 'const rows = Array.from({ length: 200_000 }, (_, i) => ({ i })); 0';
const touchHeap = 'for (const row of rows) row.i++; 0';

/**
 * @param start starts a host on a database of this name
 * @param worktree the host's
 * @param folder outside of it, for what these figures write
 */
export async function checkpointFigures(
  start: (database: string) => Promise<HostProcess>,
  worktree: string,
  folder: string,
): Promise<Row[]> {
  return [
    ...(await imagesAndRestores()),
    ...(await newSessions()),
    await roundTrip(worktree, folder),
    ...(await keptStates(() => start('kept.db'))),
    await rollBack(() => start('rolled-back.db')),
    await besideLargeCheckpoint(() => start('beside.db')),
    ...(await hibernation(worktree, folder)),
  ];
}

const shown = ({ median, p95 }: Summary): string => `${ms(median)} (p95 ${ms(p95)})`;
const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;
/** A thread in reserve is up by then: none of the figures is about how long that takes. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 300));

/** From the end of a cell to its image, and from an image to a guest that can run. Nothing of it is on disk. */
async function imagesAndRestores(): Promise<Row[]> {
  const runtime = openRuntime();
  const rows: Row[] = [];
  const kinds: readonly [name: string, options: SessionOptions, setUp: string, cell: string][] = [
    ['fresh', {}, 'let x = 0', 'x++'],
    ['with lodash', { libraries: ['lodash'] }, 'let x = 0', 'x++'],
    ['with a heap of 20 MB', {}, largeHeap, touchHeap],
  ];
  for (const [name, options, setUp, cell] of kinds) {
    const session = await TestSession.open(runtime, options);
    await session.cell(setUp);
    const images: number[] = [];
    for (let i = 0; i < 20; i++) {
      await session.cell(cell);
      images.push(await time(() => session.live.image()));
    }
    const image = await session.live.image();
    const restores: number[] = [];
    for (let i = 0; i < 10; i++) {
      await settle();
      let restored: TestSession | undefined;
      restores.push(
        await time(
          async () => (restored = await TestSession.open(runtime, { ...options, image, root: session.root })),
        ),
      );
      await restored?.live.close();
    }
    await session.close();
    rows.push(
      {
        figure: `image, ${name}`,
        ours: `${shown(summary(images))}, ${megabytes(image.pages.length)}`,
      },
      { figure: `restore, ${name}`, ours: shown(summary(restores)) },
    );
  }
  await runtime.close();
  return rows;
}

/** Beside what a runtime takes that has never made one like it; both have a thread in reserve. */
async function newSessions(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, libraries] of [
    ['plain', []],
    ['with lodash', ['lodash']],
  ] as const) {
    const [anew, again]: [number[], number[]] = [[], []];
    for (let i = 0; i < 5; i++) {
      const runtime = openRuntime();
      // Code is warm, and the template's image is that of other settings.
      const other = await TestSession.open(runtime, { console: false });
      const sessions = [other];
      const open = async () => {
        sessions.push(await TestSession.open(runtime, { libraries }));
      };
      await settle();
      anew.push(await time(open));
      for (let j = 0; j < 2; j++) {
        await settle();
        again.push(await time(open));
      }
      for (const session of sessions) await session.close();
      await runtime.close();
    }
    rows.push({
      figure: `new guest, ${name}`,
      ours: `${ms(summary(again).median)} (built anew ${ms(summary(anew).median)})`,
    });
  }
  return rows;
}

/**
 * The same host twice in this process, the other one with a session thread that takes no image, so that none is kept
 * either. They take turns, so that whatever else the machine does meets both.
 */
async function roundTrip(worktree: string, folder: string): Promise<Row> {
  const hosts = await Promise.all([
    startHostInProcess({ worktree, database: path.join(folder, 'with.db') }),
    startHostInProcess({
      worktree,
      database: path.join(folder, 'without.db'),
      assets: await assetsWithoutImages(folder),
    }),
  ]);
  const times: [number[], number[]] = [[], []];
  const [first, second] = await Promise.all(hosts.map(({ client }) => client.session()));
  if (first === undefined || second === undefined) throw new Error('Both hosts have a session');
  const run = async (which: 0 | 1, count: number) => {
    const session = which === 0 ? first : second;
    for (let i = 0; i < count; i++)
      times[which].push(await time(() => hosts[which].client.repl(session, '1 + 1')));
  };
  await run(0, 50);
  await run(1, 50);
  for (const each of times) each.length = 0;
  for (let block = 0; block < 20; block++) {
    const order = block % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
    for (const which of order) await run(which, 25);
  }
  const kept = await hosts[1].client.request(listCheckpoints, { sessionId: second.id });
  if (kept.items.some(({ executionId }) => executionId !== undefined))
    throw new Error('The host without checkpoints keeps some');
  await Promise.all(hosts.map((host) => host.dispose()));
  const [withImages, without] = times.map(summary);
  if (withImages === undefined || without === undefined) throw new Error('Both hosts have figures');
  const more = (100 * (withImages.median / without.median - 1)).toFixed(0);
  return {
    figure: '1 + 1 with and without checkpoints',
    ours: `${shown(withImages)}, without ${shown(without)}: ${more} % more`,
  };
}

/** What is on disk: how much that is, how long it takes to get there, and how long back. */
async function keptStates(start: () => Promise<HostProcess>): Promise<Row[]> {
  let host = await start();
  const { id: templateId } = await host.client.template();
  await host.client.request(addLibrary, { templateId, name: 'lodash' });
  const kinds: readonly [name: string, session: { id: string }, setUp: string, cell: string][] = [
    ['plain', await host.client.session(), 'let x = 0', 'x++'],
    ['with lodash', await host.client.session({ templateId }), 'let x = 0', 'x++'],
    ['20 MB', await host.client.session(), largeHeap, touchHeap],
  ];
  const rows: Row[] = [];
  for (const [name, session, setUp, cell] of kinds) {
    const { client } = host;
    const { id: sessionId } = session;
    await client.repl(session, setUp);
    await client.request(createCheckpoint, { sessionId });
    const durable: number[] = [];
    for (let i = 0; i < 20; i++) {
      await client.repl(session, cell);
      durable.push(await time(() => client.request(createCheckpoint, { sessionId })));
    }
    rows.push({ figure: `checkpoint on disk, ${name}`, ours: shown(summary(durable)) });
    if (name !== 'plain') continue;
    const ids = new Set<string>();
    for (let i = 0; i < 20; i++) {
      ids.add((await client.repl(session, 'x++')).id);
      // Each of them is written, and not only the newest.
      await client.request(listCheckpoints, { sessionId });
    }
    const { items } = await client.request(listCheckpoints, { sessionId, limit: 100 });
    const stored = items.filter(({ executionId }) => executionId !== undefined && ids.has(executionId));
    const bytes = summary(stored.map(({ storedBytes }) => storedBytes));
    rows.push({
      figure: `stored by each of ${stored.length} checkpoints, after x++`,
      ours: `${(bytes.median / 1024).toFixed(0)} KB (p95 ${(bytes.p95 / 1024).toFixed(0)} KB, image ${megabytes(stored[0]?.sizeBytes ?? 0)})`,
    });
    const other = await client.session();
    await client.repl(other, setUp);
    const ofOther = await client.request(listCheckpoints, { sessionId: other.id });
    const all = ofOther.items.reduce((sum, each) => sum + each.storedBytes, 0);
    rows.push({
      figure: 'stored by all of another session, after its first cell',
      ours: `${(all / 1024).toFixed(0)} KB in ${ofOther.items.length}`,
    });
  }
  const wakes = kinds.map(() => [] as number[]);
  for (let i = 0; i < 7; i++) {
    await host.client.shutdown();
    await host.ended;
    host = await start();
    await settle();
    for (const [index, [, session]] of kinds.entries()) {
      wakes[index]?.push(await time(() => host.client.repl(session, '1 + 1')));
      await settle();
    }
  }
  for (const [index, [name]] of kinds.entries())
    rows.push({ figure: `wake, to the first answer, ${name}`, ours: shown(summary(wakes[index] ?? [])) });
  await host.client.shutdown();
  await host.ended;
  return rows;
}

/** An interrupt that has to end the thread; guest code is left 250 ms to stop by itself. */
async function rollBack(start: () => Promise<HostProcess>): Promise<Row> {
  const host = await start();
  const { client } = host;
  const session = await client.session();
  await client.repl(session, 'let kept = 1');
  const next: number[] = [];
  const ends: number[] = [];
  for (let i = 0; i < 10; i++) {
    const id = randomUUID();
    const loop = 'console.log(1); Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)';
    const running = client.repl(session, loop, { id });
    await client.hears((heard) => heard.what === 'events' && heard.executionId === id);
    const ended = time(() => running);
    await client.request(interruptSession, { sessionId: session.id });
    ends.push(await ended);
    next.push(await time(() => client.repl(session, 'kept')));
  }
  await client.shutdown();
  await host.ended;
  return {
    figure: 'roll-back, from the interrupt to the answer',
    ours: `${shown(summary(ends))}, the next cell ${ms(summary(next).median)}`,
  };
}

/** Another session's cells, while a heap of 20 MB that has changed everywhere is imaged, cut, packed and written. */
async function besideLargeCheckpoint(start: () => Promise<HostProcess>): Promise<Row> {
  const host = await start();
  const { client } = host;
  const large = await client.session();
  const small = await client.session();
  await client.repl(large, largeHeap);
  await client.repl(small, '1 + 1');
  const beside: number[] = [];
  for (let i = 0; i < 15; i++) {
    await client.repl(large, touchHeap);
    const over = new AbortController();
    const checkpoint = client.request(createCheckpoint, { sessionId: large.id }).then(() => over.abort());
    while (!over.signal.aborted) beside.push(await time(() => client.repl(small, '1 + 1')));
    await checkpoint;
  }
  const alone = await sample(200, () => client.repl(small, '1 + 1'));
  await client.shutdown();
  await host.ended;
  const { worst } = summary(beside);
  return {
    figure: '1 + 1 beside a checkpoint of 20 MB',
    ours: `${shown(summary(beside))}, worst ${ms(worst)} (alone ${shown(alone)})`,
  };
}

/** In a process of its own, as its memory is what counts. */
async function hibernation(worktree: string, folder: string): Promise<Row[]> {
  const script = fileURLToPath(new URL('many-sessions.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    script,
    worktree,
    path.join(folder, 'many.db'),
  ]);
  const Figures = z.array(z.tuple([z.string(), z.string()]));
  return Figures.parse(JSON.parse(stdout)).map(([figure, ours]) => ({ figure, ours }));
}

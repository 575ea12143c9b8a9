/** One session that outlives host after host. */
import assert from 'node:assert/strict';
import { addLibrary, createCheckpoint, getSession } from '../../../shared/protocol.js';
import { residentMb } from '../../bench/measure.js';
import { Workbench } from '../use-host.js';

export interface GenerationFigures {
  /** Of each generation: the host with the woken session, in megabytes. */
  readonly residentMb: readonly number[];
  /** Of each generation's state, in bytes. */
  readonly imageBytes: readonly number[];
  /** What its state added to the store, in bytes. */
  readonly storedBytes: readonly number[];
  /** From the first request to a woken session to its answer, in milliseconds. */
  readonly wake: readonly number[];
}

const setUp = `
  import { seen } from './shared.js';
  class Counter { #n = 0; next() { return ++this.#n } }
  const counter = new Counter(); const weak = new WeakMap([[counter, 'weak']]);
  function* numbers() { for (let n = 1; ; n++) yield n } const number = numbers();
  let settle; const heard = [];
  (async () => { for (;;) heard.push(await new Promise((resolve) => (settle = resolve))) })();
  let ticks = 0; const ticking = setInterval(() => ticks++, 10);
  function next() { seen.push(1); return [counter.next(), number.next().value, seen.length, weak.get(counter)] } 0`;

/**
 * @param count hosts after the first, of which every other one is killed, and the others end as an editor ends them
 * @throws AssertionError: something of the session's is not what it was
 */
export async function liveThrough(count: number): Promise<GenerationFigures> {
  const bench = new Workbench();
  bench.write('shared.js', 'export const seen = [];');
  const figures = {
    residentMb: [] as number[],
    imageBytes: [] as number[],
    storedBytes: [] as number[],
    wake: [] as number[],
  };
  try {
    let host = await bench.start();
    const { id: templateId } = await host.client.template();
    await host.client.request(addLibrary, { templateId, name: 'lodash' });
    const { id } = await host.client.session({ templateId });
    assert.equal((await host.client.repl({ id }, setUp)).status, 'ok');
    for (let generation = 1; generation <= count; generation++) {
      const checkpoint = await host.client.request(createCheckpoint, { sessionId: id });
      figures.imageBytes.push(checkpoint.sizeBytes);
      figures.storedBytes.push(checkpoint.storedBytes);
      if (generation % 2 === 0) host.child.kill('SIGKILL');
      else await host.client.shutdown();
      await host.ended;
      host = await bench.start();
      const { client } = host;
      assert.equal((await client.request(getSession, { sessionId: id })).status, 'hibernated');
      const value = async (code: string) => (await client.repl({ id }, code)).result?.json;
      const start = performance.now();
      const before = Number(await value('ticks'));
      figures.wake.push(performance.now() - start);
      assert.deepEqual(await value('next()'), [generation, generation, generation, 'weak']);
      assert.deepEqual(await value('_.chunk([1, 2, 3], 2)'), [[1, 2], [3]]);
      assert.deepEqual(await value(`settle(${generation}); await 0; heard.length`), generation);
      assert.equal(await value('heard.join()'), Array.from({ length: generation }, (_, i) => i + 1).join());
      const ticked = await value(`await new Promise((done) => setTimeout(done, 40)); ticks > ${before}`);
      assert.equal(ticked, true, 'its interval goes on');
      assert.equal(
        await value("(await import('./shared.js')).seen.length"),
        generation,
        'its module is the one it was',
      );
      figures.residentMb.push(residentMb(host.child.pid ?? 0));
    }
    return figures;
  } finally {
    await bench.dispose();
  }
}

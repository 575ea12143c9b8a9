import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { spawnServer } from '../support/host-process.js';
import { Workbench } from '../support/use-host.js';

describe('run FILE', () => {
  let bench: Workbench;
  before(() => {
    bench = new Workbench();
  });
  after(() => bench.dispose());

  const start = (file: string, content: string, ...flags: string[]) => {
    bench.write(file, content);
    return spawnServer(['--worktree', bench.worktree, '--db', bench.database, 'run', file, ...flags]);
  };
  const run = async (file: string, content: string, ...flags: string[]) => {
    const child = start(file, content, ...flags);
    const ended = once(child, 'exit');
    const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = (await ended) as [number | null];
    return { out, error, code };
  };

  it('goes on until the last timer of the file, and prints what they print', async () => {
    const { out, code } = await run(
      'timers.js',
      `setTimeout(() => { console.log('second'); setTimeout(() => console.log('third'), 20) }, 20);
       let n = 0; const id = setInterval(() => { if (++n === 3) clearInterval(id) }, 10);
       console.log('first')`,
    );
    assert.equal(code, 0);
    assert.deepEqual(
      out.split('\n').filter((line) => /first|second|third/.test(line)),
      ['first', 'second', 'third'],
    );
  });

  it('ends at once when nothing is left', async () => {
    const { code, out } = await run(
      'plain.mjs',
      `console.log('only'); clearTimeout(setTimeout(() => {}, 1e6))`,
    );
    assert.equal(code, 0);
    assert.match(out, /only/);
  });

  for (const [what, content] of [
    ['a timer that throws', `setTimeout(() => { throw new Error('too late') }, 10)`],
    ['a rejection that nobody handles', `Promise.reject(new Error('too late'))`],
  ] as const) {
    it(`fails for ${what}`, async () => {
      const { error, code } = await run('late.js', content);
      assert.equal(code, 1);
      assert.match(error, /Error: too late/);
    });
  }

  it('does not wait for the timers of a file that failed', async () => {
    const { code, out } = await run(
      'fails.js',
      `setInterval(() => console.log('tick'), 60_000); throw new Error('no')`,
    );
    assert.equal(code, 1);
    assert.doesNotMatch(out, /tick/);
  });

  it('prints displays as text', async () => {
    const { out } = await run('shows.js', `display.markdown('# Title'); display.html('<b>'); 0`);
    assert.match(out, /# Title\n\[HTML, 5 B\]/);
  });

  it('ends by Ctrl-C while it waits for timers', async () => {
    const child = start('forever.js', `console.log('waits'); setInterval(() => {}, 1000)`);
    const ended = once(child, 'exit');
    for await (const chunk of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
      if (chunk.includes('waits')) break;
    }
    child.kill('SIGINT');
    const [code] = (await ended) as [number | null];
    assert.equal(code, 130);
  });
});

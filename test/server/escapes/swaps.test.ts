import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { runFile } from '../../../shared/protocol.js';
import { type Grant, sessionWith, wholeWorktree } from '../native/support.js';
import { usePrison } from './prison.js';

/** Swaps a folder, and what is in it, for links to the outside, until its input ends; says how often it did. */
const swapping = `
const fs = require('node:fs');
const { OUTSIDE } = process.env;
let swaps = 0;
const names = ['secret.js', 'secret.json', 'secret.db'];
const inside = (name) => name.endsWith('.db') ? '' : name.endsWith('.json') ? '"inside"' : 'export default "inside' + swaps + '"';
process.stdin.on('end', () => { console.log(swaps); process.exit(); }).resume();
const attempt = (work) => { try { work(); } catch {} };
console.log('ready');
(function swap() {
  const start = performance.now();
  for (let i = 0; i < 10; i++) {
    attempt(() => fs.mkdirSync('race'));
    for (const name of names) {
      attempt(() => fs.rmSync('race/' + name));
      attempt(() => fs.writeFileSync('race/' + name, inside(name)));
      attempt(() => fs.symlinkSync(OUTSIDE + '/' + name, 'race/swapped'));
      attempt(() => fs.renameSync('race/swapped', 'race/' + name));
    }
    attempt(() => fs.renameSync('race', 'aside'));
    attempt(() => fs.symlinkSync(OUTSIDE, 'race'));
    attempt(() => fs.unlinkSync('race'));
    attempt(() => fs.renameSync('aside', 'race'));
    swaps++;
  }
  // For a moment all is as it should be: longer on a slow machine, where everybody else takes longer, too.
  for (const name of names) attempt(() => { fs.rmSync('race/' + name); fs.writeFileSync('race/' + name, inside(name)) });
  setTimeout(swap, Math.max(10, 2 * (performance.now() - start)));
})();
`;

/** Each a new turn, which looks at the disk anew. Says what was seen, without the words of refusals. */
const racing = `import { open } from 'database'; import { run } from 'exec';
  const seen = { import: 0, json: 0, require: 0, database: 0, program: 0, refused: 0 };
  const wrong = [];
  const attempt = async (name, use, isRight) => {
    try { const answer = await use(); seen[name]++; if (!isRight(answer)) wrong.push([name, String(answer)]) } catch { seen.refused++ }
  };
  // An empty file is one that was just being written.
  const isInside = (text) => text === undefined || String(text).startsWith('inside');
  while (Object.values(seen).some((count) => count < 20) || seen.refused < 300) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    await attempt('import', async () => (await import('./race/secret.js')).default, isInside);
    await attempt('json', async () => (await import('./race/secret.json')).default, isInside);
    await attempt('require', () => require('./race/secret.json'), isInside);
    await attempt('database', () => { const database = open('race/secret.db'); try { const rows = database.query('select name from sqlite_schema'); database.exec('create table if not exists mine (x)'); return rows.map(({ name }) => name).join() } finally { database.close() } }, (names) => names === '' || names === 'mine');
    await attempt('program', () => run('/bin/pwd', ['-P'], { cwd: 'race' }), (cwd) => cwd.startsWith(worktree));
  }
  ({ seen, wrong })`;

describe('a way out by swapping folders and files for links', function () {
  this.timeout(60_000);
  const prison = usePrison();
  let swapper: ChildProcessByStdio<Writable, Readable, null> | undefined;
  afterEach(() => swapper?.kill());

  it('holds: modules, databases and programs, while somebody swaps what they are about to use', async () => {
    const { bench, client, outside } = prison;
    const grants: Grant[] = [
      ...wholeWorktree,
      ['module', 'database'],
      ['module', 'exec'],
      ['exec', '/bin/pwd'],
    ];
    const session = await sessionWith(client, grants, { limits: { cpuMs: 0, wallMs: 0 } });
    const other = await client.session();
    swapper = spawn(process.execPath, ['-e', swapping], {
      cwd: bench.worktree,
      env: { OUTSIDE: outside },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(swapper.stdout, 'data');
    const raced = await client.repl(
      session,
      `const worktree = ${JSON.stringify(bench.worktree)};\n${racing}`,
    );
    for (let i = 0; i < 50; i++) {
      const run = await client
        .request(runFile, { sessionId: other.id, path: 'race/secret.js' })
        .catch(() => undefined);
      assert.ok(run === undefined || !JSON.stringify(run).includes('CANARY'));
    }
    swapper.stdin.end();
    const [swaps] = (await once(swapper.stdout, 'data')) as [Buffer];
    assert.equal(raced.error, undefined, raced.error?.stack);
    const { seen, wrong } = raced.result?.json as { seen: Record<string, number>; wrong: unknown[] };
    console.log(`      ${swaps.toString().trim()} swaps; ${JSON.stringify(seen)}`);
    assert.deepEqual(wrong, []);
    assert.ok(
      Object.values(seen).every((count) => count > 0),
      JSON.stringify(seen),
    );
    await prison.nothingGotOut(raced);
    prison.attempts++;
  });
});

/** The commands of the README on the examples, in processes of their own. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { repository } from '../support/host-process.js';
import { Workbench } from '../support/use-host.js';

const run = promisify(execFile);

describe('the examples', () => {
  let bench: Workbench;
  before(() => {
    bench = new Workbench();
  });
  after(() => bench.dispose());

  const node = (...args: string[]) =>
    run(process.execPath, args, {
      cwd: repository,
      env: { ...process.env, XDG_DATA_HOME: path.join(bench.folder, 'data-home') },
    });

  it('make a template with grants, and run TypeScript with files, a database and a library in it', async () => {
    const made = await node('examples/make-template.mjs', 'examples/access-log');
    assert.equal(made.stdout, 'Made the template access-log.\n');
    const summary = ['server', 'run', 'summary.ts', '--worktree', 'examples/access-log'];
    await assert.rejects(node(...summary), /grant the module fs/);
    const { stdout } = await node(...summary, '--template', 'access-log');
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines[0], '10 requests, median 35.5 ms');
    assert.equal(lines.at(-1), "→ [ { path: '/orders', ms: 1204 } ]");
  });
});

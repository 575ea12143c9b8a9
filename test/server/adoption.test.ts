import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import {
  addCapability,
  createTemplate,
  getSession,
  getTemplate,
  listExecutions,
  restartSession,
} from '../../shared/protocol.js';
import { spawnServer } from '../support/host-process.js';
import { Workbench } from '../support/use-host.js';

/** Where two hosts of one test can have data folders, and so keys, of their own. */
const canBeElsewhere = process.platform === 'linux';
const noClient = { processId: null, rootUri: null, capabilities: {} };

describe('a host on a database from another machine', () => {
  let here: Workbench;
  let there: Workbench;
  beforeEach(() => {
    [here, there] = [new Workbench(), new Workbench()];
  });
  afterEach(() => Promise.all([here, there].map((bench) => bench.dispose())));

  /** A session there that may read a file, kept by its host's end, and the whole database brought here. */
  async function bring() {
    there.write('data.txt', 'from there');
    const { client, ended } = await there.start();
    const template = await client.request(createTemplate, { name: 'reader' });
    const templateId = template.id;
    await client.request(addCapability, { templateId, kind: 'module', name: 'fs', effect: 'allow' });
    const session = await client.session({ templateId });
    await client.repl(session, 'globalThis.n = 41');
    await client.shutdown();
    await ended;
    fs.mkdirSync(path.dirname(here.database), { recursive: true });
    fs.copyFileSync(there.database, here.database);
    return { templateId, session };
  }

  it('refuses to start, and says how it would', async () => {
    if (!canBeElsewhere) return;
    await bring();
    const before = fs.readFileSync(here.database);
    const { client } = here.spawn();
    await assert.rejects(client.connection.sendRequest('initialize', noClient), /--adopt/);
    assert.ok(fs.readFileSync(here.database).equals(before));
  });

  it('starts with --adopt, on the history alone', async () => {
    if (!canBeElsewhere) return;
    const { templateId, session } = await bring();
    const { client } = await here.start({}, ['--adopt']);
    const { capabilities, template } = await client.request(getTemplate, { templateId });
    assert.deepEqual(capabilities, []);
    assert.deepEqual(template.modules, []);
    const found = await client.request(getSession, { sessionId: session.id });
    assert.equal(found.status, 'closed');
    assert.match(found.lastError ?? '', /adopted/);
    const { items } = await client.request(listExecutions, { sessionId: session.id });
    assert.deepEqual(
      items.map(({ input }) => input),
      ['globalThis.n = 41'],
    );
    await client.request(restartSession, { sessionId: session.id });
    const again = await client.repl(session, 'typeof n');
    assert.equal(again.result?.preview, "'undefined'");
  });

  it('runs a file from the command line with --adopt only', async () => {
    if (!canBeElsewhere) return;
    await bring();
    here.write('hello.js', 'console.log("hello")');
    const run = async (...more: string[]) => {
      const child = spawnServer(
        ['run', 'hello.js', '--worktree', here.worktree, '--db', here.database, ...more],
        {
          env: here.env,
        },
      );
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => (output += text));
      const [code] = (await once(child, 'close')) as [number];
      return { code, output };
    };
    const refused = await run();
    assert.equal(refused.code, 1);
    assert.match(refused.output, /DATABASE_UNSUPPORTED/);
    const ran = await run('--adopt');
    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, /adopted/);
    assert.match(ran.output, /hello/);
    assert.equal((await run()).code, 0, 'once is enough');
  });
});

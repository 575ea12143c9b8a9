import assert from 'node:assert/strict';
import type { Execution, Session } from '../../../shared/models.js';
import {
  addCapability,
  addModule,
  closeSession,
  deleteTemplate,
  removeCapability,
  removeModule,
  restartSession,
  updateCapability,
} from '../../../shared/protocol.js';
import { useHost, Workbench } from '../../support/use-host.js';
import { notices, processesWith, sessionWith, until, wholeWorktree } from './support.js';

describe('what is taken from a template', () => {
  const host = useHost();
  const templateOf = ({ templateId }: Session): string => {
    assert.ok(templateId !== undefined);
    return templateId;
  };
  const isRefused = ({ error }: Execution) => assert.equal(error?.code, 'CAPABILITY_DENIED');

  it('stops the next use in a live session, waiting or not, as an event', async () => {
    const { client } = host;
    const session = await sessionWith(client, [
      ['module', 'exec'],
      ['exec', '/bin/echo'],
    ]);
    const use = `run('/bin/echo', ['x'])`;
    const first = await client.repl(session, `import { run, runAsync } from 'exec'; ${use}`);
    assert.equal(first.error, undefined);
    await client.request(removeCapability, {
      templateId: templateOf(session),
      kind: 'exec',
      name: '/bin/echo',
    });
    const refused = await client.repl(session, use);
    isRefused(refused);
    assert.deepEqual(await notices(client, refused), [
      'CAPABILITY_DENIED: The session has no exec capability for "/bin/echo x"; its template must grant it (a live session has a new grant after its restart)',
    ]);
    isRefused(await client.repl(session, `await runAsync('/bin/echo', ['x'])`));
  });

  it('ends a program that runs under it', async () => {
    const { client } = host;
    const session = await sessionWith(
      client,
      [
        ['module', 'exec'],
        ['exec', '/bin/sleep'],
      ],
      { limits: { wallMs: 0 } },
    );
    const running = client.repl(session, `import { run } from 'exec'; run('/bin/sleep', ['68.173'])`);
    await until(() => processesWith('sleep 68.173').length === 1, 'the program runs');
    await client.request(updateCapability, {
      templateId: templateOf(session),
      kind: 'exec',
      name: '/bin/sleep',
      enabled: false,
    });
    const ended = await running;
    assert.match(ended.error?.message ?? '', /its capability was taken away/);
    await until(() => processesWith('sleep 68.173').length === 0, 'the program is gone');
  });

  it('is denied at once by a new rule, and in part by a rule that allows less', async () => {
    const { client, bench } = host;
    bench.write('n/file', 'file');
    bench.write('n/secret', 'secret');
    const session = await sessionWith(client, wholeWorktree);
    const templateId = templateOf(session);
    const run = (code: string) => client.repl(session, `import fs from 'fs'; ${code}`);
    await client.request(addCapability, { templateId, kind: 'fs', name: 'n/secret', effect: 'deny' });
    const denied = await run(`fs.readFileSync('n/secret')`);
    isRefused(denied);
    assert.match(denied.error?.message ?? '', /fs capability for "n\/secret" denies "n\/secret"/);
    assert.equal((await run(`fs.writeFileSync('n/file', 'changed')`)).status, 'ok');
    await client.request(updateCapability, {
      templateId,
      kind: 'fs',
      name: '**',
      config: { read: true, write: false },
    });
    isRefused(await run(`fs.writeFileSync('n/file', 'again')`));
    assert.equal((await run(`fs.readFileSync('n/file')`)).result?.json, 'changed');
  });

  it('closes a module: to code that has it, and to the next import', async () => {
    const { client } = host;
    const session = await sessionWith(client, wholeWorktree);
    await client.repl(session, `import fs from 'fs'; 0`);
    await client.request(removeModule, { templateId: templateOf(session), name: 'fs' });
    assert.equal((await client.repl(session, `fs.readdirSync('.')`)).error?.code, 'MODULE_NOT_ALLOWED');
    assert.equal((await client.repl(session, `import 'fs/promises'`)).error?.code, 'MODULE_NOT_ALLOWED');
  });

  it('comes back only with a restart, and so does what is granted anew', async () => {
    const { client } = host;
    const session = await sessionWith(client, wholeWorktree);
    const templateId = templateOf(session);
    const run = () => client.repl(session, `import fs from 'fs'; fs.readdirSync('.').length >= 0`);
    assert.equal((await run()).status, 'ok');
    await client.request(removeModule, { templateId, name: 'fs' });
    await client.request(addModule, { templateId, name: 'fs' });
    await client.request(addCapability, { templateId, kind: 'env', name: 'HOME' });
    assert.equal((await run()).error?.code, 'MODULE_NOT_ALLOWED');
    const names = `import { env } from 'vm:env'; Object.keys(env)`;
    assert.deepEqual((await client.repl(session, names)).result?.json, []);
    await client.request(restartSession, { sessionId: session.id });
    assert.equal((await run()).status, 'ok');
    assert.deepEqual((await client.repl(session, names)).result?.json, ['HOME']);
  });

  it('leaves sessions of other templates alone, and takes a variable away', async () => {
    const { client } = host;
    const [one, other] = [
      await sessionWith(client, [['env', 'HOME']]),
      await sessionWith(client, [['env', 'HOME']]),
    ];
    const read = async (session: Session) =>
      (await client.repl(session, `import { env } from 'vm:env'; typeof env.HOME`)).result?.json;
    assert.equal(await read(one), 'string');
    await client.request(removeCapability, { templateId: templateOf(one), kind: 'env', name: 'HOME' });
    assert.equal(await read(one), 'undefined');
    assert.equal(await read(other), 'string');
  });

  it('stays away from a session that is started again, with another host and without its template', async () => {
    const bench = new Workbench();
    try {
      const first = await bench.start();
      const session = await sessionWith(first.client, wholeWorktree);
      await first.client.request(closeSession, { sessionId: session.id });
      const templateId = templateOf(session);
      await first.client.request(removeCapability, { templateId, kind: 'fs', name: '**' });
      await first.client.request(deleteTemplate, { templateId });
      await first.client.shutdown();
      await first.ended;
      const { client } = await bench.start();
      await client.request(restartSession, { sessionId: session.id });
      isRefused(await client.repl(session, `import fs from 'fs'; fs.readdirSync('.')`));
    } finally {
      await bench.dispose();
    }
  });
});

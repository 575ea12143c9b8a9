import assert from 'node:assert/strict';
import {
  addStartupFile,
  createSession,
  getTemplate,
  listExecutions,
  updateStartupFile,
} from '../../../shared/protocol.js';
import { useHost } from '../../support/use-host.js';

describe('a startup file with mode import', () => {
  const host = useHost();

  it('runs as a module: its names stay inside, what it sets up stays', async () => {
    const { client, bench } = host;
    bench.write(
      'setup/init.js',
      'import { greeting } from "./words.js"; const inside = 1; globalThis.greet = () => greeting + typeof this;',
    );
    bench.write('setup/words.js', 'export const greeting = "hello ";');
    const { id: templateId } = await client.template();
    await client.request(addStartupFile, { templateId, path: 'setup/init.js', mode: 'import' });
    const { startupFiles } = await client.request(getTemplate, { templateId });
    assert.deepEqual(
      startupFiles.map(({ path, mode }) => [path, mode]),
      [['setup/init.js', 'import']],
    );
    const session = await client.session({ templateId });
    assert.equal(
      (await client.repl(session, 'greet() + typeof inside')).result?.json,
      'hello undefinedundefined',
    );
    const { items } = await client.request(listExecutions, { sessionId: session.id, kind: 'startup' });
    assert.deepEqual(
      items.map(({ status }) => status),
      ['ok'],
    );
  });

  it('may be TypeScript or CommonJS, and is told from mode eval, which leaves names', async () => {
    const { client, bench } = host;
    bench.write('a.ts', 'const typed: number = 1; globalThis.a = typed;');
    bench.write('b.cjs', 'const hidden = 2; globalThis.b = hidden; module.exports = __filename;');
    bench.write('c.js', 'const kept = 3;');
    const { id: templateId } = await client.template();
    await client.request(addStartupFile, { templateId, path: 'a.ts', mode: 'import', orderIndex: 1 });
    await client.request(addStartupFile, { templateId, path: 'b.cjs', mode: 'import', orderIndex: 2 });
    await client.request(addStartupFile, { templateId, path: 'c.js', mode: 'import', orderIndex: 3 });
    const cell = '[a, b, typeof typed, typeof hidden, typeof kept]';
    const imported = await client.session({ templateId });
    assert.deepEqual((await client.repl(imported, cell)).result?.json, [
      1,
      2,
      'undefined',
      'undefined',
      'undefined',
    ]);
    await client.request(updateStartupFile, { templateId, path: 'c.js', mode: 'eval' });
    const evaluated = await client.session({ templateId });
    assert.deepEqual((await client.repl(evaluated, cell)).result?.json, [
      1,
      2,
      'undefined',
      'undefined',
      'number',
    ]);
  });

  it('that throws keeps the session from starting', async () => {
    const { client, bench } = host;
    bench.write('bad.js', 'throw new Error("no start")');
    const { id: templateId } = await client.template();
    await client.request(addStartupFile, { templateId, path: 'bad.js', mode: 'import' });
    const refusal = await client.refusal(createSession.method, { templateId });
    assert.equal(refusal.code, 'STARTUP_FAILED');
  });
});

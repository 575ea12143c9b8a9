import assert from 'node:assert/strict';
import { addCapability } from '../../../shared/protocol.js';
import { useHost } from '../../support/use-host.js';
import { sessionWith } from './support.js';

describe('vm:env', () => {
  const host = useHost();

  it('has the environment variables that are granted, and nothing else of the environment', async () => {
    const session = await sessionWith(host.client, [
      ['env', 'HOME'],
      ['env', 'PATH'],
    ]);
    const seen = await host.client.repl(
      session,
      `import { env } from 'vm:env';
       [env.HOME, typeof env.USER, Object.keys(env).sort(), typeof env.toString, 'HOME' in env, 'USER' in env]`,
    );
    assert.deepEqual(seen.result?.json, [
      process.env['HOME'],
      'undefined',
      ['HOME', 'PATH'],
      'undefined',
      true,
      false,
    ]);
  });

  it('can be imported by every session, and is empty without grants', async () => {
    const session = await sessionWith(host.client, [['env', 'HOME', { effect: 'deny' }]]);
    const seen = await host.client.repl(
      session,
      `import { env } from 'vm:env'; [Object.keys(env), env.HOME]`,
    );
    assert.equal(seen.result?.preview, '[ [], undefined ]');
  });

  it('has no variable that is not there, and no capability is for a name that cannot be', async () => {
    const { client } = host;
    const session = await sessionWith(client, [['env', 'NO_SUCH_VARIABLE_OF_A_TEST']]);
    const seen = await client.repl(session, `import { env } from 'vm:env'; Object.keys(env).length`);
    assert.equal(seen.result?.json, 0);
    const { id: templateId } = await client.template();
    for (const [kind, name] of [
      ['env', 'A=B'],
      ['global', 'process'],
      ['fs', '../outside/**'],
      ['fs', '/etc/**'],
    ] as const) {
      const refusal = await client.refusal(addCapability.method, { templateId, kind, name });
      assert.equal(refusal.code, 'CAPABILITY_INVALID', name);
    }
    const { message } = await client.refusal(addCapability.method, { templateId, kind: 'global', name: 'x' });
    assert.match(message, /"x" names no global capability.*there are fetch/);
  });
});

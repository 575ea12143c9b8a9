import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { symlinkSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import type { Session } from '../../../shared/models.js';
import { addCapability, cancelExecution, closeSession, interruptSession } from '../../../shared/protocol.js';
import { useHost } from '../../support/use-host.js';
import { type Grant, notices, processesWith, sessionWith, until } from './support.js';

describe('the exec module', () => {
  const host = useHost();
  const sessionOf = (...programs: Grant[]) => sessionWith(host.client, [['module', 'exec'], ...programs]);
  const run = (session: Session, code: string, rest = {}) =>
    host.client.repl(session, `import { run, runAsync, output, outputSync } from 'exec'; ${code}`, rest);

  it('tells what a program printed to which output, and how it ended', async () => {
    const session = await sessionOf(['exec', '/bin/sh']);
    const ended = await run(
      session,
      `const script = ['-c', 'printf out; printf err >&2; exit 3'];
       [outputSync('/bin/sh', script), await output('/bin/sh', ['-c', 'kill -9 $$'])]`,
    );
    assert.deepEqual(ended.result?.json, [
      { stdout: 'out', stderr: 'err', code: 3, signal: null, success: false },
      { stdout: '', stderr: '', code: null, signal: 'SIGKILL', success: false },
    ]);
    const failed = await run(session, `run('/bin/sh', script)`);
    assert.match(failed.error?.message ?? '', /^\/bin\/sh exited with 3: (outerr|errout)$/);
  });

  it('gives a program its input, as text or bytes, and a folder of the worktree', async () => {
    const { bench } = host;
    bench.write('inner/file', '');
    const session = await sessionOf(['exec', '/bin/cat'], ['exec', '/bin/sh']);
    const answers = await run(
      session,
      `[run('/bin/cat', [], { input: 'text\\0' }), await runAsync('/bin/cat', [], { input: Uint8Array.of(104, 105) }),
        run('/bin/cat'), run('/bin/sh', ['-c', 'pwd'], { cwd: 'inner' }), run('/bin/sh', ['-c', 'pwd'], { cwd: '/' })]`,
    );
    assert.equal(answers.error, undefined, answers.error?.message);
    assert.deepEqual(answers.result?.json, [
      'text\0',
      'hi',
      '',
      `${path.join(bench.worktree, 'inner')}\n`,
      `${bench.worktree}\n`,
    ]);
    symlinkSync('/', path.join(bench.worktree, 'root'));
    for (const cwd of ['..', '/..', '/tmp', 'root', 'inner/../..']) {
      const { error } = await run(session, `run('/bin/sh', ['-c', 'pwd'], { cwd: '${cwd}' })`);
      assert.match(error?.message ?? '', /worktree|does not exist|no such|not found/i, cwd);
    }
  });

  it('takes only arguments that the capability lets through', async () => {
    const session = await sessionOf(
      ['exec', '/bin/echo', { config: { args: ['--name=*', 'plain', '*.txt'] } }],
      ['exec', '/usr/bin/printf'],
    );
    assert.equal((await run(session, `run('/bin/echo', ['--name=a b', 'plain', 'x.txt'])`)).status, 'ok');
    for (const arg of ['--other', 'plainer', 'x.txt.sh', '--name']) {
      const refused = await run(session, `await runAsync('/bin/echo', ['plain', '${arg}'])`);
      assert.equal(refused.error?.code, 'CAPABILITY_DENIED', arg);
      assert.deepEqual(await notices(host.client, refused), [
        `CAPABILITY_DENIED: The session has no exec capability for "/bin/echo plain ${arg}"; its template must grant it (a live session has a new grant after its restart)`,
      ]);
    }
    const { client } = host;
    const template = await client.template();
    const grant = { templateId: template.id, kind: 'exec', effect: 'allow', enabled: true } as const;
    for (const [name, config, message] of [
      ['/bin/echo', { args: 'plain' }, /config .*exec is malformed: args: .*expected array/i],
      ['/bin/echo', { timeoutMs: 0 }, /timeoutMs/],
      ['echo', {}, /"echo" names no exec capability. The absolute path/],
    ] as const) {
      const { code, message: said } = await client.refusal(addCapability.method, { ...grant, name, config });
      assert.equal(code, 'CAPABILITY_INVALID');
      assert.match(said, message);
    }
  });

  it('ends a program that runs longer than its capability or its caller allows, or prints too much', async () => {
    const session = await sessionOf(
      ['exec', '/bin/sleep', { config: { timeoutMs: 100 } }],
      ['exec', '/bin/sh'],
      ['exec', '/usr/bin/yes'],
    );
    const late = await run(session, `run('/bin/sleep', ['67.173'])`);
    assert.match(late.error?.message ?? '', /may run for 100 ms/);
    const longer = await run(session, `run('/bin/sleep', ['67.173'], { timeout: 60_000 })`);
    assert.match(longer.error?.message ?? '', /may run for 100 ms/);
    const sooner = await run(session, `run('/bin/sh', ['-c', 'sleep 67.173'], { timeout: 50 })`);
    assert.match(sooner.error?.message ?? '', /may run for 50 ms/);
    const flood = await run(session, `await runAsync('/usr/bin/yes')`);
    assert.match(flood.error?.message ?? '', /printed more than/);
    await until(() => processesWith('sleep 67.173').length === 0, 'nothing is left');
  });

  it('runs what a name led to when the session began, not what it leads to later', async () => {
    const { bench } = host;
    const link = path.join(bench.folder, 'program');
    symlinkSync('/bin/echo', link);
    const session = await sessionOf(['exec', link]);
    assert.equal((await run(session, `run(${JSON.stringify(link)}, ['one'])`)).result?.json, 'one\n');
    unlinkSync(link);
    symlinkSync('/bin/false', link);
    assert.equal((await run(session, `run(${JSON.stringify(link)}, ['two'])`)).result?.json, 'two\n');
  });

  it('stops within half a second while code waits for a program, and other sessions answer', async () => {
    const { client } = host;
    const session = await sessionOf(['exec', '/bin/sleep']);
    const other = await client.session();
    await client.repl(session, 'globalThis.kept = 1');
    const running = run(session, `run('/bin/sleep', ['60.173'])`);
    await until(() => processesWith('sleep 60.173').length === 1, 'the program runs');
    const answer = performance.now();
    assert.equal((await client.repl(other, '1 + 1')).result?.json, 2);
    const answered = performance.now() - answer;
    const asked = performance.now();
    await client.request(interruptSession, { sessionId: session.id });
    const stopped = performance.now() - asked;
    assert.equal((await running).status, 'cancelled');
    console.log(
      `      stopped in ${stopped.toFixed(0)} ms; another session answered in ${answered.toFixed(0)} ms`,
    );
    assert.ok(stopped < 500, `${stopped} ms`);
    assert.ok(answered < 500, `${answered} ms`);
    await until(() => processesWith('sleep 60.173').length === 0, 'no child is left');
    assert.equal((await client.repl(session, 'kept')).result?.json, 1);
  });

  it('leaves no process behind that left its group, whether its program ends, is stopped or goes with its session', async () => {
    const { client } = host;
    const session = await sessionOf(['exec', '/bin/sh']);
    const escaping = (seconds: string, rest: string) =>
      JSON.stringify([
        '-c',
        `setsid sh -c 'setsid sleep ${seconds} >/dev/null 2>&1 & sleep ${seconds}' >/dev/null 2>&1 & ${rest}`,
      ]);
    assert.equal(
      (await run(session, `run('/bin/sh', ${escaping('71.173', 'echo done')})`)).result?.json,
      'done\n',
    );
    await until(() => processesWith('sleep 71.173').length === 0, 'nothing is left of a program that ended');

    const id = randomUUID();
    const running = run(session, `run('/bin/sh', ${escaping('72.173', 'sleep 72.173')})`, { id });
    await until(() => processesWith('sleep 72.173').length >= 3, 'the program and what it started run');
    await client.request(cancelExecution, { executionId: id });
    await running;
    await until(
      () => processesWith('sleep 72.173').length === 0,
      'nothing is left of a program that was stopped',
    );

    await run(session, `void runAsync('/bin/sh', ${escaping('73.173', 'sleep 73.173')}).catch(() => {}); 0`);
    await until(() => processesWith('sleep 73.173').length >= 3, 'the program and what it started run');
    await client.request(closeSession, { sessionId: session.id });
    await until(() => processesWith('sleep 73.173').length === 0, 'nothing is left of a session');
  });
});

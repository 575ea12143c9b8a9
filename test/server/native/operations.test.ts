import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { cancelExecution, closeSession, listExecutions } from '../../../shared/protocol.js';
import { useHost } from '../../support/use-host.js';
import { type Grant, notices, processesWith, sessionWith, until, wholeWorktree } from './support.js';

const programs: Grant[] = [
  ['module', 'exec'],
  ['exec', '/bin/sleep'],
  ['exec', '/bin/echo'],
];

describe('operations that guest code awaits', () => {
  const host = useHost();

  it('let the session go on while they are under way', async () => {
    const { client } = host;
    const session = await sessionWith(client, programs);
    const order = await client.repl(
      session,
      `import { runAsync } from 'exec';
       const order = [];
       const slept = runAsync('/bin/sleep', ['0.2']).then(() => order.push('program'));
       order.push('code');
       await new Promise((resolve) => setTimeout(resolve, 1));
       order.push('timer');
       await slept;
       order.join()`,
    );
    assert.equal(order.result?.json, 'code,timer,program');
  });

  it('are served some at a time, however many are started', async () => {
    const { client, bench } = host;
    bench.write('numbers/7.txt', '7');
    const session = await sessionWith(client, wholeWorktree);
    const sum = await client.repl(
      session,
      `import { readFile } from 'fs/promises';
       const texts = await Promise.all(Array.from({ length: 500 }, () => readFile('numbers/7.txt')));
       texts.reduce((sum, text) => sum + Number(text), 0)`,
    );
    assert.equal(sum.result?.json, 3500);
  });

  it('fail where they were started', async () => {
    const session = await sessionWith(host.client, [...wholeWorktree, ['module', 'fetch']]);
    for (const [code, line, column] of [
      ["import { readFile } from 'fs';\n\nawait readFile('none.txt')", 3, 7],
      [
        "import fs from 'fs/promises';\nasync function read() { return fs.readFile('none.txt') }\nawait read()",
        2,
        35,
      ],
      ["import { fetch } from 'fetch';\nawait fetch('http://localhost:1/')", 2, 7],
    ] as const) {
      const { error } = await host.client.repl(session, code);
      const [frame] = error?.frames ?? [];
      assert.deepEqual([frame?.line, frame?.column], [line, column], error?.stack);
    }
  });

  it('fail as calls do that wait: with the code, the refusal in a system event, and each of several', async () => {
    const { client } = host;
    const session = await sessionWith(client, [['module', 'fs']]);
    const settled = await client.repl(
      session,
      `import { readFile, rm } from 'fs/promises';
       (await Promise.allSettled([readFile('a'), rm('b')])).map(({ reason }) => [reason.name, reason.code])`,
    );
    assert.deepEqual(settled.result?.json, [
      ['Error', 'CAPABILITY_DENIED'],
      ['Error', 'CAPABILITY_DENIED'],
    ]);
    assert.deepEqual(await notices(client, settled), [
      'CAPABILITY_DENIED: The session has no fs capability for "a"; its template must grant it (a live session has a new grant after its restart)',
      'CAPABILITY_DENIED: The session has no fs capability for "b"; its template must grant it (a live session has a new grant after its restart)',
    ]);
    const first = await client.repl(
      session,
      `const [one, two] = [readFile('one'), readFile('two')]; two.catch(() => {}); await two.catch(() => {}); await one`,
    );
    assert.equal(first.error?.code, 'CAPABILITY_DENIED');
    const forged = await client.repl(
      session,
      `const error = new Error('no'); error.code = 'CAPABILITY_DENIED'; await Promise.reject(error)`,
    );
    assert.equal(forged.error?.code, undefined);
  });

  it('go on after their cell, in a background execution that it has caused', async () => {
    const { client } = host;
    const session = await sessionWith(client, programs);
    const cell = await client.repl(
      session,
      `import { runAsync } from 'exec';
       void runAsync('/bin/sleep', ['0.1']).then(() => runAsync('/bin/echo', ['later'])).then(console.log);
       void runAsync('/bin/rm').catch(() => {});
       'now'`,
    );
    assert.equal(cell.result?.json, 'now');
    const heard = await client.hears(
      (each): each is Extract<typeof each, { what: 'events' }> =>
        each.what === 'events' &&
        each.events.some((event) => event.type === 'console' && event.payload.text === 'later\n'),
    );
    const { items } = await client.request(listExecutions, { sessionId: session.id, kind: 'background' });
    const caused = items.filter(({ causedBy }) => causedBy === cell.id);
    assert.ok(caused.some(({ id }) => id === heard.executionId));
    const refusals = (await Promise.all(caused.map((each) => notices(client, each)))).flat();
    assert.deepEqual(refusals, [
      'CAPABILITY_DENIED: The session has no exec capability for "/bin/rm"; its template must grant it (a live session has a new grant after its restart)',
    ]);
  });

  it('end with the execution that is cancelled while it awaits them, and no other', async () => {
    const { client } = host;
    const session = await sessionWith(client, programs);
    await client.repl(
      session,
      `import { runAsync } from 'exec'; const other = runAsync('/bin/sleep', ['0.4173']); 0`,
    );
    const id = randomUUID();
    const running = client.repl(session, `await runAsync('/bin/sleep', ['64.173'])`, { id });
    await until(() => processesWith('sleep 64.173').length === 1, 'the program runs');
    await client.request(cancelExecution, { executionId: id });
    assert.equal((await running).status, 'cancelled');
    await until(() => processesWith('sleep 64.173').length === 0, 'the program is gone');
    assert.equal((await client.repl(session, `await other`)).result?.json, '');
  });

  it('end with the session', async () => {
    const { client } = host;
    const session = await sessionWith(client, programs);
    await client.repl(
      session,
      `import { runAsync } from 'exec'; void runAsync('/bin/sleep', ['65.173']).catch(() => {}); 0`,
    );
    await until(() => processesWith('sleep 65.173').length === 1, 'the program runs');
    await client.request(closeSession, { sessionId: session.id });
    await until(() => processesWith('sleep 65.173').length === 0, 'the program is gone');
  });

  it('are no more than 1,000 at a time', async () => {
    const { client } = host;
    const session = await sessionWith(client, programs);
    const refused = await client.repl(
      session,
      `import { runAsync } from 'exec';
       const all = Array.from({ length: 1001 }, () => runAsync('/bin/sleep', ['66.173']));
       await all.at(-1)`,
    );
    assert.equal(refused.error?.name, 'RangeError');
    assert.match(refused.error.message, /1000 operations are under way/);
    await client.request(closeSession, { sessionId: session.id });
    await until(() => processesWith('sleep 66.173').length === 0, 'the programs are gone');
  });

  it('keep a promise from being called stuck only while they are under way', async () => {
    const { client } = host;
    const session = await sessionWith(client, programs);
    const stuck = await client.repl(
      session,
      `import { runAsync } from 'exec'; await runAsync('/bin/sleep', ['0.05']); await new Promise(() => {})`,
    );
    assert.equal(stuck.status, 'error');
    assert.match(stuck.error?.message ?? '', /never|settle/);
  });

  it('work in a session whose guest replaced every built-in that it could', async () => {
    const { client, bench } = host;
    bench.write('plain.txt', 'plain');
    const session = await sessionWith(client, wholeWorktree);
    await client.repl(session, `import fs from 'fs'; fs.readFileSync('plain.txt')`);
    const text = await client.repl(
      session,
      `const { ownKeys, defineProperty } = Reflect;
       for (const owner of [Promise, Map.prototype, JSON, Object, Reflect, Error, Uint8Array.prototype, WeakMap.prototype])
         for (const key of ownKeys(owner))
           if (key !== 'constructor' && key !== 'prototype')
             try { defineProperty(owner, key, { value: () => { throw new Error('replaced') } }) } catch {}
       fs.readFileSync('plain.txt') + (await fs.readFile('plain.txt'))`,
    );
    assert.equal(text.result?.preview, "'plainplain'");
  });

  it('carry 16 MB of bytes there and back, and no more', async () => {
    const { client, bench } = host;
    const session = await sessionWith(client, wholeWorktree, {
      limits: { memMb: 256, cpuMs: 20_000, wallMs: 0 },
    });
    const check = await client.repl(
      session,
      `import fs from 'fs';
       const bytes = new Uint8Array(16 * 1024 * 1024);
       for (let i = 0; i < bytes.length; i += 4096) bytes[i] = i / 4096;
       await fs.writeFile('large.bin', bytes.subarray(0, 16 * 1024 * 1024));
       const back = await fs.readFile('large.bin', 'buffer');
       [back instanceof Uint8Array, back.length, back.every((byte, i) => byte === bytes[i])]`,
    );
    assert.deepEqual(check.result?.json, [true, 16 * 1024 * 1024, true]);
    bench.write('larger.bin', new Uint8Array(16 * 1024 * 1024 + 1));
    const refused = await client.repl(session, `await fs.readFile('larger.bin', 'buffer')`);
    assert.match(refused.error?.message ?? '', /^EFBIG: larger than 16 MB/);
  });

  it('cost the execution its memory limit, not the session, when an answer does not fit', async () => {
    const { client, bench } = host;
    bench.write('fits-not.bin', new Uint8Array(15 * 1024 * 1024));
    const session = await sessionWith(client, wholeWorktree, { limits: { memMb: 16 } });
    for (const read of [
      `fs.readFileSync('fits-not.bin', 'buffer')`,
      `await fs.readFile('fits-not.bin', 'buffer')`,
    ]) {
      const full = await client.repl(
        session,
        `import fs from 'fs'; globalThis.held = []; for (;;) held.push(${read})`,
      );
      assert.equal(full.error?.code, 'MEMORY_LIMIT_EXCEEDED', read);
      assert.equal((await client.repl(session, `globalThis.held = []; 1 + 1`)).result?.json, 2);
    }
  });
});

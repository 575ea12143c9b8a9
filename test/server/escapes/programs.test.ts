import assert from 'node:assert/strict';
import { chmodSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { addCapability } from '../../../shared/protocol.js';
import { type Grant, sessionWith, wholeWorktree } from '../native/support.js';
import { type Attempt, attempting, usePrison } from './prison.js';

const echo: Grant[] = [
  ['module', 'exec'],
  ['exec', '/bin/echo'],
];
const strict: Grant[] = [
  ['module', 'exec'],
  ['exec', '/bin/echo', { config: { args: ['--safe=*', 'plain'] } }],
];
const environment: Grant[] = [
  ['module', 'exec'],
  ['exec', '/usr/bin/env'],
  ['env', 'LANG'],
];

const running = (calls: string) => `import { run, runAsync, output, outputSync } from 'exec';
  const got = [];
  for (const call of [${calls}]) for (const each of [run, runAsync, outputSync, output])
    try { const answer = await call(each); got.push([String(call), answer.stdout ?? answer]) } catch {}
  got`;

const attempts: readonly Attempt[] = [
  {
    title: 'a program that is not granted, by other spellings of one that is',
    code: running(
      `'echo', './echo', '/bin//echo', '/bin/./echo', '/usr/../bin/echo', '/bin/../bin/echo', '/bin/echo/', '/bin/ECHO', '/bin/echo ', ' /bin/echo', '/bin/echo\\0', '/bin/echo\\n', '/bin/echo x', '"/bin/echo"', '/bin/echo;id', '/bin/{echo,x}', '/bin/ech?', '/proc/self/exe', 'file:///bin/echo', 'node', '', '.', '/', 'bin/echo', '../../../../bin/echo'`.replaceAll(
        /'([^']*)'/g,
        (all) => `(each) => each(${all}, ['x'])`,
      ),
    ),
    ends: /^\[\]$/,
    grants: echo,
  },
  {
    title: 'a program of the worktree that is named like a granted one',
    code: `import fs from 'fs'; fs.writeFileSync('echo', '#!/bin/sh\\necho owned'); fs.mkdirSync('bin'); fs.writeFileSync('bin/echo', '#!/bin/sh\\necho owned');\n${running(
      `(each) => each('echo'), (each) => each('./echo'), (each) => each('bin/echo'), (each) => each('echo', [], { cwd: 'bin' })`,
    )}; got.push(run('/bin/echo', ['fine'], { cwd: 'bin', env: { PATH: '.' }, shell: true, argv0: 'x' }));`,
    ends: /^1$/,
    grants: [...wholeWorktree, ...echo],
  },
  {
    title: 'a shell behind arguments: nothing interprets them',
    code: `import { run } from 'exec'; run('/bin/echo', ['$(id)', '\`id\`', '; id', '| id', '> x', '\\n/bin/id', '$HOME', '*', '~'])`,
    ends: /^'\$\(id\) `id` ; id \| id > x \\n\/bin\/id \$HOME \* ~\\n'$/,
    grants: echo,
  },
  {
    title: 'arguments that a pattern does not let through, by their shape',
    code: running(
      [
        `['--unsafe']`,
        `['--safe']`,
        `['plain', '-x']`,
        `['-x', 'plain']`,
        `['plain\\n-x']`,
        `['x--safe=']`,
        `[' --safe=1']`,
        `['PLAIN']`,
        `['']`,
        `{ length: 1, 0: '-x', map: () => ['-x'] }`,
        `Object.assign(['plain'], { map: () => ['-x'] })`,
        `[{ n: 0, toString() { return this.n++ ? '-x' : 'plainer' } }]`,
        `['plain\\0-x']`,
        `['plain', ['-x']]`,
      ]
        .map((list) => `(each) => each('/bin/echo', ${list})`)
        .join(', '),
    ),
    ends: /^\[\]$/,
    grants: strict,
  },
  {
    title: 'more arguments, longer ones and more input than a program can take',
    code: running(
      `(each) => each('/bin/echo', Array(20000).fill('x')), (each) => each('/bin/echo', ['x'.repeat(200000)]), (each) => each('/bin/echo', Array(9000).fill('x'.repeat(500))), (each) => each('/bin/echo'.padEnd(5000, 'x')), (each) => each('/bin/echo', [], { timeout: -1 }), (each) => each('/bin/echo', [], { timeout: 1e30 }), (each) => each('/bin/echo', [], { timeout: { valueOf: () => 1 } })`,
    ),
    ends: /^\[\]$/,
    grants: echo,
    limits: { memMb: 128, cpuMs: 10_000, wallMs: 20_000 },
  },
  {
    title: 'what the host has open, by the descriptors that a program inherits',
    code: `import { run } from 'exec'; run('/bin/ls', ['-l', '/proc/self/fd'], { input: 'x' }).split('\\n').filter((each) => / -> /.test(each)).map((each) => each.split(' -> ')[1]).filter((each) => !/^(?:pipe|socket):|^\\/proc\\/\\d+\\/fd$|^\\/dev\\/null$|^\\/tmp\\/vm-system-[-0-9a-f]{36} \\(deleted\\)$/.test(each))`,
    ends: /^\[\]$/,
    grants: [
      ['module', 'exec'],
      ['exec', '/bin/ls'],
    ],
  },
  {
    title: 'the host’s environment, by a program and by what its options say',
    code: `import { run } from 'exec'; const seen = run('/usr/bin/env', [], { env: { LD_PRELOAD: '/x.so', PATH: '.', VM_ESCAPE_CANARY: '1' }, environment: {} }); seen.split('\\n').map((each) => each.split('=')[0]).filter((each) => !['PATH', 'LANG', '', 'PWD', 'SHLVL', '_'].includes(each))`,
    ends: /^\[\]$/,
    grants: environment,
  },
  {
    title: 'a variable that is not granted, by every trick on vm:env',
    code: `const { env } = await import('vm:env');
      const names = ['VM_ESCAPE_CANARY', 'vm_escape_canary', 'LANG\\0', 'VM_ESCAPE_CANARY\\0', ' VM_ESCAPE_CANARY', 'PATH', 'HOME', 'NODE_OPTIONS', '__proto__', 'constructor', 'toString'];
      const seen = names.flatMap((name) => [env[name], Reflect.get(env, name, { __proto__: env }), Object.getOwnPropertyDescriptor(env, name)?.get?.call({ name })]);
      const get = Object.getOwnPropertyDescriptor(env, 'LANG')?.get;
      Object.prototype.toJSON = function () { return { name: 'VM_ESCAPE_CANARY' } }; let poisoned; try { poisoned = [get?.(), env.LANG] } catch {} delete Object.prototype.toJSON;
      [...seen, ...(poisoned ?? [])].filter((each) => each !== undefined)`,
    ends: /^\[\]$/,
    grants: [['env', 'LANG']],
  },
  {
    title: 'variables without a grant, by every name that a runtime might have for them',
    code: `const { env } = await import('vm:env'); const execution = await import('vm:execution');
      [Reflect.ownKeys(env), JSON.stringify(execution.env), typeof process].flat().filter((each) => !['{}', 'undefined', undefined].includes(each))`,
    ends: /^\[\]$/,
  },
  {
    title: 'programs that are left behind when their execution is over',
    code: `import { runAsync } from 'exec'; for (let i = 0; i < 20; i++) runAsync('/bin/sh', ['-c', 'sleep 71.173 & sleep 71.173']).catch(() => {}); for (;;);`,
    ends: /^CPU_LIMIT_EXCEEDED/,
    grants: [
      ['module', 'exec'],
      ['exec', '/bin/sh'],
    ],
    limits: { cpuMs: 300 },
  },
];

describe('a way out through programs and the environment', function () {
  this.timeout(60_000);
  const prison = usePrison();
  attempting(prison, attempts);

  it('holds: a grant by a relative name, a pattern or a name with arguments', async () => {
    const { client } = prison;
    const template = await client.template();
    for (const name of [
      'echo',
      './echo',
      'bin/echo',
      '/bin/*',
      '/bin/echo -n',
      '~/echo',
      '',
      '/bin/echo\0',
      '$HOME/echo',
    ]) {
      const grant = { templateId: template.id, kind: 'exec', name, effect: 'allow', enabled: true } as const;
      const outcome = await client.request(addCapability, grant).then(
        () => 'granted',
        () => 'refused',
      );
      // Names with blanks or stars are files of that name, and of no other.
      if (outcome === 'granted') assert.match(name, /^\/bin\/(?:\*|echo -n)$/);
    }
    const session = await client.session({ templateId: template.id });
    const tried = await client.repl(
      session,
      `await import('exec').then(() => 'open', (error) => error.code)`,
    );
    assert.equal(tried.result?.json, 'MODULE_NOT_ALLOWED');
    prison.attempts++;
  });

  it('holds: a granted link that is pointed at another program while the session lives', async () => {
    const { client, bench } = prison;
    const link = path.join(bench.worktree, 'tool');
    symlinkSync('/bin/echo', link);
    const owned = bench.write('owned', '#!/bin/sh\necho owned');
    chmodSync(owned, 0o755);
    const session = await sessionWith(client, [...wholeWorktree, ['module', 'exec'], ['exec', link]]);
    const execution = await client.repl(
      session,
      `import fs from 'fs'; import { run } from 'exec'; fs.rmSync('tool'); fs.renameSync('owned', 'tool'); run(${JSON.stringify(link)}, ['fine'])`,
    );
    assert.equal(execution.result?.json, 'fine\n', execution.error?.message);
    await prison.nothingGotOut(execution);
    prison.attempts++;
  });
});

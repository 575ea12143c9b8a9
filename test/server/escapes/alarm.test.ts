import assert from 'node:assert/strict';
import type { Grant } from '../native/support.js';
import { usePrison } from './prison.js';

describe('whoever looks for escapes', () => {
  const prison = usePrison();
  const programs: Grant[] = [
    ['module', 'exec'],
    ['exec', '/bin/sh'],
  ];
  const signs: readonly (readonly [
    sign: string,
    code: () => string,
    grants: () => readonly Grant[],
    alarm: RegExp,
  ])[] = [
    [
      'a secret that is told',
      () => `(await import('vm:env')).env.VM_ESCAPE_CANARY`,
      () => [['env', 'VM_ESCAPE_CANARY']],
      /it was told/,
    ],
    [
      'a program that goes on',
      () =>
        `import { runAsync } from 'exec'; void runAsync('/bin/sh', ['-c', 'sleep 72.173']).catch(() => {}); await new Promise((resolve) => setTimeout(resolve, 100))`,
      () => programs,
      /no child process/,
    ],
    [
      'a visit to the server',
      () => `import { fetch } from 'fetch'; (await fetch('http://localhost:${prison.port}/')).status`,
      () => [
        ['module', 'fetch'],
        ['net', `localhost:${prison.port}`],
      ],
      /the server heard/,
    ],
    [
      'a change outside',
      () => `import { run } from 'exec'; run('/bin/sh', ['-c', 'echo >> ${prison.secretFile}'])`,
      () => programs,
      /the folder outside/,
    ],
  ];
  for (const [sign, code, grants, alarm] of signs) {
    it(`notices ${sign}, where it is granted`, async () => {
      const attempt = { title: sign, code: code(), grants: grants(), ends: /./ };
      await assert.rejects(prison.withstands(attempt), alarm);
    });
  }
});

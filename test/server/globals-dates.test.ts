import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createTemplate, updateTemplate } from '../../shared/protocol.js';
import { useHost } from '../support/use-host.js';

/** An expression: dates around each change of the clocks, made and changed in every way. */
const program = readFileSync(new URL('../fixtures/guest/dates.js', import.meta.url), 'utf8');

/** The same in Node, started in that zone. */
function inNode(zone: string): string[] {
  const { stdout } = spawnSync(
    process.execPath,
    ['-e', `console.log(JSON.stringify((${program}\n)().map(String)))`],
    {
      env: { ...process.env, TZ: zone },
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  return JSON.parse(stdout) as string[];
}

describe("a session's local time", () => {
  const host = useHost();

  for (const zone of ['America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kolkata', 'UTC']) {
    it(`is that of ${zone}, as in Node, also around each change of the clocks`, async () => {
      const { client } = host;
      const { id: templateId } = await client.template({
        settings: { runtime: { timezone: zone }, limits: { cpuMs: 0, wallMs: 0, maxOutputKb: 0 } },
      });
      const session = await client.session({ templateId });
      const expected = inNode(zone);
      const count = 100;
      await client.repl(session, `var found = (${program}\n)().map(String)`);
      const ours: string[] = [];
      for (let at = 0; at < expected.length; at += count) {
        const { result } = await client.repl(session, `JSON.stringify(found.slice(${at}, ${at + count}))`);
        ours.push(...(JSON.parse(result?.json as string) as string[]));
      }
      assert.ok(expected.length > 1000);
      assert.deepEqual(ours, expected);
    });
  }

  it('is the host’s when the template says so', async () => {
    const { client } = host;
    const session = await client.session();
    const { result } = await client.repl(session, 'new Date(2024, 6, 1).getTime()');
    assert.equal(result?.json, new Date(2024, 6, 1).getTime());
  });

  it('is refused where there is no such zone, at create and at update', async () => {
    const { client } = host;
    const runtime = { timezone: 'Mars/Olympus' };
    const created = await client.refusal(createTemplate.method, { name: 'mars', settings: { runtime } });
    assert.equal(created.code, 'VALIDATION_ERROR');
    assert.match(created.message, /"host" or the name of an IANA time zone/);
    const { id: templateId } = await client.template();
    const updated = await client.refusal(updateTemplate.method, { templateId, settings: { runtime } });
    assert.equal(updated.code, 'VALIDATION_ERROR');
  });
});

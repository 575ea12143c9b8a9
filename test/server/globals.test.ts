import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Session } from '../../shared/models.js';
import { addModule, runFile } from '../../shared/protocol.js';
import type { TestClient } from '../support/client.js';
import { globalNames } from '../support/global-names.js';
import { useHost } from '../support/use-host.js';

const { language, web, session, granted, perRun } = globalNames;
const everywhere = [...language, ...web, ...session].sort();

const json = async (client: TestClient, { id }: Pick<Session, 'id'>, input: string): Promise<unknown> => {
  const { result, error } = await client.repl({ id }, `JSON.stringify(${input})`);
  assert.equal(error, undefined);
  return JSON.parse(result?.json as string) as unknown;
};

/** They come with the first value and the first error. */
const lastOnes = ['_', '_error'];

/** Names of all globals but the language's `Symbol.toStringTag`. */
const names = 'Object.getOwnPropertyNames(globalThis).sort()';

describe("a session's globals", () => {
  const host = useHost();

  it('are the documented ones, before and after cells ran', async () => {
    const { client } = host;
    const opened = await client.session();
    const first = (await json(client, opened, names)) as string[];
    assert.deepEqual([...new Set([...first, ...lastOnes])].sort(), everywhere);
    await client.repl(opened, 'console.log(new URL("http://x"), await 1)');
    await client.repl(opened, 'throw new Error("x")');
    assert.deepEqual(await json(client, opened, names), everywhere);
  });

  it('have no console where the template says so', async () => {
    const { client } = host;
    const { id: templateId } = await client.template({ settings: { runtime: { console: false } } });
    const opened = await client.session({ templateId });
    assert.deepEqual(
      ((await json(client, opened, names)) as string[]).filter((name) => !lastOnes.includes(name)),
      everywhere.filter((name) => name !== 'console' && !lastOnes.includes(name)),
    );
  });

  it('hold the arguments of a file while it runs, and no longer', async () => {
    const { client, bench } = host;
    bench.write('args.js', `JSON.stringify(${names})`);
    const opened = await client.session();
    const { result } = await client.request(runFile, {
      sessionId: opened.id,
      path: 'args.js',
      args: { a: 1 },
    });
    const during = JSON.parse(result?.json as string) as string[];
    assert.deepEqual([...new Set([...during, ...lastOnes])].sort(), [...everywhere, ...perRun].sort());
    const after = (await json(client, opened, names)) as string[];
    assert.deepEqual(
      after.filter((name) => perRun.includes(name)),
      [],
    );
  });

  it('are each in the documentation, and nothing else is', () => {
    const page = readFileSync(new URL('../../docs/guest.md', import.meta.url), 'utf8');
    const section = /## Globals\n([\s\S]*?)\n## /.exec(page)?.[1] ?? '';
    const listed = [...section.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    );
    assert.deepEqual(listed.sort(), [...web, ...session, ...granted, ...perRun].sort());
  });

  it('look like built-in ones', async () => {
    const { client } = host;
    const opened = await client.session();
    const ours = JSON.stringify([...web, ...session.filter((name) => !name.startsWith('_'))]);
    const odd = await json(
      client,
      opened,
      `${ours}.filter((name) => {
        const { writable, enumerable, configurable, value } = Object.getOwnPropertyDescriptor(globalThis, name);
        if (!writable || enumerable || !configurable) return true;
        if (typeof value !== 'function') return value[Symbol.toStringTag] === undefined;
        if (value.name !== name) return true;
        const isClass = /^[A-Z]/.test(name);
        if (!isClass) return 'prototype' in value;
        const tag = Object.getOwnPropertyDescriptor(value.prototype, Symbol.toStringTag);
        return tag.value !== name || tag.writable || tag.enumerable || !tag.configurable;
      })`,
    );
    assert.deepEqual(odd, []);
    assert.deepEqual(
      await json(
        client,
        opened,
        '[URL.length, TextDecoder.length, Event.length, AbortSignal.length, structuredClone.length, atob.length]',
      ),
      [1, 0, 1, 0, 1, 1],
    );
  });

  it('include shared buffers, which do not grow', async () => {
    const { client } = host;
    const { result } = await client.repl(
      await client.session(),
      'const shared = new SharedArrayBuffer(8, { maxByteLength: 1 << 16 }); [shared.byteLength, typeof shared.grow]',
    );
    assert.deepEqual(result?.json, [8, 'undefined']);
  });

  it('preview what they hold, without running guest code', async () => {
    const { client } = host;
    const opened = await client.session();
    await client.repl(
      opened,
      `var counter = 0;
      for (const { prototype } of [URL, URLSearchParams, AbortSignal, Event, TextDecoder, DOMException]) {
        for (const key of Reflect.ownKeys(prototype)) {
          if (key !== 'constructor') Object.defineProperty(prototype, key, { get() { counter++; return 'hacked'; } });
        }
      }`,
    );
    const previews: readonly (readonly [input: string, preview: RegExp])[] = [
      [
        'new URL("https://u@example.com/a?b=c#d")',
        /^URL \{[\s\S]*href: 'https:\/\/u@example.com\/a\?b=c#d'[\s\S]*searchParams: URLSearchParams \{ b: 'c' \}/,
      ],
      ['new URLSearchParams("a=1&a=2")', /^URLSearchParams \{ a: '1', a: '2' \}$/],
      ['new AbortController()', /^AbortController \{ signal: AbortSignal \{ aborted: false \} \}$/],
      ['AbortSignal.abort(7)', /^AbortSignal \{ aborted: true, reason: 7 \}$/],
      ['new DOMException("gone", "AbortError")', /^DOMException \[AbortError\]: gone/],
      ['new TextDecoder()', /^TextDecoder \{ encoding: 'utf-8', fatal: false, ignoreBOM: false \}$/],
    ];
    for (const [input, preview] of previews) {
      const { result } = await client.repl(opened, input);
      assert.match(result?.preview ?? '', preview);
      assert.equal(result?.json, undefined, `${input} is no plain JSON`);
    }
    assert.equal(await json(client, opened, 'counter'), 0);
  });

  it('keep working, and never break the kernel, when every prototype is polluted', async () => {
    const { client } = host;
    const opened = await client.session();
    await client.repl(
      opened,
      `const keep = { defineProperty: Object.defineProperty, ownKeys: Reflect.ownKeys };
      const poison = () => { throw new Error('poisoned'); };
      for (const prototype of [Array, String, Map, Set, Function, RegExp, Date, Uint8Array, Promise].map((each) => each.prototype)) {
        for (const key of keep.ownKeys(prototype)) {
          if (key === 'constructor') continue;
          try { keep.defineProperty(prototype, key, { get: poison, set: poison, configurable: true }); } catch {}
        }
      }
      for (const key of ['get', 'set', 'value', 'stream', 'once', 'transfer', '0', 'toJSON']) {
        keep.defineProperty(Object.prototype, key, { get: poison, set: poison, configurable: true });
      }
      JSON = Object = Reflect = Symbol = undefined;`,
    );
    const works: readonly (readonly [input: string, preview: string])[] = [
      ['new URL("/a?b", "http://x").href', "'http://x/a?b'"],
      ['new URLSearchParams("a=1&b=2").get("b")', "'2'"],
      ['atob("YQ==") + btoa("a")', "'aYQ=='"],
      ['new TextDecoder().decode(new TextEncoder().encode("ä€"))', "'ä€'"],
      ['structuredClone({ a: { b: "c" } })', "{ a: { b: 'c' } }"],
      ['new Date(2024, 1, 3).getDate()', '3'],
      [
        'typeof Math.random() + typeof crypto.randomUUID() + typeof performance.now()',
        "'numberstringnumber'",
      ],
      ['new AbortController().signal.aborted', 'false'],
    ];
    for (const [input, preview] of works) {
      const { result, error } = await client.repl(opened, input);
      assert.equal(result?.preview, preview, `${input}: ${error?.stack ?? ''}`);
    }
  });

  it('can be stopped in the middle of long work', async () => {
    const { client } = host;
    const { id: templateId } = await client.template({ settings: { limits: { cpuMs: 300, memMb: 512 } } });
    const opened = await client.session({ templateId });
    const begun = performance.now();
    const { status } = await client.repl(
      opened,
      'const long = "x".repeat(4_000_000); for (;;) new TextDecoder().decode(new TextEncoder().encode(long))',
    );
    assert.equal(status, 'timeout');
    assert.ok(performance.now() - begun < 2000);
    assert.equal(
      (await client.repl(opened, 'long.length')).result?.preview,
      '4000000',
      'the session is kept',
    );
  });

  it('of one session are not those of another', async () => {
    const { client } = host;
    const { id: templateId } = await client.template();
    await client.request(addModule, { templateId, name: 'fetch' });
    const [one, other] = [await client.session({ templateId }), await client.session({ templateId })];
    await client.repl(one, 'URL.prototype.mine = 1; globalThis.atob = 5; Math.random = () => 7');
    assert.deepEqual(
      await json(client, other, '[typeof URL.prototype.mine, typeof atob, Math.random() < 1]'),
      ['undefined', 'function', true],
    );
    assert.ok(granted.every((name) => !everywhere.includes(name)));
  });
});

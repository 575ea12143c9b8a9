/** `vm/sessions/variables`: what a session holds, without running any of its code. */
import assert from 'node:assert/strict';
import {
  listExecutions,
  listVariables,
  type PathSegment,
  setTrust,
  type Variable,
} from '../../shared/protocol.js';
import type { Session } from '../../shared/models.js';
import { useHost, Workbench } from '../support/use-host.js';

describe('the variables of a session', () => {
  const host = useHost();

  /** A session in which this cell has run. */
  async function sessionWith(cell: string): Promise<Session> {
    const session = await host.client.session();
    const { status, error } = await host.client.repl(session, cell);
    assert.equal(status, 'ok', error?.message);
    return session;
  }

  async function list(
    session: Session,
    path: PathSegment[] = [],
    rest: { filter?: string; limit?: number } = {},
  ) {
    const { items } = await host.client.request(listVariables, { sessionId: session.id, path, ...rest });
    return items;
  }

  const lines = (items: readonly Variable[]): string[] =>
    items.map(({ kind, name, value }) => `${kind} ${name} = ${value.preview}`);

  async function refusal(session: Session, params: object) {
    return host.client.refusal('vm/sessions/variables', { sessionId: session.id, ...params });
  }

  it('are its own bindings by name, each with the word that declared it', async () => {
    host.bench.write('one.js', 'export const one = 1');
    const session = await sessionWith(`
      const answer = 42; let text = 'hi'; var list = [1, 2];
      function greet() {} class Point { constructor() { this.x = 1 } }
      import { one } from './one.js';
      globalThis.free = new Point();
      for (var i = 0; i < 3; i++) {}
      const { a, ...others } = { a: 1, b: 2 };
      { let inside = 1 }`);
    assert.deepEqual(lines(await list(session)), [
      'class Point = [class Point]',
      'const a = 1',
      'const answer = 42',
      'global free = Point { x: 1 }',
      'function greet = [Function: greet]',
      'var i = 3',
      'var list = [ 1, 2 ]',
      'import one = 1',
      'const others = { b: 2 }',
      "let text = 'hi'",
    ]);
  });

  it('are none in a fresh session', async () => {
    assert.deepEqual(await list(await host.client.session()), []);
  });

  it('follow what later cells declare, assign and delete', async () => {
    const session = await sessionWith('let a = 1; globalThis.b = 2');
    await host.client.repl(session, 'const a = "again"; delete globalThis.b');
    assert.deepEqual(lines(await list(session)), ["const a = 'again'"]);
  });

  it('show a built-in that code has replaced, and no other', async () => {
    const session = await sessionWith('globalThis.parseInt = () => 7');
    assert.deepEqual(
      (await list(session)).map(({ name }) => name),
      ['parseInt'],
    );
  });

  it('tell what a library defined', async () => {
    const { client } = host;
    const template = await client.template();
    await client.connection.sendRequest('vm/templates/addLibrary', {
      templateId: template.id,
      name: 'dayjs',
    });
    const session = await client.session({ templateId: template.id });
    await client.repl(session, 'const mine = 1');
    assert.deepEqual(
      (await list(session)).map(({ name, library }) => [name, library ?? false]),
      [
        ['dayjs', true],
        ['mine', false],
      ],
    );
  });

  it('leave the last value as it is, and are no execution', async () => {
    const session = await sessionWith('"kept"');
    const before = await host.client.request(listVariables, { sessionId: session.id });
    assert.deepEqual(before.items, []);
    assert.equal((await host.client.repl(session, '_')).result?.json, 'kept');
    const { items } = await host.client.request(listExecutions, { sessionId: session.id });
    assert.equal(items.length, 2);
  });

  it('can be looked into step by step', async () => {
    const session = await sessionWith(`
      const secret = Symbol('secret');
      const root = { list: [1, , { deep: true }], get lazy() { throw new Error('ran') }, [secret]: { s: 1 },
        map: new Map([['a', 1], [{ k: 1 }, new Set(['x'])]]), done: Promise.resolve({ p: 1 }), boxed: new String('ab') };
      Object.defineProperty(root, 'quiet', { value: 1 })`);
    const root = await list(session, ['root']);
    assert.deepEqual(
      root.map(({ name, kind, expandable, hidden }) => [name, kind, expandable, hidden ?? false]),
      [
        ['list', 'property', true, false],
        ['lazy', 'accessor', false, false],
        ['map', 'property', true, false],
        ['done', 'property', true, false],
        ['boxed', 'property', true, false],
        ['quiet', 'property', false, true],
        ['Symbol(secret)', 'property', true, false],
        ['[[Prototype]]', 'internal', true, false],
      ],
    );
    const symbol = root.find(({ name }) => name === 'Symbol(secret)');
    const shownAt = async (...path: PathSegment[]) => lines(await list(session, path)).slice(0, -1);
    assert.deepEqual(await shownAt('root', symbol?.segment ?? ''), ['property s = 1']);
    assert.deepEqual(await shownAt('root', 'list'), [
      'element 0 = 1',
      'element 2 = { deep: true }',
      'property length = 3',
    ]);
    assert.deepEqual(await shownAt('root', 'list', '2'), ['property deep = true']);
    assert.deepEqual(await shownAt('root', 'map'), ["entry 'a' = 1", "entry { k: 1 } = Set(1) { 'x' }"]);
    assert.deepEqual(await shownAt('root', 'map', { key: 1 }), ['property k = 1']);
    assert.deepEqual(await shownAt('root', 'map', { entry: 1 }), ["entry 0 = 'x'"]);
    assert.deepEqual(await shownAt('root', 'done', { slot: 'result' }), ['property p = 1']);
    assert.deepEqual(await shownAt('root', 'boxed'), [
      "element 0 = 'a'",
      "element 1 = 'b'",
      'property length = 2',
      "internal [[Value]] = 'ab'",
    ]);
    const sizes = Object.fromEntries(root.map(({ name, length, size }) => [name, length ?? size]));
    assert.deepEqual([sizes['list'], sizes['map']], [3, 2]);
  });

  it('give prototypes, and the target of a proxy in its place', async () => {
    const session = await sessionWith(`
      let ran = 0;
      class Base { greet() {} } class Derived extends Base {}
      const made = new Derived();
      const proxy = new Proxy({ inner: { x: 1 } }, new Proxy({}, { get: () => () => { ran++ } }))`);
    const names = (items: readonly Variable[]) => items.map(({ name }) => name);
    const prototype = { slot: 'prototype' } as const;
    assert.deepEqual(names(await list(session, ['made', prototype, prototype])), [
      'constructor',
      'greet',
      '[[Prototype]]',
    ]);
    assert.deepEqual(names(await list(session, ['proxy'])), ['inner', '[[Prototype]]']);
    assert.deepEqual(names(await list(session, ['proxy', 'inner'])), ['x', '[[Prototype]]']);
    assert.equal((await host.client.repl(session, 'ran')).result?.json, 0);
  });

  it('are filtered by a part of their name, in any case', async () => {
    const session = await sessionWith('const userName = 1, USERS = 2, other = { userId: 3, x: 4 }');
    assert.deepEqual(lines(await list(session, [], { filter: 'user' })), [
      'const USERS = 2',
      'const userName = 1',
    ]);
    assert.deepEqual(lines(await list(session, ['other'], { filter: 'ID' })), ['property userId = 3']);
  });

  it('come in pages, which a new variable does not shift', async () => {
    const session = await sessionWith('const b = 1, c = 2, d = 3');
    const first = await host.client.request(listVariables, { sessionId: session.id, limit: 2 });
    assert.deepEqual(lines(first.items), ['const b = 1', 'const c = 2']);
    await host.client.repl(session, 'const a = 0');
    const { nextCursor } = first;
    assert.ok(nextCursor !== undefined);
    const second = await host.client.request(listVariables, {
      sessionId: session.id,
      limit: 2,
      cursor: nextCursor,
    });
    assert.deepEqual(lines(second.items), ['const d = 3']);
    assert.equal(second.nextCursor, undefined);
  });

  it('of any size are paged through without an item lost or doubled', async () => {
    const session = await sessionWith(`
      const mixed = Object.assign(Array.from({ length: 25 }, (_, i) => i), { extra: 1, [Symbol('s')]: 2 });
      const map = new Map(Array.from({ length: 25 }, (_, i) => [i, i]))`);
    for (const [name, count] of [
      ['mixed', 25 + 1 + 1 + 1 + 1],
      ['map', 25 + 1],
    ] as const) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await host.client.request(listVariables, {
          sessionId: session.id,
          path: [name],
          limit: 4,
          cursor,
        });
        assert.ok(page.items.length <= 4 && page.items.length > 0);
        seen.push(...page.items.map((item) => JSON.stringify(item.segment)));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      assert.equal(seen.length, count);
      assert.equal(new Set(seen).size, count);
    }
  });

  it('of millions of entries answer as fast as others', async () => {
    const session = await sessionWith(`
      const keys = {}; for (let i = 0; i < 1_000_000; i++) keys['k' + i] = i;
      const elements = []; for (let i = 0; i < 3_000_000; i++) elements[i] = i;
      const sparse = []; sparse[4_000_000_000] = 1;
      const text = 'x'.repeat(50_000_000);
      let chain = {}; for (let i = 0; i < 10_000; i++) chain = Object.create(chain)`);
    const startedAt = performance.now();
    const all = await list(session);
    assert.deepEqual(
      all.map(({ name, length }) => [name, length]),
      [
        ['chain', undefined],
        ['elements', 3_000_000],
        ['keys', undefined],
        ['sparse', 4_000_000_001],
        ['text', 50_000_000],
      ],
    );
    assert.ok(JSON.stringify(all).length < 20_000);
    assert.equal((await list(session, ['keys'], { limit: 10 })).length, 10);
    assert.equal((await list(session, ['elements'], { limit: 10 })).length, 10);
    assert.deepEqual(lines(await list(session, ['sparse'])).slice(0, 1), ['element 4000000000 = 1']);
    assert.deepEqual(lines(await list(session, ['chain'])), ['internal [[Prototype]] = {}']);
    // Five answers, of which three make a list of a million keys.
    assert.ok(performance.now() - startedAt < 3000, `${performance.now() - startedAt} ms`);
  });

  it('refuse a path that leads nowhere, or only guest code could follow', async () => {
    const session = await sessionWith('const o = { n: 1, get g() { return {} } }');
    for (const path of [
      ['gone'],
      ['o', 'gone'],
      ['o', 'n'],
      ['o', 'g'],
      ['o', { entry: 0 }],
      ['o', { symbol: 0 }],
    ]) {
      const { code, details, message } = await refusal(session, { path });
      assert.equal(code, 'VALIDATION_ERROR');
      assert.equal(details?.['field'], 'path');
      assert.match(message, /list the variables again\.$/);
    }
  });

  it('refuse a cursor of another list', async () => {
    const session = await sessionWith('1');
    for (const cursor of ['made up', Buffer.from('["global",-1]').toString('base64url')]) {
      assert.equal((await refusal(session, { cursor })).details?.['field'], 'cursor');
    }
  });

  it('wait for nothing: a busy session says what it runs', async () => {
    const { client } = host;
    const session = await client.session();
    const running = client.repl(session, 'await new Promise((resolve) => setTimeout(resolve, 60_000))');
    const heard = await client.hears(
      (each) => each.what === 'execution' && each.execution.sessionId === session.id,
    );
    const { code, details } = await refusal(session, {});
    assert.equal(code, 'SESSION_BUSY');
    assert.equal(details?.['executionId'], heard.what === 'execution' && heard.execution.id);
    await client.connection.sendRequest('vm/sessions/interrupt', { sessionId: session.id });
    await running;
    assert.deepEqual(await list(session), []);
  });

  it('are given up when background work does not let go of the session', async () => {
    const { client } = host;
    const session = await sessionWith('const kept = 1; setTimeout(() => { console.log("on"); for (;;); })');
    await client.hears(({ what, ...heard }) => what === 'events' && JSON.stringify(heard).includes('"on"'));
    const { code, details } = await refusal(session, {});
    assert.equal(code, 'SESSION_BUSY');
    assert.equal(details?.['executionId'], undefined);
    await client.connection.sendRequest('vm/sessions/close', { sessionId: session.id });
  });

  it('of a closed session are not there', async () => {
    const session = await host.client.session();
    await host.client.connection.sendRequest('vm/sessions/close', { sessionId: session.id });
    assert.equal((await refusal(session, {})).code, 'SESSION_NOT_READY');
  });

  it('can be read without trust, as no guest code runs', async () => {
    const bench = new Workbench();
    try {
      const { client } = await bench.start({ trusted: true });
      const session = await client.session();
      await client.repl(session, 'const kept = 1');
      await client.connection.sendNotification(setTrust.method, { trusted: false });
      const { items } = await client.request(listVariables, { sessionId: session.id });
      assert.deepEqual(lines(items), ['const kept = 1']);
    } finally {
      await bench.dispose();
    }
  });
});

/** `vm/sessions/complete`: what may be typed, from a cell's text and what its session holds. */
import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import type { Session } from '../../shared/models.js';
import { complete, type CompletionItem, type Completions } from '../../shared/protocol.js';
import { useHost } from '../support/use-host.js';

describe('completions', () => {
  const host = useHost();
  let session: Session;

  before(async () => {
    const { bench, client } = host;
    bench.write('src/util.js', 'export const one = 1; export function two() {}; export * from "./more.js"');
    bench.write('src/more.js', 'export class Three {}; const four = 4; export { four as "4th", four }');
    bench.write('src/types.ts', 'export const typed: number = 1');
    bench.write('src/notes.txt', '');
    bench.write('data.json', '{}');
    bench.write('node_modules/left/package.json', '{ "name": "left" }');
    bench.write('node_modules/@scope/right/package.json', '{ "name": "@scope/right" }');
    const template = await client.template();
    await client.connection.sendRequest('vm/templates/addLibrary', {
      templateId: template.id,
      name: 'dayjs',
    });
    await client.connection.sendRequest('vm/templates/addModule', { templateId: template.id, name: 'fs' });
    session = await client.session({ templateId: template.id });
    const { status, error } = await client.repl(
      session,
      `let ran = 0;
       const user = { name: 'Ada', address: { city: 'London', 'post-code': 'N1' }, get lazy() { ran++; return {} } };
       class Person { greet() {} get age() { ran++; return 1 } static of() {} }
       const ada = new Person();
       var list = [1, 2];
       function usable() { ran++; return user }
       const text = 'abc', count = 5;
       const proxy = new Proxy({ seen: 1 }, { ownKeys() { ran++; return [] }, get() { ran++ } });
       import * as util from './src/util.js';`,
    );
    assert.equal(status, 'ok', error?.message);
  });

  /** Completes where `|` stands. */
  async function at(marked: string, sourceUri?: string): Promise<Completions & { text: string }> {
    const offset = marked.indexOf('|');
    const text = marked.replace('|', '');
    const answer = await host.client.request(complete, { sessionId: session.id, text, offset, sourceUri });
    return { ...answer, text };
  }
  const labels = async (marked: string, sourceUri?: string): Promise<string[]> =>
    (await at(marked, sourceUri)).items.map(({ label }) => label);
  async function item(marked: string, label: string): Promise<CompletionItem> {
    const found = (await at(marked)).items.find((each) => each.label === label);
    assert.ok(found, `${label} at ${marked}`);
    return found;
  }
  /** The text with an item put in. */
  async function accepted(marked: string, label: string): Promise<string> {
    const { items, replace: common, text } = await at(marked);
    const { insertText = label, replace = common } = items.find((each) => each.label === label) ?? {};
    return text.slice(0, replace.start) + insertText + text.slice(replace.end);
  }

  it('are the names of the session before those of the language', async () => {
    assert.deepEqual((await labels('us|')).slice(0, 2), ['usable', 'user']);
    assert.deepEqual(await item('us|', 'user').then(({ kind, detail }) => [kind, detail]), [
      'constant',
      "{ name: 'Ada', address: [Object], lazy: [Getter] }",
    ]);
    assert.equal((await item('us|', 'usable')).kind, 'function');
    assert.equal((await item('Per|', 'Person')).kind, 'class');
    const all = await labels('|');
    assert.ok(all.indexOf('user') < all.indexOf('dayjs'), 'the session’s before a library’s');
    assert.ok(all.indexOf('dayjs') < all.indexOf('Array'), 'a library’s before built-in ones');
    assert.ok(all.indexOf('Array') < all.indexOf('hasOwnProperty'), 'inherited ones last');
  });

  it('match in any case', async () => {
    assert.ok((await labels('ARR|')).includes('Array'));
    assert.deepEqual(await labels('user.NA|'), ['name']);
  });

  it('include keywords once something is typed', async () => {
    assert.equal((await item('fun|', 'function')).kind, 'keyword');
    assert.ok(!(await labels('|')).includes('function'));
  });

  const members: [marked: string, first: string[]][] = [
    ['user.|', ['address', 'lazy', 'name']],
    ['user.address.c|', ['city']],
    ['user?.address?.|', ['city', 'post-code']],
    ['user["address"].|', ['city', 'post-code']],
    ['user?.["address"].|', ['city', 'post-code']],
    ['(user).na|', ['name']],
    ['if (list.length > 0) { user.na|', ['name']],
    ['usable(user.na|', ['name']],
    ['`${user.na|', ['name']],
    ['const b = list.map((x) => user.na|', ['name']],
    ['a / user.na|', ['name']],
    ['await user.na|', ['name']],
    ['user\n  .na|', ['name']],
    ['ada.|', ['age', 'constructor', 'greet']],
    ['new Person().|', ['age', 'constructor', 'greet']],
    ['Person.o|', ['of']],
    ['list.fi|', ['fill', 'filter', 'find', 'findIndex', 'findLast', 'findLastIndex']],
    ['[1].fla|', ['flat', 'flatMap']],
    ['"a".trimS|', ['trimStart']],
    ['`a`.trimS|', ['trimStart']],
    ['text.trimS|', ['trimStart']],
    ['text.length.toF|', ['toFixed']],
    ['count.toF|', ['toFixed']],
    ['5..toF|', ['toFixed']],
    ['5n.toS|', ['toString']],
    ['/a/g.te|', ['test']],
    ['(() => 1).bi|', ['bind']],
    ['this.us|', ['usable', 'user']],
    ['globalThis.us|', ['usable', 'user']],
    ['util.|', ['4th', 'Three', 'four', 'one', 'two']],
    ['proxy.|', ['seen']],
    ['const point = { x: 1, move() {} }; point.|', ['move', 'x']],
    ['const deep = { a: { b: 1 } }; deep.a.|', ['b']],
    ['const mine = user.address; mine.c|', ['city']],
    ['const rows = []; rows.fla|', ['flat', 'flatMap']],
    ['import * as ns from "./src/util.js"; ns.|', ['Three', 'four', 'one', 'two']],
  ];
  for (const [marked, first] of members) {
    it(`are members at ${JSON.stringify(marked)}`, async () => {
      assert.deepEqual((await labels(marked)).slice(0, first.length), first);
    });
  }

  const nothing: [why: string, marked: string][] = [
    ['a comment', '// user.|'],
    ['a block comment', '/* user.|'],
    ['a string', '"user.|'],
    ['a template’s text', '`user.|'],
    ['a regular expression', 'x = /user.|'],
    ['a call’s result', 'usable().|'],
    ['a getter’s result', 'user.lazy.|'],
    ['what does not exist', 'user.nope.|'],
    ['undefined', 'nowhere.|'],
    ['a parameter', 'function f(user) { user.|'],
    ['a method’s this', 'class A { m() { this.|'],
    ['a number', '5|'],
    ['a new name', 'const us|'],
    ['a private name', 'user.#na|'],
  ];
  for (const [why, marked] of nothing) {
    it(`are none for ${why}`, async () => {
      assert.deepEqual(await labels(marked), []);
    });
  }

  it('are the names of the unfinished cell, the nearest first', async () => {
    const marked = `const alpha1 = 1; function alpha2(alpha3, { alpha4, k: [alpha5] }) {
      for (const alpha6 of []) { try { { let hidden } } catch (alpha7) { var alpha8; class alpha9 {} alpha|`;
    const names = await labels(marked);
    assert.deepEqual(
      [...names].sort(),
      Array.from({ length: 9 }, (_, i) => `alpha${i + 1}`),
    );
    assert.equal(names[0], 'alpha9');
    assert.deepEqual(names.slice(-2), ['alpha1', 'alpha2']);
    assert.ok(!(await labels(marked.replace('alpha|', 'hid|'))).includes('hidden'));
  });

  it('show what can be constructed after new', async () => {
    const names = await labels('new |');
    assert.ok(names.includes('Person') && names.includes('Map'));
    assert.ok(!names.includes('user') && !names.includes('list'));
  });

  it('write a key that is no identifier in brackets', async () => {
    assert.equal(await accepted('user.address.post|', 'post-code'), 'user.address["post-code"]');
    assert.equal(await accepted('user.address?.post|', 'post-code'), 'user.address?.["post-code"]');
    assert.equal(await accepted("user.address['po|", 'post-code'), "user.address['post-code");
    assert.equal(await accepted('user.address.ci|', 'city'), 'user.address.city');
  });

  it('are the modules that can be imported', async () => {
    for (const marked of ['import x from "|', "import('|", 'require("|', 'export * from "|"', 'import "|']) {
      const names = await labels(marked);
      for (const name of ['fs', 'fs/promises', 'dayjs', 'vm:execution', 'left', '@scope/', './']) {
        assert.ok(names.includes(name), `${name} at ${marked}`);
      }
      assert.ok(!names.includes('exec') && !names.includes('lodash'), marked);
    }
    assert.deepEqual(await labels('import "@scope/|'), ['right']);
    assert.deepEqual(await labels('import "fs/|'), ['promises']);
  });

  it('are the files and folders of the worktree', async () => {
    assert.deepEqual(await labels('import "./|'), ['data.json', 'node_modules/', 'src/']);
    assert.deepEqual(await labels('import "./src/|'), ['more.js', 'types.ts', 'util.js']);
    assert.deepEqual(await labels('import "/src/u|'), ['util.js']);
    assert.equal(await accepted('import x from "./src/ut|"', 'util.js'), 'import x from "./src/util.js"');
    const inSource = pathToFileURL(`${host.bench.worktree}/src/notebook.repl.js`).href;
    assert.deepEqual(await labels('import "./|', inSource), ['more.js', 'types.ts', 'util.js']);
    assert.deepEqual(await labels('import "../d|', inSource), ['data.json']);
  });

  it('lead nowhere out of the worktree', async () => {
    for (const marked of ['import "../|', 'import "../../|', 'import "/../|', 'import "./src/../../|']) {
      assert.deepEqual(await labels(marked), [], marked);
    }
  });

  it('are what a module exports', async () => {
    assert.deepEqual(await labels('import { | } from "./src/util.js"'), ['Three', 'four', 'one', 'two']);
    assert.deepEqual(await labels('import { one, t| } from "./src/util.js"'), ['Three', 'two']);
    assert.deepEqual(await labels('import { | } from "./src/types.ts"'), ['typed']);
    assert.ok((await labels('import { read| } from "fs"')).includes('readFileSync'));
    assert.deepEqual(await labels('import { | } from "./missing.js"'), []);
  });

  it('of a huge object come in part, and say so', async () => {
    const large = await host.client.session();
    await host.client.repl(large, 'const big = {}; for (let i = 0; i < 1_000_000; i++) big["key" + i] = i');
    const startedAt = performance.now();
    const { items, isIncomplete } = await host.client.request(complete, {
      sessionId: large.id,
      text: 'big.',
      offset: 4,
    });
    assert.equal(items.length, 500);
    assert.equal(isIncomplete, true);
    assert.ok(performance.now() - startedAt < 1000);
  });

  it('cope with text that makes no sense', async () => {
    for (const text of [
      '((((',
      '}}}}.',
      '@@ # user.',
      '`${`${`',
      '\u0000.',
      'a = "x\nuser.',
      '['.repeat(50_000),
      '\ud800.',
    ]) {
      await host.client.request(complete, { sessionId: session.id, text, offset: text.length });
    }
    assert.deepEqual(await labels('@decorated x = 1; user.na|'), ['name']);
    assert.deepEqual(await labels("let broken = 'it\nuser.na|"), ['name']);
    const past = { sessionId: session.id, text: 'user.na', offset: 700 };
    assert.equal((await host.client.request(complete, past)).items[0]?.label, 'name');
  });

  it('have run no guest code', async () => {
    assert.equal((await host.client.repl(session, 'ran')).result?.json, 0);
  });

  it('are refused while an execution runs', async () => {
    const { client } = host;
    const busy = await client.session();
    const running = client.repl(busy, 'await new Promise((resolve) => setTimeout(resolve, 60_000))');
    await client.hears((heard) => heard.what === 'execution' && heard.execution.sessionId === busy.id);
    const params = { sessionId: busy.id, text: '', offset: 0 };
    assert.equal((await client.refusal('vm/sessions/complete', params)).code, 'SESSION_BUSY');
    await client.connection.sendRequest('vm/sessions/interrupt', { sessionId: busy.id });
    await running;
    assert.ok((await client.request(complete, params)).items.length > 0);
  });
});

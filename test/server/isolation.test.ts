import assert from 'node:assert/strict';
import type { Session } from '../../shared/models.js';
import { closeSession } from '../../shared/protocol.js';
import { useHost } from '../support/use-host.js';

/** Puts a mark of its own on every object that can be reached from the global one, and replaces what it can. */
const pollution = `
const seen = new Set();
const pending = [globalThis];
const keep = { Set, Reflect, Object };
for (const make of [function* () {}, async function () {}, async function* () {}]) pending.push(Object.getPrototypeOf(make), Object.getPrototypeOf(make.prototype ?? {}));
for (const iterator of [[][Symbol.iterator](), new Map().entries(), new Set().values(), ''[Symbol.iterator](), ''.matchAll(/x/g)]) pending.push(Object.getPrototypeOf(iterator));
pending.push(Object.getPrototypeOf(Uint8Array));
while (pending.length > 0) {
  const object = pending.pop();
  if (Object(object) !== object || seen.has(object)) continue;
  seen.add(object);
  pending.push(Object.getPrototypeOf(object));
  for (const key of Reflect.ownKeys(object)) {
    const { value, get, set } = Reflect.getOwnPropertyDescriptor(object, key);
    pending.push(value, get, set);
  }
}
var objects = [...seen];
const { defineProperty, ownKeys, getOwnPropertyDescriptor } = Reflect;
for (let i = 0; i < objects.length; i++) {
  const object = objects[i];
  defineProperty(object, 'polluted', { value: 'yes', configurable: true });
}
var replaced = 0;
for (let i = 0; i < objects.length; i++) {
  const object = objects[i];
  if (object === globalThis) continue;
  const keys = ownKeys(object);
  for (let k = 0; k < keys.length; k++) {
    const descriptor = getOwnPropertyDescriptor(object, keys[k]);
    if (descriptor.configurable && typeof descriptor.value === 'function' && keys[k] !== 'constructor') {
      if (defineProperty(object, keys[k], { value: () => 'stolen' })) replaced++;
    }
  }
}
globalThis.leaked = 'yes';
[objects.length, replaced]`;

/** Describes everything that can be reached from the global object: its path, its kind, and a function's source. */
const census = `
(() => {
  const seen = new Map();
  const lines = [];
  const walk = (object, path) => {
    if (Object(object) !== object || seen.has(object)) return;
    seen.set(object, path);
    lines.push(path + ' ' + typeof object + ' ' + Object.isExtensible(object) + (typeof object === 'function' ? ' ' + Function.prototype.toString.call(object).slice(0, 60) : ''));
    const next = [];
    for (const key of Reflect.ownKeys(object)) {
      if (key === 'timeOrigin' || key === '_' || key === '_error') continue; // a session's own, on purpose
      const { value, get, set, ...flags } = Reflect.getOwnPropertyDescriptor(object, key);
      const name = path + '.' + String(key);
      lines.push(name + ' ' + JSON.stringify(flags) + ' ' + typeof value + (Object(value) === value ? '' : ' ' + String(value)));
      next.push([value, name], [get, name + '(get)'], [set, name + '(set)']);
    }
    next.push([Object.getPrototypeOf(object), path + '.[[Prototype]]']);
    for (const [inner, name] of next) walk(inner, name);
  };
  walk(globalThis, 'global');
  walk(Object.getPrototypeOf(function* () {}), 'GeneratorFunction');
  walk(Object.getPrototypeOf(async function () {}), 'AsyncFunction');
  walk(Object.getPrototypeOf(async function* () {}), 'AsyncGeneratorFunction');
  walk(Object.getPrototypeOf([][Symbol.iterator]()), 'ArrayIterator');
  walk(Object.getPrototypeOf(new Map().entries()), 'MapIterator');
  return lines;
})()`;

describe('two sessions of one template', () => {
  const host = useHost();

  /** What a session's world consists of, as a digest that says how much it covers. */
  async function worldOf(session: Session): Promise<{ size: number; digest: string }> {
    const { client } = host;
    const { result, error } = await client.repl(
      session,
      `(() => {
        const world = ${census};
        let digest = 5381;
        for (const line of world) {
          for (let i = 0; i < line.length; i++) digest = (digest * 33 + line.charCodeAt(i)) >>> 0;
        }
        return { size: world.length, digest: String(digest) };
      })()`,
    );
    assert.equal(error, undefined);
    return result?.json as { size: number; digest: string };
  }

  it('share nothing: with everything of one replaced, the other is as a fresh one', async () => {
    const { client } = host;
    const template = await client.template();
    const [bystander, polluter] = [
      await client.session({ templateId: template.id }),
      await client.session({ templateId: template.id }),
    ];
    const before = await worldOf(bystander);
    assert.ok(before.size > 2000, `the census covers ${before.size} properties`);

    const { result } = await client.repl(polluter, pollution);
    const [objects = 0, replaced = 0] = result?.json as number[];
    console.log(
      `      ${objects} objects marked and ${replaced} methods replaced; ${before.size} lines compared`,
    );
    assert.ok(objects > 500 && replaced > 400, `${objects} objects, ${replaced} methods`);
    const own = await client.repl(polluter, '[({}).polluted, [].map(), leaked]');
    assert.deepEqual(own.result?.json, ['yes', 'stolen', 'yes']);

    assert.deepEqual(await worldOf(bystander), before);
    const marks = await client.repl(
      bystander,
      '[typeof leaked, ({}).polluted, Math.polluted, [1].map(String)]',
    );
    assert.equal(marks.result?.preview, "[ 'undefined', undefined, undefined, [ '1' ] ]");

    // Nor does a session that takes over the thread, or is started later.
    await client.request(closeSession, { sessionId: polluter.id });
    const later = await client.session({ templateId: template.id });
    assert.deepEqual(await worldOf(later), before);
  });

  it('keep their variables, modules and consoles apart', async () => {
    const { client, bench } = host;
    bench.write('counter.mjs', 'export const state = { count: 0 };\n');
    const one = await client.session();
    const other = await client.session();
    await client.repl(one, 'var mine = 1; console.group("open"); console.count()');
    await client.repl(one, 'import { state } from "./counter.mjs"; state.count = 5');
    const seen = await client.repl(
      other,
      'import { state } from "./counter.mjs"; console.count(); [typeof mine, state.count]',
    );
    assert.deepEqual(seen.result?.json, ['undefined', 0]);
  });

  it('keep what a symbol registry and a prototype hold apart', async () => {
    const { client } = host;
    const one = await client.session();
    const other = await client.session();
    await client.repl(one, 'Symbol.for("key").constructor.prototype.spy = 1; Array.prototype.push = null');
    const seen = await client.repl(other, '[Symbol.for("key").spy, typeof [].push]');
    assert.equal(seen.result?.preview, "[ undefined, 'function' ]");
  });
});

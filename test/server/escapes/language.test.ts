import assert from 'node:assert/strict';
import { addLibrary } from '../../../shared/protocol.js';
import { type Attempt, attempting, usePrison } from './prison.js';

/** What a host object would give away: the host's process, by the constructor of functions of its realm. */
const probe = `const host = (value) => {
  try {
    const found = value.constructor.constructor('return typeof process === "object" && process')();
    return found ? found.env.VM_ESCAPE_CANARY : 'nothing';
  } catch (error) { return 'nothing' }
};`;

/** The ways out of sandboxes that share objects, or a realm, with their host. */
const attempts: readonly Attempt[] = [
  {
    title: 'the constructor of the constructor of anything',
    code: `${probe}
      [{}, [], () => {}, async () => {}, function* () {}, async function* () {}, /x/, new Error(), new Map(), Promise.resolve(),
       Symbol.iterator, 1n, new Uint8Array(), globalThis, console, console.log, setTimeout, display, require, URL, crypto, structuredClone]
        .map(host).filter((each) => each !== 'nothing')`,
    ends: /^\[\]$/,
  },
  {
    title: 'every constructor of functions',
    code: `const out = [];
      for (const make of [Function, (async () => {}).constructor, (function* () {}).constructor, (async function* () {}).constructor, eval])
        for (const name of ['process', 'require("child_process")', 'Deno', 'Bun', 'std', 'os', 'global', 'window', 'self.constructor', 'WebAssembly', 'importScripts', '__filename', 'module'])
          try {
            let made = make === eval ? eval(name) : make('return ' + name)();
            if (made?.next) made = (await made.next()).value;
            made = await made;
            if (made !== undefined) out.push(name);
          } catch (error) { if (!['ReferenceError', 'Error', 'TypeError'].includes(error.name)) out.push(String(error)) }
      out`,
    ends: /^\[\]$/,
  },
  {
    title: 'stack frames handed to Error.prepareStackTrace',
    code: `const seen = [];
      Error.prepareStackTrace = (error, frames) => { seen.push(frames); return '' };
      Error.stackTraceLimit = 1000;
      globalThis.Error = class extends Error { static prepareStackTrace(error, frames) { seen.push(frames) } };
      for (const fail of [() => null.x, () => { throw new Error('x') }, () => require('absent'), () => new URL('::'), () => atob('\\0'), () => setTimeout(0)])
        try { fail() } catch (error) { void error.stack }
      await import('absent').catch((error) => void error.stack);
      seen.flat().map((frame) => typeof frame?.getThis)`,
    ends: /^\[\]$/,
  },
  {
    title: 'an error that the sandbox itself throws: out of stack inside its own code',
    code: `${probe}
      const seen = new Set();
      const dig = (use) => { try { use(); dig(use) } catch (error) { seen.add(host(error)); seen.add(host(error.constructor)) } };
      for (const use of [() => console.log(), () => structuredClone({ a: [] }), () => new URL('a:b'), () => performance.now(), () => require.resolve('./x')]) dig(use);
      [...seen]`,
    ends: /^\[ 'nothing' \]$/,
  },
  {
    title: 'an error whose name is a symbol, turned to text by the host',
    code: `const error = new Error(); error.name = Symbol('x'); error.message = Symbol('y'); error.stack = Symbol('z'); error.cause = error; throw error`,
    ends: /Error: /,
  },
  {
    title: 'exceptions thrown from traps while the host looks at them',
    code: `${probe}
      const found = [];
      const trap = new Proxy(function () {}, new Proxy({}, { get: (_, name) => (...args) => { found.push(...args.map(host)); throw trap } }));
      globalThis.found = found;
      try { console.log(trap); console.table(trap); console.dir(trap); display(trap) } catch (error) { found.push('caught ' + (error === trap)) }
      found.filter((each) => each !== 'nothing')`,
    ends: /^\[\]$/,
  },
  {
    title: 'hooks of inspection that are handed the host’s own inspect',
    code: `${probe}
      const found = [];
      const value = {};
      for (const name of ['nodejs.util.inspect.custom', 'Deno.customInspect', 'Deno.privateCustomInspect', 'Jupyter.display', 'inspect', 'util.inspect'])
        value[Symbol.for(name)] = function (...args) { found.push(...args.map(host), host(this)); return { 'text/plain': found.join() } };
      globalThis.found = found;
      console.log(value, '%o %O %s', value); console.dir(value); console.log(found.join()); value`,
    ends: /./,
  },
  {
    title: 'a thenable that is handed the host’s resolve functions',
    code: `${probe}
      const seen = [];
      await { then(resolve, reject) { seen.push(host(resolve), host(reject), host(arguments)); resolve(1) } };
      class Mine extends Promise { constructor(run) { super((resolve, reject) => { seen.push(host(resolve), host(reject)); run(resolve, reject) }) } }
      await Mine.resolve(1).then(() => {});
      Promise.prototype.then = function (...args) { seen.push(...args.map(host)) };
      void (async () => { await null })();
      [...new Set(seen)]`,
    ends: /^\[ 'nothing' \]$/,
  },
  {
    title: 'a species constructor that receives a host array or promise',
    code: `${probe}
      const seen = [];
      let isLooking = false;
      const look = (value) => { if (isLooking) return; isLooking = true; seen.push(host(value)); isLooking = false };
      class Spy extends Array { constructor(...args) { super(...args); for (const each of args) look(each) } }
      Object.defineProperty(Array, Symbol.species, { value: Spy });
      Object.defineProperty(Array.prototype, 'constructor', { get() { look(this); return Spy } });
      Object.defineProperty(Promise.prototype, 'constructor', { get() { look(this); return { [Symbol.species]: function (run) { look(run); run(() => {}, () => {}) } } } });
      console.log([1, [2]], 'x'); void Promise.resolve(1).then(() => {}); await 0; structuredClone([1]);
      [...new Set(seen)].join()`,
    ends: /^'(nothing)?'$/,
  },
  {
    title: 'accessors of the prototype and of the old kind on what the sandbox makes',
    code: `${probe}
      const made = [new URL('a:b'), new URLSearchParams('a=b'), new TextEncoder().encode('x'), new AbortController().signal, performance, crypto, structuredClone(new Date()), setTimeout(() => {}, 0)];
      made.flatMap((each) => [each.__proto__, each.__lookupGetter__?.('__proto__'), Object.getPrototypeOf(each)]).map(host).filter((each) => each !== 'nothing')`,
    ends: /^\[\]$/,
  },
  {
    title: 'the caller of a function that the host calls',
    code: `function spy() { try { return spy.caller } catch (error) { return error.name } }
      const sloppy = new Function('return function spied() { try { return [spied.caller, spied.arguments, arguments.callee.caller] } catch (error) { return error.name } }')();
      const value = { toString: sloppy, toJSON: sloppy };
      [spy(), await new Promise((resolve) => setTimeout(() => resolve(sloppy()), 0)), [1].map(sloppy)].flat().filter((each) => typeof each === 'function')`,
    ends: /^\[\]$/,
  },
  {
    title: 'this of callbacks, which is the host’s object in some sandboxes',
    code: `${probe}
      const seen = [];
      const note = new Function('seen', 'host', 'return function () { seen.push(this === undefined || this === globalThis ? "nothing" : host(this)) }')(seen, host);
      await new Promise((resolve) => { setTimeout(note, 0); queueMicrotask(note); setTimeout(resolve, 1) });
      [1].map(note); new Promise(note); Promise.resolve().then(note); 'a'.replace(/a/, note); JSON.parse('1', note);
      await 0; [...new Set(seen)]`,
    ends: /^\[ 'nothing' \]$/,
  },
  {
    title: 'ShadowRealm, WebAssembly, workers, loaders and other doors of engines',
    code: `['ShadowRealm', 'WebAssembly', 'Worker', 'SharedWorker', 'Atomics', 'process', 'Buffer', 'global', 'Deno', 'Bun', 'std', 'os', 'bjson', 'scriptArgs', 'loadScript', 'print', 'read', 'load', 'gc', '$262', 'quit', 'importScripts', 'XMLHttpRequest', 'WebSocket', 'fetch', 'Realm', 'Compartment', 'module', 'exports', '__dirname', '__host', '__native', '__args__']
      .filter((name) => name in globalThis)`,
    ends: /^\[\]$/,
  },
  {
    title: 'the bytecode of functions, and modules by objects of the engine',
    code: `const f = () => 1;
      [Object.getOwnPropertyNames(f), Function.prototype.toString.call(console.log), typeof Reflect.getPrototypeOf(f).fileName].flat().filter((each) => /bytecode|module|\\/work|kernel/i.test(each))`,
    ends: /^\[\]$/,
  },
  {
    title: 'symbols of the host by the registry',
    code: `${probe}
      Symbol.for = new Proxy(Symbol.for, { apply(target, self, args) { seen.push(host(self)); return Reflect.apply(target, self, args) } });
      const seen = []; console.log({}); structuredClone({}); display({}); seen.filter((each) => each !== 'nothing')`,
    ends: /^\[\]$/,
  },
  {
    title: 'suppressed, aggregated and chained errors around what the host throws',
    code: `${probe}
      const seen = [];
      for (const specifier of ['fs', 'vm:native', './absent.js', 'data:text/javascript,1'])
        try { await import(specifier) } catch (error) { seen.push(host(error), host(error.cause), ...Reflect.ownKeys(error).map((key) => host(error[key]))) }
      [...new Set(seen)]`,
    ends: /^\[ 'nothing' \]$/,
  },
  {
    title: 'with and Symbol.unscopables around the runtime’s own scope',
    code: `const seen = [];
      const scope = new Proxy({}, { has(_, name) { seen.push(name); return false } });
      new Function('scope', 'with (scope) { eval("typeof host; typeof native; typeof entries; typeof codes; typeof targets; console.log(1)") }')(scope);
      seen.filter((name) => !['eval', 'host', 'native', 'entries', 'codes', 'targets', 'console'].includes(name))`,
    ends: /^\[\]$/,
  },
  {
    title: 'a replaced globalThis, and globals of the host by a missing name',
    code: `Object.setPrototypeOf(globalThis, new Proxy(Object.prototype, { has: () => true, get: (_, name) => name === Symbol.unscopables ? undefined : 'mine' }));
      const found = [typeof process, typeof __host, typeof kernelGlobal]; Object.setPrototypeOf(globalThis, Object.prototype); found`,
    ends: /^\[ 'string', 'string', 'string' \]$/,
  },
];

describe('a way out through the language', function () {
  this.timeout(60_000);
  const prison = usePrison();
  attempting(prison, attempts);

  it('holds: a library that one session spoils is as it was in another one of the same template', async () => {
    const { client } = prison;
    const { id: templateId } = await client.template();
    await client.request(addLibrary, { templateId, name: 'lodash' });
    const [spoiler, other] = [await client.session({ templateId }), await client.session({ templateId })];
    const spoilt = await client.repl(
      spoiler,
      `import lodash, * as all from 'lodash';
       for (const key of Reflect.ownKeys(lodash)) try { lodash[key] = () => 'owned' } catch {}
       try { all.chunk = 1 } catch {} _.templateSettings = { imports: { _: 'owned' } }; try { globalThis._ = 'owned' } catch {} require('lodash').chunk()`,
    );
    assert.equal(spoilt.result?.json, 'owned', spoilt.error?.message);
    for (const session of [other, await client.session({ templateId })]) {
      const seen = await client.repl(
        session,
        `import lodash from 'lodash'; [lodash.chunk([1, 2], 2), _.chunk([1, 2], 2), typeof owned]`,
      );
      assert.deepEqual(seen.result?.json, [[[1, 2]], [[1, 2]], 'undefined'], seen.error?.message);
      await prison.nothingGotOut(seen);
    }
    prison.attempts++;
  });
});

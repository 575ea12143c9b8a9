import assert from 'node:assert/strict';
import type { JsonObject } from '../../../shared/models.js';
import { complete, listVariables, runFile } from '../../../shared/protocol.js';
import type { Grant } from '../native/support.js';
import { type Attempt, attempting, usePrison } from './prison.js';

const echo: Grant[] = [
  ['module', 'exec'],
  ['exec', '/bin/echo'],
];
const files: Grant[] = [
  ['module', 'fs'],
  ['fs', 'mine/**', { config: { read: true, write: true } }],
];

/** Everything that code can lay its hands on, with what getters, prototypes and namespaces lead to. */
const census = `const seen = new Set();
  const walk = (value) => {
    if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value)) return;
    seen.add(value);
    walk(Reflect.getPrototypeOf(value));
    for (const key of Reflect.ownKeys(value)) {
      const each = Reflect.getOwnPropertyDescriptor(value, key);
      walk(each.value); walk(each.get); walk(each.set);
      if (each.get) try { walk(each.get.call(value)) } catch {}
    }
  };
  const attempt = (make) => { try { return make() } catch (error) { return error } };
  for (const each of [globalThis, console, display, require, function* () {}, async () => {}, async function* () {}, [][Symbol.iterator](), new Map().entries(),
    new Set().values(), 'a'[Symbol.iterator](), 'a'.matchAll(/a/g), new URL('a:b'), new URLSearchParams().entries(), new AbortController(), attempt(() => null.x),
    attempt(() => require('absent')), attempt(() => structuredClone(() => {})), new Proxy({}, {}), Proxy.revocable({}, {}), setTimeout(() => {}, 0), Promise.resolve(), Iterator.from([]).map(String)])
    walk(each);`;

/** Specifiers that might lead to what only modules of the runtime may import. */
const specifiers = [
  'vm:native',
  'vm:native?',
  'vm:native#x',
  'vm:native?v=1',
  'VM:NATIVE',
  'vm:Native',
  ' vm:native',
  'vm:native ',
  '\\tvm:native',
  'vm:native\\0',
  'vm:native\\0.js',
  'vm:%6eative',
  'vm%3Anative',
  'vm:/native',
  'vm://native',
  './vm:native',
  '/vm:native',
  'file:///vm:native',
  'vm:module/../native',
  'vm:module/exec',
  'vm:module/fs',
  'vm:module/env',
  'vm:module/globals',
  'vm:module',
  'vm:cell/1',
  'vm:commonjs',
  'vm:require',
  'vm:meta',
  'vm:refused/1',
  'vm:library/lodash',
  'vm:execution?run=0',
  'vm:constructor',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'fs',
  'fs/promises',
  'exec',
  'database',
  'fetch',
  'node:fs',
  'node:child_process',
  'process',
  'module',
  'npm:left-pad',
  'jsr:@std/fs',
  'deno:core',
  'bun:ffi',
  'std',
  'os',
  'qjs:os',
  'data:text/javascript,import("vm:native")',
  'blob:null/1',
  'about:blank',
  'javascript:1',
];

/** Setters and values on the prototype of all objects, under the names that messages between guest and host have. */
const poison = `const noted = new Map(); const note = (each) => void noted.set(noted.size, each);
  for (const name of ['ok', 'value', 'error', 'code', 'name', 'message', 'stack', 'kind', 'identity', 'filename', 'exports', 'bytes', 'data', 'payload', 'operation', 'id', 'type', 'json', 'owner', 'resolve', 'reject', 'promise', 'get', 'set', 'enumerable', 'writable', 'configurable', 'toJSON', 'then', 'length', '0', '1', '2', 'part', 'offset', 'console', 'seed', 'valueLimits', 'timeout', 'cwd', 'input', 'path', 'as', 'recursive', 'force', 'program', 'args'])
    Object.defineProperty(Object.prototype, name, { __proto__: null, configurable: true, get() { note(this); return name === 'toJSON' || name === 'then' ? undefined : 'forged' }, set(value) { note(value) } });
  Object.defineProperty(Array.prototype, '0', { __proto__: null, configurable: true, set(value) { note(value) } });
  const heal = () => { for (const name of Reflect.ownKeys(Object.prototype)) if (typeof Object.prototype.__lookupGetter__(name) === 'function' && name !== '__proto__') delete Object.prototype[name]; delete Array.prototype[0] };`;

const attempts: readonly Attempt[] = [
  {
    title: 'the host’s function, or the kernel’s entries, somewhere among all that can be reached',
    code: `${census}
      const entries = ['settle', 'abandon', 'refusal', 'loadCommonJs', 'rememberValue', 'newError', 'configure'];
      const found = [...seen].filter((each) => Reflect.getOwnPropertyDescriptor(each, 'name')?.value === '__host' || entries.some((name) => Reflect.getOwnPropertyDescriptor(each, name) !== undefined && typeof each === 'object'));
      [found.length, seen.size > 700]`,
    ends: /^\[ 0, true \]$/,
  },
  {
    title: 'any function that can be reached, called as if it were the host’s',
    code: `${census}
      const answers = [];
      for (const each of seen) {
        if (typeof each !== 'function' || ['setTimeout', 'setInterval', 'queueMicrotask', 'eval', 'Function', 'GeneratorFunction', 'AsyncFunction', 'AsyncGeneratorFunction', 'repeat', 'padStart', 'padEnd', 'Array'].includes(each.name)) continue;
        for (const args of [['call', 'env.get', '{"name":"VM_ESCAPE_CANARY"}'], ['call', 'exec.run', '{"program":"/bin/echo","args":["hello"]}'], ['env.get', { name: 'VM_ESCAPE_CANARY' }]])
          try { const answer = each(...args); if (typeof answer === 'string' && /"ok"|hello\\n/.test(answer)) answers.push(each.name) } catch {}
      }
      answers`,
    grants: echo,
    ends: /^\[\]$/,
    mayRuin: true,
  },
  {
    title: 'modules of the runtime’s own, by tricks of specifiers',
    code: `const got = [];
      for (const specifier of ${JSON.stringify(specifiers).replaceAll('\\\\', '\\')})
        for (const load of [(each) => import(each), async (each) => require(each), (each) => new Function('each', 'return import(each)')(each), async (each) => require.resolve(each)])
          try { got.push([specifier, await load(specifier)]) } catch {}
      got.map(([specifier]) => specifier)`,
    ends: /^\[\]$/,
  },
  {
    title: 'an import in code that a module of the runtime is made to run',
    code: `import exec from 'exec';
      globalThis.got = [];
      const hook = 'import("vm:native").then((native) => got.push(native), () => {}); "/bin/echo"';
      const tries = [{ toString: eval.bind(null, hook) }, { toString() { return eval(hook) } }, { toString: new Function('return eval(' + JSON.stringify(hook) + ')') }, { [Symbol.toPrimitive]: eval.bind(null, hook) }];
      for (const each of tries) try { exec.run(each, []) } catch {}
      const { isArray } = Array; Array.isArray = eval; try { exec.run('/bin/echo', hook) } catch {} Array.isArray = isArray;
      const { map } = Array.prototype; Array.prototype.map = function () { eval(hook); return [] }; try { exec.run('/bin/echo', ['x']) } catch {} Array.prototype.map = map;
      globalThis.String = eval; try { exec.run(hook) } catch {}
      await new Promise((resolve) => setTimeout(resolve, 20));
      got.length`,
    grants: echo,
    ends: /^0$/,
  },
  {
    title: 'an import in code that runs when nothing else does: jobs, timers, finalizers, eval of eval',
    code: `const got = [];
      const bad = 'import("vm:native")';
      const note = (promise) => Promise.resolve(promise).then((native) => { if (native && typeof native.call === 'function') got.push(native) }, () => {});
      const run = [() => eval(bad), () => (0, eval)(bad), () => new Function('return ' + bad)(), () => (0, eval)('eval(' + JSON.stringify(bad) + ')'), () => new (async () => {}).constructor('return ' + bad)(), () => new (class { x = eval(bad) })().x, () => Reflect.apply(eval, null, [bad])];
      for (const each of run) { try { note(each()) } catch {} queueMicrotask(() => { try { note(each()) } catch {} }); setTimeout(() => { try { note(each()) } catch {} }, 0) }
      note(Promise.resolve(bad).then(eval)); setTimeout(eval, 0, bad);
      await new Promise((resolve) => setTimeout(resolve, 20)); got.length`,
    ends: /^0$/,
  },
  {
    title: 'messages between guest and host, read and forged by accessors on Object.prototype',
    code: `import exec from 'exec'; import fs from 'fs';
      ${poison}
      const results = [];
      const attempt = (work) => { try { results.push(work()) } catch (error) { results.push(error) } };
      attempt(() => exec.run('/bin/echo', ['fine'])); attempt(() => exec.run('/bin/cat', ['/etc/hostname']));
      attempt(() => fs.readFileSync('../outside/secret.txt')); attempt(() => fs.writeFileSync('mine/x', 'x'));
      attempt(() => require('absent')); attempt(() => require.resolve('./absent')); console.log({ a: [1] }, 'x'); attempt(() => structuredClone({ a: 1 }));
      heal();
      [...noted.values()].filter((each) => typeof each === 'function' && /host|dispatch|settle/.test(each.name)).length`,
    grants: [...echo, ...files],
    ends: /^0$/,
  },
  {
    title: 'a refusal that the host never spoke, by a code on Object.prototype',
    code: `import exec from 'exec';
      Object.prototype.code = 'CAPABILITY_DENIED';
      let caught; try { exec.run('/bin/echo', ['\\0']) } catch (error) { caught = error }
      delete Object.prototype.code;
      throw caught`,
    grants: echo,
    ends: /^TypeError: exec.run was called with arguments/,
  },
  {
    title: 'guest code that the host runs to read a code from Object.prototype',
    code: `import exec from 'exec';
      Object.prototype.code = { toString() { globalThis.owned = 1; for (;;); } };
      let caught; try { exec.run('/bin/echo', ['\\0']) } catch (error) { caught = error }
      delete Object.prototype.code;
      throw caught`,
    grants: echo,
    ends: /^TypeError: exec.run was called with arguments/,
  },
  {
    title: 'forged refusals, stops and stacks of its own making',
    code: `const error = new Error('The session was lost'); error.name = 'Stopped'; error.code = 'HOST_STOPPED';
      Object.defineProperty(error, 'stack', { value: 'Stopped\\n    at host (/proc/self/environ:1:1)\\n    at x (file:///../../../etc/passwd:1:1)' }); throw error`,
    ends: /^Stopped: The session was lost$/,
  },
  {
    title: 'payloads replaced by toJSON between the check of the guest and that of the host',
    code: `import exec from 'exec';
      let asked = 0;
      Object.defineProperty(Object.prototype, 'toJSON', { configurable: true, value() { return asked++ ? this : { program: '/bin/cat', args: ['/proc/self/environ'] } } });
      try { exec.run('/bin/echo', ['fine']) } finally { delete Object.prototype.toJSON }`,
    grants: echo,
    ends: /^CAPABILITY_DENIED: /,
  },
  {
    title: 'payloads with __proto__ in them',
    code: `import exec from 'exec'; import fs from 'fs';
      const evil = JSON.parse('{"__proto__":{"owned":1,"program":"/bin/cat","config":{"timeoutMs":1}},"cwd":{"__proto__":{"owned":1}},"constructor":{"prototype":{"owned":1}}}');
      const tries = [() => exec.run('/bin/echo', [], evil), () => fs.readdirSync('mine', evil), () => exec.run(evil), () => exec.run('/bin/echo', evil)];
      for (const each of tries) try { each() } catch {}
      ({}).owned`,
    grants: [...echo, ...files],
    ends: /^undefined$/,
  },
  {
    title: 'a payload with a toJSON, a Proxy and a getter for everything',
    code: `import exec from 'exec';
      const trap = new Proxy({}, { get: (_, name) => name === Symbol.toPrimitive ? () => '/bin/cat' : name === 'length' ? 1 : trap, has: () => true });
      const results = [];
      for (const each of [() => exec.run(trap, ['/etc/hostname']), () => exec.run('/bin/echo', new Proxy(['x'], { get: (target, name) => name === 'map' ? () => ['/etc/hostname'] : Reflect.get(target, name) }), { cwd: trap })])
        try { results.push(each()) } catch (error) { results.push(error.code ?? error.name) }
      results`,
    grants: echo,
    ends: /^\[ 'CAPABILITY_DENIED', '\w*Error' \]$/,
  },
  {
    title: 'bytes of somebody else, by a typed array that lies about its place',
    code: `import fs from 'fs';
      class Liar extends Uint8Array { get byteOffset() { return 2 ** 30 } get byteLength() { return 4096 } get buffer() { return new ArrayBuffer(8) } get length() { return 1e9 } }
      const shrunk = new ArrayBuffer(64, { maxByteLength: 1024 }); const view = new Uint8Array(shrunk, 32); shrunk.resize(16);
      const grown = new ArrayBuffer(8, { maxByteLength: 1024 }); const tracking = new Uint8Array(grown); grown.resize(1024);
      const given = new Uint8Array(64); structuredClone(given, { transfer: [given.buffer] });
      const sizes = [];
      fs.mkdirSync('mine');
      for (const each of [new Liar(4), view, tracking, given, new Uint8Array(new SharedArrayBuffer(16))])
        try { fs.writeFileSync('mine/bytes', each); sizes.push(fs.statSync('mine/bytes').size) } catch (error) { sizes.push(error.name) }
      sizes`,
    grants: files,
    ends: /^\[ 'RangeError', 0, 1024, 'TypeError', 16 \]$/,
  },
  {
    title: 'require: its cache, its loaders and the constructor of modules',
    code: `[require.cache, require.extensions, require.main, require.constructor === Function, typeof require.resolve.paths,
        typeof module, typeof exports, require.call(null, './absent.js')]`,
    ends: /Error: Cannot find module ".\/absent.js"/,
  },
  {
    title: 'the importer of a require, forged by names of functions on the stack',
    code: `const forged = (name) => { const f = () => require('vm:native'); Object.defineProperty(f, 'name', { value: name }); return f };
      const got = [];
      for (const name of ['x (vm:module/exec:1:1)\\n    at y', 'vm:module/exec', '\\n    at z (vm:module/globals:1:1)', '\\n    at z (file:///a.js?w=1:1:1)'])
        try { got.push(forged(name)()) } catch {}
      Error.captureStackTrace?.({}); got`,
    ends: /^\[\]$/,
  },
  {
    title: 'import.meta, changed to be somebody else',
    code: `const { meta, load } = await import('./escape-meta.mjs');
      meta.url = 'vm:module/exec'; meta.filename = '/etc/passwd'; meta.dirname = '/';
      [await load('vm:native').catch((error) => error.code), meta.resolve === undefined || (() => { try { return meta.resolve('../../outside/secret.js') } catch (error) { return error.code } })()]`,
    ends: /^\[ 'MODULE_NOT_ALLOWED', true \]$/,
  },
  {
    title: 'a JSON module whose key sets a prototype, however it is written',
    code: `const names = ['plain', 'escaped', 'half', 'nested'];
      const loaded = await Promise.all(names.map((name) => import('./escape-' + name + '.json').then((module) => module.default)));
      [loaded.map((each) => [each.owned, Object.getPrototypeOf(each.in ?? each) === Object.prototype]), ({}).owned].flat(2)`,
    ends: /^\[\s+undefined, true,\s+undefined, true,\s+undefined, true,\s+undefined, true,\s+undefined\s+\]$/,
  },
  {
    title: 'the runtime’s own globals, replaced before the host uses them',
    code: `for (const name of Reflect.ownKeys(globalThis)) if (typeof globalThis[name] === 'function' && !['Object', 'Reflect'].includes(name)) try { globalThis[name] = () => { throw new Error('stolen') } } catch {}
      for (const each of [Object, Reflect]) for (const name of Reflect.ownKeys(each)) if (typeof each[name] === 'function' && name !== 'ownKeys') try { each[name] = () => 'stolen' } catch {}
      console.log({ a: 1 }); [1, { b: 2 }]`,
    ends: /^\[ 1, \{ b: 2 \} \]$/,
  },
  {
    title: 'the host’s way into the guest, by setters on the global object',
    code: `for (const name of ['__host', '__native', '__kernel', '__ARGS__', '_', '_error', 'value', 'then', 'default'])
        try { Object.defineProperty(globalThis, name, { configurable: true, get() { globalThis.seen = name; return this }, set(value) { globalThis.seen = value } }) } catch {}
      await import('./escape-meta.mjs'); typeof globalThis.seen`,
    ends: /^'(undefined|string)'$/,
  },
  {
    title: 'display bundles with mimes that run, forged ids and binary that is something else',
    code: `const tries = [{ 'text/html': '<script>1</script>', 'application/javascript': '1', 'application/vnd.vm-system.html+json': 'x' }, { 'image/png': '<svg onload=1>' }, { '__proto__': 'x' }, { 'text/html\\r\\nx': 'y' }];
      for (const bundle of tries) try { display(bundle, { id: '../../x\\0', raw: true }) } catch {}
      ({ [Symbol.for('Jupyter.display')]: () => tries[0] })`,
    ends: /./,
  },
];

describe('a way out through the kernel', function () {
  this.timeout(60_000);
  const prison = usePrison();
  before(() => {
    const { bench } = prison;
    bench.write(
      'escape-meta.mjs',
      'export const meta = import.meta; export const load = (each) => import(each);',
    );
    bench.write('escape-plain.json', '{"__proto__":{"owned":1}}');
    bench.write('escape-escaped.json', String.raw`{"\u005f\u005Fproto__":{"owned":1}}`);
    bench.write('escape-half.json', String.raw`{"a\\":"\"","__pr\u006fto__" : {"owned":1}}`);
    bench.write('escape-nested.json', String.raw`{"in":{"\u005f_\u0070roto_\u005f":{"owned":1}}}`);
  });
  attempting(prison, attempts);

  it('names no module of the runtime’s own to code that asks for what it can import', async () => {
    const { client } = prison;
    const session = await client.session();
    const listed = await client.repl(session, 'Object.keys(await import("vm:execution"))');
    assert.deepEqual(listed.result?.json, ['args', 'env']);
  });

  it('holds: arguments and variables of a run whose keys set a prototype', async () => {
    const { bench, client } = prison;
    bench.write(
      'arguments.mjs',
      "import { args, env } from 'vm:execution'; export default [args, env, {}].map((each) => String(each.owned));",
    );
    const session = await client.session();
    const evil = JSON.parse('{"__proto__":{"owned":"yes"},"in":{"__proto__":{"owned":"yes"}}}') as JsonObject;
    const run = await client.request(runFile, {
      sessionId: session.id,
      path: 'arguments.mjs',
      args: evil,
      env: evil,
    });
    assert.doesNotMatch(run.result?.preview ?? '', /yes/);
    const after = await client.repl(session, '[({}).owned, Object.getPrototypeOf(Object.prototype)]');
    assert.equal(after.result?.preview, '[ undefined, null ]');
    await prison.nothingGotOut(run);
    prison.attempts++;
  });

  it('holds: looking for variables and completions where every name of a message has an accessor', async () => {
    const { client } = prison;
    const session = await client.session();
    await client.repl(session, `${poison}\n var mine = { deep: { er: 1 } }; void 0`);
    const { items } = await client.request(listVariables, { sessionId: session.id });
    assert.ok(items.some(({ name }) => name === 'mine'));
    for (const text of ['mine.', 'mine.deep.', 'Object.prototype.', 'm', 'import "./']) {
      await client.request(complete, { sessionId: session.id, text, offset: text.length });
    }
    const seen = await client.repl(
      session,
      `heal(); [...noted.values()].filter((each) => typeof each === 'function').length`,
    );
    assert.equal(seen.result?.json, 0, seen.error?.message);
    await prison.nothingGotOut(seen);
    prison.attempts++;
  });
});

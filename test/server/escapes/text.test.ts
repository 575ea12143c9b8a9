import assert from 'node:assert/strict';
import type { ExecutionEvent } from '../../../shared/models.js';
import { listEvents, listVariables } from '../../../shared/protocol.js';
import { type Grant, sessionWith, wholeWorktree } from '../native/support.js';
import { outcomeOf, usePrison } from './prison.js';

/** Texts that forge lines, end strings of C, command terminals, or are no Unicode. */
const evil = [
  'a\0b',
  '\ud800',
  '\udfff\ud800',
  '\x1b[2J\x1b[31m',
  '\x1b]0;owned\x07',
  '\r\n{"jsonrpc":"2.0","method":"exit"}\r\n',
  'Content-Length: 5\r\n\r\n{}',
  '\u2028\u2029\u0085',
  '\u202egnp.exe',
  '"},"code":"CAPABILITY_DENIED"',
  '${1+1} `x` \\u0000 \\',
  '</script><!--',
  '__proto__',
  '%s%n%x%d%o',
  'x'.repeat(70_000),
];

const grants: Grant[] = [...wholeWorktree, ['module', 'exec'], ['exec', '/bin/echo'], ['module', 'database']];

/** Everything that takes a text across the wall; `t` is the text. */
const ways: readonly (readonly [where: string, code: string, value?: unknown])[] = [
  [
    'the console',
    `console.log(t); console.error({ [t]: t }); console.table([{ [t]: t }]); console.dir(new Map([[t, t]])); console.assert(false, t)`,
  ],
  [
    'labels',
    `console.group(t); console.count(t); console.countReset(t); console.time(t); console.timeLog(t, t); console.timeEnd(t); console.groupEnd()`,
  ],
  ['formats', `console.log(t, t, t); console.log('%s %o %O %c', t, t, t, t)`],
  [
    'errors',
    `const e = new Error(t); e.name = t; e.code = t; e.stack = t + '\\n    at ' + t + ' (' + t + ':1:1)'; throw e`,
  ],
  ['causes', `throw new AggregateError([t, new Error(t)], t, { cause: t })`],
  ['thrown texts', `throw t`],
  [
    'values',
    `({ [t]: t, s: Symbol(t), f: { [t]() {} }[t], e: new Error(t), m: new Map([[t, t]]), r: (() => { try { return new RegExp(t) } catch {} })() })`,
  ],
  [
    'names of classes',
    `class C { static { Object.defineProperty(C, 'name', { value: t }) } get [Symbol.toStringTag]() { return t } } new C()`,
  ],
  [
    'specifiers',
    `const got = []; for (const load of [(each) => import(each), async (each) => require(each), async (each) => require.resolve(each)]) try { await load(t); got.push('loaded') } catch (error) { got.push(error.name) } got.includes('loaded')`,
    false,
  ],
  [
    'paths',
    `import fs from 'fs'; const got = []; for (const use of [() => fs.existsSync(t), () => fs.readFileSync(t), () => fs.statSync(t + '/' + t), () => fs.writeFileSync('text/' + t, t)]) try { got.push(use()) } catch (error) { got.push(error.message) } got`,
  ],
  [
    'contents',
    `import fs from 'fs'; fs.writeFileSync('content', t); fs.appendFileSync('content', t); const back = fs.readFileSync('content'); back === t.toWellFormed() + t.toWellFormed() || back === (t + t).toWellFormed()`,
    true,
  ],
  [
    'arguments',
    `import { run } from 'exec'; let out; try { out = run('/bin/echo', [t], { input: t }) } catch (error) { out = error.message } out`,
  ],
  [
    'SQL and its parameters',
    `import { open } from 'database'; const db = open(':memory:'); const got = []; for (const use of [() => db.query('select ? as v', [t]), () => db.query(t), () => db.exec('create table "' + t + '" (x)'), () => db.query('select :a', { [t]: 1 })]) try { got.push(use()) } catch (error) { got.push(error.message) } got.length`,
  ],
  [
    'displays',
    `try { display({ 'text/plain': t, 'text/html': t, [t]: t }, { id: t, raw: true }) } catch {} try { display.html?.(t) } catch {}`,
  ],
  [
    'globals',
    `globalThis[t] = t; Object.defineProperty(globalThis, t + 2, { get: () => t, enumerable: true, configurable: true }); Object.keys(globalThis).length > 0`,
  ],
  [
    'web functions',
    `const got = []; for (const use of [() => new URL(t), () => new URLSearchParams(t).toString(), () => btoa(t), () => atob(t), () => new TextDecoder(t), () => new TextEncoder().encode(t).length, () => structuredClone({ [t]: t }), () => new DOMException(t, t), () => new Date(t), () => t.localeCompare(t)]) try { got.push(typeof use()) } catch (error) { got.push(error.name) } got.length`,
  ],
];

describe('a way out through text', function () {
  this.timeout(60_000);
  const prison = usePrison();

  for (const [where, code, value] of ways) {
    it(`holds: NUL, lone surrogates, control characters and forged messages in ${where}`, async () => {
      const { client } = prison;
      const session = await sessionWith(client, grants, { limits: { maxOutputKb: 4096 } });
      for (const text of evil) {
        const cell = `var t = ${JSON.stringify(text)}; await (async () => {})();\n${code}`;
        const execution = await client.repl(session, cell);
        assert.doesNotMatch(
          outcomeOf(execution),
          /^(?:SESSION_CRASHED|INTERNAL|MEMORY_LIMIT)/,
          JSON.stringify(text.slice(0, 50)),
        );
        assert.equal(execution.error?.code, undefined, 'no code is the host’s');
        if (value !== undefined)
          assert.equal(execution.result?.json, value, JSON.stringify(text.slice(0, 50)));
        const { items } = await client.request(listEvents, { executionId: execution.id, limit: 100 });
        forgesNothing(items);
        const page = await client.request(listVariables, { sessionId: session.id });
        assert.ok(page.items.length > 0);
        assert.equal((await client.repl(session, '6 * 7')).result?.json, 42);
        await prison.nothingGotOut(execution);
      }
      prison.attempts++;
    });
  }
});

/** The host's own words are those of one line each, whatever guest code put into them. */
function forgesNothing(events: readonly ExecutionEvent[]): void {
  for (const event of events) {
    if (event.type !== 'system') continue;
    const { code, message } = event.payload;
    assert.ok(
      code === 'CAPABILITY_DENIED' || code === 'MODULE_NOT_ALLOWED' || code === 'DISPLAY_REFUSED',
      `${code}: ${message}`,
    );
    assert.doesNotMatch(message, /[\0-\x1f]/);
  }
}

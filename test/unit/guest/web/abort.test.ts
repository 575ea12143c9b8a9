import assert from 'node:assert/strict';
import { TestGuest } from '../test-guest.js';
import { assertSameAsNode } from './same-as-node.js';

const within = (lines: string) => `(() => { ${lines} })()`;

const events = [
  'new Event()', 'new Event("x").type', 'new Event(undefined).type', 'new Event("x", 5)', 'new Event("x", null).bubbles',
  within('const e = new Event("x", { bubbles: 1, cancelable: 1, composed: 1 }); return [e.bubbles, e.cancelable, e.composed, e.eventPhase, e.target, e.currentTarget, e.isTrusted, e.composedPath()];'),
  within('const e = new Event("x"); e.preventDefault(); return [e.defaultPrevented, e.returnValue];'),
  within('const e = new Event("x", { cancelable: true }); e.preventDefault(); return [e.defaultPrevented, e.returnValue];'),
  within('const t = new EventTarget(); const l = []; t.addEventListener("x", function (e) { l.push(this === t, e.target === t, e.currentTarget === t, e.eventPhase); }); l.push(t.dispatchEvent(new Event("x"))); return l;'),
  within('const t = new EventTarget(); const l = []; t.addEventListener("x", { handleEvent() { l.push(1); } }); t.dispatchEvent(new Event("x")); return l;'),
  within('const t = new EventTarget(); let n = 0; const f = () => n++; t.addEventListener("x", f); t.addEventListener("x", f); t.addEventListener("x", f, true); t.dispatchEvent(new Event("x")); return n;'),
  within('const t = new EventTarget(); let n = 0; const f = () => n++; t.addEventListener("x", f, { once: true }); t.dispatchEvent(new Event("x")); t.dispatchEvent(new Event("x")); return n;'),
  within('const t = new EventTarget(); let n = 0; const f = () => n++; t.addEventListener("x", f); t.removeEventListener("x", f); t.dispatchEvent(new Event("x")); return n;'),
  within('const t = new EventTarget(); let n = 0; const f = () => n++; t.addEventListener("x", f, true); t.removeEventListener("x", f); t.dispatchEvent(new Event("x")); return n;'),
  within('const t = new EventTarget(); const l = []; t.addEventListener("x", (e) => { l.push(1); e.stopImmediatePropagation(); }); t.addEventListener("x", () => l.push(2)); t.dispatchEvent(new Event("x")); return l;'),
  within('const t = new EventTarget(); const l = []; t.addEventListener("x", () => { l.push(1); t.addEventListener("x", () => l.push(2)); }); t.dispatchEvent(new Event("x")); return l;'),
  within('const t = new EventTarget(); const l = []; const g = () => l.push(2); t.addEventListener("x", () => { t.removeEventListener("x", g); }); t.addEventListener("x", g); t.dispatchEvent(new Event("x")); return l;'),
  within('const t = new EventTarget(); const e = new Event("x", { cancelable: true }); t.addEventListener("x", (e) => e.preventDefault()); return [t.dispatchEvent(e), e.eventPhase, e.currentTarget, e.target === t];'),
  within('const c = new AbortController(); const t = new EventTarget(); let n = 0; t.addEventListener("x", () => n++, { signal: c.signal }); t.dispatchEvent(new Event("x")); c.abort(); t.dispatchEvent(new Event("x")); return n;'),
  'new EventTarget().dispatchEvent({})', 'new EventTarget().addEventListener("x", null)', 'new EventTarget().addEventListener("x")',
  'new (class T extends EventTarget {})() instanceof EventTarget', 'EventTarget()', 'Event("x")', 'Object.keys(Event).join()',
  'Object.keys(EventTarget.prototype).join()', 'Event.AT_TARGET',
]; // prettier-ignore

const signals = [
  within('const { signal } = new AbortController(); return [signal.aborted, signal.reason, signal.onabort, String(signal)];'),
  within('const c = new AbortController(); c.abort(); return [c.signal.aborted, c.signal.reason];'),
  within('const c = new AbortController(); c.abort(5); c.abort(6); return c.signal.reason;'),
  within('const c = new AbortController(); c.abort(null); return c.signal.reason;'),
  within('const c = new AbortController(); const l = []; c.signal.onabort = function (e) { l.push(e.type, this === c.signal); }; c.signal.addEventListener("abort", () => l.push(2)); c.abort(); c.abort(); return l;'),
  within('const c = new AbortController(); const l = []; c.signal.onabort = () => l.push(1); c.signal.onabort = () => l.push(2); c.abort(); return l;'),
  within('const c = new AbortController(); const l = []; c.signal.onabort = () => l.push(1); c.signal.onabort = null; c.abort(); return l;'),
  within('new AbortController().signal.throwIfAborted(); return 1;'), 'AbortSignal.abort(3).throwIfAborted()', 'AbortSignal.abort().throwIfAborted()',
  'AbortSignal.abort().reason', 'AbortSignal.abort(1).reason', 'new AbortSignal()', 'AbortSignal.any([]).aborted', 'AbortSignal.any([AbortSignal.abort(4)]).reason',
  within('const a = new AbortController(), b = new AbortController(); const s = AbortSignal.any([a.signal, b.signal]); const l = [s.aborted]; s.onabort = () => l.push("event"); b.abort(7); a.abort(8); return [...l, s.aborted, s.reason];'),
  within('const a = new AbortController(); const s = AbortSignal.any([AbortSignal.any([a.signal])]); a.abort(9); return s.reason;'),
  'AbortSignal.any([1])', 'AbortSignal.any()', 'AbortSignal.timeout()', 'AbortController()',
  'Object.keys(AbortController.prototype).sort().join()',
]; // prettier-ignore

const exceptions = [
  within('const e = new DOMException("m", "AbortError"); return [e.name, e.message, e.code, String(e), e instanceof Error, Object.prototype.toString.call(e), Object.keys(e)];'),
  within('const e = new DOMException(); return [e.name, e.message, e.code, String(e)];'),
  within('const e = new DOMException("m", { name: "DataCloneError", cause: 5 }); return [e.name, e.code, e.cause];'),
  'new DOMException("m", "Nonsense").code', 'typeof new DOMException("m").stack', 'DOMException("m")', 'DOMException.ABORT_ERR',
  'DOMException.prototype.DATA_CLONE_ERR', 'Object.keys(DOMException).length', 'Object.keys(DOMException.prototype).length',
]; // prettier-ignore

describe('events and abort signals of a session', () => {
  it('work as in Node', async () => {
    await assertSameAsNode([...events, ...signals, ...exceptions]);
  });

  it('follow the standards where Node does not', async () => {
    const guest = await TestGuest.open();
    const passive = `(() => {
      const target = new EventTarget();
      const event = new Event('x', { cancelable: true });
      target.addEventListener('x', (each) => each.preventDefault(), { passive: true });
      return target.dispatchEvent(event) && !event.defaultPrevented;
    })()`;
    assert.equal(guest.look(passive), true);
    assert.equal(
      guest.look('Object.keys(AbortSignal.prototype).sort().join()'),
      'aborted,onabort,reason,throwIfAborted',
    );
    assert.equal(
      guest.look('(() => { try { AbortSignal.timeout(-1); } catch (e) { return e.name; } })()'),
      'TypeError',
    );
    assert.equal(guest.look('String(new URLSearchParams(null))'), 'null=');
    guest.close();
  });

  it('abort a signal when its time is over', async () => {
    const guest = await TestGuest.open();
    guest.run(
      'const signal = AbortSignal.timeout(1000); let seen; signal.onabort = () => { seen = signal.reason.name; };',
    );
    const [[id, timer] = [0, undefined]] = guest.timers;
    assert.equal(timer?.delayMs, 1000);
    guest.fire(id);
    assert.equal(guest.look('seen'), 'TimeoutError');
    guest.close();
  });

  it('report what a listener throws, and call the others', async () => {
    const guest = await TestGuest.open();
    guest.run(`
      let called = false;
      const target = new EventTarget();
      target.addEventListener('x', () => { throw new RangeError('mine'); });
      target.addEventListener('x', () => { called = true; });
      target.dispatchEvent(new Event('x'));
    `);
    assert.equal(guest.look('called'), true);
    const [id = 0] = guest.timers.keys();
    assert.throws(() => guest.fire(id), /mine/);
    guest.close();
  });
});

describe('Array.fromAsync of a session', () => {
  const gathered = async (guest: TestGuest, code: string): Promise<unknown> => {
    const { node, state } = guest.cell(`JSON.stringify(await (async () => { ${code} })())`);
    assert.equal(state, 'fulfilled', JSON.stringify(node));
    return Promise.resolve(JSON.parse(node as string));
  };

  it('gathers asynchronous iterables, iterables of promises and array-likes', async () => {
    const guest = await TestGuest.open();
    const cases: readonly (readonly [code: string, expected: unknown])[] = [
      ['return Array.fromAsync((async function* () { yield 1; yield 2; })())', [1, 2]],
      ['return Array.fromAsync([Promise.resolve(1), 2])', [1, 2]],
      ['return Array.fromAsync({ length: 2, 0: Promise.resolve("a"), 1: "b" })', ['a', 'b']],
      ['return Array.fromAsync([1, 2], async (value, index) => value * 10 + index)', [10, 21]],
      ['return Array.fromAsync([1], function () { return this.x; }, { x: 5 })', [5]],
      ['return Array.fromAsync("ab")', ['a', 'b']],
      ['return Array.fromAsync(null).catch((error) => error.name)', 'TypeError'],
      ['return Array.fromAsync([], 5).catch((error) => error.name)', 'TypeError'],
      [
        'return Array.fromAsync([Promise.reject(new RangeError("x"))]).catch((error) => error.name)',
        'RangeError',
      ],
      [
        'let closed = false; await Array.fromAsync((async function* () { try { yield 1; } finally { closed = true; } })(), () => { throw 1; }).catch(() => 1); return closed',
        true,
      ],
      ['class My extends Array {} return (await My.fromAsync([1])) instanceof My', true],
      ['return [Array.fromAsync.name, Array.fromAsync.length]', ['fromAsync', 1]],
    ];
    for (const [code, expected] of cases) assert.deepEqual(await gathered(guest, code), expected, code);
    guest.close();
  });
});

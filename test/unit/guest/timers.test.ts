import assert from 'node:assert/strict';
import { TestGuest } from './test-guest.js';

describe('guest timers', () => {
  let guest: TestGuest;
  beforeEach(async () => {
    guest = await TestGuest.open();
    guest.enter('cell-1');
  });
  afterEach(() => guest.close());

  const texts = () => guest.printed.map(({ args }) => args[0]);
  const armed = () => [...guest.timers].map(([id, { delayMs, owner }]) => [id, delayMs, owner]);

  it('are armed with their delay and owner, and called once with their arguments', () => {
    guest.run('var id = setTimeout((a, b) => console.log(a + b), 20, "x", "y")');
    assert.equal(guest.look('id'), 1);
    assert.deepEqual(armed(), [[1, 20, 'cell-1']]);
    guest.fire(1);
    guest.fire(1);
    assert.deepEqual(texts(), ['xy']);
  });

  it('clamp their delay as the web does', () => {
    for (const delay of ['undefined', '-5', 'NaN', '"12"', '1.9', '1e12', 'null', '{}', 'Infinity']) {
      guest.run(`setTimeout(() => {}, ${delay})`);
    }
    assert.deepEqual(
      armed().map(([, delay]) => delay),
      [0, 0, 0, 12, 1, 2 ** 31 - 1, 0, 0, 2 ** 31 - 1],
    );
  });

  it('of an interval are armed again until they are cleared, even by themselves', () => {
    guest.run(
      'let n = 0; const id = setInterval(() => { console.log(++n); if (n === 2) clearInterval(id) }, 0)',
    );
    guest.fire(1);
    assert.deepEqual(armed(), [[1, 1, 'cell-1']]);
    guest.fire(1);
    assert.deepEqual(armed(), []);
    guest.fire(1);
    assert.deepEqual(texts(), [1, 2]);
  });

  it('are cleared by any clear function and by text, and unknown ids are no error', () => {
    guest.run(
      'clearInterval(setTimeout(() => {})); clearTimeout(String(setInterval(() => {}))); clearImmediate(setImmediate(() => {}))',
    );
    guest.run('clearTimeout(); clearTimeout(99); clearTimeout("x"); clearTimeout(null)');
    assert.deepEqual(armed(), []);
  });

  it('take functions only', () => {
    for (const call of ['setTimeout("code")', 'setInterval(null)', 'setImmediate()', 'queueMicrotask({})']) {
      assert.throws(() => guest.run(call), /needs a function as its first argument/, call);
    }
  });

  it('are at most 10,000, and can be set again once some are gone', () => {
    guest.run('for (let i = 0; i < 10000; i++) setTimeout(() => {})');
    assert.throws(() => guest.run('setTimeout(() => {})'), /RangeError.*10000 timers/s);
    guest.run('clearTimeout(1); setTimeout(() => {})');
    assert.equal(guest.timers.size, 10_000);
  });

  it('keep the owner that armed them, also for what their callback arms and prints', () => {
    guest.run('setTimeout(() => { setTimeout(() => {}, 5) }, 1)');
    guest.enter('cell-2');
    guest.run('setTimeout(() => {}, 2)');
    assert.equal(guest.owner(), 'cell-2');
    guest.fire(1);
    assert.equal(guest.owner(), 'cell-1');
    assert.deepEqual(armed(), [
      [2, 2, 'cell-2'],
      [3, 5, 'cell-1'],
    ]);
  });

  it('are dropped by owner, or all but the present owner', () => {
    guest.run('setTimeout(() => {}); setTimeout(() => {})');
    guest.enter('cell-2');
    guest.run('setTimeout(() => {})');
    guest.enter('cell-3');
    guest.run('setTimeout(() => {})');
    assert.deepEqual(guest.drop('cell-1'), [1, 2]);
    assert.deepEqual(guest.drop(''), [3]);
    assert.deepEqual(guest.drop('cell-9'), []);
    assert.deepEqual(armed(), [[4, 0, 'cell-3']]);
  });

  it('can be listed with what is left of their delay', () => {
    guest.run('setTimeout(() => {}, 60000); setInterval(() => {}, 5)');
    const [first, second] = guest.pending();
    assert.ok(first !== undefined && second !== undefined);
    assert.equal(first[0], 1);
    assert.ok(first[1] > 50_000 && first[1] <= 60_000);
    assert.equal(first[2], 'cell-1');
    assert.ok(second[1] <= 5);
  });

  it('throw to the host what their callback throws, and stay usable', () => {
    guest.run('setTimeout(() => { throw new Error("late") }); setTimeout(() => console.log("fine"))');
    assert.throws(() => guest.fire(1), /late/);
    guest.fire(2);
    assert.deepEqual(texts(), ['fine']);
  });

  it('go on with the next microtask after one that throws', () => {
    guest.run(
      'queueMicrotask(() => { throw new Error("in microtask") }); queueMicrotask(() => console.log("next"))',
    );
    assert.deepEqual(texts(), ['next']);
  });

  it('run microtasks before timers, in order', () => {
    guest.run('setTimeout(() => console.log(3)); queueMicrotask(() => console.log(2)); console.log(1)');
    guest.fire(1);
    assert.deepEqual(texts(), [1, 2, 3]);
  });

  it('work although the guest patched everything they could use', () => {
    guest.run(
      `Map.prototype.set = Map.prototype.get = Promise.prototype.then = Date.now = Function.prototype.apply = () => { throw 1 };
       Object.defineProperty(Promise.prototype, 'constructor', { get() { throw 2 } });
       Array.prototype[Symbol.iterator] = String.prototype.concat = () => { throw 3 };
       setTimeout((a) => console.log(a), 1, 'still'); queueMicrotask(() => console.log('here'))`,
    );
    guest.fire(1);
    assert.deepEqual(texts(), ['here', 'still']);
  });
});

describe('the kernel', () => {
  it('leaves nothing of its own among the globals, and the rest not enumerable', async () => {
    const guest = await TestGuest.open();
    assert.equal(guest.look('Object.keys(globalThis).length'), 0);
    assert.equal(
      guest.look('Reflect.ownKeys(globalThis).filter((key) => /^__/.test(String(key))).length'),
      0,
    );
    guest.close();
  });

  it('defines no console where the settings say so', async () => {
    const guest = await TestGuest.open({ console: false });
    assert.equal(guest.look('typeof console'), 'undefined');
    guest.close();
  });

  it('leaves Proxy as the language has it', async () => {
    const guest = await TestGuest.open();
    const facts: [expression: string, value: unknown][] = [
      ['Proxy.name', 'Proxy'],
      ['Proxy.length', 2],
      ['"prototype" in Proxy', false],
      ['new Proxy({ a: 1 }, { get: () => 2 }).a', 2],
      ['Object.getOwnPropertyNames(Proxy).sort().join()', 'length,name,revocable'],
      ['(() => { try { Proxy({}, {}) } catch (e) { return e.name } })()', 'TypeError'],
      ['(() => { try { new Proxy(1, {}) } catch (e) { return e.name } })()', 'TypeError'],
      [
        '(() => { const r = Proxy.revocable({ a: 1 }, {}); const a = r.proxy.a; r.revoke(); try { r.proxy.a } catch (e) { return a + e.name } })()',
        '1TypeError',
      ],
      ['Reflect.construct(Proxy, [{ a: 3 }, {}]).a', 3],
      ['/native code/.test(Proxy)', true],
    ];
    for (const [expression, value] of facts) assert.equal(guest.look(expression), value, expression);
    guest.close();
  });
});

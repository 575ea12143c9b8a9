import assert from 'node:assert/strict';
import type { Execution, Session } from '../../shared/models.js';
import { addLibrary, listEvents, runFile } from '../../shared/protocol.js';
import { useHost } from '../support/use-host.js';

describe('_ and _error', () => {
  const host = useHost();
  let session: Session;
  beforeEach(async () => {
    session = await host.client.session();
  });
  const previewOf = async (input: string): Promise<string | undefined> =>
    (await host.client.repl(session, input)).result?.preview;
  const noticesOf = async ({ id }: Execution): Promise<string[]> => {
    const { items } = await host.client.request(listEvents, { executionId: id });
    return items.flatMap((event) => (event.type === 'system' ? [event.payload.message] : []));
  };

  it('are not defined before there was a value or an error', async () => {
    const { client } = host;
    assert.equal((await client.repl(session, '_.chunk')).error?.name, 'ReferenceError');
    assert.equal(await previewOf('typeof _ + typeof _error'), "'undefinedobject'");
  });

  it('leave a name alone that the first cell defines', async () => {
    await previewOf('var _ = 5');
    assert.equal(await previewOf('_'), '5');
  });

  it('hold the value of the last cell and the error of the last that failed', async () => {
    await previewOf('40 + 2');
    assert.equal(await previewOf('_'), '42');
    assert.equal(await previewOf('_ * 2'), '84');
    await host.client.repl(session, 'null.x');
    assert.equal(await previewOf('_'), '84');
    assert.equal(await previewOf('_error instanceof TypeError'), 'true');
    await host.client.repl(session, 'throw "plain"');
    assert.equal(await previewOf('_error'), "'plain'");
    await previewOf('undefined');
    assert.equal(await previewOf('_'), 'undefined');
  });

  it('hold the very object, and what an await came to', async () => {
    await previewOf('globalThis.made = await Promise.resolve({ n: 1 })');
    assert.equal(await previewOf('_ === made'), 'true');
  });

  it('are set by a file that runs like a cell, and not by a module', async () => {
    const { bench, client } = host;
    bench.write('script.js', '7 * 6');
    bench.write('module.mjs', 'export default 13');
    await client.request(runFile, { sessionId: session.id, path: 'script.js' });
    await client.request(runFile, { sessionId: session.id, path: 'module.mjs' });
    assert.equal(await previewOf('_'), '42');
  });

  it('are not among the names of the global object', async () => {
    assert.equal(
      await previewOf('Object.keys(globalThis).filter((name) => name.startsWith("_")).length'),
      '0',
    );
  });

  for (const [how, code] of [
    ['assigned', '_ = 5'],
    ['declared with let', 'let _ = 5'],
    ['declared with const', 'const _ = 5'],
    ['declared without a value, then given one', 'let _; _ = 5'],
    ['a function', 'function _() { return 5 } _ = 5'],
    ['destructured', 'const { _ } = { _: 5 }'],
    ['a property of the global object', 'globalThis._ = 5'],
    ['defined as constant', 'Object.defineProperty(globalThis, "_", { value: 5 })'],
  ] as const) {
    it(`leave _ to the session once it is ${how}, and say so once`, async () => {
      await previewOf('1');
      const cell = await host.client.repl(session, code);
      assert.equal(cell.status, 'ok', cell.error?.message);
      assert.deepEqual(await noticesOf(cell), [
        '_ was defined in this session, so it no longer holds the last value.',
      ]);
      const next = await host.client.repl(session, '"next"');
      assert.deepEqual(await noticesOf(next), []);
      assert.equal(await previewOf('_'), '5');
    });
  }

  it('leave _error to the session once it is assigned', async () => {
    await previewOf('throw 0');
    await previewOf('_error = 5');
    await host.client.repl(session, 'throw 1');
    assert.equal(await previewOf('_error'), '5');
  });

  it('leave _ to lodash without a word', async () => {
    const { client } = host;
    const template = await client.template();
    await client.request(addLibrary, { templateId: template.id, name: 'lodash' });
    session = await client.session({ templateId: template.id });
    const cell = await client.repl(session, '1 + 1');
    assert.deepEqual(await noticesOf(cell), []);
    assert.equal(await previewOf('_.chunk([1, 2, 3], 2)'), '[ [ 1, 2 ], [ 3 ] ]');
    await host.client.repl(session, 'throw 1');
    assert.equal(await previewOf('_error'), '1');
  });

  it('cost a frozen global object nothing but themselves', async () => {
    await previewOf('1');
    await previewOf('Object.freeze(globalThis); 2');
    assert.equal(await previewOf('3'), '3');
    assert.equal(await previewOf('_'), '1');
  });

  it('do not run a getter that takes their place', async () => {
    await previewOf(
      'let calls = 0; Object.defineProperty(globalThis, "_", { get() { calls++ }, configurable: true })',
    );
    await previewOf('1');
    assert.equal(await previewOf('calls'), '0');
  });

  it('hold a value no longer once there is a next one', async () => {
    const { client } = host;
    const template = await client.template({ settings: { limits: { memMb: 32 } } });
    session = await client.session({ templateId: template.id });
    for (let i = 0; i < 5; i++) assert.equal(await previewOf('new Array(1e6).fill(0).length'), '1000000');
    for (let i = 0; i < 5; i++) {
      const cell = await client.repl(session, 'new Uint8Array(8 * 2 ** 20)');
      assert.equal(cell.status, 'ok', cell.error?.message);
    }
  });
});

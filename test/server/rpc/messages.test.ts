import assert from 'node:assert/strict';
import { VmError } from '../../../shared/errors.js';
import { maxMessageBytes } from '../../../shared/protocol.js';
import type { RawClient, WireMessage } from './raw-client.js';
import { executionId, healthy, serve, type Served, sessionId } from './served.js';

async function initialized(): Promise<Served> {
  const served = serve();
  await served.client.initialize();
  return served;
}

function raw(body: string): string {
  return `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** The connection is not mute: it still answers. */
async function assertAlive(client: RawClient): Promise<void> {
  assert.deepEqual((await client.request('alive', 'vm/health')).result, healthy);
}

describe('what is not a request', () => {
  for (const [name, bytes, code] of [
    ['bad JSON', raw('{"jsonrpc": "2.0", oops'), -32700],
    ['an empty message', raw(''), -32700],
    [
      'text that is not UTF-8',
      Buffer.from([...Buffer.from('Content-Length: 3\r\n\r\n"'), 0xff, 0x22]),
      -32700,
    ],
    ['a header without length', 'Foo: bar\r\n\r\n{}', -32700],
    ['a header without colon', 'Content-Length 2\r\n\r\n{}', -32700],
    ['a negative length', 'Content-Length: -2\r\n\r\n{}', -32700],
    ['an absurd length', 'Content-Length: 999999999999\r\n\r\n{}', -32700],
    ['a batch', raw('[{"jsonrpc":"2.0","id":1,"method":"vm/health"}]'), -32600],
    ['an empty batch', raw('[]'), -32600],
    ['a number', raw('42'), -32600],
    ['null', raw('null'), -32600],
    ['an object of another kind', raw('{"hello":"world"}'), -32600],
    ['a request with a null id', raw('{"jsonrpc":"2.0","id":null,"method":"vm/health"}'), -32600],
    ['a request with an object as id', raw('{"jsonrpc":"2.0","id":{},"method":"vm/health"}'), -32600],
    [
      'an id too large to give back',
      raw('{"jsonrpc":"2.0","id":12345678901234567890,"method":"vm/health"}'),
      -32600,
    ],
  ] as const) {
    it(`${name} is answered ${code} with id null, and the next request is served`, async () => {
      const { client } = await initialized();
      client.write(bytes);
      assert.equal((await client.answer(null)).error?.code, code);
      await assertAlive(client);
      assert.deepEqual(
        client.received.filter(({ method }) => method !== 'window/logMessage'),
        [],
      );
    });
  }

  it('a call without a method or version is answered with its own id', async () => {
    const { client } = await initialized();
    client.send({ jsonrpc: '2.0', id: 5 });
    assert.equal((await client.answer(5)).error?.code, -32600);
    client.send({ id: 6, method: 'vm/health' });
    assert.equal((await client.answer(6)).error?.code, -32600);
    client.send({ jsonrpc: '1.0', id: 'x', method: 'vm/health' });
    assert.equal((await client.answer('x')).error?.code, -32600);
  });

  it('is answered before initialize too', async () => {
    const { client } = serve();
    client.write(raw('{'));
    assert.equal((await client.answer(null)).error?.code, -32700);
  });

  it('answers that nobody asked for are never answered', async () => {
    const { client } = await initialized();
    client.send({ jsonrpc: '2.0', id: 99, result: 1 });
    client.send({ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'what?' } });
    client.send({ jsonrpc: '2.0', id: 'a', error: 'not even an object' });
    client.send({ id: 98, result: null });
    await assertAlive(client);
    assert.deepEqual(
      client.received.filter(({ method }) => method !== 'window/logMessage'),
      [],
    );
  });
});

describe('a message over the size limit', () => {
  it('is passed over and refused with its id, and the next one is served', async () => {
    const { client } = await initialized();
    const input = 'x'.repeat(maxMessageBytes);
    const { error } = await client.request(8, 'vm/executions/repl', { sessionId, input });
    assert.equal(error?.code, -32803);
    assert.equal(error.data?.['code'], 'REQUEST_TOO_LARGE');
    await assertAlive(client);
  });

  it('is refused with id null when it has none', async () => {
    const { client } = await initialized();
    client.notify('vm/setTrust', { filler: 'x'.repeat(maxMessageBytes) });
    assert.equal((await client.answer(null)).error?.data?.['code'], 'REQUEST_TOO_LARGE');
    await assertAlive(client);
  });
});

describe('ids', () => {
  const repl = (id: string | number): object => ({
    jsonrpc: '2.0',
    id,
    method: 'vm/executions/repl',
    params: { sessionId, input: typeof id },
  });
  const cancel = (client: RawClient, id: unknown): void => client.notify('$/cancelRequest', { id });
  const inputOf = ({ result }: WireMessage): unknown => (result as { input: string }).input;

  it('7 and "7" wait side by side, are cancelled apart and answered apart', async () => {
    const { client } = await initialized();
    client.send(repl(7));
    client.send(repl('7'));
    cancel(client, '7');
    assert.equal(inputOf(await client.answer('7')), 'string');
    assert.deepEqual(client.received, []);
    cancel(client, 7);
    assert.equal(inputOf(await client.answer(7)), 'number');
  });

  it('one that still waits is refused, and can be used again after its answer', async () => {
    const { client } = await initialized();
    client.send(repl(1));
    client.send(repl(1));
    assert.equal((await client.answer(1)).error?.code, -32600);
    cancel(client, 1);
    assert.equal(inputOf(await client.answer(1)), 'number');
    assert.deepEqual((await client.request(1, 'vm/health')).result, healthy);
  });

  it('0, negative, empty and odd ones come back as they were', async () => {
    const { client } = await initialized();
    for (const id of [0, -1, '', 'null', '__proto__', Number.MAX_SAFE_INTEGER]) {
      assert.deepEqual((await client.request(id, 'vm/health')).result, healthy);
    }
  });

  it('1000 requests in one go are each answered once, with their own id', async () => {
    const { client } = await initialized();
    const ids = Array.from({ length: 1000 }, (_, n) => (n % 2 === 0 ? n : String(n)));
    for (const id of ids) client.send({ jsonrpc: '2.0', id, method: 'vm/health' });
    const answers = await Promise.all(ids.map((id) => client.answer(id)));
    assert.ok(answers.every(({ result }) => result !== undefined));
    await assertAlive(client);
    assert.deepEqual(client.received, []);
  });

  it('cancelling what is unknown, over or malformed does nothing', async () => {
    const { client } = await initialized();
    await client.request(1, 'vm/health');
    cancel(client, 1);
    cancel(client, 'never');
    cancel(client, { odd: true });
    client.notify('$/cancelRequest');
    client.notify('$/cancelRequest', [1]);
    await assertAlive(client);
  });

  it('a request cancelled in the same breath still gets its one answer', async () => {
    const { client } = await initialized();
    client.send(repl(1));
    cancel(client, 1);
    assert.equal((await client.answer(1)).error, undefined);
  });
});

describe('a request', () => {
  it('may leave its params out or null', async () => {
    const { client } = await initialized();
    assert.deepEqual((await client.request(1, 'vm/health')).result, healthy);
    assert.deepEqual((await client.request(2, 'vm/health', null)).result, healthy);
    assert.deepEqual((await client.request(3, 'vm/health', {})).result, healthy);
  });

  it('may carry progress tokens', async () => {
    const { client } = await initialized();
    const tokens = { workDoneToken: 1, partialResultToken: 'a' };
    assert.deepEqual((await client.request(1, 'vm/health', tokens)).result, healthy);
  });

  for (const [name, method, params, message, field] of [
    [
      'a list of params',
      'vm/health',
      [],
      'vm/health takes its params as an object, not as a list.',
      undefined,
    ],
    [
      'a plain value as params',
      'vm/health',
      5,
      'vm/health takes its params as an object, not as a plain value.',
      undefined,
    ],
    [
      'an unknown field',
      'vm/sessions/get',
      { sessionId, foo: 1 },
      'Unknown field foo; vm/sessions/get takes sessionId.',
      'foo',
    ],
    [
      'any field where there is none',
      'vm/health',
      { foo: 1 },
      'Unknown field foo; vm/health takes nothing.',
      'foo',
    ],
    [
      'a missing field',
      'vm/sessions/get',
      {},
      'sessionId is missing; vm/sessions/get takes sessionId.',
      'sessionId',
    ],
    ['a mistyped field', 'vm/sessions/get', { sessionId: 5 }, 'sessionId must be a string.', 'sessionId'],
    ['null for a field', 'vm/sessions/get', { sessionId: null }, 'sessionId must be a string.', 'sessionId'],
    [
      'a bad UUID',
      'vm/sessions/get',
      { sessionId: executionId.toUpperCase() + 'A' },
      'sessionId must be a UUID v4 in lower case.',
      'sessionId',
    ],
    ['a number out of range', 'vm/sessions/list', { limit: 0 }, 'limit must be at least 1.', 'limit'],
    ['a fraction', 'vm/sessions/list', { limit: 1.5 }, 'limit must be an integer.', 'limit'],
    [
      'a word that is none of the choices',
      'vm/sessions/list',
      { status: 'gone' },
      'status must be "starting" or "ready" or "crashed" or "hibernated" or "closed".',
      'status',
    ],
    ['an empty name', 'vm/templates/create', { name: ' ' }, 'name must not be empty.', 'name'],
    [
      'a name that is too long',
      'vm/templates/create',
      { name: 'x'.repeat(201) },
      'name must have at most 200 characters.',
      'name',
    ],
    [
      'an unknown field inside one',
      'vm/templates/create',
      { name: 'a', settings: { limits: { cpu: 1 } } },
      'Unknown field settings.limits.cpu.',
      'settings.limits.cpu',
    ],
    [
      'a wrong item of a list',
      'vm/templates/create',
      { name: 'a', settings: { resolver: { extensions: ['.js', 'js'] } } },
      'settings.resolver.extensions[1] must look like ".js".',
      'settings.resolver.extensions[1]',
    ],
  ] as const) {
    it(`with ${name} is refused by name, and nothing happens`, async () => {
      const { client } = await initialized();
      const { error } = await client.request(1, method, params);
      assert.equal(error?.code, -32602);
      assert.equal(error.message, message);
      assert.deepEqual(error.data, {
        code: 'VALIDATION_ERROR',
        ...(field !== undefined && { details: { field } }),
      });
    });
  }

  it('nested without end is refused, and the next one is served', async () => {
    const { client } = await initialized();
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const params = `{"sessionId":"${sessionId}","path":"a.js","args":{"a":${deep}}}`;
    client.write(raw(`{"jsonrpc":"2.0","id":1,"method":"vm/executions/runFile","params":${params}}`));
    const { error } = await client.answer(1);
    assert.equal(error?.code, -32602);
    assert.equal(error.message, 'The params are nested too deeply.');
    await assertAlive(client);
  });

  it('for a method that does not exist is -32601 and names it', async () => {
    const { client } = await initialized();
    const { error } = await client.request(1, 'vm/nothing/here', { a: 1 });
    assert.equal(error?.code, -32601);
    assert.match(error.message, /vm\/nothing\/here/);
  });

  it('that cannot be done is -32803 with its code and details', async () => {
    const { client, core } = await initialized();
    core.failure = new VmError('STORAGE_FAILED', 'The disk is full.', { lastSeq: 3 });
    const { error } = await client.request(1, 'vm/health');
    assert.deepEqual(error, {
      code: -32803,
      message: 'The disk is full.',
      data: { code: 'STORAGE_FAILED', details: { lastSeq: 3 } },
    });
  });

  it('that hits a defect is -32603 with a reference, and only the log has the rest', async () => {
    const { client, core, stderr } = await initialized();
    core.failure = new TypeError('secret /home/someone');
    const { error } = await client.request(1, 'vm/health');
    assert.equal(error?.code, -32603);
    assert.equal(error.data?.['code'], 'INTERNAL');
    assert.doesNotMatch(JSON.stringify(error), /secret|home/);
    const { reference } = error.data['details'] as { reference: string };
    const logged = stderr();
    assert.match(logged, new RegExp(reference));
    assert.match(logged, /TypeError: secret/);
    const { params } = await client.notification('window/logMessage');
    assert.equal(params?.['type'], 1);
    assert.match(String(params['message']), new RegExp(reference));
  });

  it('notifications are never answered, known, unknown or malformed', async () => {
    const { client } = await initialized();
    client.notify('vm/setTrust', { trusted: true });
    client.notify('vm/setTrust', { wrong: true });
    client.notify('vm/health');
    client.notify('vm/no/such');
    client.notify('$/setTrace', { value: 'verbose' });
    client.notify('workspace/didChangeConfiguration', [null]);
    await assertAlive(client);
    assert.deepEqual(
      client.received.filter(({ method }) => method !== 'window/logMessage'),
      [],
    );
  });
});

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { Capability, Session } from '../../../shared/models.js';
import { addCapability, cancelExecution, listEvents } from '../../../shared/protocol.js';
import { Fetches } from '../../../server/runtime/services/native/fetch.js';
import { Grants } from '../../../server/runtime/services/native/grants.js';
import { selfSigned } from '../../support/self-signed.js';
import { useHost } from '../../support/use-host.js';

type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

/** A server of the test's own; `handle` is what it does. */
class TestServer {
  readonly requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] =
    [];
  readonly #server: Server;
  #handlers = new Map<string, Handler>();

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        const { method = '', url = '', headers } = request;
        this.requests.push({ method, url, headers, body: body.toString() });
        const handler = this.#handlers.get(url.split('?')[0] ?? '');
        if (handler === undefined) response.writeHead(404).end('nothing here');
        else handler(request, response, body);
      });
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** @param host as URLs name it */
  url(pathname: string, host = 'localhost'): string {
    return `http://${host}:${this.port}${pathname}`;
  }

  on(pathname: string, handler: Handler): void {
    this.#handlers.set(pathname, handler);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('the module fetch', () => {
  const host = useHost();
  let server: TestServer;
  let other: TestServer;
  before(async () => {
    server = await new TestServer().start();
    other = await new TestServer().start();
    server.on('/hello', (_request, response) =>
      response
        .writeHead(200, 'Fine', {
          'content-type': 'text/plain',
          'x-many': ['a', 'b'],
          'set-cookie': ['c=1', 'd=2'],
        })
        .end('héllo'),
    );
    for (const each of [server, other]) {
      each.on('/echo', (request, response, body) =>
        response.end(
          JSON.stringify({ method: request.method, headers: request.headers, body: body.toString('latin1') }),
        ),
      );
    }
    for (const [name, encode] of [
      ['gzip', gzipSync],
      ['br', brotliCompressSync],
      ['deflate', deflateSync],
    ] as const) {
      server.on(`/${name}`, (_request, response) =>
        response.writeHead(200, { 'content-encoding': name }).end(encode('packed text '.repeat(1000))),
      );
      server.on(`/bomb-${name}`, (_request, response) =>
        response.writeHead(200, { 'content-encoding': name }).end(encode(Buffer.alloc(20_000_000))),
      );
    }
    server.on('/raw', (_request, response) =>
      response
        .writeHead(200, { 'content-encoding': 'deflate' })
        .end(deflateRawSync('packed text '.repeat(1000))),
    );
    server.on('/silent', () => undefined);
    for (const status of [301, 302, 303, 307, 308]) {
      server.on(`/${status}`, (request, response) => {
        const to = new URL(request.url ?? '', 'http://x').searchParams.get('to') ?? '/echo';
        response.writeHead(status, { location: to }).end('moved');
      });
    }
    server.on('/loop', (_request, response) => response.writeHead(302, { location: '/loop' }).end());
  });
  after(async () => {
    await server.stop();
    await other.stop();
  });

  type Grant = readonly [name: string, rest?: object];
  const sessionWith = async (...grants: Grant[]) => {
    const { client } = host;
    const { id: templateId } = await client.template();
    await client.request(addCapability, { templateId, kind: 'module', name: 'fetch' });
    for (const [name, rest] of grants) {
      await client.request(addCapability, { templateId, kind: 'net', name, ...rest });
    }
    return client.session({ templateId });
  };
  const run = (session: Session, code: string) =>
    host.client.repl(session, `import { fetch, Headers, Request, Response } from 'fetch'; ${code}`);
  const value = async (session: Session, code: string) => {
    const execution = await run(session, code);
    assert.equal(execution.status, 'ok', execution.error?.stack);
    return execution.result?.json;
  };
  const refusal = async (session: Session, code: string) => {
    const execution = await run(session, code);
    assert.equal(execution.status, 'error', code);
    return execution.error;
  };
  const here = () => sessionWith([`localhost:${server.port}`]);

  it('has classes that are shown by their names', async () => {
    const session = await here();
    const { result } = await run(session, '[Headers, Request, Response, new Headers()]');
    assert.equal(
      result?.preview.replaceAll(/\s+/g, ' '),
      '[ [class Headers], [class Request extends Body], [class Response extends Body], Headers {} ]',
    );
  });

  it('gets a response with its status, headers and body', async () => {
    const session = await here();
    assert.deepEqual(
      await value(
        session,
        `const response = await fetch('${server.url('/hello')}#part');
         [response.ok, response.status, response.statusText, response.headers.get('X-Many'),
          response.headers.getSetCookie(), response.url, response.redirected, response.type,
          await response.clone().text(), await response.text(), response.bodyUsed]`,
      ),
      [
        true,
        200,
        'Fine',
        'a, b',
        ['c=1', 'd=2'],
        server.url('/hello'),
        false,
        'basic',
        'héllo',
        'héllo',
        true,
      ],
    );
    assert.match((await refusal(session, `await response.text()`))?.message ?? '', /read already/);
    assert.match(
      (await refusal(session, `response.headers.set('a', 'b')`))?.message ?? '',
      /cannot be changed/,
    );
    assert.equal(await value(session, `(await fetch('${server.url('/absent')}')).status`), 404);
  });

  it('sends a method, headers and a body', async () => {
    const session = await here();
    const sent = (init: string) =>
      value(session, `await (await fetch('${server.url('/echo')}', ${init})).json()`) as Promise<{
        method: string;
        headers: Record<string, string>;
        body: string;
      }>;
    const text = await sent(
      `{ method: 'post', body: 'é', headers: { 'X-One': '1', Host: 'evil', Connection: 'x', 'Proxy-Authorization': 'p' } }`,
    );
    assert.equal(text.method, 'POST');
    assert.equal(text.body, Buffer.from('é').toString('latin1'));
    assert.equal(text.headers['content-type'], 'text/plain;charset=UTF-8');
    assert.equal(text.headers['content-length'], '2');
    assert.equal(text.headers['x-one'], '1');
    assert.equal(text.headers['host'], `localhost:${server.port}`);
    assert.equal(text.headers['proxy-authorization'], undefined);
    assert.equal((await sent(`{ method: 'PUT', body: new Uint8Array([1, 255]) }`)).body, '\u0001\u00ff');
    const form = await sent(`{ method: 'PUT', body: new URLSearchParams({ a: 'b c' }) }`);
    assert.deepEqual(
      [form.body, form.headers['content-type']],
      ['a=b+c', 'application/x-www-form-urlencoded;charset=UTF-8'],
    );
    const json = await sent(
      `new Request('${server.url('/echo')}', { method: 'PATCH', body: '{}', headers: [['content-type', 'application/json']] })`,
    );
    assert.deepEqual([json.method, json.headers['content-type']], ['PATCH', 'application/json']);
  });

  it('refuses what would break a request apart', async () => {
    const session = await here();
    for (const code of [
      `fetch('${server.url('/echo')}', { headers: { a: 'b\\r\\nc: d' } })`,
      `fetch('${server.url('/echo')}', { headers: { 'a b': 'c' } })`,
      `fetch('${server.url('/echo')}', { method: 'GET /x HTTP/1.1' })`,
      `fetch('${server.url('/echo')}', { method: 'CONNECT' })`,
      `fetch('${server.url('/echo')}', { body: 'x' })`,
      `fetch('http://user:secret@localhost:${server.port}/echo')`,
      `fetch('/echo')`,
      `fetch('file:///etc/passwd')`,
    ]) {
      assert.equal((await refusal(session, `await ${code}`))?.name, 'TypeError', code);
    }
  });

  it('follows redirects as the web does', async () => {
    const session = await here();
    const after = async (status: number, method: string) =>
      value(
        session,
        `const { method, body } = await (await fetch('${server.url(`/${status}`)}', { method: '${method}', body: ${method === 'GET' ? 'null' : "'b'"} })).json(); [method, body]`,
      );
    assert.deepEqual(await after(301, 'POST'), ['GET', '']);
    assert.deepEqual(await after(302, 'PUT'), ['PUT', 'b']);
    assert.deepEqual(await after(303, 'PUT'), ['GET', '']);
    assert.deepEqual(await after(307, 'POST'), ['POST', 'b']);
    assert.deepEqual(await after(308, 'GET'), ['GET', '']);
    assert.deepEqual(
      await value(
        session,
        `const moved = await fetch('${server.url('/301')}'); [moved.redirected, moved.url]`,
      ),
      [true, server.url('/echo')],
    );
    assert.deepEqual(
      await value(
        session,
        `const kept = await fetch('${server.url('/302')}', { redirect: 'manual' }); [kept.status, kept.headers.get('location'), await kept.text()]`,
      ),
      [302, '/echo', 'moved'],
    );
    assert.match(
      (await refusal(session, `await fetch('${server.url('/302')}', { redirect: 'error' })`))?.message ?? '',
      /forbids/,
    );
    assert.match(
      (await refusal(session, `await fetch('${server.url('/loop')}')`))?.message ?? '',
      /more than 20 times/,
    );
  });

  it('judges every host that it is redirected to, and takes no credentials there', async () => {
    const elsewhere = other.url('/echo');
    const code = `await (await fetch('${server.url(`/302?to=${encodeURIComponent(elsewhere)}`)}',
      { headers: { authorization: 'secret', cookie: 'a=b', 'x-mine': '1' } })).json()`;
    const alone = await here();
    assert.equal((await refusal(alone, code))?.code, 'CAPABILITY_DENIED');
    assert.equal(other.requests.length, 0);
    const both = await sessionWith([`localhost:${server.port}`], [`localhost:${other.port}`]);
    const { headers } = (await value(both, code)) as { headers: Record<string, string> };
    assert.deepEqual(
      [headers['authorization'], headers['cookie'], headers['x-mine']],
      [undefined, undefined, '1'],
    );
    for (const to of [
      'file:///etc/passwd',
      'http://u:p@localhost/',
      'ftp://localhost/',
      'http://169.254.169.254/',
    ]) {
      const refused = await refusal(
        both,
        `await fetch('${server.url(`/302?to=${encodeURIComponent(to)}`)}')`,
      );
      assert.match(refused?.message ?? '', /^fetch failed: /, to);
    }
  });

  it('decodes what is packed, and counts what it becomes', async () => {
    const session = await sessionWith([`localhost:${server.port}`, { config: { maxResponseKb: 1024 } }]);
    for (const name of ['gzip', 'br', 'deflate', 'raw']) {
      assert.equal(
        await value(session, `(await (await fetch('${server.url(`/${name}`)}')).text()).length`),
        12_000,
        name,
      );
    }
    for (const name of ['gzip', 'br', 'deflate']) {
      const refused = await refusal(session, `await fetch('${server.url(`/bomb-${name}`)}')`);
      assert.match(refused?.message ?? '', /larger than 1024 KB/, name);
    }
  });

  it('gives up in time, and when it is told to', async () => {
    const session = await sessionWith([`localhost:${server.port}`, { config: { timeoutMs: 200 } }]);
    assert.match(
      (await refusal(session, `await fetch('${server.url('/silent')}')`))?.message ?? '',
      /longer than 200 ms/,
    );
    const patient = await here();
    const aborted = await refusal(
      patient,
      `const controller = new AbortController();
       const waiting = fetch('${server.url('/silent')}', { signal: controller.signal });
       controller.abort(new RangeError('enough'));
       await waiting`,
    );
    assert.deepEqual([aborted?.name, aborted?.message], ['RangeError', 'enough']);
    assert.match(
      (await refusal(patient, `await fetch('${server.url('/silent')}', { signal: AbortSignal.timeout(50) })`))
        ?.name ?? '',
      /TimeoutError/,
    );
  });

  it('ends with the execution that it belongs to, on the server too', async () => {
    const { client } = host;
    const session = await here();
    const arrived = new Promise<ServerResponse>((resolve) => {
      server.on('/endless', (_request, response) => {
        response.writeHead(200).write('some');
        resolve(response);
      });
    });
    const id = randomUUID();
    const running = client.repl(
      session,
      `import { fetch } from 'fetch'; await fetch('${server.url('/endless')}')`,
      { id },
    );
    const closed = once(await arrived, 'close');
    const asked = performance.now();
    await client.request(cancelExecution, { executionId: id });
    assert.equal((await running).status, 'cancelled');
    await closed;
    assert.ok(performance.now() - asked < 500);
  });

  it('trusts no certificate that nobody vouches for', async () => {
    const secure = createSecureServer(selfSigned, (_request, response) => response.end('secret'));
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const { port } = secure.address() as AddressInfo;
    try {
      const session = await sessionWith([`localhost:${port}`]);
      assert.deepEqual(
        await value(session, `await fetch('https://localhost:${port}/').catch((e) => [e.name, e.code])`),
        ['TypeError', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
      );
    } finally {
      secure.close();
    }
  });

  it('reaches no host that is not granted, and tells the session so', async () => {
    const { client } = host;
    const session = await sessionWith(
      ['*'],
      ['localhost:1', { config: { methods: ['GET'] } }],
      ['*.example.com', { effect: 'deny' }],
    );
    const port = String(server.port);
    for (const url of [
      server.url('/hello'),
      server.url('/hello', '127.0.0.1'),
      `http://2130706433:${port}/`,
      `http://0x7f.1:${port}/`,
      `http://017700000001:${port}/`,
      `http://[::1]:${port}/`,
      `http://[::ffff:127.0.0.1]/`,
      'http://127.0.0.1/',
      'http://0.0.0.0/',
      'http://10.0.0.1/',
      'http://100.64.0.1/',
      'http://169.254.169.254/latest/meta-data/',
      'http://168.63.129.16/',
      'http://192.168.1.1/',
      'http://224.0.0.1/',
      'http://[fe80::1]/',
      'http://[fd00::1]/',
      'http://[64:ff9b::7f00:1]/',
      'http://[2002:7f00:1::]/',
      'http://localhost./',
      'http://www.example.com./',
    ]) {
      const refused = await run(session, `await fetch('${url}')`);
      assert.equal(refused.error?.code, 'CAPABILITY_DENIED', url);
      assert.equal(refused.error.name, 'TypeError');
      const { items } = await client.request(listEvents, { executionId: refused.id });
      const notice = items.find((event) => event.type === 'system');
      assert.match(String(notice?.payload.message), /net capability/, url);
    }
    const refused = await refusal(session, `await fetch('http://localhost:1/', { method: 'DELETE' })`);
    assert.equal(refused?.code, 'CAPABILITY_DENIED');
    assert.equal(
      await value(
        session,
        `await fetch('http://localhost:1/').catch((e) => e.code === 'ECONNREFUSED' && e.cause.code === e.code)`,
      ),
      true,
    );
  });

  it('cannot be imported without its grant, nor granted to what is no host', async () => {
    const { client } = host;
    const plain = await client.session();
    assert.equal((await refusal(plain, '0'))?.code, 'MODULE_NOT_ALLOWED');
    const { id: templateId } = await client.template();
    for (const name of ['http://x.example', 'a b', 'x.example/path', 'x:99999', '*.', 'a*.example.com', '']) {
      const { code } = await client.refusal('vm/templates/addCapability', { templateId, kind: 'net', name });
      assert.match(code, /CAPABILITY_INVALID|VALIDATION_ERROR/, name);
    }
  });

  it('connects to the address that was checked, whatever the name leads to later', async () => {
    server.on('/rebound', (request, response) => response.end(request.headers.host));
    const answers = [['203.0.113.7'], ['127.0.0.1'], ['8.8.8.8', '10.0.0.1']];
    let asked = 0;
    const lookup = () => {
      const addresses = answers[asked++ % answers.length] ?? [];
      return Promise.resolve(addresses.map((address) => ({ address, family: 4 })));
    };
    const rule = (name: string): Capability => ({
      id: name,
      templateId: 't',
      kind: 'net',
      name,
      effect: 'allow',
      enabled: true,
      config: { timeoutMs: 1000 },
    });
    const send = (grants: Capability[]) =>
      new Fetches(new Grants(grants), { lookup }).services['fetch.send']?.(
        {
          url: `http://rebind.example:${server.port}/rebound`,
          method: 'GET',
          headers: [],
          redirect: 'follow',
        },
        { data: undefined, signal: new AbortController().signal },
      );
    const name = rule(`rebind.example:${server.port}`);
    // Documentation addresses, loopback, and a private one among public ones: each alone is enough to refuse.
    for (let i = 0; i < answers.length; i++) {
      await assert.rejects(async () => send([name]), { code: 'CAPABILITY_DENIED' });
      assert.equal(asked, i + 1);
    }
    // Where the address is granted by itself, it is reached, after one look only.
    asked = 1;
    const answer = await send([name, rule(`127.0.0.1:${server.port}`)]);
    assert.ok(answer !== undefined);
    assert.equal(asked, 2);
  });

  it('is a global where that is granted, the same that the module exports', async () => {
    const { client } = host;
    const { id: templateId } = await client.template();
    await client.request(addCapability, { templateId, kind: 'global', name: 'fetch' });
    await client.request(addCapability, { templateId, kind: 'net', name: `localhost:${server.port}` });
    const session = await client.session({ templateId });
    const answered = await client.repl(
      session,
      `(await fetch('${server.url('/hello')}')).constructor === Response`,
    );
    assert.equal(answered.result?.json, true, answered.error?.stack);
    assert.equal(
      (await client.repl(session, `Object.keys(globalThis).includes('fetch')`)).result?.json,
      false,
    );
    assert.equal((await refusal(session, '0'))?.code, 'MODULE_NOT_ALLOWED');
    await client.request(addCapability, { templateId, kind: 'module', name: 'fetch' });
    const both = await client.session({ templateId });
    assert.equal(await value(both, `globalThis.fetch === fetch`), true);
    const plain = await client.repl(await client.session(), 'typeof fetch + typeof Headers');
    assert.equal(plain.result?.json, 'undefinedundefined');
  });

  it('has Headers, Request and Response that work without a network', async () => {
    const session = await sessionWith();
    assert.deepEqual(
      await value(
        session,
        `const headers = new Headers([['B', '1'], ['a', ' x '], ['b', '2'], ['set-cookie', 'p'], ['Set-Cookie', 'q']]);
         const request = new Request('https://x.example/?q#f', { method: 'post', body: 'b' });
         [[...headers], headers.get('c'), headers.has('B'), request.url, request.method, await request.clone().text(),
          await Response.json({ a: 1 }).json(), Response.error().type, Response.redirect('https://x.example/').status,
          new Response(null, { status: 204 }).ok, Object.prototype.toString.call(headers),
          [...await new Response('\\ud800é').bytes()]]`,
      ),
      [
        [
          ['a', 'x'],
          ['b', '1, 2'],
          ['set-cookie', 'p'],
          ['set-cookie', 'q'],
        ],
        null,
        true,
        'https://x.example/?q#f',
        'POST',
        'b',
        { a: 1 },
        'error',
        302,
        true,
        '[object Headers]',
        [0xef, 0xbf, 0xbd, 0xc3, 0xa9],
      ],
    );
  });
});

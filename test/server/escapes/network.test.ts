import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Grant } from '../native/support.js';
import { type Attempt, attempting, usePrison } from './prison.js';

const anywhere: Grant[] = [
  ['module', 'fetch'],
  ['net', '*:*'],
];

/** Ways to spell the loopback address, where `$` is the port. */
const loopbacks = [
  '127.0.0.1:$',
  '127.1:$',
  '127.0.1:$',
  '127.000.000.001:$',
  '2130706433:$',
  '0x7f000001:$',
  '0x7f.0.0.1:$',
  '0177.0.0.1:$',
  '017700000001:$',
  '127.0.0.1.:$',
  '0.0.0.0:$',
  '0:$',
  '①②⑦.⓪.⓪.①:$',
  '１２７.０.０.１:$',
  '127。0。0。1:$',
  '%31%32%37.0.0.1:$',
  'localhost:$',
  'LOCALHOST:$',
  'localhost.:$',
  'x.localhost:$',
  'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:$',
  '[::1]:$',
  '[::]:$',
  '[0:0:0:0:0:0:0:1]:$',
  '[::ffff:127.0.0.1]:$',
  '[::ffff:7f00:1]:$',
  '[::127.0.0.1]:$',
  '[64:ff9b::7f00:1]:$',
  '[64:ff9b:1::7f00:1]:$',
  '[2002:7f00:1::]:$',
  '[2001:0:7f00:1::]:$',
  '[fe80::1]:$',
  '[fc00::1]:$',
  '127.255.255.254:$',
  '169.254.169.254',
  '100.100.100.200',
  '168.63.129.16',
  '10.0.0.1',
  '192.168.0.1',
  '172.16.0.1',
  '100.64.0.1',
  '224.0.0.1',
  '255.255.255.255',
  'x@127.0.0.1:$',
  '127.0.0.1:$@127.0.0.1:$',
  '127.0.0.1\t:$',
  '127.0.0.1:$#@example.com',
  '127.0.0.1:$\\@example.com',
];

const collecting = (body: string) => `import { fetch, Headers, Request, Response } from 'fetch';
  const got = [], refused = [];
  const tried = async (name, run) => { try { const answer = await run(); got.push([name, answer.status ?? String(answer)]) } catch (error) { refused.push(error.name + ' ' + (error.code ?? '')) } };
  ${body}
  got`;

const attempts = (port: () => number): readonly Attempt[] => [
  {
    title: 'the loopback and private addresses, in every spelling, where every host is granted',
    get code() {
      return collecting(
        `const names = ${JSON.stringify(loopbacks.map((each) => each.replaceAll('$', String(port()))))};
         await Promise.all(names.flatMap((name) => ['http://', 'https://', 'http:', 'http:/\\\\', '\\thttp://'].map((scheme) => tried(scheme + name, () => fetch(scheme + name + '/')))));`,
      );
    },
    ends: /^\[\]$/,
    grants: anywhere,
    limits: { wallMs: 20_000, cpuMs: 10_000 },
  },
  {
    title: 'other schemes, and URLs that are none',
    get code() {
      return collecting(
        `for (const url of ['file:///etc/passwd', 'data:text/plain,x', 'blob:null/x', 'ftp://localhost:${port()}', 'ws://localhost:${port()}', 'unix:/var/run/docker.sock', 'http+unix://%2Fvar%2Frun%2Fdocker.sock/', 'gopher://localhost:${port()}/', 'vm:native', '//localhost:${port()}', '/etc/passwd', 'jar:http://localhost:${port()}!/', 'view-source:http://localhost:${port()}']) await tried(url, () => fetch(url));`,
      );
    },
    ends: /^\[\]$/,
    grants: anywhere,
  },
  {
    title: 'headers, methods and bodies that hold another request',
    get code() {
      return collecting(
        `const url = 'http://localhost:${port()}/';
         const evil = 'a\\r\\n\\r\\nGET /evil HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n';
         for (const init of [{ headers: { x: evil } }, { headers: [[evil, 'x']] }, { method: evil }, { headers: { host: 'internal' } }, { headers: { 'x\\0': '1' } }, { headers: { x: '\\u010d\\u010a' } }, { headers: { 'Transfer-Encoding': 'chunked', 'Content-Length': '1' }, method: 'POST', body: evil }, { method: 'CONNECT' }, { method: 'TRACE' }, { headers: { 'proxy-authorization': 'x' } }])
           await tried(JSON.stringify(init), () => fetch(url, init));
         await tried('path', () => fetch(url + '\\r\\nx: y')); await tried('request', () => fetch(new Request(url, { headers: { x: '1' } })));`,
      );
    },
    ends: /^\[\]$/,
    grants: anywhere,
  },
  {
    title: 'an import over the network',
    get code() {
      return `const got = [];
        for (const url of ['http://127.0.0.1:${port()}/x.js', 'https://127.0.0.1:${port()}/x.js', '//127.0.0.1:${port()}/x.js', 'file://127.0.0.1:${port()}/x.js', 'data:text/javascript,export default 1', 'data:text/javascript;base64,ZXhwb3J0IGRlZmF1bHQgMQ==', 'npm:x', 'jsr:x', 'blob:http://127.0.0.1:${port()}/x', 'github:x/y'])
          for (const load of [(each) => import(each), async (each) => require(each)]) try { got.push(await load(url)) } catch {}
        got`;
    },
    ends: /^\[\]$/,
    grants: anywhere,
  },
  {
    title: 'the network without a grant, or with that of another host, port or method',
    get code() {
      return collecting(
        `for (const url of ['http://localhost:${port()}/', 'http://api.example.test.localhost:${port()}/', 'http://api.example.test:${port()}/', 'http://api.example.test@localhost:${port()}/', 'http://localhost:${port()}/?api.example.test', 'http://xapi.example.test/'])
           for (const method of ['GET', 'POST', 'get', 'DELETE']) await tried(method + url, () => fetch(url, { method }));`,
      );
    },
    ends: /^\[\]$/,
    grants: [
      ['module', 'fetch'],
      ['net', 'api.example.test:81', { config: { methods: ['GET'] } }],
    ],
  },
  {
    title: 'a granted name of which everything is said to be a URL object, a getter or a Proxy',
    get code() {
      return collecting(
        `let asked = 0;
         const changing = { toString: () => asked++ ? 'http://127.0.0.1:${port()}/' : 'http://api.example.test:81/' };
         URL.prototype.toString = () => 'http://127.0.0.1:${port()}/'; Object.defineProperty(URL.prototype, 'href', { get: () => 'http://127.0.0.1:${port()}/' });
         for (const url of [changing, new URL('http://api.example.test:82/'), new Proxy({}, { get: () => () => 'http://127.0.0.1:${port()}/' })]) await tried('x', () => fetch(url));`,
      );
    },
    ends: /^\[\]$/,
    grants: [
      ['module', 'fetch'],
      ['net', 'api.example.test:82'],
    ],
  },
  {
    title: 'a database, a program and a socket as other ways to the network',
    get code() {
      return `const got = [];
        for (const name of ['net', 'http', 'https', 'tls', 'dgram', 'dns', 'undici', 'ws', 'node:net', 'http2', 'inspector', 'worker_threads', 'cluster', 'vm'])
          for (const load of [(each) => import(each), async (each) => require(each)]) try { got.push(await load(name)) } catch {}
        for (const name of ['XMLHttpRequest', 'WebSocket', 'EventSource', 'navigator', 'fetch', 'Request', 'BroadcastChannel', 'MessageChannel', 'caches', 'WebTransport']) if (name in globalThis) got.push(name);
        got`;
    },
    ends: /^\[\]$/,
    grants: anywhere,
  },
];

describe('a way out through the network', function () {
  this.timeout(60_000);
  const prison = usePrison();
  attempting(
    prison,
    attempts(() => prison.port),
  );

  describe('by a server that is granted', () => {
    let server: Server;
    const heard: string[] = [];
    before(async () => {
      server = createServer((request, response) => {
        heard.push(`${request.url} ${request.headers.authorization ?? ''}`);
        const to = new URL(request.url ?? '', 'http://x').searchParams.get('to') ?? '/';
        // Header bytes are UTF-8 on the wire, which Node takes as Latin-1.
        response.writeHead(302, { location: Buffer.from(to).toString('latin1') }).end();
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    });
    after(() => server.close());

    it('holds: a redirect to what is not granted, in every spelling', async () => {
      const { port } = server.address() as AddressInfo;
      const targets = [
        ...loopbacks.map((each) => `http://${each.replaceAll('$', String(prison.port))}/`),
        `//127.0.0.1:${prison.port}/`,
        `\\\\127.0.0.1:${prison.port}\\`,
        'file:///etc/passwd',
        'data:text/plain,x',
        `http://user:password@localhost:${prison.port}/`,
      ].filter((each) => !/\/\/(?:10|192|172|100|168|169|224|255)\./.test(each));
      await prison.withstands({
        title: 'redirects',
        code: collecting(
          `for (const to of ${JSON.stringify(targets)}) await tried(to, () => fetch('http://localhost:${port}/?to=' + encodeURIComponent(to), { headers: { authorization: 'secret' } }));`,
        ),
        ends: /^\[\]$/,
        grants: [
          ['module', 'fetch'],
          ['net', `localhost:${port}`],
        ],
        limits: { cpuMs: 10_000, wallMs: 20_000 },
      });
      assert.equal(heard.length, targets.length, 'each was asked for once');
    });
  });
});

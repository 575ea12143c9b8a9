import { assertSameAsNode } from './same-as-node.js';

const text = JSON.stringify;

const absolute = [
  'https://example.com',
  'https://user:pa%20ss@Example.COM:443/a/../b/./c?q=1#frag',
  'http://example.com:80',
  'http://example.com:8080/',
  'http://example.com:65536/',
  'http://example.com:99999999999',
  'http://example.com:0',
  'http://ex ample.com/',
  'http://exa%6Dple.com/',
  'http://exam%00ple.com/',
  'http://[::1]:3000/x',
  'http://[1:2::3:4]/',
  'http://[::127.0.0.1]',
  'http://[0:0:0:0:0:0:13.1.68.3]',
  'http://[::1',
  'http://[google.com]',
  'http://[::1%eth0]/',
  'http://192.168.0.1',
  'http://192.168.257',
  'http://0x7f.1',
  'http://0300.168.0.1',
  'http://256.256.256.256',
  'http://4294967296',
  'http://1.2.3.4.5',
  'http://foo.0x4',
  'http://münchen.de/straße?ü=ß#ö',
  'http://xn--mnchen-3ya.de',
  'http://☃.net/',
  'http://faß.de',
  'http://日本語.jp',
  'http://Bücher.example',
  'http://a‍b.com',
  'http://xn--a',
  'http://a_b.com',
  'http://a<b',
  'http://a^b',
  'http://a|b',
  'http:/example.com',
  'http:example.com',
  'http:///example.com',
  'http:////example.com//a//b',
  'http:\\\\example.com\\a\\b',
  'https:/\\example.com',
  '  http://example.com  ',
  'ht\ttp://exa\nmple.com/a\rb',
  '\u0000http://example.com\u001f',
  'file:///etc/passwd',
  'file://localhost/etc',
  'file://host/share/x',
  'file:C:/a/b',
  'file:///C|/a/../..',
  'file:c:\\foo\\bar.html',
  'file:',
  'file://',
  'file:/..',
  'mailto:me@example.com',
  'mailto:/../x',
  'data:text/plain,hi there#x',
  'data:text/html,<b>?q',
  'javascript:alert(1)',
  'blob:https://example.com/uuid',
  'blob:d3958f5c',
  'about:blank',
  'foo://bar/baz?q#h',
  'foo://BAR:99/..//',
  'foo:/bar/../baz',
  'foo:bar baz ',
  'foo:///p',
  'foo://///',
  'foo://[::1]/',
  'foo://a b/',
  'foo://%C3%B6/',
  'non-special:.//p',
  'web+demo:/.//not-a-host/',
  'ws://x:80/',
  'wss://x:443',
  'ftp://x:21/a;type=a',
  'gopher://x:70',
  'http://user@/www',
  'http://@example.com',
  'http://:@example.com',
  'http://a:b@c:d@e/',
  'http://us%65r:%70w@h',
  "http://u'ser@h/",
  'http://example.com/%7Efoo%zz%',
  'http://example.com/a%2e%2e/b',
  'http://example.com/%2e%2E/%2e./x',
  'http://example.com/a b"c<d>e`f{g}',
  'http://example.com/?a b"c<d>e`f{g}\'',
  'http://example.com/#a b"c<d>e`f{g}',
  'http://example.com/\ud800',
  'http://example.com/?\udfff',
  'http://example.com/\u{1F600}?\u{1F600}#\u{1F600}',
  'http://example.com/?',
  'http://example.com/#',
  'http://example.com?#',
  'http://example.com/;a=1/b',
  'http://example.com./',
  'http://example.com../',
  'http://.example',
  'http://..',
  'http://.',
  'http://%',
  'http://%20',
  'http://a.b.-c',
  'http://-',
  'http://',
  'https://',
  '//example.com',
  '/path',
  'path',
  '?q',
  '#h',
  '',
  ' ',
  ':',
  '::',
  'http',
  '1http://x',
  'h+t-t.p:x',
  'h_t:x',
];

const relative = [
  '', '.', './', '..', '../', '../..', '../../../../x', 'a', './a', '/a', '//h/a', '///a', '\\a', '\\\\h\\a', '?q',
  '#h', '?', '#', 'a?b#c', ':x', 'a:b', 'http:a', 'http:/a', 'http://a', 'https:a', 'file:a', '/..//x', '/.//x', ' x ',
  'é', '%2e%2e/x', 'a/./b/../c', ';x', '@x', 'C|/x', '/C:/x', '..\\x', 'data:x', 'mailto:y',
]; // prettier-ignore
const bases = [
  'http://example.com/dir/file?query#hash',
  'https://u:p@h:8443/a/b/c/',
  'file:///C:/dir/file',
  'file:///dir/file',
  'file://host/dir/file',
  'mailto:x@y',
  'data:text/plain,x',
  'foo://bar/dir/file?q#h',
  'foo:/dir/file',
  'non-special:x',
  'nonsense',
];

const setters: readonly (readonly [url: string, property: string, value: string])[] = [
  'https://user:pw@example.com:8080/a/b?q=1#h',
  'file:///a/b',
  'mailto:x@y',
  'foo://bar/x',
  'foo:/x',
].flatMap((url) =>
  [
    ['href', 'http://other/'],
    ['href', 'nonsense'],
    ['protocol', 'http'],
    ['protocol', 'http:xx'],
    ['protocol', 'foo'],
    ['protocol', 'file'],
    ['protocol', '1x'],
    ['protocol', ''],
    ['username', 'me@:/'],
    ['username', ''],
    ['password', 'p w'],
    ['password', ''],
    ['host', 'other:99'],
    ['host', 'other'],
    ['host', ''],
    ['host', 'x:65536'],
    ['host', 'a/b'],
    ['host', '[::1]:7'],
    ['hostname', 'Größe.de'],
    ['hostname', 'x:1'],
    ['hostname', ''],
    ['hostname', 'a b'],
    ['port', '443'],
    ['port', '90abc'],
    ['port', 'abc'],
    ['port', ''],
    ['port', '65536'],
    ['port', '-1'],
    ['pathname', 'x/../y z?#'],
    ['pathname', ''],
    ['pathname', '//x'],
    ['search', 'a=b&c=d e'],
    ['search', '?'],
    ['search', ''],
    ['search', "'#\ud800"],
    ['hash', 'x y'],
    ['hash', '#'],
    ['hash', ''],
    ['origin', 'https://x'],
  ].map(([property = '', value = '']) => [url, property, value] as const),
);

const parts =
  '[url.href, url.origin, url.protocol, url.username, url.password, url.host, url.hostname, url.port, url.pathname,' +
  ' url.search, url.hash, url.searchParams.toString(), String(url), JSON.stringify(url)]';
const partsOf = (make: string) => `(() => { const url = ${make}; return ${parts}; })()`;

const params = [
  '""', '"?"', '"??a=b"', '"a=b&a=c&d"', '"=&=&&x"', '"a+b=c+d"', '"%41=%zz&%F0%9F%98%80=%ff"', '"a=b=c"', '"\\ud800=x"',
  '"a=\\u0000"', '[["a","b"],["c","d"]]', '[["a"]]', '[["a","b","c"]]', '[1]', '["ab"]', '{ a: 1, b: [2, 3], ü: "ß" }',
  '{ "\\ud800": 1, "\\udfff": 2 }', 'new Map([["m", "n"]])', 'new URLSearchParams("x=y")', 'undefined', '5',
  'Symbol()', '{ [Symbol()]: 1 }', 'function () {}', 'new Date(NaN)', '[[Symbol(), 1]]', '"a=*-._~!\'()"', '"a=b#c"',
]; // prettier-ignore

const changes = [
  'p.append("a", "z")', 'p.append("ü", "ß &=+")', 'p.append("x")', 'p.delete("a")', 'p.delete("a", "2")', 'p.delete()',
  'p.set("a", "9")', 'p.set("new", undefined)', 'p.sort()', 'p.get("a")', 'p.get("none")', 'p.getAll("a")', 'p.has("a")',
  'p.has("a", "2")', 'p.has("a", "8")', 'p.size', '[...p]', '[...p.keys()]', '[...p.values()]', '[...p.entries()]',
  'p.entries().toString()', 'p.forEach.call(1, () => 1)', 'p.forEach()', 'Object.getPrototypeOf(p.keys()) === Object.getPrototypeOf(p.entries())',
  '(() => { const l = []; p.forEach(function (v, k, o) { l.push(v, k, o === p, this.x); }, { x: 7 }); return l; })()',
  '(() => { const l = []; for (const [k] of p) { l.push(k); p.delete(k); } return l; })()',
  'p[Symbol.iterator] === p.entries', 'Object.prototype.toString.call(p)', 'p.keys().next.call({})', 'URLSearchParams()',
  'typeof p.keys()[Symbol.iterator]',
]; // prettier-ignore

describe('URL and URLSearchParams of a session', () => {
  it('read URLs as Node does', async () => {
    await assertSameAsNode(absolute.map((url) => partsOf(`new URL(${text(url)})`)));
  });

  it('read relative URLs against every kind of base as Node does', async () => {
    const cases = bases.flatMap((base) => relative.map((url) => `new URL(${text(url)}, ${text(base)})`));
    await assertSameAsNode(cases.map(partsOf));
  });

  it('change the parts of a URL as Node does', async () => {
    await assertSameAsNode(
      setters.map(
        ([url, property, value]) =>
          `(() => { const url = new URL(${text(url)}); url.searchParams; url.${property} = ${text(value)}; return ${parts}; })()`,
      ),
    );
  });

  it('read and write queries as Node does', async () => {
    await assertSameAsNode([
      ...params.map(
        (init) => `(() => { const p = new URLSearchParams(${init}); return [[...p], String(p), p.size]; })()`,
      ),
      ...changes.map(
        (change) =>
          `(() => { const p = new URLSearchParams("b=1&a=2&a=3&\\u{1F600}=4&\\uffff=5"); const r = ${change}; return [r, String(p)]; })()`,
      ),
      ...changes.map(
        (change) =>
          `(() => { const url = new URL("http://x/?b=1&a=2&a=3#h"); const p = url.searchParams; const r = ${change}; return [r, url.href, url.searchParams === p]; })()`,
      ),
      'URL.canParse("x:y")',
      'URL.canParse("y")',
      'URL.canParse("y", "http://x")',
      'URL.canParse()',
      'new URL()',
      'URL("http://x")',
      'new URL(Symbol())',
      'new URL({ toString: () => "http://from/object" }).href',
      'new URL("a", undefined)',
      'new URL("a", null)',
      'Object.getOwnPropertyDescriptor(URL.prototype, "href").get.call({})',
      'Object.getOwnPropertyDescriptor(URL.prototype, "href").get.name',
      'Object.keys(URL.prototype).sort().join()',
      'Object.keys(URLSearchParams.prototype).sort().join()',
    ]);
  });
});

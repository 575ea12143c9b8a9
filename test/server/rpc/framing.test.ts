import assert from 'node:assert/strict';
import { type Framed, FrameParser } from '../../../server/rpc/transport/framing.js';
import { framed } from './raw-client.js';

const options = { maxMessageBytes: 200 };
const hello = { jsonrpc: '2.0', method: 'hello' };

/** What comes out, in a form that compares: bodies as text. */
function parse(bytes: Buffer, cuts: readonly number[] = []): unknown[] {
  const parser = new FrameParser(options);
  const edges = [0, ...cuts, bytes.length];
  return edges
    .slice(1)
    .flatMap((end, index) => parser.push(bytes.subarray(edges[index], end)))
    .map(readable);
}

function readable(item: Framed): unknown {
  return item.kind === 'message' ? item.body.toString('utf8') : item;
}

const kinds = (text: string): unknown[] =>
  parse(Buffer.from(text)).map((item) => (typeof item === 'string' ? 'message' : (item as Framed).kind));

const json = JSON.stringify;

describe('the frame reader', () => {
  const stream = Buffer.from(
    [
      framed({ text: 'späße 🎉' }),
      `content-length:  ${json(hello).length}\r\nX-Other: 1\r\nContent-Type: application/vscode-jsonrpc; charset=utf8\r\n\r\n${json(hello)}`,
      'no colon here\r\n\r\n',
      framed(hello),
      framed({ id: 'big', filler: 'x'.repeat(500) }),
      'Content-Length: abc\r\n\r\n{}',
      framed(hello),
      'Content-Length: 0\r\n\r\n',
    ].join(''),
  );
  const expected = [
    json({ text: 'späße 🎉' }),
    json(hello),
    { kind: 'malformed', reason: 'a header line must look like "Content-Length: 42"' },
    json(hello),
    { kind: 'oversized', bytes: json({ id: 'big', filler: 'x'.repeat(500) }).length, id: 'big' },
    { kind: 'malformed', reason: 'Content-Length must be a number of bytes' },
    json(hello),
    '',
  ];

  it('reads the same messages wherever the stream is cut in two', () => {
    assert.deepEqual(parse(stream), expected);
    for (let cut = 1; cut < stream.length; cut += 1) assert.deepEqual(parse(stream, [cut]), expected);
  });

  it('reads the same messages byte by byte and in chunks of every small size', () => {
    for (let size = 1; size <= 70; size += 1) {
      const cuts = Array.from({ length: Math.ceil(stream.length / size) - 1 }, (_, n) => (n + 1) * size);
      assert.deepEqual(parse(stream, cuts), expected);
    }
  });

  for (const [name, header] of [
    ['no length', 'Content-Type: text\r\n\r\n{"a":1}'],
    ['a negative length', 'Content-Length: -5\r\n\r\n{"a":1}'],
    ['a length that is no number', 'Content-Length: many\r\n\r\n{"a":1}'],
    ['an absurd length', 'Content-Length: 99999999999999\r\n\r\n{"a":1}'],
    ['a length with too many digits', `Content-Length: ${'9'.repeat(40)}\r\n\r\n{"a":1}`],
    ['two lengths that disagree', 'Content-Length: 7\r\nContent-Length: 8\r\n\r\n{"a":1}'],
    ['a line without colon', 'Content-Length 7\r\n\r\n{"a":1}'],
    ['bare line feeds', 'Content-Length: 7\n\n{"a":1}'],
    ['no header at all', '{"jsonrpc":"2.0","id":1,"method":"vm/health"}'],
    ['a line without end', 'x'.repeat(5000)],
    ['binary noise', '\u0000\u0001\u0002\u0003'],
  ] as const) {
    it(`says that ${name} is malformed, once, and goes on at the next message`, () => {
      assert.deepEqual(kinds(header + framed(hello)), ['malformed', 'message']);
    });
  }

  it('tells of a broken header at once, without waiting for more bytes', () => {
    assert.deepEqual(kinds('{"jsonrpc":"2.0"'), ['malformed']);
    assert.deepEqual(kinds('Content-Length: -1\r\n'), ['malformed']);
  });

  it('is not led astray by a header in the text of a message that it passes over', () => {
    const misleading = json({ input: 'Content-Length: 3\r\n\r\nabc' });
    assert.deepEqual(kinds(`Wrong: 1\r\n\r\n${misleading}${framed(hello)}`), ['malformed', 'message']);
  });

  it('goes on after a length that is too short for its message', () => {
    assert.deepEqual(kinds(`Content-Length: 5\r\n\r\n${json(hello)}${framed(hello)}`), [
      'message',
      'malformed',
      'message',
    ]);
  });

  it('lets stray line ends between messages pass', () => {
    assert.deepEqual(kinds(`${framed(hello)}\r\n\n${framed(hello)}`), ['message', 'message']);
  });

  it('passes over a message in a charset that it cannot read', () => {
    const utf16 = `Content-Length: 4\r\nContent-Type: application/json; charset=utf-16\r\n\r\nabcd`;
    assert.deepEqual(kinds(utf16 + framed(hello)), ['malformed', 'message']);
  });

  it('finds the id of a message that is too large at its front, at its end, and in no inner object', () => {
    const filler = 'x'.repeat(300);
    const idOf = (text: string): unknown =>
      (parse(Buffer.from(`Content-Length: ${text.length}\r\n\r\n${text}`))[0] as { id: unknown }).id;
    assert.equal(idOf(json({ id: 7, params: { filler } })), 7);
    assert.equal(idOf(json({ params: { filler, id: 1, text: '"id":2,' }, id: '7' })), '7');
    assert.equal(idOf(json({ params: { id: 1 }, filler })), undefined);
    assert.equal(idOf(json({ id: null, filler })), undefined);
    assert.equal(idOf(json([{ id: 1, filler }])), undefined);
  });

  it('tells of a message that is too large before all of it has come, when its id came first', () => {
    const parser = new FrameParser(options);
    const [first] = parser.push(
      Buffer.from('Content-Length: 1000000\r\n\r\n{"id":3,"params":{"input":"aaaa'),
    );
    assert.deepEqual(first, { kind: 'oversized', bytes: 1_000_000, id: 3 });
  });

  it('gives up on a peer that sends no header for 16 MB', () => {
    const parser = new FrameParser(options);
    const noise = Buffer.alloc(1024 * 1024, '!');
    const out = Array.from({ length: 20 }, () => parser.push(noise)).flat();
    assert.deepEqual(
      out.map(({ kind }) => kind),
      ['malformed', 'hopeless'],
    );
    assert.deepEqual(parser.push(Buffer.from(framed(hello))), []);
  });
});

import assert from 'node:assert/strict';
import { TestGuest } from '../test-guest.js';
import { assertSameAsNode } from './same-as-node.js';

const text = JSON.stringify;
const texts = [
  '', 'a', 'ä', '€', '😀', '\u0000', 'a\u0000b', '\ud800', '\udc00', '\ud800a', 'a\udfff', '\udc00\ud800', '😀\ud83d', '\ufeff',
  '\uffff', '\ud83d\ude00\ude00', 'é'.repeat(1000), '\u2028', '"\\/\b', '\u007f\u0080\u07ff\u0800',
]; // prettier-ignore

const byteLists: readonly (readonly number[])[] = [
  [], [0], [65], [0xc3, 0xa4], [0xe2, 0x82, 0xac], [0xf0, 0x9f, 0x98, 0x80], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98],
  [0x80], [0xff], [0xfe, 0xff], [0xc0, 0x80], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80],
  [0xf5, 0x80, 0x80, 0x80], [0xef, 0xbb, 0xbf, 65], [0xef, 0xbb], [0xef, 0xbb, 0xbf], [0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf],
  [65, 0xef, 0xbb, 0xbf], [0xe2, 65], [0xf0, 0x9f, 65], [0xe2, 0x82, 0xe2, 0x82, 0xac], [0xff, 0xfe, 65, 0], [0, 0xd8, 65, 0],
  [0x3d, 0xd8, 0x00, 0xde], [65, 0, 66], [0x81, 0x40], [0x81, 0x30, 0x81, 0x30], [0xa4, 0xa2, 0xa4], [0x8f, 0xa2, 0xaf],
  [0x1b, 0x24, 0x42, 0x24, 0x22, 0x1b, 0x28, 0x42, 65], [0x80, 0x9f, 0xa0, 0xe4],
]; // prettier-ignore
const labels = [
  'utf-8', 'UTF8', ' unicode-1-1-utf-8\n', 'utf-16le', 'utf-16', 'utf-16be', 'latin1', 'ascii', 'windows-1252', 'iso-8859-2',
  'iso-8859-15', 'koi8-r', 'macintosh', 'windows-1251', 'ibm866', 'shift_jis', 'sjis', 'euc-jp', 'iso-2022-jp', 'gbk',
  'gb18030', 'big5', 'euc-kr', 'x-user-defined', 'replacement', 'utf-7', 'nonsense', '',
]; // prettier-ignore

const bytes = (list: readonly number[]) => `new Uint8Array([${list.join()}])`;

/** In two steps: in one, Node takes windows-1252 for Latin 1. */
const decode = (decoder: string, list: readonly number[]) =>
  `(() => { const decoder = ${decoder}; return decoder.decode(${bytes(list)}, { stream: true }) + decoder.decode(); })()`;

describe('TextEncoder and TextDecoder of a session', () => {
  it('encode as Node does', async () => {
    await assertSameAsNode([
      ...texts.map((each) => `new TextEncoder().encode(${text(each)})`),
      ...texts.flatMap((each) =>
        [0, 1, 2, 3, 4, 5, 7].map(
          (room) =>
            `(() => { const to = new Uint8Array(${room}); return [new TextEncoder().encodeInto(${text(each)}, to), to]; })()`,
        ),
      ),
      'new TextEncoder().encode()',
      'new TextEncoder().encode(undefined)',
      'new TextEncoder().encode(null)',
      'new TextEncoder().encode(5)',
      'new TextEncoder().encode(Symbol())',
      'new TextEncoder().encodeInto("x")',
      'new TextEncoder().encodeInto("x", new Int8Array(1))',
      'new TextEncoder().encoding',
      'TextEncoder.prototype.encode.call({}, "x")',
    ]);
  });

  it('decode every encoding as Node does', async () => {
    await assertSameAsNode(
      labels.flatMap((label) =>
        byteLists.flatMap((list) => [
          decode(`new TextDecoder(${text(label)})`, list),
          decode(`new TextDecoder(${text(label)}, { fatal: true })`, list),
          decode(`new TextDecoder(${text(label)}, { ignoreBOM: true })`, list),
        ]),
      ),
    );
  });

  it('decode a stream as Node does, wherever it is cut', async () => {
    const streams = byteLists.filter((list) => list.length > 1);
    await assertSameAsNode(
      [
        'utf-8',
        'utf-16le',
        'utf-16be',
        'gbk',
        'gb18030',
        'big5',
        'euc-jp',
        'shift_jis',
        'euc-kr',
        'windows-1252',
      ].flatMap((label) =>
        streams.flatMap((list) =>
          [1, 2, 3].map(
            (size) => `(() => {
                const decoder = new TextDecoder('${label}');
                const list = ${bytes(list)};
                let text = '';
                for (let i = 0; i < list.length; i += ${size}) text += decoder.decode(list.subarray(i, i + ${size}), { stream: true });
                return [text + decoder.decode(), decoder.decode(list, { stream: true }) + decoder.decode()];
              })()`,
          ),
        ),
      ),
    );
  });

  it('decode at once as in two steps, also where Node does not', async () => {
    const guest = await TestGuest.open();
    assert.equal(guest.look('new TextDecoder("latin1").decode(new Uint8Array([0x80, 0xe4]))'), '€ä');
    assert.equal(guest.look('new TextDecoder().decode(new Uint8Array([0xe2, 0x82, 0xac, 0xe2]))'), '€\ufffd');
    guest.close();
  });

  it('take every kind of buffer, and a stretch of one', async () => {
    await assertSameAsNode([
      'new TextDecoder().decode()',
      'new TextDecoder().decode(new Uint8Array([65, 66]).buffer)',
      'new TextDecoder().decode(new DataView(new Uint8Array([65, 66, 67]).buffer, 1, 1))',
      'new TextDecoder().decode(new Uint16Array([0x4241]))',
      'new TextDecoder().decode(new Uint8Array(new SharedArrayBuffer(2)))',
      'new TextDecoder().decode("x")',
      'new TextDecoder().decode({})',
      'new TextDecoder().decode(5)',
      'new TextDecoder("utf-8", 5)',
      'new TextDecoder().encoding + new TextDecoder("ascii").encoding',
      'new TextDecoder("utf-8", { fatal: 1 }).fatal',
    ]);
  });

  it('work on more than one piece of a long text', async () => {
    const guest = await TestGuest.open();
    const { node } = guest.cell(`
      const long = '😀'.repeat(700_001);
      const bytes = new TextEncoder().encode('x' + long);
      [bytes.length, new TextDecoder().decode(bytes) === 'x' + long]
    `);
    guest.close();
    assert.deepEqual((node as { items: unknown }).items, [2_800_005, true]);
  });
});

describe('atob and btoa of a session', () => {
  const plain = ['', 'a', 'ab', 'abc', 'abcd', '\u0000\u00ff', 'é', '€', '😀', 'null', '\ud800'];
  const encoded = [
    '', 'YQ==', 'YQ=', 'YQ', 'YWI=', 'YWI', 'YWJj', 'Y', 'YQ===', 'Y=Q=', '=', '==', '====', ' Y Q = = ', '\tY\nQ\f=\r=', 'YQ\u000b==',
    'YR==', 'YWK=', 'a-_b', 'AAA\u0000', '////', 'ÿÿÿÿ', 'YQ==YQ==', 'ab=c', 'A===',
  ]; // prettier-ignore

  it('answer as Node does', async () => {
    await assertSameAsNode([
      ...plain.map((each) => `btoa(${text(each)})`),
      ...encoded.map((each) => `atob(${text(each)})`),
      ...['undefined', 'null', '12', 'true', '[]', '{}', 'Symbol()', '', '{ toString: () => "YQ" }'].flatMap(
        (each) => [`btoa(${each})`, `atob(${each})`],
      ),
      'atob(btoa(String.fromCharCode(...Array(256).keys())))',
    ]);
  });
});

import assert from 'node:assert/strict';
import type { Execution, ExecutionEvent, Session } from '../../shared/models.js';
import { listEvents } from '../../shared/protocol.js';
import { useHost } from '../support/use-host.js';

type Display = Extract<ExecutionEvent, { type: 'display' }>['payload'];

const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const method = 'Symbol.for("Jupyter.display")';

describe('display', () => {
  const host = useHost();
  let session: Session;
  beforeEach(async () => {
    session = await host.client.session();
  });

  const eventsOf = async ({ id }: Execution): Promise<ExecutionEvent[]> =>
    (await host.client.request(listEvents, { executionId: id, limit: 1000 })).items;
  const run = async (
    input: string,
  ): Promise<{ cell: Execution; events: ExecutionEvent[]; shown: Display[] }> => {
    const cell = await host.client.repl(session, input);
    const events = await eventsOf(cell);
    return {
      cell,
      events,
      shown: events.flatMap((event) => (event.type === 'display' ? [event.payload] : [])),
    };
  };

  for (const { does, code, data } of [
    {
      does: 'shows any value as text and JSON',
      code: 'display({ a: [1, 2] })',
      data: { 'text/plain': '{ a: [ 1, 2 ] }', 'application/json': { a: [1, 2] } },
    },
    { does: 'shows text as it is', code: 'display("two\\nlines")', data: { 'text/plain': 'two\nlines' } },
    {
      does: 'shows what JSON cannot say as text',
      code: 'display(new Map([[1, 2]]))',
      data: { 'text/plain': 'Map(1) { 1 => 2 }' },
    },
    {
      does: 'shows HTML behind the wall',
      code: 'display.html("<b>bold</b>")',
      data: { 'text/plain': '[HTML, 13 B]', 'application/vnd.vm-system.html+json': '<b>bold</b>' },
    },
    {
      does: 'shows Markdown behind the wall, and as text',
      code: 'display.markdown("# Title")',
      data: { 'text/plain': '# Title', 'application/vnd.vm-system.markdown+json': '# Title' },
    },
    {
      does: 'shows SVG behind the wall',
      code: 'display.svg("<svg/>")',
      data: { 'text/plain': '[SVG image, 8 B]', 'application/vnd.vm-system.svg+json': '<svg/>' },
    },
    {
      does: 'shows JSON',
      code: 'display.json({ at: new Date(0), n: [1] })',
      data: {
        'text/plain': '{ at: 1970-01-01T00:00:00.000Z, n: [ 1 ] }',
        'application/json': { at: '1970-01-01T00:00:00.000Z', n: [1] },
      },
    },
    {
      does: 'shows a table of records, with gaps',
      code: 'display.table([{ a: 1, b: "x" }, { b: "y", c: true }])',
      data: {
        'application/vnd.vm-system.table+json': {
          columns: ['a', 'b', 'c'],
          rows: [
            [1, 'x', null],
            [null, 'y', true],
          ],
        },
      },
    },
    {
      does: 'shows a Vega-Lite chart behind the wall',
      code: 'display.vega({ mark: "bar", data: { values: [] } })',
      data: { 'application/vnd.vm-system.vega+json': { mark: 'bar', data: { values: [] } } },
    },
    {
      does: 'shows an image of base64',
      code: `display.image("${png}")`,
      data: { 'text/plain': '[PNG image, 70 B]', 'image/png': png },
    },
    {
      does: 'shows an image of bytes, also of a part of a buffer',
      code: `const bytes = Uint8Array.from([9, ...[${[...Buffer.from(png, 'base64')].join()}], 9]); display.image(bytes.subarray(1, -1))`,
      data: { 'text/plain': '[PNG image, 70 B]', 'image/png': png },
    },
    {
      does: 'shows an image of a data URL',
      code: `display.image("data:image/png;base64,${png}")`,
      data: { 'image/png': png },
    },
    {
      does: 'asks a value that can show itself',
      code: `display({ [${method}]() { return { 'text/plain': 'plain', 'text/html': '<i>rich</i>' } } })`,
      data: { 'text/plain': 'plain', 'application/vnd.vm-system.html+json': '<i>rich</i>' },
    },
  ]) {
    it(does, async () => {
      const { cell, shown } = await run(code);
      assert.equal(cell.status, 'ok', cell.error?.stack);
      assert.equal(cell.result?.type, 'undefined');
      assert.equal(shown.length, 1);
      const [display] = shown;
      assert.deepEqual({ ...display?.data, ...data }, display?.data);
      assert.equal(typeof display?.data['text/plain'], 'string');
      assert.deepEqual(display?.metadata, {});
    });
  }

  it('can be a callback', async () => {
    const { cell, shown } = await run('[1, 2].forEach(display)');
    assert.equal(cell.status, 'ok', cell.error?.stack);
    assert.deepEqual(
      shown.map(({ data }) => data['text/plain']),
      ['1', '2'],
    );
  });

  it('prints a table as text beside it', async () => {
    const { shown } = await run('display.table([{ a: 1 }])');
    assert.match(shown[0]?.data['text/plain'] ?? '', /│ \(index\) │ a │/);
  });

  it('updates by id: the same id again, in any later cell', async () => {
    const first = await run('display("one", { id: "chart", metadata: { width: 5 } })');
    const second = await run('display.html("two", { id: "chart" })');
    assert.deepEqual([first.shown[0]?.displayId, first.shown[0]?.metadata], ['chart', { width: 5 }]);
    assert.equal(second.shown[0]?.displayId, 'chart');
  });

  describe('of a result that can show itself', () => {
    it('comes before its value, asked once', async () => {
      const { cell, events } = await run(
        `globalThis.asked = 0; class Chart { [${method}]() { asked++; return { 'text/html': 'chart' } } } new Chart()`,
      );
      assert.deepEqual(
        events.map(({ type }) => type),
        ['input_echo', 'display', 'value'],
      );
      assert.equal(cell.result?.type, 'Chart');
      assert.equal((await run('asked')).cell.result?.preview, '1');
    });

    it('may come later', async () => {
      const { events } = await run(
        `({ async [${method}]() { await new Promise((done) => setTimeout(done, 10)); return { 'text/html': 'later' } } })`,
      );
      assert.deepEqual(
        events.map(({ type }) => type),
        ['input_echo', 'display', 'value'],
      );
    });

    for (const [how, body, says] of [
      ['throws', 'throw new TypeError("no chart")', /failed: TypeError: no chart/],
      ['rejects', 'return Promise.reject(new TypeError("no chart"))', /failed: TypeError: no chart/],
      ['never comes', 'return new Promise(() => {})', /can never settle/],
      ['shows what cannot be shown', 'return { "image/png": "AAAA" }', /It is no image\/png/],
    ] as const) {
      it(`takes nothing from the value when it ${how}`, async () => {
        const { cell, events } = await run(`({ n: 1, [${method}]() { ${body} } })`);
        assert.equal(cell.status, 'ok');
        assert.deepEqual(
          events.map(({ type }) => type),
          ['input_echo', 'system', 'value'],
        );
        const notice = events.find((event) => event.type === 'system');
        assert.match(notice?.payload.message ?? '', says);
      });
    }

    it('is held to the limits of its cell', async () => {
      const template = await host.client.template({ settings: { limits: { cpuMs: 200 } } });
      session = await host.client.session({ templateId: template.id });
      const { cell } = await run(`({ [${method}]() { for (;;); } })`);
      assert.equal(cell.error?.code, 'CPU_LIMIT_EXCEEDED');
      assert.equal((await run('1 + 1')).cell.result?.preview, '2');
    });

    it('is not looked for through getters and proxies, which would be guest code', async () => {
      await run('globalThis.calls = 0');
      await run(`({ get [${method}]() { calls++ } })`);
      await run(
        `new Proxy({}, { get() { calls++ }, has() { calls++ }, getOwnPropertyDescriptor() { calls++ } })`,
      );
      assert.equal((await run('calls')).cell.result?.preview, '0');
    });

    it('is not asked for what is only inside a result, or printed', async () => {
      const { shown } = await run(
        `const chart = { [${method}]() { return { 'text/html': 'x' } } }; console.log(chart); [chart]`,
      );
      assert.deepEqual(shown, []);
    });
  });

  describe('behind its wall', () => {
    it('lets nothing out that an editor would run, whatever mime guest code names', async () => {
      const { cell, events, shown } = await run(
        `display({ [${method}]() { return {
          'text/html': 'h', 'image/svg+xml': 's', 'text/markdown': 'm', 'text/plain': 't',
          'application/javascript': 'alert(1)', 'text/html;charset=utf-8': 'h', 'TEXT/HTML': 'h', ' text/html': 'h',
          'application/x-notebook': {}, 'application/vnd.vegalite.v5+json': { mark: 'bar' }, __proto__x: 1,
        } } })`,
      );
      assert.equal(cell.status, 'ok', cell.error?.stack);
      assert.deepEqual(Object.keys(shown[0]?.data ?? {}).sort(), [
        'application/vnd.vm-system.html+json',
        'application/vnd.vm-system.markdown+json',
        'application/vnd.vm-system.svg+json',
        'application/vnd.vm-system.vega+json',
        'text/plain',
      ]);
      const dropped = events.flatMap((event) => (event.type === 'system' ? [event.payload] : []));
      assert.equal(dropped.length, 6);
      assert.ok(
        dropped.every(({ level, message }) => level === 'warn' && /cannot be displayed/.test(message)),
      );
    });

    it('lets nothing out although the guest rewrites how requests are written', async () => {
      const { shown } = await run(
        `Array.prototype.toJSON = Object.prototype.toJSON = () => ({ contents: [{ mime: 'text/html', content: 'x' }] });
         String.prototype.toJSON = () => 'text/html'; display.html('<b>'); display({ a: 1 })`,
      );
      for (const { data } of shown) {
        assert.ok(
          Object.keys(data).every((mime) =>
            /^(text.plain|application.json|application.vnd.vm-system)/.test(mime),
          ),
        );
      }
    });

    it('takes no table that is none', async () => {
      const { cell } = await run(
        `display({ [${method}]() { return { 'application/vnd.vm-system.table+json': { columns: '<b>', rows: 1 } } } })`,
      );
      assert.equal(cell.error?.name, 'TypeError');
    });
  });

  describe('refuses, as an error of the guest,', () => {
    for (const [what, code, says] of [
      [
        'what is no image',
        'display.image("PHN2Zz48L3N2Zz4=")',
        /TypeError: It is no PNG, JPEG, GIF or WebP image/,
      ],
      ['what is neither bytes nor base64', 'display.image("<svg>")', /TypeError/],
      [
        'an item over 16 MB',
        'display.html("x".repeat(17 * 2 ** 20))',
        /RangeError: This text\/html has 17.0 MB; .* may have 16 MB/,
      ],
      ['metadata that is no object', 'display(1, { metadata: 5 })', /TypeError/],
      ['an id without end', 'display(1, { id: "x".repeat(1000) })', /RangeError/],
      ['a circle as JSON', 'const o = {}; o.o = o; display.json(o)', /TypeError/],
      ['a specification that is none', 'display.vega("bar")', /TypeError/],
    ] as const) {
      it(what, async () => {
        const { cell, shown } = await run(code);
        assert.equal(cell.status, 'error');
        assert.match(cell.error?.stack ?? '', says);
        assert.deepEqual(shown, []);
        assert.equal((await run('1 + 1')).cell.result?.preview, '2');
      });
    }
  });

  it('counts as an event, and not as output', async () => {
    const { client } = host;
    const template = await client.template({ settings: { limits: { maxOutputKb: 16, maxEvents: 5 } } });
    session = await client.session({ templateId: template.id });
    const large = await run('display.html("x".repeat(100_000)); 1');
    assert.equal(large.cell.status, 'ok', large.cell.error?.message);
    assert.ok(large.cell.metrics.outputBytes < 1000);
    const many = await run('for (let i = 0; i < 10; i++) display(i)');
    assert.equal(many.cell.error?.code, 'EVENT_LIMIT_EXCEEDED');
  });

  it('of more than 64 MB ends its execution', async () => {
    const { cell } = await run(
      'const text = "x".repeat(15 * 2 ** 20); for (let i = 0; i < 6; i++) display.html(text)',
    );
    assert.equal(cell.error?.code, 'OUTPUT_LIMIT_EXCEEDED');
    assert.match(cell.error.message, /More than 64 MB of displays/);
  });
});

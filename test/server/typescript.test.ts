/** TypeScript through the wire: cells, files and imports, and what is wrong with them. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Execution, Session } from '../../shared/models.js';
import { addStartupFile, cancelExecution, listExecutions, runFile } from '../../shared/protocol.js';
import { useHost } from '../support/use-host.js';

describe('TypeScript', () => {
  const host = useHost();
  let session: Session;
  before(async () => {
    session = await host.client.session();
  });
  const cell = (input: string, rest: object = {}) =>
    host.client.repl(session, input, { language: 'typescript', ...rest });
  const file = (path: string) => host.client.request(runFile, { sessionId: session.id, path });
  /** What a person sees of the end of an execution. */
  const shown = ({ error, result }: Execution) => error?.stack ?? result?.preview;
  const places = ({ error }: Execution) =>
    error?.frames.map(({ path, line, column }) => `${path ?? ''}:${line}:${column}`);

  const cells: [string, string, string][] = [
    ['type annotations', 'const a: number = 40; const b: Array<string> = ["x"]; a + b.length + 1', '42'],
    [
      'generics',
      'function same<T extends object>(x: T): T { return x } same<{ a: number }>({ a: 1 })',
      '{ a: 1 }',
    ],
    [
      'arrow functions with type parameters',
      'const pair = async <A, B>(a: A, b: B): Promise<[A, B]> => [a, b]; await pair(1, "b")',
      "[ 1, 'b' ]",
    ],
    ['satisfies', '({ a: 1 }) satisfies Record<string, number>', '{ a: 1 }'],
    ['as const', 'const c = ["x", "y"] as const; c.length', '2'],
    ['assertions in angle brackets', 'let d: unknown = "text"; (<string>d).length', '4'],
    ['non-null assertions', 'const e: { f?: number } | null = { f: 3 }; e!.f!', '3'],
    [
      'overloads',
      'function g(x: string): string; function g(x: number): number; function g(x: any): any { return x } g(1)',
      '1',
    ],
    [
      'interfaces, type aliases and declarations',
      'interface I { a: 1 } type T = I | null; declare const nothing: T; "fine"',
      "'fine'",
    ],
    [
      'access modifiers',
      'abstract class P { protected abstract x: number; y = 1 } class Q extends P { protected override readonly x: number = 2; get() { return this.x } } new Q().get()',
      '2',
    ],
    [
      'parameter properties',
      'class R { constructor(private readonly x: number, public y = 2) {} sum() { return this.x + this.y } } new R(1).sum()',
      '3',
    ],
    ['enums', 'enum Color { Red, Green = "g" } [Color.Red, Color[0], Color.Green]', "[ 0, 'Red', 'g' ]"],
    ['const enums', 'const enum Size { Small = 1 } Size.Small', '1'],
    ['namespaces', 'namespace Tools { export const answer: number = 42 } Tools.answer', '42'],
    ['an object literal', '{ a: 1 as number, b: <T,>(x: T) => x }.a', '1'],
    ['an object literal alone', '{ a: 1 as number, b: "two" }', "{ a: 1, b: 'two' }"],
    ['await and the completion value', 'for (const x of [1, 2] as number[]) { await null; x * 2 }', '4'],
  ];
  for (const [what, input, preview] of cells) {
    it(`cells may have ${what}`, async () => {
      const execution = await cell(input);
      assert.equal(shown(execution), preview);
      assert.equal(execution.language, 'typescript');
    });
  }

  it('is not checked: a wrong type is no error', async () => {
    assert.equal(shown(await cell('const wrong: number = "text"; wrong')), "'text'");
  });

  it('shares its names with JavaScript cells, and can be run again', async () => {
    for (const members of ['A, B', 'C']) {
      await cell(`let kept: number = 5; enum Again { ${members} } class Thing<T> { x?: T }`);
    }
    const after = await host.client.repl(session, '[kept, Object.keys(Again).join(), typeof Thing]');
    assert.deepEqual(after.result?.json, [5, '0,C', 'function']);
    assert.equal(after.language, 'javascript');
  });

  it('is refused in a JavaScript cell', async () => {
    assert.equal((await host.client.repl(session, 'let x: number = 1')).error?.name, 'SyntaxError');
  });

  it('keeps names that are imported for later cells, and drops types', async () => {
    host.bench.write(
      'shapes.ts',
      'export interface Shape { sides: number }\nexport const square: Shape = { sides: 4 };',
    );
    await cell('import type { Shape } from "./shapes"; import { type Shape as S, square } from "./shapes";');
    assert.equal(shown(await cell('(square satisfies S).sides')), '4');
    await cell('import * as all from "./shapes"; enum WithAnEnum { A }');
    assert.equal(shown(await cell('Object.keys(all)')), "[ 'square' ]");
  });

  it('runs in .ts files, as scripts whose names stay or as modules', async () => {
    host.bench.write('script.ts', 'const fromScript: number = 7;\nfromScript * 6');
    host.bench.write(
      'module.ts',
      'export const hidden: string = "h";\nexport default hidden.length as number;',
    );
    const script = await file('script.ts');
    assert.equal(shown(script), '42');
    assert.equal(script.language, 'typescript');
    assert.equal(shown(await file('script.ts')), '42');
    assert.equal(shown(await file('module.ts')), '1');
    assert.equal(shown(await cell('[typeof fromScript, typeof hidden]')), "[ 'number', 'undefined' ]");
  });

  it('runs in .mts files, always as modules', async () => {
    host.bench.write(
      'module.mts',
      'const local: number = 1;\nenum E { A }\nglobalThis.seen = [local, E.A, import.meta.filename];',
    );
    await file('module.mts');
    assert.equal(shown(await cell('seen.concat(typeof local)')), "[ 1, 0, '/module.mts', 'undefined' ]");
  });

  it('runs in startup files', async () => {
    const { client, bench } = host;
    bench.write('start.ts', 'enum Level { Low = 3 }\nlet level: Level = Level.Low;');
    const template = await client.template();
    await client.request(addStartupFile, { templateId: template.id, path: 'start.ts' });
    const started = await client.session({ templateId: template.id });
    assert.equal((await client.repl(started, 'level')).result?.json, 3);
    const { items } = await client.request(listExecutions, { sessionId: started.id, kind: 'startup' });
    assert.deepEqual(
      items.map(({ language }) => language),
      ['typescript'],
    );
  });

  it('is imported from JavaScript and TypeScript, by the name of the file or of its JavaScript', async () => {
    const { bench, client } = host;
    bench.write('chain/a.js', 'import { b } from "./b.js"; export const a = `a${b}`;');
    bench.write('chain/b.ts', 'import { c } from "./c.mjs"; export const b: string = `b${c}`;');
    bench.write('chain/c.mts', 'import { d } from "./d"; export const c: string = "c" + d;');
    bench.write(
      'chain/d.ts',
      'import { e } from "./e.js"; enum D { x = "d" } export const d: string = D.x + e;',
    );
    bench.write('chain/e.ts', 'export const e: string = "not this";');
    bench.write('chain/e.js', 'export const e = "e";');
    const read = async () => (await client.repl(session, 'import { a } from "./chain/a.js"; a')).result?.json;
    assert.equal(await read(), 'abcde');
    bench.write('chain/c.mts', 'import { d } from "./d"; export const c: string = "C" + d;');
    assert.equal(await read(), 'abCde');
  });

  it('shows errors at their own line and column where types stood', async () => {
    const text =
      'interface A {\n  x: number;\n}\nfunction f(a: A, "ö": string): void {\n  const s: "漢字" = 1, t: A = a; t.x.y.z;\n}\n\nf({ x: 1 } as A)';
    const execution = await cell(text.replace('"ö"', 'ö'));
    const stripped = text
      .replace(/interface[^}]*}/, '\n\n')
      .replace(/: [A"][\w漢字"]*|: void| as A/g, (type) => ' '.repeat(type.length));
    const inJavaScript = await host.client.repl(
      session,
      stripped.replace('"ö"', 'ö').replace(': string', ' '.repeat(8)),
    );
    assert.equal(places(execution)?.length, 2);
    assert.deepEqual(places(execution), places(inJavaScript));
    host.bench.write(
      'fails.ts',
      'type T = {\n  a: 1,\n};\n\nconst t: T | undefined = undefined, u = (t as any).x;',
    );
    const failed = await file('fails.ts');
    const plain = await host.client.repl(
      session,
      '\n\n\n\nconst t                = undefined, u = (t       ).x;',
    );
    assert.equal(places(failed)?.[0], `fails.ts${places(plain)?.[0]}`);
  });

  it('shows errors at their own line and column where it was transformed', async () => {
    const lines = [
      'enum A { B }',
      '',
      'class C {',
      '  constructor(private x: number) {',
      '    this.fail();',
      '  }',
      '  fail(): void {',
      '    throw new Error(`${this.x}`);',
      '  }',
      '}',
      'new C(1);',
    ];
    const execution = await cell(lines.join('\n'), { sourceLine: 11 });
    assert.deepEqual(places(execution), [':18:11', ':15:10', ':21:1']);
    host.bench.write(
      'deep.ts',
      `export ${lines.slice(0, -1).join('\n')}\nexport const made = () => new C(1);`,
    );
    const imported = await host.client.repl(session, 'import { made } from "./deep.ts"; made()');
    assert.equal(places(imported)?.[0], 'deep.ts:8:11');
  });

  const mistakes: [string, string, string, RegExp][] = [
    ['at its place', 'let a: number = 1;\nlet b: = 2;', '2:8', /Unexpected token/],
    ['behind tabs and wide characters', '\tlet s = "漢字😀é"; let b: = 2;', '1:26', /Unexpected token/],
    ['of JavaScript in it', 'const a: number = 1;\nconst a;', '2:7', /must be initialized/],
    [
      'in a text with enums',
      'enum A { B }\nnamespace N { export const a = 1 }\nexport = A;',
      '3:1',
      /[Ee]xport/,
    ],
    ['of an import by require', 'import fs = require("fs"); fs', '1:1', /[Ii]mport/],
    ['of an export in a cell', 'enum A { B }\n\nexport { A }', '3:1', /export is for modules/],
    [
      'of JSX',
      'const a: number = 1;\nconst b = <div className="x">{a}</div>;',
      '2:11',
      /JSX is not supported/,
    ],
    ['of a closed JSX tag', 'const f = (x: number) => x;\nf(<br/>)', '2:3', /JSX is not supported/],
  ];
  for (const [what, text, place, message] of mistakes) {
    it(`says what is wrong, and where: a mistake ${what}`, async () => {
      const { status, error } = await cell(text);
      assert.equal(status, 'error');
      assert.equal(error?.name, 'SyntaxError');
      assert.match(error.message, message);
      assert.deepEqual(
        error.frames.map(({ line, column }) => `${line}:${column}`),
        [place],
      );
      assert.match(error.stack, new RegExp(`at <cell \\d+>:${place}$`));
    });
  }

  it('says what is wrong with a file, run or imported', async () => {
    for (const name of ['broken.ts', 'broken.mts']) {
      host.bench.write(name, 'export const a: number = 1;\n\n  export const b: = 2;');
      for (const execution of [await file(name), await cell(`import { a } from "./${name}"; a`)]) {
        assert.equal(execution.error?.name, 'SyntaxError');
        assert.match(execution.error.message, /Unexpected token/);
        assert.equal(places(execution)?.[0], `${name}:3:19`);
      }
    }
  });

  it('refuses .tsx files', async () => {
    host.bench.write('view.tsx', '1');
    assert.match(shown(await file('view.tsx')) ?? '', /JSX is not supported, so view.tsx cannot be run/);
  });

  it('survives text that breaks its compiler: that text fails alone', async () => {
    const brackets = await cell('['.repeat(100_000) + ']'.repeat(100_000));
    assert.equal(brackets.error?.name, 'SyntaxError');
    assert.match(brackets.error.message, /nested too deep/);
    assert.equal(shown(await cell('const good: number = 1; good')), '1');
  });

  it('gives up on text that takes its compiler forever, and goes on with what waited for it', async () => {
    const other = await host.client.session();
    const forever = cell('<T>('.repeat(60) + '1' + ')'.repeat(60));
    const waiting = host.client.repl(other, 'let waited: number = 1; waited', { language: 'typescript' });
    const { error } = await forever;
    assert.equal(error?.name, 'SyntaxError');
    assert.match(error.message, /took longer than 2 seconds/);
    assert.equal(shown(await waiting), '1');
  });

  it('refuses a source that is too large', async () => {
    const { error } = await cell(`//${' '.repeat(1024 * 1024)}`);
    assert.equal(error?.name, 'RangeError');
    assert.match(error.message, /larger than the 1,048,576 characters/);
  });

  it('serves two sessions at once, one of which breaks it', async () => {
    const other = await host.client.session();
    const bad = '('.repeat(100_000);
    const runs = Array.from({ length: 6 }, (_, i) => [
      cell(i % 2 === 0 ? bad : `const n: number = ${i}; n`, { whenBusy: 'queue' }),
      host.client.repl(other, `const n: number = ${i}; n`, { language: 'typescript', whenBusy: 'queue' }),
    ]).flat();
    const previews = (await Promise.all(runs)).map(({ error, result }) => error?.name ?? result?.json);
    const expected = [0, 1, 2, 3, 4, 5].flatMap((i) => [i % 2 === 0 ? 'SyntaxError' : i, i]);
    assert.deepEqual(previews, expected);
  });

  /** Takes the compiler some hundred milliseconds. */
  const long = 'function f<T>(x: T[] | null): T { return (x as any)!.y as T }\n'.repeat(15_000);

  it('can be cancelled while its types are stripped, and the session goes on', async () => {
    const id = randomUUID();
    const running = cell(long, { id });
    await host.client.hears((heard) => heard.what === 'execution' && heard.execution.id === id);
    await host.client.request(cancelExecution, { executionId: id });
    assert.equal((await running).status, 'cancelled');
    assert.equal((await host.client.repl(session, '1 + 1')).result?.json, 2);
  });

  it('is held to the wall limit while its types are stripped', async () => {
    const execution = await cell(`${long}\n//`, { limits: { wallMs: 20 } });
    assert.equal(execution.status, 'timeout');
    assert.equal(execution.error?.code, 'WALL_LIMIT_EXCEEDED');
    assert.equal(shown(await cell('let after: number = 1; after')), '1');
  });
});

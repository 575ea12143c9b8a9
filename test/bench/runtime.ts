/** Figures of what runs inside a session: previews, modules, TypeScript, output and plain computing. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { addLibrary, catalogLibraries } from '../../shared/protocol.js';
import type { HostProcess } from '../support/host-process.js';
import type { TestClient } from '../support/client.js';
import { ms, type Row, sample, time } from './measure.js';
import { bareEngine, installDeno, PipedRepl } from './peers.js';

/**
 * @param worktree the host's, for files of these figures' own
 * @param folder outside of it, for what has to be installed
 */
export async function runtimeFigures(
  start: () => Promise<HostProcess>,
  worktree: string,
  folder: string,
): Promise<Row[]> {
  const host = await start();
  const { client } = host;
  const denoEntry = await installDeno(folder);
  const repls = { node: PipedRepl.node(), deno: PipedRepl.deno(denoEntry) };
  await Promise.all([repls.node.run('1 + 1'), repls.deno.run('1 + 1')]);
  const rows = [
    await preview(client, repls),
    await computing(client, repls),
    await strip(client),
    await moduleGraph(client, worktree, denoEntry),
    await flood(client, repls),
    ...(await librariesOf(client)),
  ];
  await Promise.all([repls.node.close(), repls.deno.close()]);
  await client.shutdown();
  await host.ended;
  return rows;
}

interface Repls {
  readonly node: PipedRepl;
  readonly deno: PipedRepl;
}

async function preview(client: TestClient, { node, deno }: Repls): Promise<Row> {
  const code = 'Array.from({ length: 10_000 }, (_, i) => i)';
  const session = await client.session();
  const ours = await sample(30, () => client.repl(session, code));
  const nodes = await sample(30, () => node.run(code));
  const denos = await sample(30, () => deno.run(code));
  return {
    figure: 'preview of 10,000 elements',
    ours: ms(ours.median),
    node: ms(nodes.median),
    deno: ms(denos.median),
  };
}

/** The same engine without us is what the walls cost; the others compile to machine code. */
async function computing(client: TestClient, { node, deno }: Repls): Promise<Row> {
  const code = '{ let sum = 0; for (let i = 0; i < 5_000_000; i++) sum = (sum + i * 7) % 1000003; sum }';
  const session = await client.session();
  const engine = await bareEngine();
  const ours = await sample(7, () => client.repl(session, code));
  const bare = await sample(7, () => engine.run(code));
  const nodes = await sample(7, () => node.run(code));
  const denos = await sample(7, () => deno.run(code));
  return {
    figure: 'loop of 5 million',
    ours: `${ms(ours.median)} (${(ours.median / bare.median).toFixed(2)} x bare)`,
    node: ms(nodes.median),
    deno: ms(denos.median),
    engine: ms(bare.median),
  };
}

async function strip(client: TestClient): Promise<Row> {
  const functions = 1000;
  const text = (types: 'typed' | 'plain') =>
    Array.from({ length: functions }, (_, i) =>
      types === 'typed'
        ? `function f${i}(a: number, b: readonly string[] = []): number { return a + b.length; }`
        : `function f${i}(a, b = []) { return a + b.length; }`,
    ).join('\n');
  const session = await client.session();
  const [typed, plain] = [text('typed'), text('plain')];
  await client.repl(session, 'const one: number = 1', { language: 'typescript' });
  const typescript = await sample(10, () => client.repl(session, typed, { language: 'typescript' }));
  const javascript = await sample(10, () => client.repl(session, plain));
  return {
    figure: `TypeScript of ${functions} lines`,
    ours: `${ms(typescript.median)} (as JavaScript ${ms(javascript.median)})`,
  };
}

/** Each module imports the next two, so that the graph is deep and its modules are shared. */
async function moduleGraph(client: TestClient, worktree: string, denoEntry: string): Promise<Row> {
  const files = 200;
  const folder = path.join(worktree, 'graph');
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < files; i++) {
    const next = [i + 1, i + 2].filter((each) => each < files);
    const imports = next.map((each) => `import { value as v${each} } from './m${each}.mjs';`);
    const values = ['1', ...next.map((each) => `v${each} % 1000`)].join(' + ');
    writeFileSync(path.join(folder, `m${i}.mjs`), `${imports.join('\n')}\nexport const value = ${values};\n`);
  }
  const took: number[] = [];
  const ours = await sample(5, async () => {
    const session = await client.session();
    took.push(await time(() => client.repl(session, "(await import('./graph/m0.mjs')).value")));
  });
  const again = await client.session();
  await client.repl(again, "import { value } from './graph/m0.mjs'");
  const repeated = await sample(5, () => client.repl(again, "import { value } from './graph/m0.mjs'"));
  const firsts = took.sort((a, b) => a - b)[2] ?? ours.median;
  const url = JSON.stringify(pathToFileURL(path.join(folder, 'm0.mjs')).href);
  const peer = async (make: () => PipedRepl) => {
    const times = [];
    for (let i = 0; i < 5; i++) {
      const repl = make();
      await repl.run('1 + 1');
      times.push(await time(() => repl.settle(`import(${url})`)));
      await repl.close();
    }
    return times.sort((a, b) => a - b)[2] ?? NaN;
  };
  return {
    figure: `import of ${files} files`,
    ours: `${ms(firsts)} (unchanged again ${ms(repeated.median)})`,
    node: ms(await peer(() => PipedRepl.node())),
    deno: ms(await peer(() => PipedRepl.deno(denoEntry))),
  };
}

async function flood(client: TestClient, { node, deno }: Repls): Promise<Row> {
  const lines = 200_000;
  const printing = `for (let i = 0; i < ${lines}; i++) console.log('line', i)`;
  const limits = { cpuMs: 60_000, wallMs: 0, maxEvents: 0, maxOutputKb: 0 };
  const { id: templateId } = await client.template({ settings: { limits } });
  const session = await client.session({ templateId });
  const ours = await sample(3, () =>
    Promise.all([client.repl(session, printing), client.repl(session, '1 + 1', { whenBusy: 'queue' })]),
  );
  const nodes = await sample(3, () => node.run(printing, '1 + 1'));
  const denos = await sample(3, () => deno.run(printing, '1 + 1'));
  return {
    figure: `${lines.toLocaleString('en')} lines, the next cell queued`,
    ours: ms(ours.median),
    node: ms(nodes.median),
    deno: ms(denos.median),
  };
}

/** How much later a session starts for each library. */
async function librariesOf(client: TestClient): Promise<Row[]> {
  const plain = await sample(5, () => client.session());
  const { items } = await client.request(catalogLibraries, {});
  const rows: Row[] = [];
  for (const { id, requires } of items) {
    if (requires !== undefined) continue;
    const { id: templateId } = await client.template();
    await client.request(addLibrary, { templateId, name: id });
    const took = await sample(5, () => client.session({ templateId }));
    rows.push({ figure: `new session with ${id}`, ours: `${ms(took.median)} (without ${ms(plain.median)})` });
  }
  return rows;
}

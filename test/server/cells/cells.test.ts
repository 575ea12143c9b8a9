import assert from 'node:assert/strict';
import type { Execution, Session } from '../../../shared/models.js';
import { closeSession, listEvents } from '../../../shared/protocol.js';
import type { TestClient } from '../../support/client.js';
import { useHost } from '../../support/use-host.js';
import { type Cell, type CellOutcome, differences, leavesTraces } from './cell.js';
import { NodeReplProcess } from './node-repl.js';
import { asynchronous } from './themes/async.js';
import { classes } from './themes/classes.js';
import { collections } from './themes/collections.js';
import { consoleCells } from './themes/console.js';
import { declarations } from './themes/declarations.js';
import { errors } from './themes/errors.js';
import { literals } from './themes/literals.js';
import { objects } from './themes/objects.js';
import { statements } from './themes/statements.js';
import { values } from './themes/values.js';

const themes: Readonly<Record<string, readonly Cell[]>> = {
  literals,
  objects,
  collections,
  values,
  declarations,
  statements,
  classes,
  'await and imports': asynchronous,
  errors,
  console: consoleCells,
};

/** Runs cells in one session. @returns how the last one ended */
async function run(client: TestClient, session: Session, cells: readonly string[]): Promise<Execution> {
  const [first = '', ...others] = cells;
  let execution = await client.repl(session, first);
  for (const cell of others) execution = await client.repl(session, cell);
  return execution;
}

async function outcomeOf(client: TestClient, { id, result, error }: Execution): Promise<CellOutcome> {
  const { items } = await client.request(listEvents, { executionId: id, limit: 1000 });
  const printed = items.flatMap((event) => (event.type === 'console' ? [event.payload.text] : [])).join('\n');
  // Which cell of its session it is does not matter.
  const preview = result?.preview.replace(/<cell \d+>/g, '<cell 1>');
  if (error === undefined) return { printed, ...(preview !== undefined && { preview }) };
  const [frame] = error.frames;
  const place = frame && `${frame.line}:${frame.column}`;
  return { printed, thrown: { name: error.name, message: error.message, place } };
}

function assertExpected(cell: Cell, outcome: CellOutcome, execution: Execution): void {
  assert.equal(outcome.printed, cell.prints ?? '');
  const { name, message, place } = outcome.thrown ?? {};
  const thrown = outcome.thrown && (place === undefined ? [name, message] : [name, message, place]);
  assert.deepEqual(thrown, cell.throws);
  if (cell.value !== undefined) assert.deepEqual([execution.result?.type, outcome.preview], cell.value);
}

describe('the table of cells', () => {
  const host = useHost();
  let node: NodeReplProcess | undefined;
  const tally = { cells: 0, agree: 0, differ: new Map<string, number>() };

  before(() => {
    const { bench } = host;
    bench.write('lib.mjs', 'export const one = 1;\nexport default function hello() {\n  return "hi";\n}\n');
    bench.write('data.json', '{ "a": [1, 2] }\n');
    node = new NodeReplProcess(bench.worktree);
  });

  after(async () => {
    await node?.dispose();
    const differing = tally.cells - tally.agree;
    console.log(`    ${tally.cells} cells: ${tally.agree} end as in node's REPL, ${differing} do not:`);
    for (const [reason, count] of tally.differ) console.log(`      ${count} x ${reason}`);
  });

  for (const [theme, cells] of Object.entries(themes)) {
    describe(`of ${theme}`, () => {
      let shared: Session;
      before(async () => {
        shared = await host.client.session();
      });

      for (const row of cells) {
        const texts = typeof row.cell === 'string' ? [row.cell] : row.cell;
        const likeNode = row.unlikeNode === undefined ? 'as in node' : 'unlike in node';
        it(`ends ${likeNode}: ${JSON.stringify(texts.join(' ⏎ '))}`, async () => {
          const { client } = host;
          assert.ok(node);
          const session = leavesTraces(texts) ? await client.session() : shared;
          const [execution, nodes] = await Promise.all([run(client, session, texts), node.run(texts)]);
          const ours = await outcomeOf(client, execution);
          if (session !== shared) await client.request(closeSession, { sessionId: session.id });
          assertExpected(row, ours, execution);
          const reasons = row.unlikeNode ?? {};
          assert.deepEqual(
            differences(ours, nodes).sort(),
            Object.keys(reasons).sort(),
            `node: ${JSON.stringify(nodes)}`,
          );
          tally.cells++;
          if (row.unlikeNode === undefined) tally.agree++;
          for (const reason of new Set(Object.values(reasons))) {
            tally.differ.set(reason, (tally.differ.get(reason) ?? 0) + 1);
          }
        });
      }
    });
  }
});

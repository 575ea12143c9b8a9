/** Two hundred sessions of one host, of which all but ten have to hibernate. Arguments: worktree, database. */
import { assetsIn } from '../../server/assets.js';
import { openHost } from '../../server/host.js';
import { ms, summary, time } from './measure.js';

const [worktree = '', database = ''] = process.argv.slice(2);
const count = 200;
const awake = 10;
/** What the host reckons a plain session takes with its thread, and a little more. */
const sessionBytes = 12 * 2 ** 20;
const residentMb = () => process.memoryUsage.rss() / 2 ** 20;

async function open(memoryBytes: number) {
  return openHost({
    worktree,
    database,
    trust: 'trusted',
    hibernation: { idleMs: 0, memoryBytes },
    version: '0.0.0',
    assets: assetsIn(new URL('../../dist/', import.meta.url)),
    log: { debug: () => undefined, info: () => undefined, warn: console.error, error: console.error },
    onFatal: console.error,
  });
}

const empty = residentMb();
const core = await open(awake * sessionBytes);
const ids: string[] = [];
let most = 0;
const look = setInterval(() => (most = Math.max(most, residentMb())), 20);
for (let i = 0; i < count; i++) ids.push((await core.sessions.create({})).id);
const hibernated = () =>
  ids.filter((id) => core.sessions.get({ sessionId: id }).status === 'hibernated').length;
// There is nobody to tell a figure of it.
const end = Date.now() + 45_000;
while (hibernated() < count - awake && Date.now() < end)
  await new Promise((resolve) => setTimeout(resolve, 250));
const asleep = hibernated();
clearInterval(look);
// The system gets the memory of ended threads back a little later.
await new Promise((resolve) => setTimeout(resolve, 2000));
const after = residentMb();
// As a client does that opens all of its tabs at once.
let mostAtOnce = 0;
const burst = setInterval(() => (mostAtOnce = Math.max(mostAtOnce, residentMb())), 20);
await Promise.all(Array.from({ length: count / 4 }, () => core.sessions.create({})));
clearInterval(burst);
const wakes: number[] = [];
for (const id of ids.slice(0, 5)) {
  wakes.push(await time(() => core.sessions.wake(id)));
}
const megabytes = (mb: number): string => `${mb.toFixed(0)} MB`;
// Read by the bench, which prints it with its other figures.
console.log(
  JSON.stringify([
    [`memory before any of ${count} sessions`, megabytes(empty)],
    ['most memory while they are made one by one', megabytes(most)],
    [`memory with ${asleep} of them asleep`, megabytes(after)],
    [`most memory as ${count / 4} more are made at once`, megabytes(mostAtOnce)],
    ['wake of one, without its first answer', ms(summary(wakes).median)],
  ]),
);
await core.close();

/** The entry: gives the command line its host, its streams and its exit code. Nothing else ends the process. */
import { setTimeout as delay } from 'node:timers/promises';
import { hostBudgets } from './cli/budgets.js';
import { main } from './cli/program.js';
import { assetsIn } from './assets.js';
import { openHost } from './host.js';
import { HostLog, openTransport, serveConnection } from './rpc/index.js';
import type { Core } from './core/core.js';
import manifest from '../package.json' with { type: 'json' };

const { version } = manifest;
const assets = assetsIn(new URL('.', import.meta.url));

/** The disk lost what it had acknowledged: only a new process may go on with the database. */
function endAtOnce(log: HostLog): (error: Error) => void {
  return (error) => {
    log.error('The disk failed; the host ends, and what was acknowledged is kept', error);
    process.exit(1);
  };
}

/**
 * Aborts at Ctrl-C, a polite kill, or when nobody reads what is printed any more, as after `| head`. The second Ctrl-C
 * ends the process as it would without us.
 */
function untilInterrupted(): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  process.once('SIGINT', abort).once('SIGTERM', abort);
  // For good: without a listener, whatever is still printed would be an uncaught exception.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', abort);
  return {
    signal: controller.signal,
    dispose: () => process.off('SIGINT', abort).off('SIGTERM', abort),
  };
}

const exitCode = await main(process.argv.slice(2), {
  version,
  terminal: { out: process.stdout, error: process.stderr },

  async serve(choice, { db, adopt, worktree, logLevel, clientProcessId, ...budgets }) {
    const log = new HostLog(logLevel, process.stderr);
    const interrupted = untilInterrupted();
    let core: Core | undefined;
    const connection = serveConnection({
      transport: await openTransport(choice),
      version,
      start: { database: db, worktree, cwd: process.cwd(), ...hostBudgets(budgets) },
      log,
      clientProcessId,
      openCore: async (settings) => {
        core = await openHost({ ...settings, adopt, version, assets, log, onFatal: endAtOnce(log) });
        return core;
      },
    });
    const stop = () => connection.end('the host was told to stop');
    interrupted.signal.addEventListener('abort', stop);
    if (interrupted.signal.aborted) stop();
    const ending = await connection.ended;
    await core?.close();
    interrupted.dispose();
    return ending.exitCode;
  },

  async withHost({ db, adopt, worktree, logLevel, ...budgets }, use) {
    const log = new HostLog(logLevel, process.stderr);
    const interrupted = untilInterrupted();
    const core = await openHost({
      worktree: worktree ?? process.cwd(),
      database: db,
      adopt,
      ...hostBudgets(budgets),
      trust: 'trusted',
      version,
      assets,
      log,
      onFatal: endAtOnce(log),
    });
    try {
      return await use(core, interrupted.signal);
    } finally {
      await core.close();
      interrupted.dispose();
    }
  },
});

// What was printed goes out before the process ends, also into a pipe that is read slowly; not into one that nobody reads.
const flushMs = 1000;
await Promise.race([
  Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))),
  ),
  delay(flushMs),
]);
process.exit(exitCode);

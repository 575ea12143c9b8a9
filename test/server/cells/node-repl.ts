/** Node's own REPL as what ours is compared with. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { CellOutcome } from './cell.js';

/** A process that runs cells in node's REPL. */
export class NodeReplProcess {
  readonly #child: ChildProcess;

  /** @param folder what relative imports are relative to */
  constructor(folder: string) {
    this.#child = fork(fileURLToPath(new URL('node-repl-child.ts', import.meta.url)), {
      cwd: folder,
      execArgv: [
        '--import',
        pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
        '--no-warnings',
      ],
      env: { ...process.env, NODE_REPL_HISTORY: '', NO_COLOR: '1', TZ: 'UTC' },
    });
  }

  /** @param cells run one after the other, as if in a fresh REPL @returns how the last one ended */
  async run(cells: readonly string[]): Promise<CellOutcome> {
    this.#child.send(cells);
    const [outcome] = (await once(this.#child, 'message')) as [CellOutcome];
    return outcome;
  }

  async dispose(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}

/** How a connection ends, and with which exit code: the watch dog that the library asks for, without its `process.exit`. */
import type { InitializeParams, WatchDog } from 'vscode-languageserver';

export interface Ending {
  /** For the process: 0 after `shutdown`, 1 without. */
  readonly exitCode: number;
  /** As the end of "the connection ended: …". */
  readonly reason: string;
}

export interface LifeOptions {
  /** How often the client's process is looked for, in milliseconds. */
  readonly pollMs?: number;
}

/** LSP leaves the interval open; hosts built on the library use this one. */
const defaultPollMs = 3000;

/** Ends once, for whichever reason comes first. Only main.ts acts on it. */
export class Life implements WatchDog {
  readonly ended: Promise<Ending>;
  shutdownReceived = false;
  readonly #pollMs: number;
  readonly #pollers = new Map<number, NodeJS.Timeout>();
  #resolve: (ending: Ending) => void = () => undefined;

  constructor(options: LifeOptions = {}) {
    this.#pollMs = options.pollMs ?? defaultPollMs;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** From the library, at `initialize`: `processId` is the client's, null where it has none. */
  initialize(params: InitializeParams): void {
    if (params.processId !== null) this.watchProcess(params.processId);
  }

  /** From the library, at `exit`. */
  exit(exitCode: number): void {
    this.#end({ exitCode, reason: 'the client sent exit' });
  }

  /** Ends it for a reason that is not the client's `exit`. */
  end(reason: string): void {
    this.#end({ exitCode: this.shutdownReceived ? 0 : 1, reason });
  }

  /** Ends when this process is gone. */
  watchProcess(pid: number): void {
    // 0 and negative numbers would name process groups.
    if (!Number.isSafeInteger(pid) || pid <= 0 || this.#pollers.has(pid)) return;
    const look = (): void => {
      if (!isAlive(pid)) this.end(`the client's process ${pid} is gone`);
    };
    this.#pollers.set(pid, setInterval(look, this.#pollMs).unref());
    look();
  }

  #end(ending: Ending): void {
    for (const poller of this.#pollers.values()) clearInterval(poller);
    this.#pollers.clear();
    this.#resolve(ending);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, as another user. Only "no such process" means that it is gone.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** The thread that a session's SQLite databases are in: it can be ended while a statement runs. */
import { Worker } from 'node:worker_threads';
import type { DatabaseCall, DatabaseReply, DatabaseStart } from '../../database-worker/messages.js';
import { ServiceError } from '../service-error.js';

/** What a database refused or failed to do. */
export const databaseFailed = (message: string): ServiceError => new ServiceError('DATABASE_FAILED', message);

export class DatabaseThread {
  readonly #worker: Worker;
  #waiting: { resolve: (reply: DatabaseReply) => void; reject: (error: Error) => void } | undefined;
  #ended: Promise<void> | undefined;

  /**
   * @param script the thread's bundle
   * @param wasmPath of sql.js
   */
  constructor(script: URL, wasmPath: string) {
    const workerData: DatabaseStart = { wasmPath };
    this.#worker = new Worker(script, {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: 128 },
      // The host's standard output carries the protocol and nothing else.
      stdout: true,
      stderr: true,
      env: {},
    });
    this.#worker.unref();
    this.#worker.on('message', (reply: DatabaseReply) => {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      waiting?.resolve(reply);
    });
    this.#worker.once('error', (error) => void this.end(`The database failed: ${error.message}`));
  }

  get isBusy(): boolean {
    return this.#waiting !== undefined;
  }

  get isEnded(): boolean {
    return this.#ended !== undefined;
  }

  /**
   * One call at a time.
   *
   * @throws `DATABASE_FAILED`: the thread was ended
   */
  call(call: DatabaseCall, transfer: readonly ArrayBuffer[] = []): Promise<DatabaseReply> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(databaseFailed('The database was closed'));
        return;
      }
      this.#waiting = { resolve, reject };
      this.#worker.postMessage(call, transfer);
    });
  }

  /** Ends the thread and all that is only in its memory. @param why for whoever waits */
  end(why: string): Promise<void> {
    this.#ended ??= this.#worker.terminate().then(() => undefined);
    this.#waiting?.reject(databaseFailed(why));
    this.#waiting = undefined;
    return this.#ended;
  }
}

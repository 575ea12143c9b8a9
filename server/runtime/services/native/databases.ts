/** The `database` module: an SQLite database in memory, one a session, in a thread that can be ended. */
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { DatabaseCall, DatabaseReply, DatabaseStart } from '../../database-worker/messages.js';
import type { HostServices } from '../host-services.js';
import { ServiceError } from '../service-error.js';

const Statement = z.strictObject({
  sql: z.string().max(1_000_000),
  params: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).max(32_766),
});

/** A session's database; its thread starts with the first call. */
export class SessionDatabase {
  readonly services: HostServices = {
    'database.query': (payload) => this.#call({ operation: 'query', ...Statement.parse(payload) }),
    'database.exec': (payload) => this.#call({ operation: 'exec', ...Statement.parse(payload) }),
    'database.close': () => this.#close(),
  };
  #worker: Worker | undefined;
  #waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void } | undefined;

  /**
   * @param script the thread's bundle
   * @param wasmPath of sql.js
   */
  constructor(
    private readonly script: URL,
    private readonly wasmPath: string,
  ) {}

  /** A statement that is under way is given up, and the database with it: nothing else ends one. */
  stop(): void {
    if (this.#waiting !== undefined) this.#end('The statement was stopped, and the database is gone');
  }

  async #close(): Promise<null> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    return null;
  }

  /** Ends its thread, for good. */
  async dispose(): Promise<void> {
    this.stop();
    await this.#close();
  }

  #call(call: DatabaseCall): Promise<unknown> {
    // Guest code calls once at a time: one that still waits was given up, and nobody wants its answer.
    this.stop();
    this.#worker ??= this.#start();
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      worker.postMessage(call);
    });
  }

  #start(): Worker {
    const workerData: DatabaseStart = { wasmPath: this.wasmPath };
    const worker = new Worker(this.script, {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: 128 },
      // The host's standard output carries the protocol and nothing else.
      stdout: true,
      stderr: true,
      env: {},
    });
    worker.unref();
    worker.on('message', (reply: DatabaseReply) => {
      // The last words of a thread that was ended are no answer to its successor's call.
      if (this.#worker !== worker) return;
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (reply.ok) waiting?.resolve(reply.value);
      else waiting?.reject(new ServiceError('DATABASE_FAILED', reply.message));
    });
    worker.once('error', (error) => {
      if (this.#worker === worker) this.#end(`The database failed, and is gone: ${error.message}`);
    });
    return worker;
  }

  #end(message: string): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
    this.#waiting?.reject(new ServiceError('DATABASE_FAILED', message));
    this.#waiting = undefined;
  }
}

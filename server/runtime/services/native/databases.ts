/** The `database` module: a session's SQLite databases, in memory or in files of the worktree. */
import { z } from 'zod';
import { parseWorktreePath } from '../../../core/worktree-path.js';
import type { DatabaseWork } from '../../database-worker/messages.js';
import { DataAnswer, type HostServices } from '../host-services.js';
import { ServiceError } from '../service-error.js';
import { DatabaseFile } from './database-file.js';
import { databaseFailed, DatabaseThread } from './database-thread.js';
import { FileAccess, type FilePlace } from './files/access.js';
import { withoutRoot } from './guest-path.js';

/** How long a statement that nobody waits for any more may take to end by itself, in milliseconds. */
const graceMs = 100;

const Value = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.strictObject({ int: z.string().regex(/^-?\d{1,19}$/) }),
  z.strictObject({ bytes: z.int().min(0) }),
  z.strictObject({ real: z.enum(['Infinity', '-Infinity', 'NaN']) }),
]);
/** Either `:memory:` with anything behind it, or a path of the worktree. */
const Name = z.strictObject({ database: z.string().min(1).max(4096) });
const Text = Name.extend({ sql: z.string().max(1_000_000) });
const Transaction = Name.extend({ transaction: z.int().min(0) });
const Begin = Transaction.extend({ id: z.int().min(1) });
const Statement = Text.extend(Transaction.shape).extend({
  params: z.union([z.array(Value).max(32_766), z.record(z.string(), Value)]),
});

/** A session's databases. Their thread starts with the first call. */
export class SessionDatabase {
  readonly services: HostServices = {
    'database.all': (payload, { data }) => this.#run({ operation: 'all', ...bound(payload, data) }),
    'database.get': (payload, { data }) => this.#run({ operation: 'get', ...bound(payload, data) }),
    'database.run': (payload, { data }) => this.#run({ operation: 'run', ...bound(payload, data) }),
    'database.exec': (payload, { data }) => this.#run({ operation: 'exec', ...bound(payload, data) }),
    'database.prepare': (payload) => this.#run({ operation: 'prepare', ...Text.parse(payload) }),
    'database.finalize': (payload) => this.#run({ operation: 'finalize', ...Text.parse(payload) }),
    'database.begin': (payload) => this.#run({ operation: 'begin', ...Begin.parse(payload) }),
    'database.commit': (payload) => this.#run({ operation: 'commit', ...Transaction.parse(payload) }),
    'database.rollback': (payload) => this.#run({ operation: 'rollback', ...Transaction.parse(payload) }),
    'database.open': (payload) => this.#inTurn(() => this.#open(Name.parse(payload).database)),
    'database.close': (payload) => this.#inTurn(() => this.#close(Name.parse(payload).database)),
  };
  readonly #access: FileAccess;
  #thread: DatabaseThread | undefined;
  /** Those that are open in the thread, by name; undefined for one in memory. */
  readonly #opened = new Map<string, DatabaseFile | undefined>();
  /** The last call, which the next one waits for. Never rejects. */
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param script the thread's bundle
   * @param wasmPath of sql.js
   * @param place where databases are that are not in memory
   */
  constructor(
    private readonly script: URL,
    private readonly wasmPath: string,
    private readonly place: FilePlace,
  ) {
    this.#access = new FileAccess(place);
  }

  /**
   * The guest is being stopped: what it waits for, nobody waits for any more, and the transactions that it was in are
   * undone. A statement that does not end soon is given up with its thread, as nothing else ends one; and with the
   * thread what databases in memory hold.
   */
  stop(): void {
    if (this.#thread === undefined) return;
    this.#hurry(this.#thread);
    this.#last = this.#last.then(() => this.#thread?.call({ operation: 'abandon' })).catch(ignoreEnded);
  }

  /** Ends its thread, for good. */
  async dispose(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#opened.clear();
    await thread?.end('The session was closed');
  }

  /** Guest code calls once at a time: what still runs was given up, and is given the time to end. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#thread !== undefined) this.#hurry(this.#thread);
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  #hurry(thread: DatabaseThread): void {
    if (!thread.isBusy) return;
    const timer = setTimeout(() => {
      void thread.end('The statement was stopped; what was only in memory is gone');
    }, graceMs);
    void this.#last.then(() => clearTimeout(timer));
  }

  #run(call: DatabaseWork): Promise<DataAnswer> {
    return this.#inTurn(async () => {
      await this.#open(call.database);
      return await this.#answer(call);
    });
  }

  /** Opens it unless it is open. What the session may use is asked each time: grants can be taken back. */
  async #open(name: string): Promise<null> {
    const path = name.startsWith(':memory:') ? undefined : parseWorktreePath(withoutRoot(name));
    if (path !== undefined) {
      this.place.grants.requireFile(path, 'read');
      this.place.grants.requireFile(path, 'write');
    }
    const thread = this.#running();
    if (this.#opened.has(name)) return null;
    const file = path === undefined ? undefined : await DatabaseFile.open(this.#access, path);
    const content = file?.takeContent() ?? new Uint8Array();
    const storage = file === undefined ? 'memory' : 'file';
    const reply = await thread.call({ operation: 'open', database: name, content, storage }, [
      content.buffer,
    ]);
    if (!reply.ok) throw databaseFailed(reply.message);
    this.#opened.set(name, file);
    return null;
  }

  async #close(name: string): Promise<null> {
    if (this.#opened.delete(name)) await this.#thread?.call({ operation: 'close', database: name });
    return null;
  }

  /** What was open in a thread that was ended is not open any more. */
  #running(): DatabaseThread {
    if (this.#thread === undefined || this.#thread.isEnded) {
      this.#opened.clear();
      this.#thread = new DatabaseThread(this.script, this.wasmPath);
    }
    return this.#thread;
  }

  async #answer(call: DatabaseWork): Promise<DataAnswer> {
    const file = this.#opened.get(call.database);
    const reply = await this.#running().call(call);
    if (reply.content !== undefined && file !== undefined)
      await this.#save(call.database, file, reply.content);
    if (!reply.ok) throw reply.isOver === true ? transactionOver() : databaseFailed(reply.message);
    return new DataAnswer(reply.blobs, 'bytes', { json: reply.json });
  }

  /** What cannot be saved did not happen: the next call finds the database as its file has it. */
  async #save(name: string, file: DatabaseFile, content: Uint8Array): Promise<void> {
    try {
      await file.save(content);
    } catch (error) {
      await this.#close(name);
      throw error;
    }
  }
}

function bound(
  payload: unknown,
  data: Uint8Array | undefined,
): z.infer<typeof Statement> & { blobs: Uint8Array } {
  return { ...Statement.parse(payload), blobs: data ?? new Uint8Array() };
}

/** The module's code in the guest knows it by this code, and tells it from a failure. */
const transactionOver = () => new ServiceError('TRANSACTION_OVER', 'The transaction is over');

/** A thread that was ended has no transactions left. */
function ignoreEnded(error: unknown): void {
  if (!(error instanceof ServiceError)) throw error;
}

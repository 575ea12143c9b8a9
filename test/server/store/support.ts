import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ExecutionRecord, SessionRecord, Store } from '../../../server/core/ports.js';
import { type HostIo, openStore, type StoreOptions } from '../../../server/store/index.js';
import { openDatabase } from '../../../server/store/open-database.js';
import { type ErrorCode, VmError } from '../../../shared/errors.js';
import { defaultSettings, type ExecutionEvent, type Template } from '../../../shared/models.js';
import { useTempFolder } from '../../support/temp-folder.js';

const wasmPath = createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm');

/** What a store on this path is opened with; its key lies beside it. */
export function storeOptions(database: string): StoreOptions {
  return {
    path: database,
    wasmPath,
    keyPath: path.join(path.dirname(database), 'key'),
    dataFolder: path.join(path.dirname(database), 'user-data'),
    imageWorker: new URL('../../../dist/image-worker.mjs', import.meta.url),
  };
}

/** Changes a closed database of our own by another hand: none of its marks is made anew. */
export async function editDatabase(file: string, sql: string): Promise<void> {
  const { database } = await openDatabase(storeOptions(file));
  database.execute(sql);
  database.close();
}

/** Copies a database and what is beside it as a crash would leave it now. @returns the copy's path */
export function keepCopy(file: string, folder: string): string {
  fs.mkdirSync(folder);
  const copy = path.join(folder, 'vm.db');
  for (const suffix of ['', '-wal', '-journal']) {
    if (fs.existsSync(file + suffix)) fs.copyFileSync(file + suffix, copy + suffix);
  }
  return copy;
}

/** Stores of one test on one path, closed after it. */
export interface StoreUse {
  /** Of the test, removed after it. */
  readonly folder: string;
  readonly path: string;
  open(options?: Partial<StoreOptions>): Promise<Store>;
}

export function useStore(): StoreUse {
  const folder = useTempFolder();
  const opened: Store[] = [];
  afterEach(() => {
    for (const store of opened.splice(0)) store.close();
  });
  return {
    get folder() {
      return folder();
    },
    get path() {
      return path.join(folder(), 'vm.db');
    },
    async open(options) {
      const store = await openStore({ ...storeOptions(this.path), ...options });
      opened.push(store);
      return store;
    },
  };
}

/** A time `seconds` after the start of these tests' clock. */
export function at(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
}

export function template(fields: Partial<Template> = {}): Template {
  return {
    id: randomUUID(),
    name: `template ${randomUUID()}`,
    description: '',
    engine: 'quickjs',
    isActive: true,
    modules: [],
    libraries: [],
    settings: defaultSettings,
    createdAt: at(0),
    updatedAt: at(0),
    ...fields,
  };
}

export function session(fields: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id: randomUUID(),
    name: 'session',
    workspaceId: '',
    baseCommitOid: '',
    worktreePath: '/home/me/tree',
    status: 'ready',
    createdAt: at(0),
    lastUsedAt: at(0),
    snapshot: {
      name: 'default',
      engine: 'quickjs',
      settings: defaultSettings,
      libraries: [],
      capabilities: [],
      startupFiles: [],
    },
    ...fields,
  };
}

export function execution(sessionId: string, fields: Partial<ExecutionRecord> = {}): ExecutionRecord {
  return {
    id: randomUUID(),
    sessionId,
    kind: 'repl',
    input: '1 + 1',
    language: 'javascript',
    args: {},
    env: {},
    status: 'running',
    startedAt: at(0),
    lastSeq: 0,
    metrics: { wallMs: 0, cpuMs: 0, memoryBytes: 0, memoryDeltaBytes: 0, events: 0, outputBytes: 0 },
    ...fields,
  };
}

/** Console events of an execution, with seq from `from` to `to`. */
export function consoleEvents(
  executionId: string,
  from: number,
  to: number,
  text = 'line',
): ExecutionEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({
    executionId,
    seq: from + index,
    ts: at(from + index),
    type: 'console',
    payload: { level: 'log', text, args: [], group: 0 },
  }));
}

/** Adds a session and one execution of it. */
export function addExecution(store: Store): ExecutionRecord {
  const owner = session();
  const row = execution(owner.id);
  store.sessions.insert(owner);
  store.executions.insert(row);
  return row;
}

/** For assert.throws and assert.rejects: a VmError with this code. */
export function code(expected: ErrorCode): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof VmError, String(error));
    assert.equal(error.code, expected, error.message);
    return true;
  };
}

/** The functions of node:fs, counted, each of which can be made to fail. */
export class FaultyIo {
  readonly calls = new Map<keyof HostIo, number>();
  beforeCall: (name: keyof HostIo) => void = () => undefined;
  /** Calls that failed. */
  refused = 0;
  readonly #failures = new Map<keyof HostIo, string>();
  #nextSync: () => void = () => undefined;
  readonly io: HostIo;

  constructor() {
    const names: (keyof HostIo)[] = [
      'openSync',
      'closeSync',
      'readSync',
      'writeSync',
      'ftruncateSync',
      'fsyncSync',
      'fdatasyncSync',
      'fstatSync',
      'statSync',
      'unlinkSync',
    ];
    const wrap = (name: keyof HostIo) => {
      const original = fs[name] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        this.calls.set(name, this.count(name) + 1);
        this.beforeCall(name);
        const failure = this.#failures.get(name);
        if (failure !== undefined) {
          this.refused++;
          throw Object.assign(new Error(failure), { code: failure });
        }
        const result = original(...args);
        if (name === 'fdatasyncSync') this.#nextSync();
        return result;
      };
    };
    this.io = Object.fromEntries(names.map((name) => [name, wrap(name)])) as unknown as HostIo;
  }

  count(name: keyof HostIo): number {
    return this.calls.get(name) ?? 0;
  }

  /** From now on the function fails with an error of this code. */
  fail(name: keyof HostIo, errorCode: string): void {
    this.#failures.set(name, errorCode);
  }

  /** The same, but only once the next sync has succeeded. */
  failAfterSync(name: keyof HostIo, errorCode: string): void {
    this.#nextSync = () => this.fail(name, errorCode);
  }

  heal(): void {
    this.#nextSync = () => undefined;
    this.#failures.clear();
  }
}

/** A process of its own that works on a database, see process.ts beside this. */
export class StoreProcess {
  private constructor(
    readonly child: ChildProcess,
    readonly lines: AsyncIterator<string>,
  ) {}

  /** Starts it and waits until it has the database open. */
  static async start(mode: 'hold' | 'write', databasePath: string): Promise<StoreProcess> {
    const script = fileURLToPath(new URL('process.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, mode, databasePath], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const started = new StoreProcess(child, lines);
    assert.equal(await started.nextLine(), 'open');
    return started;
  }

  /** @returns undefined after the process's last line */
  async nextLine(): Promise<string | undefined> {
    const line = await this.lines.next();
    return line.done === true ? undefined : line.value;
  }

  async kill(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

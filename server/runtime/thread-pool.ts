import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { ControlBlock } from './control-block.js';
import { type EngineParts, loadEngineParts, type RuntimeAssets } from './engine-assets.js';
import { EventTail } from './event-tail.js';
import type { WorkerStart } from './messages.js';
import type { RuntimeLog } from './runtime-log.js';

/** With more sessions than this, two threads are kept ready. */
const manySessions = 20;
/**
 * With a smaller stack, deep recursion of the guest overflows the host's stack before the engine's own limit, which
 * ruins the instance.
 */
const stackSizeMb = 64;
/** Of the host's own objects in the thread; guest memory is not among them. */
const maxOldGenerationSizeMb = 256;

/** A thread with an engine, and the main thread's ends of what connects them. */
export interface PooledThread {
  readonly worker: Worker;
  readonly control: ControlBlock;
  readonly tail: EventTail;
  readonly port: MessagePort;
  readonly calls: MessagePort;
}

/** Starts threads before they are needed: a thread takes tens of milliseconds to come up. */
export class ThreadPool {
  readonly parts: Promise<EngineParts>;
  readonly #spares: PooledThread[] = [];
  readonly #all = new Set<PooledThread>();
  #isClosed = false;

  constructor(
    private readonly assets: RuntimeAssets,
    private readonly log: RuntimeLog,
  ) {
    this.parts = loadEngineParts(assets);
    // Who takes a thread hears of it.
    this.parts.then((parts) => this.#refill(parts)).catch(() => undefined);
  }

  /** A thread that nobody else has. Whoever takes it gives it back to {@link end}. */
  async take(): Promise<PooledThread> {
    const parts = await this.parts;
    if (this.#isClosed) throw new Error('The runtime is closed');
    const thread = this.#spares.shift() ?? this.#spawn(parts);
    this.#refill(parts);
    return thread;
  }

  /** Ends a thread, whatever it does. What it posted before stays in its port. */
  async end(thread: PooledThread): Promise<void> {
    this.#all.delete(thread);
    await thread.worker.terminate();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled([this.parts]);
    this.#spares.length = 0;
    await Promise.all([...this.#all].map((thread) => this.end(thread)));
  }

  #refill(parts: EngineParts): void {
    const wanted = this.#all.size - this.#spares.length > manySessions ? 2 : 1;
    while (!this.#isClosed && this.#spares.length < wanted) this.#spares.push(this.#spawn(parts));
  }

  #spawn(parts: EngineParts): PooledThread {
    const [main, session] = [new MessageChannel(), new MessageChannel()];
    const control = new ControlBlock();
    const tail = new EventTail();
    const start: WorkerStart = {
      ...parts,
      control: control.buffer,
      tail: tail.buffer,
      port: main.port2,
      calls: session.port2,
    };
    const worker = new Worker(this.assets.worker, {
      workerData: start,
      transferList: [main.port2, session.port2],
      resourceLimits: { stackSizeMb, maxOldGenerationSizeMb },
      // The host's standard output carries the protocol and nothing else.
      stdout: true,
      stderr: true,
      stdin: false,
      env: {},
      execArgv: [],
    });
    const thread = { worker, control, tail, port: main.port1, calls: session.port1 };
    this.#all.add(thread);
    this.#listen(thread);
    return thread;
  }

  /** A thread that dies while nobody has it must not be given to anybody, nor take the host with it. */
  #listen(thread: PooledThread): void {
    const { worker } = thread;
    const log = (chunk: Buffer) =>
      this.log.warn(`A session's thread wrote: ${chunk.toString('utf8').trimEnd()}`);
    worker.stdout.on('data', log);
    worker.stderr.on('data', log);
    worker.on('error', (error) => this.log.error("A session's thread failed", error));
    worker.on('exit', () => {
      this.#all.delete(thread);
      const index = this.#spares.indexOf(thread);
      if (index >= 0) this.#spares.splice(index, 1);
    });
  }
}

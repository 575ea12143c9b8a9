import type { MessagePort } from 'node:worker_threads';
import type { Failure, Settings } from '../../../shared/models.js';
import type { ConsoleMessage, HostOperation, NativeReply } from '../guest/contract.js';
import { ControlBlock } from '../control-block.js';
import { EventTail } from '../event-tail.js';
import type { FromWorker, StopCause, WorkerStart } from '../messages.js';
import { Engine, GuestMemoryFull } from './engine.js';
import type { Borrowed, CellMode, Handle } from './engine-port.js';
import { GuestKernel } from './guest-kernel.js';
import { HostCalls } from './host-calls.js';
import { consolePayload } from './inspect/console-text.js';
import { failureOf } from './inspect/failure.js';
import { Imports } from './imports.js';
import { NativeModules } from './native-modules.js';
import { Outbox } from './outbox.js';
import { RunPreparation } from './run-preparation.js';
import { Sources } from './sources.js';
import { isOutOfMemory, refusalCode } from './thrown.js';
import { ThreadWatch, type TurnResult } from './thread-watch.js';
import { Timers } from './timers.js';

/** After a stop the queue of promise jobs, which cannot be cleared, gets this many batches to run dry. */
const maxDrainBatches = 40;

/** The guest and everything on its thread that serves it. */
export class Guest {
  readonly control: ControlBlock;
  readonly watch: ThreadWatch;
  readonly outbox: Outbox;
  readonly sources = new Sources();
  readonly calls: HostCalls;
  readonly native = new NativeModules();
  readonly imports: Imports;
  readonly preparation: RunPreparation;
  readonly timers: Timers;
  readonly #port: MessagePort;
  #engine: Engine | undefined;
  #kernel: GuestKernel | undefined;
  /** The execution that causes what happens now. */
  #owner = '';
  #cellMode: CellMode = 'strict-cell';
  #memMb = 0;

  /** @param onTimer called when a timer is due */
  constructor(start: WorkerStart, onTimer: (id: number, owner: string) => void) {
    this.#port = start.port;
    this.control = new ControlBlock(start.control);
    this.watch = new ThreadWatch(
      this.control,
      () => this.outbox.poll(),
      () => this.post({ type: 'entered' }),
    );
    const isStopRequested = () => this.watch.isStopRequested();
    const waiting = (wait: () => void) => this.watch.waiting(wait);
    const tail = new EventTail(start.tail);
    this.outbox = new Outbox(start.port, this.control, tail, isStopRequested, waiting);
    this.calls = new HostCalls(start.calls, this.control, isStopRequested, waiting);
    this.imports = new Imports(this.calls, this.native, this.sources);
    this.preparation = new RunPreparation(this.sources, this.imports.graph);
    this.timers = new Timers(onTimer);
  }

  /** Starts the engine and the kernel. Nothing of a session is known yet. */
  async start({ engine, kernel }: Pick<WorkerStart, 'engine' | 'kernel'>): Promise<void> {
    this.#engine = await Engine.open(engine, {
      dispatch: (operation, args) => this.#dispatch(operation as HostOperation, args),
      isInterrupted: () => this.watch.isInterrupted(),
      resolveModule: (base, specifier) => this.imports.graph.resolve(base, specifier),
      loadModule: (identity) => this.imports.graph.load(identity),
    });
    this.watch.attach(this.#engine);
    this.#kernel = GuestKernel.start(this.#engine, kernel);
  }

  /** Makes it a session's. @param modules names of the native modules that it may import */
  configure(settings: Settings, modules: readonly string[]): void {
    this.#memMb = settings.limits.memMb;
    this.limitMemory();
    this.kernel.configure({ console: settings.runtime.console });
    this.native.grant(modules, this.kernel);
    this.#cellMode = settings.runtime.strict ? 'strict-cell' : 'cell';
  }

  /** Holds the heap to the session's limit again, after a run that had a lower one. */
  limitMemory(): void {
    this.engine.limitMemory(this.#memMb);
  }

  /** How cells of this session are evaluated. */
  get cellMode(): CellMode {
    return this.#cellMode;
  }

  get engine(): Engine {
    if (this.#engine === undefined) throw new Error('The engine has not been started');
    return this.#engine;
  }

  get kernel(): GuestKernel {
    if (this.#kernel === undefined) throw new Error('The kernel has not been started');
    return this.#kernel;
  }

  post(message: FromWorker): void {
    this.#port.postMessage(message);
  }

  /**
   * Gives the thread to a run while `work` lasts. When the run was stopped, what it left is cleaned up before the end.
   *
   * @param usedMs what the run used in earlier turns
   * @throws when the guest is ruined
   */
  turn(run: number, usedMs: number, executionId: string, work: () => void): TurnResult {
    return this.watch.turn(run, usedMs, () => {
      try {
        work();
      } catch (error) {
        // Thrown before the engine was entered, which is unharmed.
        if (!(error instanceof GuestMemoryFull)) throw error;
        this.watch.stop('memory');
      }
      if (this.watch.isInterrupted()) this.#cleanUp(executionId);
    });
  }

  /** Makes an execution the cause of what happens from here on. */
  enter(executionId: string): void {
    this.#owner = executionId;
    this.imports.graph.beginTurn();
    this.watch.undisturbed(() => this.kernel.enter(executionId));
  }

  /** Runs a due timer's callback, and what it causes. An exception is an event of its execution. */
  fire(timerId: number, owner: string): void {
    this.#owner = owner;
    this.imports.graph.beginTurn();
    const completion = this.kernel.fire(timerId);
    if (completion.kind === 'thrown' && !this.watch.isInterrupted())
      this.#reportUncaught(owner, completion.value);
    this.engine.free(completion.value);
    this.runJobs();
  }

  /** Runs promise jobs until there are none, or the run is stopped. */
  runJobs(): void {
    while (this.engine.hasJobs && !this.watch.isInterrupted()) this.engine.runJobs();
  }

  /** Drops an execution's timers, or with '' those of all but the present one. */
  forgetTimers(executionId: string): void {
    this.timers.forget(this.watch.undisturbed(() => this.kernel.drop(executionId)));
  }

  /** What a thrown value means; frees nothing. */
  describe(thrown: Handle): Failure | StopCause {
    const node = this.kernel.inspect(thrown);
    if (node === undefined) return this.watch.isInterrupted() ? 'requested' : 'memory';
    if (isOutOfMemory(node, this.engine.memory)) return 'memory';
    return failureOf(node, this.sources.resolve, refusalCode(this.engine.hostErrorCode(thrown)));
  }

  /**
   * Tidies up after a stop: what the run left in the job queue, and its timers.
   *
   * @throws {Error} the queue does not run dry, so that the guest cannot be stopped
   */
  #cleanUp(executionId: string): void {
    for (let batch = 0; batch < maxDrainBatches && this.engine.hasJobs; batch++) this.engine.runJobs();
    if (this.engine.hasJobs) throw new Error('The guest kept itself busy after it had been stopped');
    this.forgetTimers(executionId);
  }

  #reportUncaught(owner: string, thrown: Handle): void {
    const failure = this.describe(thrown);
    if (typeof failure === 'string') this.watch.stop(failure);
    else this.outbox.add(owner, { type: 'exception', payload: failure });
  }

  #dispatch(operation: HostOperation, args: readonly Borrowed[]): Handle | undefined {
    const [first, second, third] = args;
    if (first === undefined) return undefined;
    switch (operation) {
      case 'console':
        this.#print(this.engine.string(first));
        return undefined;
      case 'timer':
        if (second === undefined || third === undefined) return undefined;
        this.timers.arm(this.engine.number(first), this.engine.number(second), this.engine.string(third));
        return undefined;
      case 'clear':
        this.timers.forget([this.engine.number(first)]);
        return undefined;
      case 'promise':
        return this.#promise(first);
      case 'call':
        return second && this.#call(this.engine.string(first), this.engine.string(second));
      case 'refused':
        if (second !== undefined) this.engine.rememberHostError(first, this.engine.string(second));
        return undefined;
    }
  }

  #print(json: string): void {
    const payload = consolePayload(JSON.parse(json) as ConsoleMessage, this.sources.resolve);
    this.outbox.add(this.#owner, { type: 'console', payload });
  }

  /** Has the host do something while the guest waits. A refusal for want of a capability is an event, too. */
  #call(operation: string, payload: string): Handle | undefined {
    const reply = this.calls.call(operation, JSON.parse(payload));
    if (reply === undefined) return undefined;
    if (!reply.ok && reply.error.code === 'CAPABILITY_DENIED') {
      const { message, code } = reply.error;
      this.outbox.add(this.#owner, { type: 'system', payload: { level: 'warn', message, code } });
    }
    const answer: NativeReply = reply.ok
      ? { ok: true, value: reply.value }
      : { ok: false, error: { message: reply.error.message, code: reply.error.code } };
    return this.engine.newString(JSON.stringify(answer));
  }

  #promise(value: Borrowed): Handle | undefined {
    const { engine } = this;
    const state = engine.promiseState(value);
    if (state === undefined) return undefined;
    const name = engine.newString(state);
    const result = state === 'pending' ? undefined : engine.promiseResult(value);
    const pair = engine.newArray(name, result ?? engine.undefined);
    engine.free(name);
    if (result !== undefined) engine.free(result);
    return pair;
  }
}

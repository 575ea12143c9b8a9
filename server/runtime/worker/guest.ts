import { randomUUID } from 'node:crypto';
import type { MessagePort } from 'node:worker_threads';
import type { Failure } from '../../../shared/models.js';
import type { HeapImage } from '../../core/ports.js';
import type { HostOperation } from '../guest/contract.js';
import { ControlBlock } from '../control-block.js';
import { EventTail } from '../event-tail.js';
import type {
  FromWorker,
  HostCallError,
  HostReply,
  ImageOrigin,
  OpenMessage,
  StopCause,
  WorkerStart,
} from '../messages.js';
import { Engine, GuestMemoryFull } from './engine.js';
import type { EngineAddresses } from './engine-context.js';
import type { CellMode, Completion, EngineHost, Handle } from './engine-port.js';
import { GuestKernel, type KernelAddresses } from './guest-kernel.js';
import { defineGlobals } from './granted-globals.js';
import { HostCalls } from './host-calls.js';
import { HostFunctions } from './host-functions.js';
import { failureOf } from './inspect/failure.js';
import { Imports, type SavedImports } from './imports.js';
import { commonJsModule } from './commonjs-text.js';
import { Libraries } from './libraries.js';
import { metaModule } from './module-text.js';
import { nativeCallModule, NativeModules } from './native-modules.js';
import { Operations } from './operations.js';
import { Outbox } from './outbox.js';
import { prepareEngine, prepareLargerEngine, type PreparedEngine } from './prepared-engine.js';
import { Rejections } from './rejections.js';
import { Requires } from './requires.js';
import { RunPreparation, type SavedPreparation } from './run-preparation.js';
import { positionsOf } from './source-recipes.js';
import { type SavedSources, Sources } from './sources.js';
import { isOutOfMemory, refusalCode } from './thrown.js';
import { ThreadWatch, type TurnResult } from './thread-watch.js';
import { Timers } from './timers.js';

/** After a stop the queue of promise jobs, which cannot be cleared, gets this many batches to run dry. */
const maxDrainBatches = 40;

/** What a session's guest is set up with. */
export type SessionSetup = Pick<OpenMessage, 'settings' | 'modules' | 'globals'>;

/** What goes with a heap, as the thread that made the image knew it. */
interface Companion {
  readonly addresses: EngineAddresses;
  readonly taken: readonly number[];
  /** Ids of the libraries that are on the heap: the template may name others by now. */
  readonly libraries: readonly string[];
  readonly kernel: KernelAddresses;
  readonly imports: SavedImports;
  readonly preparation: SavedPreparation;
  readonly sources: SavedSources;
}

/** How an operation ends whose answer can reach the guest no more. */
const interruptedOperation: HostCallError = {
  name: 'Error',
  message: "It was under way when the session's thread or the host ended; start it again",
  code: 'HOST_STOPPED',
};

const megabyte = 1024 * 1024;

/** A run has left a heap that is of no use any more. */
export class GuestTooFull extends Error {
  override readonly name = 'GuestTooFull';
}

/** The guest and everything on its thread that serves it. */
export class Guest {
  readonly control: ControlBlock;
  readonly watch: ThreadWatch;
  readonly outbox: Outbox;
  readonly sources = new Sources();
  readonly calls: HostCalls;
  readonly native: NativeModules;
  readonly libraries = new Libraries();
  readonly imports: Imports;
  readonly requires: Requires;
  readonly preparation: RunPreparation;
  readonly timers: Timers;
  readonly operations: Operations;
  readonly rejections = new Rejections(() => this.engine);
  readonly #port: MessagePort;
  readonly #functions = new HostFunctions(this);
  /** What the engine will be made of. */
  readonly #prepared: Promise<PreparedEngine>;
  #engine: Engine | undefined;
  #kernel: GuestKernel | undefined;
  #owner = '';
  #cellMode: CellMode = 'strict-cell';
  #memMb = 0;

  /** @param onDue called when something that an execution has waited for is to enter the guest, by `work` */
  constructor(
    private readonly start: WorkerStart,
    onDue: (owner: string, work: () => void) => void,
  ) {
    this.#port = start.port;
    this.#prepared = prepareEngine(start.engine);
    // Whoever makes the thread a session's hears of it.
    this.#prepared.catch(() => undefined);
    this.native = new NativeModules(start.modules);
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
    this.imports = new Imports(this.calls, this.native, this.libraries, this.sources, ({ message, code }) =>
      this.outbox.add(this.#owner, { type: 'system', payload: { level: 'warn', message, code } }),
    );
    this.requires = new Requires(
      this.imports.graph,
      () => this.engine,
      () => this.watch.isInterrupted(),
      (error) => this.kernel.newError(error),
      (error) => this.rejections.forget(error),
    );
    this.preparation = new RunPreparation(this.sources, this.imports.graph);
    this.timers = new Timers((id, owner) => onDue(owner, () => this.#fire(id, owner)));
    this.operations = new Operations(
      (message) => this.post(message),
      (owner, reply) => onDue(owner, () => this.#settle(reply, owner)),
    );
  }

  /** Starts an engine and the kernel, for a session of its own. */
  async create(session: SessionSetup): Promise<void> {
    const engine = Engine.open(await this.#prepared, this.#host);
    this.#engine = engine;
    this.watch.attach(engine);
    const kernel = GuestKernel.start(engine, this.start.kernel);
    this.#kernel = kernel;
    kernel.publishNative(nativeCallModule);
    kernel.publishModule(commonJsModule, ['loadCommonJs', 'exportOf']);
    kernel.publishModule(metaModule, ['metaResolve']);
    this.#configure(session);
    const { console, seed } = session.settings.runtime;
    kernel.configure({ console, seed: seed === null ? randomUUID() : `${seed}` });
    defineGlobals(engine, session.globals);
    kernel.rememberGlobals('built-in');
  }

  /** Goes on from an image of a guest with the same settings. */
  async restore(
    session: SessionSetup,
    { image, libraries, resumption }: Pick<ImageOrigin, 'image' | 'libraries' | 'resumption'>,
  ): Promise<void> {
    const { companion, ...heap } = image;
    const { reason, without } = resumption;
    const saved = JSON.parse(companion) as Companion;
    const engine = Engine.restore(await this.#withMemory(image.linearBytes), this.#host, {
      ...heap,
      addresses: saved.addresses,
      taken: saved.taken,
    });
    this.#engine = engine;
    this.watch.attach(engine);
    const kernel = GuestKernel.restored(engine, saved.kernel);
    this.#kernel = kernel;
    this.#configure(session);
    this.imports.restore(saved.imports);
    this.preparation.restore(saved.preparation);
    this.sources.restore(saved.sources, positionsOf);
    this.libraries.add(libraries.filter(({ id }) => saved.libraries.includes(id)));
    // What comes by chance must not come twice.
    if (reason !== 'rollback' && session.settings.runtime.seed === null) kernel.reseed(randomUUID());
    if (reason === 'new-session') kernel.restartClock();
    this.#resume(without);
  }

  /** Memory that has grown does not shrink again, so an image of a large one needs another engine. */
  async #withMemory(linearBytes: number): Promise<PreparedEngine> {
    const prepared = await this.#prepared;
    return prepared.memory.linearBytes < linearBytes
      ? prepareLargerEngine(this.start.engine, prepared, linearBytes)
      : prepared;
  }

  /** Arms the timers again, and ends the operations that nobody serves any more. */
  #resume(without: string | undefined): void {
    const { kernel } = this;
    if (without !== undefined) {
      kernel.drop(without);
      kernel.abandon(without);
    }
    for (const [id, delayMs, owner] of kernel.pending()) this.timers.arm(id, delayMs, owner);
    for (const [id, owner] of kernel.operations()) this.operations.fail(id, owner, interruptedOperation);
  }

  /** The guest as it is. Only while nothing runs. @param memoryBytes in use on its heap */
  image(memoryBytes: number): HeapImage {
    const { build } = this.start;
    const { addresses, taken, ...heap } = this.engine.copyHeap(build.stackTop);
    const companion: Companion = {
      addresses,
      taken,
      libraries: this.libraries.ids,
      kernel: this.kernel.addresses,
      imports: this.imports.save(),
      preparation: this.preparation.save(),
      sources: this.sources.save(),
    };
    const pending = this.timers.size + this.operations.size;
    return { build: build.id, ...heap, companion: JSON.stringify(companion), memoryBytes, pending };
  }

  #configure({ settings, modules }: SessionSetup): void {
    this.#memMb = settings.limits.memMb;
    this.limitMemory();
    this.engine.localTime.setZone(settings.runtime.timezone);
    this.native.grant(modules);
    this.#cellMode = settings.runtime.strict ? 'strict-cell' : 'cell';
  }

  /** What the engine asks of us. */
  get #host(): EngineHost {
    return {
      dispatch: (operation, args) => this.#functions.dispatch(operation as HostOperation, args),
      isInterrupted: () => this.watch.isInterrupted(),
      resolveModule: (base, specifier) => this.imports.graph.resolve(base, specifier),
      loadModule: (identity) => this.imports.graph.load(identity),
      newError: (error) => this.kernel.newError(error),
      rejected: (promise) => this.rejections.rejected(promise, this.#owner),
      handled: (address) => this.rejections.handled(address),
    };
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

  /** The execution that causes what happens now. */
  get owner(): string {
    return this.#owner;
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
    this.control.setOwner(executionId);
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
    this.imports.beginTurn();
    this.watch.undisturbed(() => this.kernel.enter(executionId));
  }

  /** Runs a due timer's callback, and what it causes. An exception is an event of its execution. */
  #fire(timerId: number, owner: string): void {
    this.#owner = owner;
    this.imports.beginTurn();
    this.#complete(this.kernel.fire(timerId), owner);
  }

  /** Settles an operation's promise, and runs what that causes. */
  #settle(reply: HostReply, owner: string): void {
    this.#owner = owner;
    this.imports.beginTurn();
    const { json, bytes } = this.#functions.answerOf(reply);
    this.#complete(this.kernel.settle(reply.id, json, bytes), owner);
  }

  #complete(completion: Completion, owner: string): void {
    if (completion.kind === 'thrown' && !this.watch.isInterrupted())
      this.#reportUncaught(owner, completion.value);
    this.engine.free(completion.value);
    this.runJobs();
  }

  /** Runs promise jobs until there are none, or the run is stopped. Rejections that are unhandled then are events. */
  runJobs(): void {
    while (this.engine.hasJobs && !this.watch.isInterrupted()) this.engine.runJobs();
    this.rejections.drain((owner, reason) => {
      if (this.watch.isInterrupted()) return 'enough';
      this.#reportUncaught(owner, reason);
      return 'more';
    });
  }

  /** Drops an execution's timers and operations, or with '' those of all but the present one. */
  forgetWork(executionId: string): void {
    this.timers.forget(this.watch.undisturbed(() => this.kernel.drop(executionId)));
    this.operations.forget(this.watch.undisturbed(() => this.kernel.abandon(executionId)));
  }

  /** Is there a timer, or an operation, that may yet move what waits? */
  get awaitsAnything(): boolean {
    return this.timers.size > 0 || this.operations.size > 0;
  }

  /**
   * What is in use on the heap after a run.
   *
   * @param before what was in use before it
   * @throws GuestTooFull: the run has left so much that nothing else would run. One that raised nothing is no culprit,
   *   it may be the clean-up
   */
  judgeMemory(before: number, stopped: StopCause | undefined): number {
    const { engine } = this;
    const most = this.#memMb * megabyte * (stopped === 'memory' ? 0.5 : 0.9);
    const tooFull = Math.max(most, before + megabyte);
    const bytes = engine.liveBytes();
    if (bytes <= tooFull) return bytes;
    engine.collect();
    const left = engine.liveBytes();
    if (left > tooFull) throw new GuestTooFull("What the execution left fills the session's memory");
    return left;
  }

  /** What a thrown value means; frees nothing. */
  describe(thrown: Handle): Failure | StopCause {
    const node = this.kernel.inspect(thrown);
    if (node === undefined) return this.watch.isInterrupted() ? 'requested' : 'memory';
    if (isOutOfMemory(node, this.engine.memory)) return 'memory';
    return failureOf(node, this.sources.resolve, refusalCode(this.kernel.refusal(thrown)));
  }

  /**
   * Tidies up after a stop: what the run left in the job queue, and its timers and operations.
   *
   * @throws {Error} the queue does not run dry, so that the guest cannot be stopped
   */
  #cleanUp(executionId: string): void {
    for (let batch = 0; batch < maxDrainBatches && this.engine.hasJobs; batch++) this.engine.runJobs();
    if (this.engine.hasJobs) throw new Error('The guest kept itself busy after it had been stopped');
    this.rejections.clear();
    this.forgetWork(executionId);
  }

  #reportUncaught(owner: string, thrown: Handle): void {
    const failure = this.describe(thrown);
    if (typeof failure === 'string') this.watch.stop(failure);
    else this.outbox.add(owner, { type: 'exception', payload: failure });
  }
}

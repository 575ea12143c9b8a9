import type { RunMessage, RunOutcome } from '../messages.js';
import { kernelFile } from '../guest/contract.js';
import type { Completion, EvaluationMode, Handle } from './engine-port.js';
import type { Guest } from './guest.js';
import { valueOf } from './inspect/value.js';
import { literal } from './module-text.js';
import { stuckFailure } from './thrown.js';

/** Global with the arguments of a file's execution, while it runs. */
const argumentsGlobal = '__ARGS__';

export interface JobEnd {
  readonly outcome: RunOutcome;
  readonly cpuMs: number;
}

/** One cell or file, run to its end: until its promise has settled and the job queue is dry. */
export class Job {
  readonly executionId: string;
  readonly #run: number;
  #cpuMs = 0;
  #outcome: RunOutcome | undefined;
  #mode: EvaluationMode | undefined;
  /** What the text evaluated to: a promise, or a module's namespace. */
  #evaluated: Handle | undefined;
  #wake: (() => void) | undefined;

  constructor(
    private readonly guest: Guest,
    private readonly message: RunMessage,
  ) {
    this.executionId = message.executionId;
    this.#run = message.run;
  }

  /** Runs it to its end. Rejects only when the guest is ruined. */
  async run(): Promise<JobEnd> {
    this.guest.engine.limitMemory(this.message.memMb);
    this.#turn(() => this.#start());
    while (this.#outcome === undefined) {
      await this.#woken();
      this.#turn(() => this.#settle());
    }
    return this.#end(this.#outcome);
  }

  /** Runs the callback of one of the job's own timers. */
  fire(timerId: number): void {
    this.#turn(() => this.guest.fire(timerId, this.executionId));
    this.wake();
  }

  /** Has the job look again whether it has ended, or must end. */
  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Nothing runs any more once the job has its outcome. */
  #turn(work: () => void): void {
    if (this.#outcome !== undefined) return;
    const { cpuMs, stopped } = this.guest.turn(this.#run, this.#cpuMs, this.executionId, work);
    this.#cpuMs = cpuMs;
    if (stopped !== undefined) this.#outcome = { kind: 'stopped', cause: stopped };
  }

  #start(): void {
    const { guest, message } = this;
    guest.enter(this.executionId);
    guest.imports.beginRun(this.#run, message.args, message.env);
    const prepared = guest.preparation.prepare(message.source, guest.cellMode);
    if (prepared.kind === 'refused') {
      this.#outcome = { kind: 'thrown', failure: prepared.failure };
      return;
    }
    if (message.source.kind === 'file') this.#setArguments();
    this.#mode = prepared.mode;
    const completion = guest.engine.evaluate(prepared.code, prepared.engineName, prepared.mode);
    if (completion.kind === 'thrown') this.#throw(completion.value);
    else this.#evaluated = completion.value;
    this.#settle();
  }

  /** Lets promise jobs run, and looks whether that was all. */
  #settle(): void {
    const { guest } = this;
    guest.runJobs();
    const evaluated = this.#evaluated;
    if (evaluated === undefined || guest.watch.isInterrupted()) return;
    const state = guest.engine.promiseState(evaluated);
    if (state === 'rejected') this.#throw(guest.engine.promiseResult(evaluated));
    else if (state !== 'pending') this.#value(state === undefined ? evaluated : this.#fulfilled(evaluated));
    else if (guest.timers.size === 0) this.#outcome = { kind: 'thrown', failure: stuckFailure() };
  }

  /** A promise's result, in place of the promise. */
  #fulfilled(promise: Handle): Handle {
    this.#evaluated = this.guest.engine.promiseResult(promise);
    this.guest.engine.free(promise);
    return this.#evaluated;
  }

  /** @param settled of a cell an object with its completion value; of a module its namespace */
  #value(settled: Handle): void {
    const { engine, kernel, sources } = this.guest;
    let result = engine.property(settled, this.#mode === 'module' ? 'default' : 'value');
    if (this.#mode === 'module' && engine.isUndefined(result)) {
      engine.free(result);
      result = engine.duplicate(settled);
    }
    const node = kernel.inspect(result);
    engine.free(result);
    if (node === undefined) this.guest.watch.stop('memory');
    else this.#outcome = { kind: 'value', value: valueOf(node, sources.inspectOptions) };
  }

  /** Takes over the thrown value. */
  #throw(thrown: Handle): void {
    const { guest } = this;
    const failure = guest.watch.isInterrupted() ? 'requested' : guest.describe(thrown);
    guest.engine.free(thrown);
    if (typeof failure === 'string') guest.watch.stop(failure);
    else this.#outcome = { kind: 'thrown', failure };
  }

  #end(outcome: RunOutcome): JobEnd {
    const { guest, message } = this;
    if (this.#evaluated !== undefined) guest.engine.free(this.#evaluated);
    this.#evaluated = undefined;
    guest.limitMemory();
    if (message.source.kind === 'file') {
      guest.watch.undisturbed(() =>
        this.#freed(guest.engine.evaluate(`delete ${argumentsGlobal}`, kernelFile, 'script')),
      );
    }
    return { outcome, cpuMs: this.#cpuMs };
  }

  #setArguments(): void {
    const { engine } = this.guest;
    const args = engine.evaluate(`(${literal(JSON.stringify(this.message.args))})`, kernelFile, 'script');
    if (args.kind === 'value') engine.defineGlobal(argumentsGlobal, args.value);
    this.#freed(args);
  }

  #freed({ value }: Completion): void {
    this.guest.engine.free(value);
  }
}

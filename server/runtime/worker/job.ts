import type { RunMessage, RunOutcome } from '../messages.js';
import { kernelFile } from '../guest/contract.js';
import type { Completion, EvaluationMode, Handle } from './engine-port.js';
import type { Guest } from './guest.js';
import { valueOf } from './inspect/value.js';
import { literal } from './module-text.js';
import type { Declaration } from './source/declarations.js';
import { ResultDisplay } from './result-display.js';
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
  /** Of the text, while its imports may yet fail. */
  #declarations: readonly Declaration[] = [];
  /** What the text evaluated to: a promise, or a module's namespace. */
  #evaluated: Handle | undefined;
  /** What that came to: the value of the cell or file. */
  #result: Handle | undefined;
  readonly #display: ResultDisplay;
  #wake: (() => void) | undefined;

  constructor(
    private readonly guest: Guest,
    private readonly message: RunMessage,
  ) {
    this.executionId = message.executionId;
    this.#run = message.run;
    this.#display = new ResultDisplay(guest, message.executionId);
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

  /** Lets what the job waits for enter the guest: a callback of its timers, an answer of its operations. */
  enter(work: () => void): void {
    this.#turn(work);
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
    this.#declarations = prepared.declarations;
    guest.watch.undisturbed(() => guest.kernel.declare(prepared.declarations));
    this.#mode = prepared.mode;
    const completion = guest.engine.evaluate(prepared.code, prepared.engineName, prepared.mode);
    if (completion.kind === 'thrown') this.#throw(completion.value);
    else this.#evaluated = completion.value;
    guest.rejections.follow(this.#evaluated);
    this.#settle();
  }

  /** Lets promise jobs run, and looks whether that was all. */
  #settle(): void {
    const { guest } = this;
    guest.runJobs();
    if (guest.watch.isInterrupted()) return;
    if (this.#result === undefined) {
      this.#result = this.#takeResult();
      if (this.#result === undefined) return;
      this.#display.begin(this.#result);
      guest.runJobs();
    }
    if (!guest.watch.isInterrupted() && this.#display.isOver()) this.#value(this.#result);
  }

  /** @returns what the text came to; undefined when it has not, or failed */
  #takeResult(): Handle | undefined {
    const { engine, awaitsAnything } = this.guest;
    const evaluated = this.#evaluated;
    if (evaluated === undefined) return undefined;
    const state = engine.promiseState(evaluated);
    if (state === 'rejected') this.#throw(engine.promiseResult(evaluated));
    else if (state !== 'pending') {
      return this.#resultOf(state === undefined ? evaluated : this.#fulfilled(evaluated));
    } else if (!awaitsAnything) this.#outcome = { kind: 'thrown', failure: stuckFailure() };
    return undefined;
  }

  /** A promise's result, in place of the promise. */
  #fulfilled(promise: Handle): Handle {
    this.#evaluated = this.guest.engine.promiseResult(promise);
    this.guest.engine.free(promise);
    return this.#evaluated;
  }

  /** @param settled of a cell an object with its completion value; of a module its namespace */
  #resultOf(settled: Handle): Handle {
    const { engine } = this.guest;
    const result = engine.property(settled, this.#mode === 'module' ? 'default' : 'value');
    if (this.#mode !== 'module' || !engine.isUndefined(result)) return result;
    engine.free(result);
    return engine.duplicate(settled);
  }

  #value(result: Handle): void {
    const { kernel, sources } = this.guest;
    this.#remember('rememberValue', result);
    const node = kernel.inspect(result);
    if (node === undefined) this.guest.watch.stop('memory');
    else this.#outcome = { kind: 'value', value: valueOf(node, sources.inspectOptions) };
  }

  /** For `_` and `_error`, which are of cells and of files that run like one. */
  #remember(kind: 'rememberValue' | 'rememberError', value: Handle): void {
    const { guest, executionId } = this;
    if (this.#mode === 'module') return;
    const name = guest.watch.undisturbed(() => guest.kernel.remember(kind, value));
    if (name === '') return;
    const what = kind === 'rememberValue' ? 'value' : 'error';
    const message = `${name} was defined in this session, so it no longer holds the last ${what}.`;
    guest.outbox.add(executionId, { type: 'system', payload: { level: 'info', message } });
  }

  /** Takes over the thrown value. */
  #throw(thrown: Handle): void {
    const { guest } = this;
    const failure = guest.watch.isInterrupted() ? 'requested' : guest.describe(thrown);
    guest.rejections.forget(thrown);
    this.#undeclareImports();
    if (typeof failure !== 'string') this.#remember('rememberError', thrown);
    guest.engine.free(thrown);
    if (typeof failure === 'string') guest.watch.stop(failure);
    else this.#outcome = { kind: 'thrown', failure };
  }

  #end(outcome: RunOutcome): JobEnd {
    const { guest, message } = this;
    if (outcome.kind !== 'value') this.#undeclareImports();
    if (this.#evaluated !== undefined) guest.engine.free(this.#evaluated);
    if (this.#result !== undefined) guest.engine.free(this.#result);
    this.#evaluated = this.#result = undefined;
    this.#display.dispose();
    guest.rejections.follow(undefined);
    guest.limitMemory();
    if (message.source.kind === 'file') {
      guest.watch.undisturbed(() =>
        this.#freed(guest.engine.evaluate(`delete ${argumentsGlobal}`, kernelFile, 'script')),
      );
    }
    return { outcome, cpuMs: this.#cpuMs };
  }

  /** An import that failed has declared nothing. Has an effect once. */
  #undeclareImports(): void {
    const { kernel, watch } = this.guest;
    const declarations = this.#declarations;
    this.#declarations = [];
    watch.undisturbed(() => kernel.undeclareImports(declarations));
  }

  #setArguments(): void {
    const { engine, kernel, watch } = this.guest;
    const args = engine.evaluate(`(${literal(JSON.stringify(this.message.args))})`, kernelFile, 'script');
    if (args.kind === 'value') watch.undisturbed(() => kernel.publish(argumentsGlobal, args.value));
    this.#freed(args);
  }

  #freed({ value }: Completion): void {
    this.guest.engine.free(value);
  }
}

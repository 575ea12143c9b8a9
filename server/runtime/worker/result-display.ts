import type { Handle } from './engine-port.js';
import type { Guest } from './guest.js';

/** What a result shows of itself by a method of its own, before it is told as a value. */
export class ResultDisplay {
  /** Of a method that takes its time. */
  #promise: Handle | undefined;

  constructor(
    private readonly guest: Guest,
    private readonly executionId: string,
  ) {}

  /** Asks the value, which may run guest code. */
  begin(value: Handle): void {
    const { engine, kernel, rejections, watch } = this.guest;
    const { kind, value: said } = kernel.show(value);
    if (kind === 'value' && engine.promiseState(said) !== undefined) {
      rejections.follow(said);
      this.#promise = said;
      return;
    }
    if (kind === 'thrown' && !watch.isInterrupted()) this.#warn(said);
    engine.free(said);
  }

  /** Is all shown that will be? */
  isOver(): boolean {
    const { engine, watch } = this.guest;
    const promise = this.#promise;
    if (promise === undefined) return true;
    const state = engine.promiseState(promise);
    if (state === 'pending' && this.guest.awaitsAnything) return false;
    if (state === 'pending') this.#say('it can never settle: nothing is left that could settle it');
    if (state === 'rejected' && !watch.isInterrupted()) {
      const reason = engine.promiseResult(promise);
      this.#warn(reason);
      engine.free(reason);
    }
    this.dispose();
    return true;
  }

  dispose(): void {
    if (this.#promise !== undefined) this.guest.engine.free(this.#promise);
    this.#promise = undefined;
  }

  /** A display that fails takes nothing from the result itself. */
  #warn(thrown: Handle): void {
    const failure = this.guest.describe(thrown);
    if (typeof failure === 'string') this.guest.watch.stop(failure);
    else this.#say(failure.stack);
  }

  #say(why: string): void {
    const message = `The result's own Symbol.for("Jupyter.display") failed: ${why}`;
    this.guest.outbox.add(this.executionId, { type: 'system', payload: { level: 'warn', message } });
  }
}

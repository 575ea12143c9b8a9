import type { Engine } from './engine.js';
import type { AnyValue, Handle } from './engine-port.js';

interface Rejection {
  readonly promise: Handle;
  readonly owner: string;
}

/**
 * Promises that were rejected and that nobody has handled so far, for the time until the job queue is dry. What is left
 * then is reported, once.
 */
export class Rejections {
  /** By address: a promise that we hold does not move, nor does another take its place. */
  readonly #unhandled = new Map<number, Rejection>();
  #followed: number | undefined;
  /** Address of the last that was rejected. */
  #last: number | undefined;

  constructor(private readonly engine: () => Engine) {}

  /**
   * Sees to the result of this promise itself: its rejection is not reported.
   *
   * @param promise undefined ends it
   */
  follow(promise: AnyValue | undefined): void {
    this.#followed = promise === undefined ? undefined : this.engine().addressOf(promise);
    if (this.#followed !== undefined) this.handled(this.#followed);
  }

  /** @param promise becomes ours @param owner the execution that caused it */
  rejected(promise: Handle, owner: string): void {
    const address = this.engine().addressOf(promise);
    if (address === this.#followed || this.#unhandled.has(address)) {
      this.engine().free(promise);
      return;
    }
    this.#mergeLast(promise);
    this.#unhandled.set(address, { promise, owner });
    this.#last = address;
  }

  /**
   * The engine runs a module's code as an async function whose promise no code ever sees, and passes what that was
   * rejected with on to the module's own: the last promise, if only we hold it, is that same error.
   */
  #mergeLast(promise: Handle): void {
    if (this.#last === undefined || this.engine().referencesTo(this.#last) > 1) return;
    const reason = this.engine().promiseResult(promise);
    if (this.#isRejectedWith(this.#last, reason)) this.handled(this.#last);
    this.engine().free(reason);
  }

  #isRejectedWith(address: number, reason: AnyValue): boolean {
    const rejection = this.#unhandled.get(address);
    if (rejection === undefined) return false;
    const own = this.engine().promiseResult(rejection.promise);
    const isSame = this.engine().isSame(own, reason);
    this.engine().free(own);
    return isSame;
  }

  handled(address: number): void {
    const rejection = this.#unhandled.get(address);
    if (rejection === undefined) return;
    this.#unhandled.delete(address);
    if (this.#last === address) this.#last = undefined;
    this.engine().free(rejection.promise);
  }

  /** Forgets the promises that were rejected with this value, which is reported otherwise. */
  forget(reason: AnyValue): void {
    for (const address of [...this.#unhandled.keys()]) {
      if (this.#isRejectedWith(address, reason)) this.handled(address);
    }
  }

  /** Forgets all of them: the run that caused them was stopped. */
  clear(): void {
    for (const address of [...this.#unhandled.keys()]) this.handled(address);
  }

  /** Hands out what nobody handled, oldest first, while `report` wants more. */
  drain(report: (owner: string, reason: Handle) => 'more' | 'enough'): void {
    for (const [address, { promise, owner }] of this.#unhandled) {
      const reason = this.engine().promiseResult(promise);
      this.handled(address);
      const wanted = report(owner, reason);
      this.engine().free(reason);
      if (wanted === 'enough') return;
    }
  }
}

import type { ControlBlock } from '../control-block.js';

/** Holds back what would enter the guest (due timers, answers of operations) while the session sleeps. */
export class Sleep {
  #held: (() => void)[] = [];

  constructor(private readonly control: ControlBlock) {}

  /** Is anything held back? */
  get holds(): boolean {
    return this.#held.length > 0;
  }

  /** Lets it enter now, or when the session wakes. */
  pass(enter: () => void): void {
    if (this.control.isAsleep) this.#held.push(enter);
    else enter();
  }

  /** Lets enter what was held back, in the order that it came; all of it again, should the session sleep once more. */
  wake(): void {
    const held = this.#held;
    this.#held = [];
    for (const enter of held) this.pass(enter);
  }
}

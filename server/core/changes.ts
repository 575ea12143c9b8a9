/** What happened, for whoever shows it: told after the commit, in order. */
import type { Execution, ExecutionEvent, Session, Template } from '../../shared/models.js';
import type { Health } from '../../shared/protocol.js';

export type Change =
  | { readonly kind: 'template'; readonly template: Template; readonly removed?: true }
  | { readonly kind: 'session'; readonly session: Session; readonly removed?: true }
  | { readonly kind: 'execution'; readonly execution: Execution; readonly removed?: true }
  | {
      readonly kind: 'events';
      readonly sessionId: string;
      readonly executionId: string;
      readonly events: readonly ExecutionEvent[];
    }
  | { readonly kind: 'health'; readonly health: Health };

export type ChangeListener = (change: Change) => void;

/** Hands every change to every subscriber, at once and in order. */
export class Changes {
  readonly #listeners = new Set<ChangeListener>();

  /** @param onFailure hears of a subscriber that throws */
  constructor(private readonly onFailure: (message: string, error: unknown) => void) {}

  subscribe(listener: ChangeListener): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  /** What is told was committed before, so a subscriber that fails takes nothing back, nor keeps it from the others. */
  emit(change: Change): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.onFailure(`A change of kind ${change.kind} could not be told to a subscriber`, error);
      }
    }
  }
}

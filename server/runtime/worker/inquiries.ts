import type { Inquiry, InquiryAnswer, InquiryMessage } from '../messages.js';
import { completionsOf } from './completion/index.js';
import { GuestMemoryFull } from './engine.js';
import type { Guest } from './guest.js';
import { variablesOf } from './variables.js';

/** How long looking may take, in milliseconds: it is over in a few, but for heaps of millions of keys. */
const maxInquiryMs = 1000;

/**
 * Answers questions about what the guest holds. The kernel looks, and guest code does not run: so the turn belongs to
 * no execution, and when it is cut short there is nothing to clean up.
 */
export class Inquiries {
  constructor(
    private readonly guest: Guest,
    /** Number of a run that is no job's. */
    private readonly nextRun: () => number,
  ) {}

  answer({ id, inquiry }: InquiryMessage): void {
    let answer: InquiryAnswer | undefined;
    this.guest.control.setOwner('');
    this.guest.watch.turn(this.nextRun(), 0, () => {
      this.guest.watch.within(maxInquiryMs, () => {
        try {
          answer = this.#answer(inquiry);
        } catch (error) {
          // Thrown before the engine was entered, which is unharmed.
          if (!(error instanceof GuestMemoryFull)) throw error;
        }
      });
    });
    this.guest.post({ type: 'answered', id, answer });
  }

  #answer(inquiry: Inquiry): InquiryAnswer | undefined {
    return inquiry.kind === 'variables'
      ? variablesOf(this.guest.kernel, inquiry)
      : completionsOf(this.guest, inquiry);
  }
}

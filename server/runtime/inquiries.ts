import { VmError } from '../../shared/errors.js';
import type { Inquiry, InquiryAnswer, InquiryMessage } from './messages.js';

/** How long an answer may take, in milliseconds: background work may have the thread. */
const maxWaitMs = 2000;

interface Asked {
  resolve(answer: InquiryAnswer): void;
  reject(error: VmError): void;
  readonly timer: NodeJS.Timeout;
}

/** The main thread's side of questions about what a session holds. They change nothing, so each may go unanswered. */
export class Inquiries {
  readonly #asked = new Map<number, Asked>();
  #last = 0;

  constructor(private readonly post: (message: InquiryMessage) => void) {}

  /** @throws `SESSION_BUSY`: the thread does not come to it; `SESSION_NOT_READY`: it is gone */
  ask(inquiry: Inquiry): Promise<InquiryAnswer> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#refuse(id, busy()), maxWaitMs);
      this.#asked.set(id, { resolve, reject, timer });
      this.post({ type: 'inquire', id, inquiry });
    });
  }

  /** @param answer undefined: it was given up, as it took too long or memory ended */
  answered(id: number, answer: InquiryAnswer | undefined): void {
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    if (answer === undefined) {
      this.#refuse(id, busy());
      return;
    }
    this.#forget(id, asked);
    asked.resolve(answer);
  }

  /** The thread ends: nobody answers any more. */
  end(): void {
    for (const id of [...this.#asked.keys()]) {
      this.#refuse(id, new VmError('SESSION_NOT_READY', 'The session ended before it could answer.'));
    }
  }

  #refuse(id: number, error: VmError): void {
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    this.#forget(id, asked);
    asked.reject(error);
  }

  #forget(id: number, { timer }: Asked): void {
    clearTimeout(timer);
    this.#asked.delete(id);
  }
}

const busy = (): VmError =>
  new VmError('SESSION_BUSY', 'The session does not come to look at its values; try again when it is idle.');

/** Has TypeScript made into JavaScript, in one thread for the whole host: guest text is not parsed on this one. */
import { Worker } from 'node:worker_threads';
import { contentHash } from '../content-hash.js';
import type { RuntimeLog } from '../runtime-log.js';
import type { StrippedText, TextProblem } from '../stripped-text.js';
import type { StripReply, StripRequest } from '../typescript-worker/messages.js';

/** The largest text, in UTF-16 units. Everyone's texts wait in one line, so none may take long. */
const maxLength = 1024 * 1024;
/**
 * How long a text may take, in milliseconds, from when it is first in the line. The largest takes a third of it; a
 * short one can take the compiler forever, such as dozens of `<T>(` in each other.
 */
const deadlineMs = 2000;
/** Of the texts whose JavaScript is kept, as modules are read again and again; in UTF-16 units. */
const maxKeptLength = 8 * 1024 * 1024;

export interface StripOptions {
  /** Worktree relative; empty for a cell. Decides by its extension only. */
  readonly fileName: string;
  /** Nobody wants it any more: it leaves the line, and its stripping ends. The promise may then stay unsettled. */
  readonly signal?: AbortSignal | undefined;
}

interface Waiting {
  readonly request: StripRequest;
  readonly settle: (stripped: StrippedText) => void;
  readonly signal: AbortSignal | undefined;
}

/** Its thread starts with the first text. Whoever makes it closes it. */
export class TypeScript {
  readonly #kept = new Map<string, { readonly stripped: StrippedText; readonly length: number }>();
  #keptLength = 0;
  #line: Waiting[] = [];
  #current: Waiting | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #worker: Worker | undefined;
  #isClosed = false;

  /** @param script the thread's bundle */
  constructor(
    private readonly script: URL,
    private readonly log: RuntimeLog,
  ) {}

  /**
   * Strips the types of a text. Never rejects.
   *
   * @returns its JavaScript; or what is wrong with it, and where
   */
  async strip(text: string, { fileName, signal }: StripOptions): Promise<StrippedText> {
    if (text.length > maxLength) {
      return refusal({
        name: 'RangeError',
        message: `The TypeScript source is larger than the ${maxLength.toLocaleString('en')} characters it may have`,
      });
    }
    const key = contentHash(`${/\.\w*$/.exec(fileName)?.[0] ?? ''}\n${text}`);
    const known = this.#kept.get(key);
    if (known !== undefined) return known.stripped;
    return new Promise((resolve) => {
      const settle = (stripped: StrippedText) => {
        this.#keep(key, stripped, text.length);
        resolve(stripped);
      };
      this.#line.push({ request: { text, fileName }, settle, signal });
      this.#next();
    });
  }

  /** Ends the thread; what waits is refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const waiting = [...(this.#current === undefined ? [] : [this.#current]), ...this.#line];
    this.#line = [];
    this.#current = undefined;
    clearTimeout(this.#deadline);
    for (const { settle } of waiting) settle(broken('The host ended before the types were stripped'));
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #next(): void {
    if (this.#current !== undefined || this.#isClosed) return;
    this.#line = this.#line.filter(({ signal }) => signal?.aborted !== true);
    this.#current = this.#line.shift();
    if (this.#current === undefined) return;
    this.#worker ??= this.#start();
    this.#worker.postMessage(this.#current.request);
    this.#endWhenUnwanted(this.#current);
    this.#deadline = setTimeout(
      () => this.#replace(`Stripping its types took longer than ${deadlineMs / 1000} seconds`),
      deadlineMs,
    );
  }

  /** Others wait for what nobody wants: nothing but the thread's end stops it. */
  #endWhenUnwanted(current: Waiting): void {
    const end = () => {
      if (this.#current === current) this.#replace('The text that it had is not wanted any more');
    };
    current.signal?.addEventListener('abort', end, { once: true });
  }

  #settle(stripped: StrippedText): void {
    clearTimeout(this.#deadline);
    const current = this.#current;
    this.#current = undefined;
    current?.settle(stripped);
    this.#next();
  }

  #start(): Worker {
    const worker = new Worker(this.script, {
      resourceLimits: { maxOldGenerationSizeMb: 256 },
      // The host's standard output carries the protocol and nothing else.
      stdout: true,
      stderr: true,
      env: {},
      execArgv: [],
    });
    worker.unref();
    worker.on('message', (reply: StripReply) => {
      // The last words of a thread that was replaced are no answer to its successor's text.
      if (this.#worker !== worker) return;
      if (reply.kind !== 'broken') this.#settle(reply);
      else this.#replace('The text is nested too deep, or too large, to strip its types', reply.message);
    });
    worker.on('error', (error) => {
      if (this.#worker === worker) this.#replace('Its types could not be stripped', error.message);
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#replace('Its types could not be stripped', 'its thread ended');
    });
    return worker;
  }

  /** The thread cannot be used any more; the text that it had fails alone. */
  #replace(message: string, cause = message): void {
    this.log.warn(`The TypeScript thread is replaced: ${cause}`);
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.terminate().catch((error: unknown) => this.log.error('The TypeScript thread did not end', error));
    this.#settle(broken(message));
  }

  /** Keeps what it became, and forgets the oldest. */
  #keep(key: string, stripped: StrippedText, length: number): void {
    if (this.#isClosed || (stripped.kind === 'refused' && stripped.place === undefined)) return;
    if (this.#kept.has(key)) return;
    this.#kept.set(key, { stripped, length });
    this.#keptLength += length;
    for (const [oldest, { length: oldestLength }] of this.#kept) {
      if (this.#keptLength <= maxKeptLength || oldest === key) break;
      this.#kept.delete(oldest);
      this.#keptLength -= oldestLength;
    }
  }
}

function refusal(problem: TextProblem): StrippedText {
  return { kind: 'refused', ...problem };
}

function broken(message: string): StrippedText {
  return refusal({ name: 'SyntaxError', message });
}

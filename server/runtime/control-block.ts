/**
 * The words that a session's thread and the host's main thread share. The main thread reads them to judge a guest that
 * answers nobody, and writes them to stop one.
 *
 * A run is one job, or one entry of background work; runs are numbered so that a stop can only ever hit the run that
 * it was meant for. Jobs have even numbers, given by the main thread; background entries odd ones, given by the worker.
 */
const Word = {
  stopJob: 0,
  stopEntry: 1,
  run: 2,
  running: 3,
  since: 4,
  usedMs: 5,
  watched: 6,
  backgroundStops: 7,
  acknowledged: 8,
  replied: 9,
  bell: 10,
  asleep: 11,
} as const;
const wordCount = Object.keys(Word).length;
/** After the words: the id of the execution that has the thread, a UUID's 128 bits; zeros for none. */
const ownerWords = 4;

/** What is on a session's thread. */
export interface Occupancy {
  /** The run that is, or was last, on the thread; 0 before the first. */
  readonly run: number;
  /** Guest code is on the thread right now: neither waiting for the host nor idle. */
  readonly running: boolean;
  /** The run's time with guest code on the thread so far, in milliseconds. */
  readonly cpuMs: number;
}

export class ControlBlock {
  readonly #words: Int32Array;

  /** @param buffer shared with the other side; a new one by default */
  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer((wordCount + ownerWords) * 4)) {
    this.#words = new Int32Array(buffer);
  }

  // ---------------------------------------------------------------- main thread

  /** Asks a job or a background entry to stop, and wakes the thread if it waits for the host. */
  requestStop(run: number): void {
    this.#set(stopWordOf(run), run);
    this.ring();
  }

  /** Asks the thread to drop the timers of ended executions before it serves another one. */
  requestBackgroundStop(): void {
    Atomics.add(this.#words, Word.backgroundStops, 1);
  }

  occupancy(): Occupancy {
    const run = this.#get(Word.run);
    const used = this.#get(Word.usedMs);
    const since = this.#get(Word.since);
    const running = this.#get(Word.running) === 1 && this.#get(Word.run) === run;
    return { run, running, cpuMs: used + (running ? elapsed(since) : 0) };
  }

  /** The execution whose code is, or was last, on the thread; '' for none. Torn while the thread runs. */
  get owner(): string {
    const bytes = Buffer.alloc(ownerWords * 4);
    for (let i = 0; i < ownerWords; i++) bytes.writeInt32BE(this.#get(wordCount + i), i * 4);
    const hex = bytes.toString('hex');
    return /^0+$/.test(hex) ? '' : hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }

  /** Says whether what waits may enter the guest, see {@link isAsleep}. */
  setAsleep(state: 'asleep' | 'awake'): void {
    this.#set(Word.asleep, state === 'asleep' ? 1 : 0);
  }

  /** Says whether the main thread looks at this block from time to time, see {@link isWatched}. */
  setWatched(watched: 'watched' | 'unwatched'): void {
    this.#set(Word.watched, watched === 'watched' ? 1 : 0);
  }

  /** Counts a batch of events as durable, which lets a thread go on that waited for it. */
  acknowledgeBatch(): void {
    Atomics.add(this.#words, Word.acknowledged, 1);
    this.ring();
  }

  /** Says that the reply to this host call is in the port. */
  announceReply(call: number): void {
    this.#set(Word.replied, call);
    this.ring();
  }

  // ---------------------------------------------------------------- session thread

  isStopRequested(run: number): boolean {
    return this.#get(stopWordOf(run)) === run;
  }

  get backgroundStops(): number {
    return this.#get(Word.backgroundStops);
  }

  /** @param executionId a UUID, or '' */
  setOwner(executionId: string): void {
    const bytes = Buffer.alloc(ownerWords * 4);
    bytes.write(executionId.replaceAll('-', ''), 'hex');
    for (let i = 0; i < ownerWords; i++) this.#set(wordCount + i, bytes.readInt32BE(i * 4));
  }

  /**
   * Puts a run on the thread.
   *
   * @param usedMs its time on the thread before, in milliseconds
   */
  occupy(run: number, usedMs: number): void {
    this.#set(Word.run, run);
    this.#set(Word.usedMs, Math.round(usedMs));
    this.#set(Word.since, now());
    this.#set(Word.running, 1);
  }

  /** Takes the run off the thread. The order of the words makes a reader see too little time, never too much. */
  release(usedMs: number): void {
    this.#set(Word.running, 0);
    this.#set(Word.usedMs, Math.round(usedMs));
  }

  /** While false, a thread that begins to run guest code on its own must say so by a message. */
  get isWatched(): boolean {
    return this.#get(Word.watched) === 1;
  }

  /** While true, no timer and no operation's answer may enter the guest. */
  get isAsleep(): boolean {
    return this.#get(Word.asleep) === 1;
  }

  get acknowledged(): number {
    return this.#get(Word.acknowledged);
  }

  get replied(): number {
    return this.#get(Word.replied);
  }

  /** Blocks the thread until `isDone` holds; it is asked again whenever the main thread changes something. */
  waitUntil(isDone: () => boolean): void {
    for (;;) {
      const bell = this.#get(Word.bell);
      if (isDone()) return;
      Atomics.wait(this.#words, Word.bell, bell);
    }
  }

  /** Makes a thread in {@link waitUntil} look again. */
  ring(): void {
    Atomics.add(this.#words, Word.bell, 1);
    Atomics.notify(this.#words, Word.bell);
  }

  #get(word: number): number {
    return Atomics.load(this.#words, word);
  }

  #set(word: number, value: number): void {
    Atomics.store(this.#words, word, value);
  }
}

const stopWordOf = (run: number): number => (isJobRun(run) ? Word.stopJob : Word.stopEntry);

/** Jobs have even numbers, background entries odd ones. */
export const isJobRun = (run: number): boolean => run % 2 === 0;

/** The system's monotonic clock in milliseconds, the same in every thread, cut to 32 bits. */
const now = (): number => Number(BigInt.asIntN(32, process.hrtime.bigint() / 1_000_000n));

/** Right across the wrap of {@link now}, for up to 24 days. */
const elapsed = (since: number): number => (now() - since) | 0;

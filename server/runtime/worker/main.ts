/** Entry of a session's thread. It starts the engine at once and becomes a session's when it is told which. */
import { workerData } from 'node:worker_threads';
import type { BackgroundState } from '../../core/ports.js';
import type { OpenMessage, RunMessage, ToWorker, WorkerStart } from '../messages.js';
import { Background } from './background.js';
import { Guest } from './guest.js';
import { Inquiries } from './inquiries.js';
import { Job } from './job.js';
import { Sleep } from './sleep.js';
import { loadLibraries } from './library-loading.js';

const start = workerData as WorkerStart;
const guest = new Guest(start, (owner, work) => sleep.pass(() => guarded(() => enter(owner, work))));
const background = new Background(guest);
const sleep = new Sleep(guest.control);
let state: BackgroundState = 'quiet';
const inquiries = new Inquiries(guest, () => background.nextRun());
let job: Job | undefined;
let isLost = false;

/** Whatever escapes means that the guest is ruined: the main thread replaces it. */
function lost(error: unknown): void {
  if (isLost) return;
  isLost = true;
  guest.outbox.flush();
  guest.post({ type: 'lost', reason: reasonOf(error), cause: guest.watch.stopped ?? 'crashed' });
}

/** A trap of the engine's code, or of the host's stack below it, means nothing to a reader by itself. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isTrap = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
  return isTrap ? `The code broke the session's engine (${error.message})` : error.message;
}

function guarded(work: () => void): void {
  if (isLost) return;
  try {
    work();
  } catch (error) {
    lost(error);
  }
}

/** Gives the thread to what an execution has waited for. */
function enter(owner: string, work: () => void): void {
  if (job?.executionId === owner) {
    job.enter(work);
    return;
  }
  background.enter(owner, work);
  tellBackground();
  // What ran may have settled what the job waits for.
  job?.wake();
}

/** The main thread hears of it when the first timer or operation is armed, and when none is left. */
function tellBackground(): void {
  const now = guest.awaitsAnything || sleep.holds ? 'armed' : 'quiet';
  if (now === state) return;
  state = now;
  guest.outbox.flush();
  guest.post({ type: 'background', state });
}

function open({ settings, modules, globals, libraries }: OpenMessage): void {
  guest.configure(settings, modules, globals);
  const failed = loadLibraries(guest, libraries);
  if (failed === undefined) guest.kernel.openLastValues();
  guest.post(failed === undefined ? { type: 'opened' } : { type: 'openFailed', ...failed });
}

async function run(message: RunMessage): Promise<void> {
  job = new Job(guest, message);
  const end = await job.run();
  job = undefined;
  const memoryBytes = guest.engine.liveBytes();
  guest.outbox.flush();
  tellBackground();
  guest.post({ type: 'done', run: message.run, ...end, memoryBytes });
}

function receive(message: ToWorker): void {
  switch (message.type) {
    case 'open':
      open(message);
      break;
    case 'run':
      run(message).catch(lost);
      break;
    case 'inquire':
      inquiries.answer(message);
      break;
    case 'stop':
      job?.wake();
      break;
    case 'stopBackground':
      background.stop(job?.executionId ?? '');
      tellBackground();
      break;
    case 'wake':
      sleep.wake();
      break;
    case 'settled':
      guest.operations.settle(message.reply);
      break;
    case 'narrow':
      guest.native.grant(message.modules);
      break;
  }
}

await guest.start(start);
start.port.on('message', (message: ToWorker) => guarded(() => receive(message)));

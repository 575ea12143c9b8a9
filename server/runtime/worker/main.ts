/** Entry of a session's thread. It becomes a session's when it is told which. */
import { workerData } from 'node:worker_threads';
import type { BackgroundState } from '../../core/ports.js';
import type { OpenMessage, RunMessage, ToWorker, WorkerStart } from '../messages.js';
import { Background } from './background.js';
import { Guest, GuestTooFull } from './guest.js';
import { Images } from './images.js';
import { Inquiries } from './inquiries.js';
import { Job } from './job.js';
import { Sleep } from './sleep.js';
import { loadLibraries } from './library-loading.js';

const start = workerData as WorkerStart;
const guest = new Guest(start, (owner, work) => sleep.pass(() => guarded(() => enter(owner, work))));
const images = new Images(guest);
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
  const cause = error instanceof GuestTooFull ? 'memory' : (guest.watch.stopped ?? 'crashed');
  guest.post({ type: 'lost', reason: reasonOf(error), cause });
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
  changed();
  // What ran may have settled what the job waits for.
  job?.wake();
}

/** The guest is another than its last image, besides what the running job does. */
function changed(): void {
  images.touched();
  if (job === undefined) images.afterEntry();
}

/** The main thread hears of it when the first timer or operation is armed, and when none is left. */
function tellBackground(): void {
  const now = guest.awaitsAnything || sleep.holds ? 'armed' : 'quiet';
  if (now === state) return;
  state = now;
  guest.outbox.flush();
  guest.post({ type: 'background', state });
}

async function open({ origin, ...session }: OpenMessage): Promise<void> {
  if (origin.kind === 'image') {
    const { image, executionId, resumption } = origin;
    await guest.restore(session, origin);
    images.restored(executionId, image.memoryBytes);
    if (resumption.without !== undefined) changed();
  } else {
    await guest.create(session);
    const failed = loadLibraries(guest, origin.libraries);
    if (failed !== undefined) {
      guest.post({ type: 'openFailed', ...failed });
      return;
    }
    guest.kernel.openLastValues();
  }
  state = guest.awaitsAnything ? 'armed' : 'quiet';
  guest.post({ type: 'background', state });
  guest.post({ type: 'opened' });
}

async function run(message: RunMessage): Promise<void> {
  images.beforeRun();
  job = new Job(guest, message);
  images.touched();
  const before = images.memoryBytes;
  const end = await job.run();
  job = undefined;
  const { outcome } = end;
  const memoryBytes = guest.judgeMemory(before, outcome.kind === 'stopped' ? outcome.cause : undefined);
  guest.outbox.flush();
  tellBackground();
  guest.post({ type: 'done', run: message.run, ...end, memoryBytes });
  images.afterRun(message.executionId, memoryBytes);
}

function receive(message: ToWorker): void {
  switch (message.type) {
    case 'open':
      open(message).catch(lost);
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
      changed();
      tellBackground();
      break;
    case 'image':
      images.request();
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

guest.preparation.warmUp();
start.port.on('message', (message: ToWorker) => guarded(() => receive(message)));

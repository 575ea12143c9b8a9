/** Entry of a session's thread. It starts the engine at once and becomes a session's when it is told which. */
import { workerData } from 'node:worker_threads';
import type { OpenMessage, RunMessage, ToWorker, WorkerStart } from '../messages.js';
import { Background } from './background.js';
import { Guest } from './guest.js';
import { Job } from './job.js';
import { loadLibraries } from './libraries.js';

const start = workerData as WorkerStart;
const guest = new Guest(start, (id, owner) => guarded(() => fire(id, owner)));
const background = new Background(guest);
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

function fire(id: number, owner: string): void {
  if (job?.executionId === owner) {
    job.fire(id);
    return;
  }
  background.fire(id, owner);
  // What ran may have settled what the job waits for.
  job?.wake();
}

function open({ settings, modules, libraries }: OpenMessage): void {
  guest.configure(settings, modules);
  const failed = loadLibraries(guest, libraries);
  guest.post(failed === undefined ? { type: 'opened' } : { type: 'openFailed', ...failed });
}

async function run(message: RunMessage): Promise<void> {
  job = new Job(guest, message);
  const end = await job.run();
  job = undefined;
  const memoryBytes = guest.engine.liveBytes();
  guest.outbox.flush();
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
    case 'stop':
      job?.wake();
      break;
    case 'stopBackground':
      background.stop(job?.executionId ?? '');
      break;
  }
}

await guest.start(start);
start.port.on('message', (message: ToWorker) => guarded(() => receive(message)));

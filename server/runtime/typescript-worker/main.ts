/** The thread that makes JavaScript of every session's TypeScript. It holds no state of any of them. */
import { parentPort } from 'node:worker_threads';
import type { StripReply, StripRequest } from './messages.js';
import { strip } from './strip.js';

function reply(request: StripRequest): StripReply {
  try {
    return strip(request);
  } catch (error) {
    return { kind: 'broken', message: String(error) };
  }
}

parentPort?.on('message', (request: StripRequest) => parentPort?.postMessage(reply(request)));

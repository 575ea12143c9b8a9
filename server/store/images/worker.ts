/** Entry of the thread that hashes, compresses and puts together images, which is too slow for the main thread. */
import { parentPort } from 'node:worker_threads';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { assemble, ImageChunks, WrongChunks } from './chunks.js';
import type { ImageReply, ImageRequest, ImageResults, ImageTask } from './messages.js';

/** Better than gzip's fastest, in size and in time. */
const params = { [constants.BROTLI_PARAM_QUALITY]: 1 };
/** Of one chunk: what claims to be more is damaged. */
const maxOutputLength = 64 * 1024;

function perform(task: ImageTask): ImageResults[keyof ImageResults] {
  switch (task.kind) {
    case 'cut':
      return new ImageChunks(task.image).layout();
    case 'compress': {
      const chunks = new ImageChunks(task.image);
      return task.chunks.map((index) => brotliCompressSync(chunks.chunk(index), { params }));
    }
    case 'assemble':
      return assemble(task.layout, task.contents.map(decompress));
  }
}

function decompress(content: Uint8Array): Uint8Array {
  try {
    return brotliDecompressSync(content, { maxOutputLength });
  } catch (error) {
    throw new WrongChunks('A part cannot be unpacked', { cause: error });
  }
}

function reply({ id, task }: ImageRequest): ImageReply {
  try {
    return { id, ok: true, result: perform(task) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id, ok: false, reason: error instanceof WrongChunks ? 'damaged' : 'failed', message };
  }
}

parentPort?.on('message', (request: ImageRequest) => parentPort?.postMessage(reply(request)));

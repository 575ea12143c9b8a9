/** Entry of the thread that hashes, compresses and puts together images, which is too slow for the main thread. */
import { parentPort } from 'node:worker_threads';
import { assemble, hashAt, ImageChunks, WrongChunks } from './chunks.js';
import type { ImageReply, ImageRequest, ImageResults, ImageTask } from './messages.js';
import { Packing } from './packing.js';

const packing = new Packing();

function perform(task: ImageTask): ImageResults[keyof ImageResults] {
  switch (task.kind) {
    case 'cut':
      return new ImageChunks(task.image).layout();
    case 'compress': {
      const chunks = new ImageChunks(task.image);
      return task.chunks.map(({ index, base }) => packing.pack(chunks.chunk(index), base));
    }
    case 'assemble':
      return assemble(
        task.layout,
        task.pieces.map((piece, index) => packing.unpack(hashAt(task.layout, index), piece)),
      );
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

import { Worker } from 'node:worker_threads';
import { type Deferred, deferred } from '../../core/deferred.js';
import type { HeapImage } from '../../core/ports.js';
import { type ImageLayout, WrongChunks } from './chunks.js';
import type { ImageReply, ImageRequest, ImageResults, ImageTask, WantedChunk } from './messages.js';
import type { KeptPiece, PackedPiece } from './packing.js';

/** The store's side of the image thread, which starts when it is first needed, or before. */
export class ImageThread {
  #worker: Worker | undefined;
  #lastId = 0;
  readonly #waiting = new Map<number, Deferred<ImageResults[keyof ImageResults]>>();

  /** @param script the thread's bundle */
  constructor(private readonly script: URL) {}

  /** Starts the thread, as that takes tens of milliseconds. */
  prepare(): void {
    this.#worker ??= this.#start();
  }

  async cut(image: HeapImage): Promise<ImageLayout> {
    return (await this.#perform({ kind: 'cut', image })) as ImageLayout;
  }

  /** @returns the wanted chunks, in their order */
  async compress(image: HeapImage, chunks: readonly WantedChunk[]): Promise<readonly PackedPiece[]> {
    return (await this.#perform({ kind: 'compress', image, chunks })) as readonly PackedPiece[];
  }

  /** @param pieces in the layout's order @throws WrongChunks: they are not those of the layout */
  async assemble(layout: ImageLayout, pieces: readonly KeptPiece[]): Promise<HeapImage> {
    return (await this.#perform({ kind: 'assemble', layout, pieces })) as HeapImage;
  }

  /** What is under way is given up. */
  close(): void {
    void this.#worker?.terminate();
    this.#fail('The store is closed');
  }

  #perform(task: ImageTask): Promise<ImageResults[keyof ImageResults]> {
    const worker = (this.#worker ??= this.#start());
    const request: ImageRequest = { id: ++this.#lastId, task };
    const done = deferred<ImageResults[keyof ImageResults]>();
    this.#waiting.set(request.id, done);
    worker.postMessage(request);
    return done.promise;
  }

  #start(): Worker {
    const worker = new Worker(this.script, { stdout: true, stderr: true, env: {}, execArgv: [] });
    worker.unref();
    worker.on('message', (reply: ImageReply) => {
      const done = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (reply.ok) done?.resolve(reply.result);
      else
        done?.reject(reply.reason === 'damaged' ? new WrongChunks(reply.message) : new Error(reply.message));
    });
    worker.once('error', (error) => this.#fail(`The image thread failed: ${error.message}`));
    return worker;
  }

  #fail(message: string): void {
    this.#worker = undefined;
    for (const done of this.#waiting.values()) done.reject(new Error(message));
    this.#waiting.clear();
  }
}

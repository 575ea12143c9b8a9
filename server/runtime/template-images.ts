import { createHash } from 'node:crypto';
import type { HeapImage, RuntimeSpec } from '../core/ports.js';
import type { LibrarySource } from './messages.js';

/** Of all kept images together, in bytes. */
const budgetBytes = 64 * 1024 * 1024;

/**
 * Guests as they are before any code of a worktree ran: kernel and libraries. A new session goes on from such an image,
 * which takes a fraction of the time that the libraries do. Everything that makes a difference to such a guest is in
 * its key.
 */
export class TemplateImages {
  readonly #images = new Map<string, HeapImage>();

  keyOf(
    { settings: { runtime } }: RuntimeSpec,
    globals: readonly string[],
    libraries: readonly LibrarySource[],
  ): string {
    const hash = createHash('sha256').update(JSON.stringify([runtime, globals]));
    for (const { id, text } of libraries) hash.update(JSON.stringify([id, text.length])).update(text);
    return hash.digest('hex');
  }

  get(key: string): HeapImage | undefined {
    const image = this.#images.get(key);
    if (image !== undefined) {
      // The order tells what was used longest ago.
      this.#images.delete(key);
      this.#images.set(key, image);
    }
    return image;
  }

  set(key: string, image: HeapImage): void {
    this.#images.set(key, image);
    let bytes = 0;
    for (const kept of this.#images.values()) bytes += kept.pages.length;
    for (const [oldest, kept] of this.#images) {
      if (bytes <= budgetBytes || oldest === key) break;
      this.#images.delete(oldest);
      bytes -= kept.pages.length;
    }
  }
}

/** What the store and its image thread say to each other. */
import type { HeapImage } from '../../core/ports.js';
import type { ImageLayout } from './chunks.js';

/** Pages are on shared memory, so that a message with an image copies none of them. */
export type ImageTask =
  | { readonly kind: 'cut'; readonly image: HeapImage }
  /** @param chunks indexes */
  | { readonly kind: 'compress'; readonly image: HeapImage; readonly chunks: readonly number[] }
  | { readonly kind: 'assemble'; readonly layout: ImageLayout; readonly contents: readonly Uint8Array[] };

export interface ImageResults {
  readonly cut: ImageLayout;
  readonly compress: readonly Uint8Array[];
  readonly assemble: HeapImage;
}

export interface ImageRequest {
  readonly id: number;
  readonly task: ImageTask;
}

export type ImageReply =
  | { readonly id: number; readonly ok: true; readonly result: ImageResults[keyof ImageResults] }
  /** `damaged`: the contents are not those of the layout. */
  | {
      readonly id: number;
      readonly ok: false;
      readonly reason: 'damaged' | 'failed';
      readonly message: string;
    };

/** What the store and its image thread say to each other. */
import type { HeapImage } from '../../core/ports.js';
import type { ImageLayout } from './chunks.js';
import type { FullPiece, KeptPiece, PackedPiece } from './packing.js';

/** Pages are on shared memory, so that a message with an image copies none of them. */
export type ImageTask =
  | { readonly kind: 'cut'; readonly image: HeapImage }
  | { readonly kind: 'compress'; readonly image: HeapImage; readonly chunks: readonly WantedChunk[] }
  | { readonly kind: 'assemble'; readonly layout: ImageLayout; readonly pieces: readonly KeptPiece[] };

/** A chunk that is to be kept. */
export interface WantedChunk {
  readonly index: number;
  /** What it may be kept as the difference from. */
  readonly base: FullPiece | undefined;
}

export interface ImageResults {
  readonly cut: ImageLayout;
  readonly compress: readonly PackedPiece[];
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

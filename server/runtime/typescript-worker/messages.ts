/** What the TypeScript thread and the main thread say to each other: one text at a time. */
import type { StrippedText } from '../stripped-text.js';

export interface StripRequest {
  readonly text: string;
  /** Worktree relative, or empty for a cell: decides by its extension only. */
  readonly fileName: string;
}

export type StripReply =
  | StrippedText
  /** The compiler broke, and so may every later text: this thread is to be replaced. */
  | { readonly kind: 'broken'; readonly message: string };

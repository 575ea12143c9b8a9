import { createHash } from 'node:crypto';

/** Tells versions of a file's text apart. */
export const contentHash = (text: string): string => createHash('sha256').update(text).digest('base64url');

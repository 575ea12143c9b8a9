/** Texts of files that were read before, so that what did not change is not read again at every import. */
import type { BigIntStats } from 'node:fs';

/** A file's text, and what tells whether it changed. */
export interface CachedSource {
  readonly text: string;
  readonly hash: string;
}

/** Of all kept texts, in UTF-16 units. */
const maxKeptLength = 16 * 1024 * 1024;
/** A file that changed this short a time before it was read may change again without its times showing it. */
const settledMs = 2000;

/** For all sessions of a host. */
export class SourceCache {
  readonly #kept = new Map<string, CachedSource & { readonly stamp: string }>();
  #keptLength = 0;

  /** @param status of the file now */
  get(status: BigIntStats): CachedSource | undefined {
    const kept = this.#kept.get(keyOf(status));
    return kept?.stamp === stampOf(status) ? kept : undefined;
  }

  /** @param status of the file before it was read */
  put(status: BigIntStats, { text, hash }: CachedSource): void {
    this.#drop(keyOf(status));
    const age = Date.now() - Number(status.ctimeMs > status.mtimeMs ? status.ctimeMs : status.mtimeMs);
    if (age < settledMs || text.length > maxKeptLength / 4) return;
    this.#kept.set(keyOf(status), { text, hash, stamp: stampOf(status) });
    this.#keptLength += text.length;
    for (const key of this.#kept.keys()) {
      if (this.#keptLength <= maxKeptLength) break;
      this.#drop(key);
    }
  }

  #drop(key: string): void {
    this.#keptLength -= this.#kept.get(key)?.text.length ?? 0;
    this.#kept.delete(key);
  }
}

const keyOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;
const stampOf = ({ size, mtimeNs, ctimeNs }: BigIntStats): string => `${size}:${mtimeNs}:${ctimeNs}`;

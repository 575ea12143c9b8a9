import { VmError } from '../../shared/errors.js';
import type { Health } from '../../shared/protocol.js';
import { engines } from '../../shared/models.js';
import { protocolVersion } from '../../shared/protocol.js';
import type { Changes } from './changes.js';
import type { Store } from './ports.js';

/** The two things that make the host refuse new guest work: an untrusted workspace, and a disk that takes no writes. */
export class HostState {
  readonly #startedAt = Date.now();
  #trusted: boolean;
  #degraded = false;
  /** What could not be written, to be tried again. */
  #unsaved: (() => void)[] = [];

  constructor(
    private readonly store: Store,
    private readonly changes: Changes,
    private readonly version: string,
    trust: 'trusted' | 'untrusted',
  ) {
    this.#trusted = trust === 'trusted';
  }

  setTrust(trust: 'trusted' | 'untrusted'): void {
    this.#trusted = trust === 'trusted';
  }

  get isTrusted(): boolean {
    return this.#trusted;
  }

  /** @throws `WORKSPACE_NOT_TRUSTED` */
  requireTrusted(): void {
    if (!this.#trusted) {
      throw new VmError(
        'WORKSPACE_NOT_TRUSTED',
        'This workspace is not trusted, so no code runs in it; trust the workspace to run code.',
      );
    }
  }

  /**
   * Makes sure that new work can be recorded. After a failed write the disk is tried first.
   *
   * @throws `STORAGE_FAILED`: the disk still takes no writes
   */
  requireStorage(): void {
    if (!this.#degraded) return;
    this.store.probe();
    while (this.#unsaved.length > 0) {
      this.#unsaved[0]?.();
      this.#unsaved.shift();
    }
    this.#setDegraded(false);
  }

  /**
   * A write failed: new executions are refused until one works again.
   *
   * @param retry writes what is still unsaved, once the disk takes writes again; raises as the first try did
   */
  storageFailed(retry?: () => void): void {
    if (retry !== undefined) this.#unsaved.push(retry);
    this.#setDegraded(true);
  }

  health(): Health {
    const { path, sizeBytes, schemaVersion } = this.store.stats();
    return {
      status: this.#degraded ? 'degraded' : 'ok',
      version: this.version,
      protocol: protocolVersion,
      pid: process.pid,
      uptimeMs: Date.now() - this.#startedAt,
      engines: [...engines],
      database: { path, sizeBytes, schemaVersion },
    };
  }

  #setDegraded(degraded: boolean): void {
    if (this.#degraded === degraded) return;
    this.#degraded = degraded;
    this.changes.emit({ kind: 'health', health: this.health() });
  }
}

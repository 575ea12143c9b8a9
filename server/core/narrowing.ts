import type { Capability } from '../../shared/models.js';
import type { CoreContext } from './context.js';
import { narrowedCapabilities } from './narrowed-capabilities.js';
import type { SessionRecord } from './ports.js';
import type { SessionRegister } from './session-register.js';

/** How many sessions are looked at together. */
const pageSize = 100;

/** Takes from the sessions of a template what the template does not grant any more: live ones, and those that sleep. */
export class Narrowing {
  constructor(
    private readonly core: Pick<CoreContext, 'store'>,
    private readonly register: SessionRegister,
  ) {}

  /**
   * Writes what the template's sessions keep. To be called within the transaction that changes the template.
   *
   * @param current capabilities of the template
   * @returns what has the live ones go by it, to be called when the transaction is durable
   */
  write(templateId: string, current: readonly Capability[]): () => void {
    const narrowed: SessionRecord[] = [];
    for (const record of this.#sessionsOf(templateId)) {
      const capabilities = narrowedCapabilities(record.snapshot.capabilities, current);
      if (capabilities === record.snapshot.capabilities) continue;
      const changed = { ...record, snapshot: { ...record.snapshot, capabilities } };
      this.core.store.sessions.update(changed);
      narrowed.push(changed);
    }
    return () => {
      for (const { id, snapshot } of narrowed) this.register.live(id)?.narrow(snapshot.capabilities);
    };
  }

  *#sessionsOf(templateId: string): Generator<SessionRecord> {
    let cursor: string | undefined;
    do {
      const page = this.core.store.sessions.list({ templateId }, { limit: pageSize, cursor });
      // Of a live one more is known than its row says.
      for (const { id } of page.items) yield this.register.require(id);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }
}

/**
 * What makes a database this user's own. Its `meta` has an id of its own and a mark over it, made with the user's key.
 * Grants, sessions and images carry marks over that id and their own content, so that none of them counts after it was
 * changed by another hand or copied from another database, be it the same user's.
 */
import { randomUUID } from 'node:crypto';
import type { Database } from './database.js';
import { text } from './row.js';
import type { UserKey } from './user-key.js';

/** What a mark is over. A mark for one purpose is of no use for another. */
type Purpose = 'image' | 'grants' | 'session';

/** Signs and verifies what one database holds. */
export class DatabaseSeal {
  private constructor(
    private readonly key: UserKey,
    private readonly databaseId: string,
  ) {}

  /** @returns undefined when the database was not made with this key */
  static read(database: Database, key: UserKey): DatabaseSeal | undefined {
    const id = readMeta(database, 'id');
    const mark = readMeta(database, 'mark');
    if (id === undefined || mark === undefined) return undefined;
    return key.verify(Buffer.from(mark, 'hex'), 'database', [id]) ? new DatabaseSeal(key, id) : undefined;
  }

  /** Gives the database a new id. No mark that is in it fits from then on. */
  static make(database: Database, key: UserKey): DatabaseSeal {
    const id = randomUUID();
    const values = { id, mark: key.sign('database', [id]).toString('hex') };
    for (const [name, value] of Object.entries(values)) {
      database.run(
        'INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
        [name, value],
      );
    }
    return new DatabaseSeal(key, id);
  }

  sign(purpose: Purpose, parts: readonly (string | Uint8Array)[]): Buffer {
    return this.key.sign(purpose, [this.databaseId, ...parts]);
  }

  verify(mark: Uint8Array, purpose: Purpose, parts: readonly (string | Uint8Array)[]): boolean {
    return this.key.verify(mark, purpose, [this.databaseId, ...parts]);
  }
}

function readMeta(database: Database, name: string): string | undefined {
  const row = database.get('SELECT value FROM meta WHERE name = ?', [name]);
  return row && text(row, 'value');
}

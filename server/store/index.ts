/** The store: everything that vm-system keeps, in one SQLite database on disk. */
import type { ExecutionStore, SessionStore, Store, StoreStats, TemplateStore } from '../core/ports.js';
import type { Database } from './database.js';
import { ExecutionTable } from './executions.js';
import { schemaVersion } from './migrations/index.js';
import { type DatabaseOptions, openDatabase } from './open-database.js';
import { integer } from './row.js';
import { SessionTable } from './sessions.js';
import { TemplateTable } from './templates.js';

export { checkDatabasePath, defaultDatabasePath, realDatabasePath } from './database-path.js';
export type { HostIo } from './host-files.js';
export type StoreOptions = DatabaseOptions;

/**
 * Opens the store and becomes its only user.
 * @throws `DATABASE_LOCKED`, `DATABASE_UNSUPPORTED`, `STORAGE_FAILED`, `VALIDATION_ERROR`, see {@link openDatabase}
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  return new SqlStore(await openDatabase(options));
}

class SqlStore implements Store {
  readonly templates: TemplateStore;
  readonly sessions: SessionStore;
  readonly executions: ExecutionStore;

  constructor(private readonly database: Database) {
    this.templates = new TemplateTable(database);
    this.sessions = new SessionTable(database);
    this.executions = new ExecutionTable(database);
  }

  transaction<T>(work: () => T): T {
    return this.database.transaction(work);
  }

  probe(): void {
    this.database.transaction(() => {
      this.database.run("INSERT INTO meta (name, value) VALUES ('probe', '')");
      this.database.run("DELETE FROM meta WHERE name = 'probe'");
    });
  }

  stats(): StoreStats {
    const count = (sql: string) => integer(this.database.get(sql) ?? {}, 'rows');
    return {
      path: this.database.path,
      sizeBytes: this.database.sizeBytes(),
      schemaVersion,
      totals: {
        templates: count('SELECT count(*) AS rows FROM template'),
        sessions: count('SELECT count(*) AS rows FROM session'),
        executions: count("SELECT rows FROM row_count WHERE table_name = 'execution'"),
        events: count("SELECT rows FROM row_count WHERE table_name = 'execution_event'"),
      },
    };
  }

  close(): void {
    this.database.close();
  }
}

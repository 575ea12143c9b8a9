/** The store: everything that vm-system keeps, in one SQLite database on disk. */
import type {
  CheckpointStore,
  ExecutionStore,
  SessionStore,
  Store,
  StoreStats,
  TemplateStore,
} from '../core/ports.js';
import { CheckpointTable } from './checkpoints.js';
import type { Database } from './database.js';
import { ExecutionTable } from './executions.js';
import { ImageThread } from './images/thread.js';
import { schemaVersion } from './migrations/index.js';
import { type DatabaseOptions, openDatabase } from './open-database.js';
import { integer } from './row.js';
import { SessionTable } from './sessions.js';
import type { DatabaseSeal } from './seal.js';
import { TemplateTable } from './templates.js';

export {
  checkDatabasePath,
  defaultDatabasePath,
  defaultKeyPath,
  realDatabasePath,
  userDataFolder,
} from './database-path.js';
export type { HostIo } from './host-files.js';
export interface StoreOptions extends DatabaseOptions {
  /** The bundle of the thread that works on images. */
  readonly imageWorker: URL;
}

/**
 * Opens the store and becomes its only user.
 * @throws `DATABASE_LOCKED`, `DATABASE_UNSUPPORTED`, `STORAGE_FAILED`, `VALIDATION_ERROR`, see {@link openDatabase}
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { database, seal } = await openDatabase(options);
  const warn = options.warn ?? (() => undefined);
  try {
    return new SqlStore({ database, seal, warn }, new ImageThread(options.imageWorker));
  } catch (error) {
    database.close();
    throw error;
  }
}

class SqlStore implements Store {
  readonly templates: TemplateStore;
  readonly sessions: SessionStore;
  readonly executions: ExecutionStore;
  readonly checkpoints: CheckpointStore;

  private readonly database: Database;

  constructor(
    { database, seal, warn }: { database: Database; seal: DatabaseSeal; warn: (message: string) => void },
    private readonly images: ImageThread,
  ) {
    this.database = database;
    const sessions = new SessionTable(database, seal, warn);
    sessions.closeUnsigned();
    this.sessions = sessions;
    this.templates = new TemplateTable(database, seal, warn);
    this.executions = new ExecutionTable(database);
    this.checkpoints = new CheckpointTable(database, images, seal);
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
    this.images.close();
    this.database.close();
  }
}

/** How a database becomes this user's own: signed as it is, or without what must not be taken from others. */
import { z } from 'zod';
import { defaultSettings, engines, Settings } from '../../shared/models.js';
import type { TemplateSnapshot } from '../core/ports.js';
import type { Database } from './database.js';
import { unsupported } from './database-file.js';
import { sessionParts, signGrants } from './marks.js';
import { migrations } from './migrations/index.js';
import { type Row, text } from './row.js';
import type { DatabaseSeal } from './seal.js';
import type { SqlConnection } from './sql-engine.js';

/** Of a session whose own snapshot does not count. */
export const bareSnapshot: TemplateSnapshot = {
  name: '',
  engine: engines[0],
  settings: defaultSettings,
  libraries: [],
  capabilities: [],
  startupFiles: [],
};

/** The fields of a snapshot that may be taken over: none of them grants anything. */
const ForeignSnapshot = z.object({
  name: z.string(),
  engine: z.enum(engines),
  settings: Settings,
  libraries: z.array(z.string()),
});

/** Signs every row that carries a mark, as it is. To be called within a transaction. */
export function signAll(database: Database, seal: DatabaseSeal): void {
  for (const row of database.all('SELECT id FROM template')) signGrants(database, seal, text(row, 'id'));
  for (const row of database.all('SELECT id, worktree_path, snapshot FROM session')) {
    const mark = seal.sign(
      'session',
      sessionParts(text(row, 'id'), text(row, 'worktree_path'), text(row, 'snapshot')),
    );
    database.run('UPDATE session SET snapshot_mark = ? WHERE id = ?', [mark, text(row, 'id')]);
  }
}

/**
 * Takes out of another's database all that could do harm here: grants, images, and settings beyond the limits. Sessions
 * that could go on are closed, and none has a template any more, whose grants a restart would give it in the folder that
 * it names; templates and the history stay. To be called within a transaction, before {@link signAll}.
 */
export function dropGrants(database: Database): void {
  database.execute('DELETE FROM capability; DELETE FROM checkpoint; DELETE FROM image_piece;');
  for (const row of database.all('SELECT id, settings FROM template')) {
    const settings = Settings.safeParse(parse(row, 'settings')).data ?? defaultSettings;
    database.run('UPDATE template SET settings = ? WHERE id = ?', [
      JSON.stringify(settings),
      text(row, 'id'),
    ]);
  }
  for (const row of database.all('SELECT id, snapshot FROM session')) {
    const snapshot = { ...bareSnapshot, ...ForeignSnapshot.safeParse(parse(row, 'snapshot')).data };
    database.run('UPDATE session SET snapshot = ? WHERE id = ?', [JSON.stringify(snapshot), text(row, 'id')]);
  }
  database.execute('UPDATE session SET template_id = NULL');
  database.run(
    `UPDATE session SET status = 'closed', closed_at = ?, memory_bytes = NULL, last_error = ?
     WHERE status IN ('starting', 'ready', 'hibernated')`,
    [
      Date.now(),
      'The database was adopted from another user or machine, without the states of its sessions; restart the session to go on.',
    ],
  );
}

/**
 * A database from elsewhere must be laid out as we would have made it: triggers and views are programs.
 *
 * @param version its own
 * @param scratch an empty database
 * @throws `DATABASE_UNSUPPORTED`
 */
export function requireOwnSchema(database: Database, version: number, scratch: SqlConnection): void {
  for (const sql of migrations.slice(0, version)) scratch.execute(sql);
  const query = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name';
  const expected: unknown[] = [];
  const statement = scratch.prepare(query);
  while (statement.step()) expected.push(statement.row());
  const actual = database.all(query).map((row) => Object.values(row));
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw unsupported(
      'The database is not laid out as vm-system does it, and cannot be adopted; it is left as it is.',
    );
  }
}

/** @returns undefined for what is not JSON */
function parse(row: Row, column: string): unknown {
  try {
    return JSON.parse(text(row, column));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What the marks of rows are over. */
import type { Database } from './database.js';
import { integer, type Row, text } from './row.js';
import type { DatabaseSeal } from './seal.js';

/**
 * A template's grants are signed as a whole: a rule that denies must not get lost among them.
 * @param rows of all its capabilities, in their order
 */
export function grantParts(templateId: string, rows: readonly Row[]): string[] {
  return [
    templateId,
    ...rows.flatMap((row) => [
      text(row, 'id'),
      text(row, 'kind'),
      text(row, 'name'),
      text(row, 'effect'),
      `${integer(row, 'enabled')}`,
      text(row, 'config'),
    ]),
  ];
}

export function grantRows(database: Database, templateId: string): Row[] {
  return database.all('SELECT * FROM capability WHERE template_id = ? ORDER BY key', [templateId]);
}

/** Signs the grants that a template has now. */
export function signGrants(database: Database, seal: DatabaseSeal, templateId: string): void {
  const mark = seal.sign('grants', grantParts(templateId, grantRows(database, templateId)));
  database.run('UPDATE template SET grants_mark = ? WHERE id = ?', [mark, templateId]);
}

/** The grants in a session's snapshot hold inside its worktree, which is therefore part of it. */
export function sessionParts(id: string, worktreePath: string, snapshot: string): string[] {
  return [id, worktreePath, snapshot];
}

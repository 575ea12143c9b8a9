import { notFound } from '../../shared/errors.js';
import type { Session, SessionStatus } from '../../shared/models.js';
import type {
  Page,
  PageRequest,
  SessionFilter,
  SessionRecord,
  SessionStore,
  TemplateSnapshot,
} from '../core/ports.js';
import { bareSnapshot } from './adoption.js';
import type { Database } from './database.js';
import { sessionParts } from './marks.js';
import { equal, readPage } from './paging.js';
import {
  blob,
  json,
  optionalJson,
  milliseconds,
  optionalInteger,
  optionalMilliseconds,
  optionalText,
  optionalTime,
  present,
  type Row,
  text,
  time,
} from './row.js';
import type { DatabaseSeal } from './seal.js';

/** Sessions. Of one whose snapshot or worktree was changed by another hand, the snapshot does not count. */
export class SessionTable implements SessionStore {
  constructor(
    private readonly database: Database,
    private readonly seal: DatabaseSeal,
    private readonly warn: (message: string) => void,
  ) {}

  insert(session: SessionRecord): void {
    this.database.run(
      `INSERT INTO session (
         name, template_id, workspace_id, base_commit_oid, worktree_path, status, last_used_at, closed_at, last_error,
         snapshot, snapshot_mark, memory_bytes, request_digest, forked_from, created_at, id
       ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [...this.#changing(session), milliseconds(session.createdAt), session.id],
    );
  }

  /** @throws `SESSION_NOT_FOUND` */
  update(session: SessionRecord): void {
    const changed = this.database.run(
      `UPDATE session SET
         name = ?, template_id = ?, workspace_id = ?, base_commit_oid = ?, worktree_path = ?, status = ?,
         last_used_at = ?, closed_at = ?, last_error = ?, snapshot = ?, snapshot_mark = ?, memory_bytes = ?,
         request_digest = ?, forked_from = ?
       WHERE id = ?`,
      [...this.#changing(session), session.id],
    );
    if (changed === 0) throw notFound('SESSION_NOT_FOUND', session.id);
  }

  delete(id: string): void {
    this.database.run('DELETE FROM session WHERE id = ?', [id]);
  }

  get(id: string): SessionRecord | undefined {
    const row = this.database.get('SELECT * FROM session WHERE id = ?', [id]);
    return row && this.#session(row);
  }

  list({ status, templateId, worktreePath }: SessionFilter, page: PageRequest): Page<SessionRecord> {
    const where = [
      ...equal('t.status', status),
      ...equal('t.template_id', templateId),
      ...equal('t.worktree_path', worktreePath),
    ];
    return readPage(this.database, { table: 'session', where }, page, (row) => this.#session(row));
  }

  inStatus(...statuses: SessionStatus[]): SessionRecord[] {
    const places = statuses.map(() => '?').join(', ');
    const sql = `SELECT * FROM session WHERE status IN (${places}) ORDER BY created_at, key`;
    return this.database.all(sql, statuses).map((row) => this.#session(row));
  }

  /**
   * Closes those that could go on but must not, as their snapshot does not count. Afterwards there is none: only we
   * write to the database while it is open.
   */
  closeUnsigned(): void {
    const sql = "SELECT * FROM session WHERE status IN ('starting', 'ready', 'hibernated')";
    const unsigned = this.database.all(sql).filter((row) => !this.#isSigned(row));
    if (unsigned.length === 0) return;
    this.warn(
      `Sessions were changed outside of vm-system; they are closed, without their grants: ${unsigned.length}.`,
    );
    this.database.transaction(() => {
      for (const row of unsigned) {
        this.update({
          ...this.#session(row),
          status: 'closed',
          closedAt: new Date().toISOString(),
          memoryBytes: undefined,
          lastError:
            'The session was changed outside of vm-system, so that it cannot go on; restart it, or make a new one.',
        });
      }
    });
  }

  #isSigned(row: Row): boolean {
    const parts = sessionParts(text(row, 'id'), text(row, 'worktree_path'), text(row, 'snapshot'));
    return this.seal.verify(blob(row, 'snapshot_mark'), 'session', parts);
  }

  #changing(session: SessionRecord) {
    const snapshot = JSON.stringify(session.snapshot);
    return [
      session.name,
      session.templateId ?? null,
      session.workspaceId,
      session.baseCommitOid,
      session.worktreePath,
      session.status,
      milliseconds(session.lastUsedAt),
      optionalMilliseconds(session.closedAt),
      session.lastError ?? null,
      snapshot,
      this.seal.sign('session', sessionParts(session.id, session.worktreePath, snapshot)),
      session.memoryBytes ?? null,
      session.requestDigest ?? null,
      session.forkedFrom === undefined ? null : JSON.stringify(session.forkedFrom),
    ];
  }

  #session(row: Row): SessionRecord {
    const isSigned = this.#isSigned(row);
    return present({
      id: text(row, 'id'),
      name: text(row, 'name'),
      // A restart would give it the template's grants, in whatever folder the row says now.
      templateId: isSigned ? optionalText(row, 'template_id') : undefined,
      workspaceId: text(row, 'workspace_id'),
      baseCommitOid: text(row, 'base_commit_oid'),
      worktreePath: text(row, 'worktree_path'),
      status: text(row, 'status') as SessionStatus,
      createdAt: time(row, 'created_at'),
      lastUsedAt: time(row, 'last_used_at'),
      closedAt: optionalTime(row, 'closed_at'),
      lastError: optionalText(row, 'last_error'),
      snapshot: isSigned ? (json(row, 'snapshot') as TemplateSnapshot) : bareSnapshot,
      memoryBytes: optionalInteger(row, 'memory_bytes'),
      requestDigest: optionalText(row, 'request_digest'),
      forkedFrom: optionalJson(row, 'forked_from') as Session['forkedFrom'],
    });
  }
}

import { notFound } from '../../shared/errors.js';
import type { SessionStatus } from '../../shared/models.js';
import type {
  Page,
  PageRequest,
  SessionFilter,
  SessionRecord,
  SessionStore,
  TemplateSnapshot,
} from '../core/ports.js';
import type { Database } from './database.js';
import { equal, readPage } from './paging.js';
import {
  json,
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

export class SessionTable implements SessionStore {
  constructor(private readonly database: Database) {}

  insert(session: SessionRecord): void {
    this.database.run(
      `INSERT INTO session (
         name, template_id, workspace_id, base_commit_oid, worktree_path, status, last_used_at, closed_at, last_error,
         snapshot, memory_bytes, request_digest, created_at, id
       ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [...changing(session), milliseconds(session.createdAt), session.id],
    );
  }

  /** @throws `SESSION_NOT_FOUND` */
  update(session: SessionRecord): void {
    const changed = this.database.run(
      `UPDATE session SET
         name = ?, template_id = ?, workspace_id = ?, base_commit_oid = ?, worktree_path = ?, status = ?,
         last_used_at = ?, closed_at = ?, last_error = ?, snapshot = ?, memory_bytes = ?, request_digest = ?
       WHERE id = ?`,
      [...changing(session), session.id],
    );
    if (changed === 0) throw notFound('SESSION_NOT_FOUND', session.id);
  }

  delete(id: string): void {
    this.database.run('DELETE FROM session WHERE id = ?', [id]);
  }

  get(id: string): SessionRecord | undefined {
    const row = this.database.get('SELECT * FROM session WHERE id = ?', [id]);
    return row && toSession(row);
  }

  list({ status, templateId, worktreePath }: SessionFilter, page: PageRequest): Page<SessionRecord> {
    const where = [
      ...equal('t.status', status),
      ...equal('t.template_id', templateId),
      ...equal('t.worktree_path', worktreePath),
    ];
    return readPage(this.database, { table: 'session', where }, page, toSession);
  }

  inStatus(...statuses: SessionStatus[]): SessionRecord[] {
    const places = statuses.map(() => '?').join(', ');
    const sql = `SELECT * FROM session WHERE status IN (${places}) ORDER BY created_at, key`;
    return this.database.all(sql, statuses).map(toSession);
  }
}

function changing(session: SessionRecord) {
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
    JSON.stringify(session.snapshot),
    session.memoryBytes ?? null,
    session.requestDigest ?? null,
  ];
}

function toSession(row: Row): SessionRecord {
  return present({
    id: text(row, 'id'),
    name: text(row, 'name'),
    templateId: optionalText(row, 'template_id'),
    workspaceId: text(row, 'workspace_id'),
    baseCommitOid: text(row, 'base_commit_oid'),
    worktreePath: text(row, 'worktree_path'),
    status: text(row, 'status') as SessionStatus,
    createdAt: time(row, 'created_at'),
    lastUsedAt: time(row, 'last_used_at'),
    closedAt: optionalTime(row, 'closed_at'),
    lastError: optionalText(row, 'last_error'),
    snapshot: json(row, 'snapshot') as TemplateSnapshot,
    memoryBytes: optionalInteger(row, 'memory_bytes'),
    requestDigest: optionalText(row, 'request_digest'),
  });
}

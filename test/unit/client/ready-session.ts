import { defaultTemplateLimits, type Session } from '../../../shared/models.js';

export const at = new Date().toISOString();

/** A session that can run, and of which no state is kept yet. */
export const ready: Session = {
  id: 's',
  name: 'main',
  workspaceId: '',
  baseCommitOid: '',
  worktreePath: '/folder',
  status: 'ready',
  busy: false,
  queued: 0,
  createdAt: at,
  lastUsedAt: at,
  runtimeMeta: { engine: 'quickjs', limits: defaultTemplateLimits },
};

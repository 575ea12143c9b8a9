/** `vm/sessions/*` */
import * as protocol from '../../shared/protocol.js';
import type { CoreApi } from './core-api.js';
import type { Dispatcher } from './dispatch.js';

export function serveSessions(dispatcher: Dispatcher, core: Pick<CoreApi, 'sessions' | 'checkpoints'>): void {
  dispatcher.handle(protocol.createSession, (params) => core.sessions.create(params));
  dispatcher.handle(protocol.listSessions, (params) => core.sessions.list(params));
  dispatcher.handle(protocol.getSession, (params) => core.sessions.get(params));
  dispatcher.handle(protocol.closeSession, (params) => core.sessions.close(params));
  dispatcher.handle(protocol.deleteSession, (params) => core.sessions.delete(params));
  dispatcher.handle(protocol.renameSession, (params) => core.sessions.rename(params));
  dispatcher.handle(protocol.restartSession, (params) => core.sessions.restart(params));
  dispatcher.handle(protocol.interruptSession, (params) => core.sessions.interrupt(params));
  dispatcher.handle(protocol.listCheckpoints, (params) => core.checkpoints.list(params));
  dispatcher.handle(protocol.createCheckpoint, (params) => core.checkpoints.create(params));
  dispatcher.handle(protocol.restoreSession, (params) => core.checkpoints.restore(params));
  dispatcher.handle(protocol.forkSession, (params) => core.checkpoints.fork(params));
  dispatcher.handle(protocol.labelCheckpoint, (params) => core.checkpoints.label(params));
  dispatcher.handle(protocol.deleteCheckpoint, (params) => core.checkpoints.delete(params));
}

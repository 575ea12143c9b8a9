import type { complete, listVariables, ParamsOf, ResultOf } from '../../shared/protocol.js';
import type { SessionService } from './sessions.js';

/**
 * Looks at what a session holds. No guest code runs for it and nothing of the session changes, so it needs no trust and
 * is no execution.
 */
export class InspectionService {
  constructor(private readonly sessions: Pick<SessionService, 'wake'>) {}

  /**
   * The session's own bindings by name, or what is inside one.
   *
   * @throws `SESSION_NOT_FOUND`, `SESSION_NOT_READY`; `SESSION_BUSY`: an execution runs, or background work does not let
   *   go of the session; `VALIDATION_ERROR`: nothing is at the path, or the cursor is none of this list
   */
  async variables({
    sessionId,
    ...query
  }: ParamsOf<typeof listVariables>): Promise<ResultOf<typeof listVariables>> {
    return (await this.sessions.wake(sessionId)).idleRuntime().variables(query);
  }

  /**
   * What may be typed at a place of a cell.
   *
   * @throws `SESSION_NOT_FOUND`, `SESSION_NOT_READY`; `SESSION_BUSY`: as {@link variables}
   */
  async complete({ sessionId, ...query }: ParamsOf<typeof complete>): Promise<ResultOf<typeof complete>> {
    return (await this.sessions.wake(sessionId)).idleRuntime().complete(query);
  }
}

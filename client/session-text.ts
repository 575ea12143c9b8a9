/** Sessions in a few words, the same in the views, the status and the picks. */
import type { Session } from '../shared/models.js';
import { shortTime } from './execution-text.js';

/** What it does: `ready`, `running, 2 waiting`, `asleep · state of 10:31`. */
export function sessionState({ status, busy, queued, runtimeMeta }: Session): string {
  if (busy) return queued === 0 ? 'running' : `running, ${queued} waiting`;
  if (status !== 'hibernated') return status;
  return runtimeMeta.checkpointAt === undefined
    ? 'asleep'
    : `asleep · state of ${shortTime(runtimeMeta.checkpointAt)}`;
}

/** What a person should know whose code wakes a session; undefined for one that is awake. */
export function wakeNotice({ status, runtimeMeta }: Session): string | undefined {
  if (status !== 'hibernated') return undefined;
  return runtimeMeta.checkpointAt === undefined
    ? 'The session goes on with its kept state.'
    : `The session goes on with its state of ${shortTime(runtimeMeta.checkpointAt)}.`;
}

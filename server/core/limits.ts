import { validationError } from '../../shared/errors.js';
import type { Limits } from '../../shared/models.js';

/** 0 stands for "no limit" everywhere but in memMb, where a session always has one. */
const allowance = (limit: number): number => (limit === 0 ? Infinity : limit);

/**
 * The limits of one execution: those of its session, lowered where the request asks for less.
 *
 * @throws `VALIDATION_ERROR`: the request asks for more than the session has
 */
export function lowerLimits(
  session: Limits,
  asked: { [K in keyof Limits]?: Limits[K] | undefined } = {},
): Limits {
  const lowered = { ...session };
  for (const name of Object.keys(session) as (keyof Limits)[]) {
    const value = asked[name];
    if (value === undefined) continue;
    if (allowance(value) > allowance(session[name])) {
      throw validationError(
        `limits.${name} ${value === 0 ? '0 (no limit)' : value} is more than the session's ${session[name]}; a request may only lower a limit.`,
      );
    }
    lowered[name] = value;
  }
  return lowered;
}

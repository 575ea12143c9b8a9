import { isDeepStrictEqual } from 'node:util';
import type { Capability, JsonObject } from '../../shared/models.js';

type JsonValue = JsonObject[string];

/**
 * What a session keeps of its capabilities when its template has others: all that both allow, less what either denies.
 * What the template allows beyond that waits for the session's restart.
 *
 * @param held by the session
 * @param current of its template
 * @returns `held` itself when it loses nothing
 */
export function narrowedCapabilities(
  held: readonly Capability[],
  current: readonly Capability[],
): readonly Capability[] {
  const kept = held.flatMap((rule) => {
    if (!rule.enabled) return [];
    return rule.effect === 'deny' ? [rule] : allowedStill(rule, current);
  });
  const denied = current.filter(
    (rule) =>
      rule.enabled &&
      rule.effect === 'deny' &&
      !held.some(
        (each) => each.enabled && isSameRule(each, rule) && isDeepStrictEqual(each.config, rule.config),
      ),
  );
  const isUnchanged =
    denied.length === 0 &&
    isDeepStrictEqual(
      kept,
      held.filter(({ enabled }) => enabled),
    );
  return isUnchanged ? held : [...kept, ...denied];
}

function allowedStill(rule: Capability, current: readonly Capability[]): Capability[] {
  const now = current.find((each) => each.enabled && isSameRule(each, rule));
  if (now === undefined) return [];
  return isDeepStrictEqual(now.config, rule.config)
    ? [rule]
    : [{ ...rule, config: narrowedConfig(rule, now.config) }];
}

const isSameRule = (one: Capability, other: Capability): boolean =>
  one.kind === other.kind && one.name === other.name && one.effect === other.effect;

/** Of each limit the lower one, of each list what both have; a list that is not there has everything. */
function narrowedConfig({ kind, config: held }: Capability, now: JsonObject): JsonObject {
  if (kind === 'fs') {
    return {
      read: held['read'] !== false && now['read'] !== false,
      write: held['write'] === true && now['write'] === true,
    };
  }
  const keys = [...new Set([...Object.keys(held), ...Object.keys(now)])];
  return Object.fromEntries(keys.map((key) => [key, narrowedValue(held[key], now[key])]));
}

function narrowedValue(held: JsonValue | undefined, now: JsonValue | undefined): JsonValue {
  if (held === undefined || now === undefined) return held ?? now ?? null;
  if (typeof held === 'number' && typeof now === 'number') return Math.min(held, now);
  if (Array.isArray(held) && Array.isArray(now)) {
    return held.filter((one) => now.some((other) => isDeepStrictEqual(one, other)));
  }
  return held;
}

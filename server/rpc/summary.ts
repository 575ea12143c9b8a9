/** An execution's row as notifications carry it: long texts cut, so that a row is cheap to send ten times a second. */
import type { Execution, Failure, JsonObject, Value } from '../../shared/models.js';

/** From the protocol: input and result text of a summary is cut at 1 KB. */
const maxText = 1024;

/** The row with its texts cut at 1 KB; args and env above that are left out. `vm/executions/get` has the whole. */
export function summarise(execution: Execution): Execution {
  const { input, result, error, args, env } = execution;
  return {
    ...execution,
    args: smallOrNothing(args),
    env: smallOrNothing(env),
    ...(input !== undefined && { input: cut(input) }),
    ...(result !== undefined && { result: summariseValue(result) }),
    ...(error !== undefined && { error: summariseFailure(error) }),
  };
}

function summariseValue(value: Value): Value {
  const { json, ...rest } = value;
  const isLong = value.preview.length > maxText || jsonLength(json) > maxText;
  return isLong ? { ...rest, preview: cut(value.preview), truncated: true } : value;
}

/** Causes are cut like the failure itself; those of a cause are left out. */
function summariseFailure({ cause, ...failure }: Failure): Failure {
  return {
    ...cutTexts(failure),
    ...(cause !== undefined && { cause: cutTexts({ ...cause, cause: undefined }) }),
  };
}

function cutTexts(failure: Failure): Failure {
  return { ...failure, message: cut(failure.message), stack: cut(failure.stack) };
}

/** At most {@link maxText} UTF-16 units, not ending in half a character. */
function cut(text: string): string {
  if (text.length <= maxText) return text;
  const end = text.slice(0, maxText);
  return /[\uD800-\uDBFF]$/.test(end) ? end.slice(0, -1) : end;
}

function smallOrNothing(object: JsonObject): JsonObject {
  return jsonLength(object) > maxText ? {} : object;
}

/** Length of a value as JSON text; strings are not copied to find out. */
export function jsonLength(value: unknown): number {
  switch (typeof value) {
    case 'undefined':
      return 0;
    case 'string':
      return value.length + 2;
    case 'object':
      return JSON.stringify(value).length;
    default:
      return 8;
  }
}

/**
 * `_` and `_error`: the value and the error of the last cell, as at Node's prompt. Once code of the session gives such
 * a name a meaning of its own, it is the session's for good; a library's `_` is never touched.
 */
import { define } from './define.js';
import { isSameValue } from './intrinsics.js';
import { ownProperty } from './lineage.js';
import { declarationOf } from './session-globals.js';

type Name = '_' | '_error';

interface Variable {
  readonly name: Name;
  /** What it holds unless the session took it. */
  value: unknown;
  isDefined: boolean;
  isOurs: boolean;
}

const lastValue: Variable = { name: '_', value: undefined, isDefined: false, isOurs: false };
const lastError: Variable = { name: '_error', value: undefined, isDefined: false, isOurs: false };

/** Takes both names where no library has. They are defined when there is something to hold, and not before. */
export function openLastValues(): void {
  lastValue.isOurs = ownProperty(globalThis, lastValue.name) === undefined;
  lastError.isOurs = ownProperty(globalThis, lastError.name) === undefined;
}

/** @returns `_` when the session has taken it since the last call, else '' */
export function rememberValue(value: unknown): string {
  return remember(lastValue, value);
}

/** @returns `_error` when the session has taken it since the last call, else '' */
export function rememberError(error: unknown): string {
  return remember(lastError, error);
}

function remember(variable: Variable, value: unknown): string {
  if (!variable.isOurs) return '';
  variable.isOurs = isUntouched(variable);
  if (variable.isOurs) write(variable, value);
  else variable.value = undefined;
  return variable.isOurs ? '' : variable.name;
}

function isUntouched({ name, value, isDefined }: Variable): boolean {
  if (declarationOf(name) !== undefined) return false;
  const property = ownProperty(globalThis, name);
  return (
    property === undefined ||
    (isDefined &&
      property.get === undefined &&
      property.set === undefined &&
      property.enumerable === false &&
      isSameValue(property.value, value))
  );
}

function write(variable: Variable, value: unknown): void {
  try {
    define(globalThis, variable.name, value);
    variable.value = value;
    variable.isDefined = true;
  } catch {
    // The guest has frozen its global object, or the property.
    variable.isOurs = false;
    variable.value = undefined;
  }
}

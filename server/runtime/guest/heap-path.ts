/** Finds a value by the way to it, running no guest code: data properties and what the engine itself knows. */
import type { HostFunction, PathStep } from './contract.js';
import {
  bigintValue,
  booleanValue,
  dataViewBuffer,
  getPrototypeOf,
  mapForEach,
  numberValue,
  ownKeys,
  setForEach,
  stringValue,
  symbolValue,
} from './intrinsics.js';
import { kindOf, type Kind } from './kind.js';
import { lineageOf, ownProperty } from './lineage.js';
import { isProxy, proxyTarget } from './proxies.js';
import { globalObject } from './session-globals.js';

/** A value that was found. A box, as it may be undefined. */
export interface Found {
  readonly value: unknown;
}

/** @returns undefined when nothing is there, or only guest code could tell what */
export function follow(path: readonly PathStep[], host: HostFunction): Found | undefined {
  let found: Found | undefined = { value: globalObject };
  for (let i = 0; i < path.length && found !== undefined; i++) {
    const step = path[i];
    const object = objectOf(found.value);
    found = step === undefined || object === undefined ? undefined : take(object, step, host);
  }
  return found;
}

/** A proxy is seen as its target. @returns undefined for primitives and revoked proxies */
export function objectOf(value: unknown): object | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  let object: object = value;
  while (isProxy(object)) {
    const target = proxyTarget(object);
    if (target === null) return undefined;
    object = target;
  }
  return object;
}

/** What the engine made this object. @param object no proxy */
export function thoroughKindOf(object: object, host: HostFunction): Kind {
  return kindOf(object, lineageOf(object), 'thorough', host);
}

function take(object: object, step: PathStep, host: HostFunction): Found | undefined {
  switch (step[0]) {
    case 'property':
      return dataOf(object, step[1]);
    case 'symbol': {
      const key = symbolAt(object, step[1]);
      return key === undefined ? undefined : dataOf(object, key);
    }
    case 'entry':
      return entryAt(object, step[1], 'value', host);
    case 'key':
      return entryAt(object, step[1], 'key', host);
    case 'slot':
      return slotOf(object, step[1], host);
  }
}

function dataOf(object: object, key: PropertyKey): Found | undefined {
  let descriptor: PropertyDescriptor | undefined;
  try {
    descriptor = ownProperty(object, key);
  } catch {
    return undefined; // an export of a module that was not evaluated yet
  }
  if (descriptor === undefined || descriptor.get !== undefined || descriptor.set !== undefined)
    return undefined;
  return { value: descriptor.value as unknown };
}

/** Symbols come after all other keys. @param index among the object's own symbols */
function symbolAt(object: object, index: number): symbol | undefined {
  const keys = ownKeys(object);
  let first = keys.length;
  while (first > 0 && typeof keys[first - 1] === 'symbol') first--;
  const key = keys[first + index];
  return typeof key === 'symbol' ? key : undefined;
}

/** Thrown out of the engine's own loop over a Map or Set, which is ten times as fast as an iterator. */
const enough = {};

/**
 * Visits entries of a Map, or of a Set, where key and value are the same.
 *
 * @param start how many to skip
 * @param visit says whether to go on
 */
export function eachEntry(
  object: object,
  kind: 'map' | 'set',
  start: number,
  visit: (value: unknown, key: unknown) => boolean,
): void {
  let index = 0;
  const step = (value: unknown, key: unknown): void => {
    if (index++ < start) return;
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- it is caught below, and never seen.
    if (!visit(value, key)) throw enough;
  };
  try {
    if (kind === 'map') mapForEach(object as Map<unknown, unknown>, step);
    else setForEach(object as Set<unknown>, step);
  } catch (error) {
    if (error !== enough) throw error;
  }
}

function entryAt(
  object: object,
  index: number,
  part: 'key' | 'value',
  host: HostFunction,
): Found | undefined {
  const kind = thoroughKindOf(object, host);
  if (kind !== 'map' && kind !== 'set') return undefined;
  let found: Found | undefined;
  eachEntry(object, kind, index, (value, key) => {
    found = { value: part === 'key' ? key : value };
    return false;
  });
  return found;
}

/** What the engine keeps in an object beside its properties. */
export function slotOf(object: object, slot: string, host: HostFunction): Found | undefined {
  if (slot === 'prototype') {
    const prototype = getPrototypeOf(object) as unknown;
    return prototype === null ? undefined : { value: prototype };
  }
  const kind = thoroughKindOf(object, host);
  switch (slot) {
    case 'result': {
      const details = kind === 'promise' ? host('promise', object) : undefined;
      return details === undefined || details[0] === 'pending' ? undefined : { value: details[1] };
    }
    case 'buffer':
      return kind === 'dataview' ? { value: dataViewBuffer(object) } : undefined;
    case 'value':
      return boxedValue(object, kind);
    default:
      return undefined;
  }
}

function boxedValue(object: object, kind: Kind): Found | undefined {
  switch (kind) {
    case 'Number':
      return { value: numberValue(object) };
    case 'String':
      return { value: stringValue(object) };
    case 'Boolean':
      return { value: booleanValue(object) };
    case 'BigInt':
      return { value: bigintValue(object) };
    case 'Symbol':
      return { value: symbolValue(object) };
    default:
      return undefined;
  }
}

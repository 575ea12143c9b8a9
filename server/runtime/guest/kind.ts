/** Tells what an object is by what the engine made it, not by what it says: internal slots, never properties. */
import type { ObjectNode } from '../worker/inspect/node.js';
import type { HostFunction } from './contract.js';
import {
  arrayBufferLength,
  bigintValue,
  booleanValue,
  dateTime,
  functionToText,
  isArray,
  isError,
  isView,
  mapSize,
  NativeTypeError,
  numberValue,
  objectToText,
  prototypes,
  regexpSource,
  setSize,
  sharedArrayBufferLength,
  startsWith,
  stringValue,
  symbolValue,
  toStringTag,
  typedArrayType,
  weakMapHas,
  weakSetHas,
} from './intrinsics.js';
import { ownProperty, type Lineage } from './lineage.js';

/** `boxed` says of what, as the ways to unbox differ. */
export type Kind =
  | Exclude<ObjectNode['kind'], 'boxed' | 'arraybuffer'>
  | 'ArrayBuffer'
  | 'SharedArrayBuffer'
  | 'Number'
  | 'String'
  | 'Boolean'
  | 'BigInt'
  | 'Symbol';

/** Has the value the internal slot that this function needs? A failed check costs about 5 microseconds. */
function accepts(check: (value: never) => unknown, value: object): boolean {
  try {
    check(value as never);
    return true;
  } catch {
    return false;
  }
}

const probe = {};

/** The prototype has no pattern, and its getter tells one all the same. */
function patternOf(value: object): string {
  if (value === prototypes.regexp) throw new NativeTypeError('not a regular expression');
  return regexpSource(value);
}

const checks = {
  map: mapSize,
  set: setSize,
  weakmap: (value: WeakMap<object, unknown>) => weakMapHas(value, probe),
  weakset: (value: WeakSet<object>) => weakSetHas(value, probe),
  ArrayBuffer: arrayBufferLength,
  SharedArrayBuffer: sharedArrayBufferLength,
  BigInt: bigintValue,
  Symbol: symbolValue,
  date: dateTime,
  regexp: patternOf,
  Number: numberValue,
  String: stringValue,
  Boolean: booleanValue,
} as const satisfies Partial<Record<Kind, (value: never) => unknown>>;

const trials = Object.keys(checks) as (keyof typeof checks)[];

/** Classes have a `prototype` that cannot be written, as built-in constructors do; source text tells these apart. */
function isClass(fn: object): boolean {
  const prototype = ownProperty(fn, 'prototype');
  if (prototype?.writable !== false) return false;
  return startsWith(functionToText(fn), 'class');
}

/** What `Object.prototype.toString` says, for those kinds that it tells from internal slots. */
function kindByText(object: object): Kind | undefined {
  switch (objectToText(object)) {
    case '[object Date]':
      return 'date';
    case '[object RegExp]':
      return 'regexp';
    case '[object Arguments]':
      return 'arguments';
    case '[object Number]':
      return 'Number';
    case '[object String]':
      return 'String';
    case '[object Boolean]':
      return 'Boolean';
    default:
      return undefined;
  }
}

function isModule(object: object, lineage: Lineage): boolean {
  if (lineage.name !== null) return false;
  const tag = ownProperty(object, toStringTag);
  return tag?.value === 'Module' && tag.writable === false && tag.configurable === false;
}

/** Objects whose prototype was exchanged are found by trying. */
function kindByTrial(object: object): Kind | undefined {
  for (let i = 0; i < trials.length; i++) {
    const kind = trials[i];
    if (kind !== undefined && accepts(checks[kind], object)) return kind;
  }
  return undefined;
}

/** `thorough` also finds objects whose prototype was exchanged, for some 100 microseconds. */
export type Effort = 'usual' | 'thorough';

/**
 * @param object no proxy
 * @param host asked only for promises, which the guest itself cannot tell
 */
export function kindOf(object: object, lineage: Lineage, effort: Effort, host: HostFunction): Kind {
  if (typeof object === 'function') return isClass(object) ? 'class' : 'function';
  if (isArray(object)) return 'array';
  if (isError(object)) return 'error';
  if (isView(object)) return typedArrayType(object) === undefined ? 'dataview' : 'typedarray';
  if (lineage.hasNoTag) {
    const kind = kindByText(object);
    if (kind !== undefined) return kind;
  }
  if (lineage.hint === 'promise') {
    if (host('promise', object) !== undefined) return 'promise';
  } else if (lineage.hint !== undefined && accepts(checks[lineage.hint], object)) {
    return lineage.hint;
  }
  if (isModule(object, lineage)) return 'module';
  if (effort === 'usual' || lineage.isPlain) return 'object';
  if (host('promise', object) !== undefined) return 'promise';
  return kindByTrial(object) ?? 'object';
}

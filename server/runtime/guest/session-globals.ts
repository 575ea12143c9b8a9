/**
 * Which globals are whose: the runtime's own, a library's, or what cells and scripts of the session defined, and with
 * which word. Lives in the guest, so that it is part of a heap image.
 */
import type { DeclarationKind } from './contract.js';
import {
  defineOwn,
  deleteOwn,
  isEnumerable,
  isSameValue,
  mapDelete,
  mapGet,
  mapSet,
  NativeMap,
  ownKeys,
  parseJson,
} from './intrinsics.js';
import { ownProperty } from './lineage.js';

/** The guest may make its global object another name's; this is the real one. */
export const globalObject = globalThis as object;

/** The runtime's own names for the last value and error: nobody declared them. */
const lastValueNames = new NativeMap<string, true>([
  ['_', true],
  ['_error', true],
]);

/** A global as it was when nothing of the session had run: its value, or that an accessor stands for it. */
interface Remembered {
  readonly isAccessor: boolean;
  readonly value: unknown;
}

export type Origin = 'built-in' | 'library' | 'session';

const builtIns = new NativeMap<string, Remembered>();
const ofLibraries = new NativeMap<string, Remembered>();
const declared = new NativeMap<string, DeclarationKind>();

/** What the names that a cell imports were before it ran. */
interface Before {
  readonly declaration: DeclarationKind | undefined;
  readonly property: PropertyDescriptor | undefined;
}
const beforeImports = new NativeMap<string, Before>();

/** Remembers that every global that is there now and has no origin yet comes from here. */
export function rememberGlobals(origin: string): void {
  const names = origin === 'library' ? ofLibraries : builtIns;
  const keys = ownKeys(globalObject);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key !== 'string' || originOf(key) !== 'session') continue;
    const descriptor = ownProperty(globalObject, key);
    if (descriptor !== undefined) mapSet(names, key, remembered(descriptor));
  }
}

/** Defines a global as an assignment would. Where the guest has frozen its global object, nothing happens. */
export function publish(name: string, value: unknown): void {
  const descriptor = { __proto__: null, value, writable: true, enumerable: true, configurable: true };
  defineOwn(globalObject, name, descriptor);
}

/** @param json of a list that alternates names and their {@link DeclarationKind} */
export function declare(json: string): void {
  const list = parseJson(json) as readonly string[];
  for (let i = 0; i + 1 < list.length; i += 2) {
    const name = list[i] ?? '';
    const kind = list[i + 1] as DeclarationKind;
    if (kind === 'import') {
      const before = { declaration: mapGet(declared, name), property: ownProperty(globalObject, name) };
      mapSet(beforeImports, name, before);
      // What the cell's own `var` would make could not be deleted again.
      if (before.property === undefined) publish(name, undefined);
    }
    mapSet(declared, name, kind);
  }
}

/**
 * Takes back what the last cell declared by imports that gave their names nothing, as they failed.
 *
 * @param json a list of the names
 */
export function undeclareImports(json: string): void {
  const names = parseJson(json) as readonly string[];
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? '';
    const before = mapGet(beforeImports, name);
    mapDelete(beforeImports, name);
    if (before === undefined) continue;
    const property = ownProperty(globalObject, name);
    if (!isSameValue(property?.value, before.property?.value)) continue;
    if (before.declaration === undefined) mapDelete(declared, name);
    else mapSet(declared, name, before.declaration);
    if (before.property === undefined && property !== undefined) deleteOwn(globalObject, name);
  }
}

/** How cells declared a name last; undefined when code made it a property of the global object. */
export function declarationOf(name: string): DeclarationKind | undefined {
  return mapGet(declared, name);
}

/** Whose a global is. A built-in that got another value is the session's. */
export function originOf(name: string): Origin {
  const descriptor = ownProperty(globalObject, name);
  if (descriptor === undefined) return 'session';
  if (isSame(mapGet(builtIns, name), descriptor)) return 'built-in';
  if (isSame(mapGet(ofLibraries, name), descriptor)) return 'library';
  const isLastValue = mapGet(lastValueNames, name) === true && mapGet(declared, name) === undefined;
  return isLastValue && !isEnumerable(globalObject, name) ? 'built-in' : 'session';
}

/** An accessor of ours may have made itself a value since. */
function isSame(before: Remembered | undefined, { value }: PropertyDescriptor): boolean {
  return before !== undefined && (before.isAccessor || isSameValue(before.value, value));
}

function remembered(descriptor: PropertyDescriptor): Remembered {
  const isAccessor = descriptor.get !== undefined || descriptor.set !== undefined;
  return { isAccessor, value: descriptor.value as unknown };
}

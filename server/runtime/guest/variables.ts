/**
 * Lists what a session holds: its global bindings, and what is inside a value. A page costs what it shows, but for the
 * list of an object's keys, which the engine makes in one go; an array's is not made.
 */
import type { HostFunction, PathStep, VariableCursor } from './contract.js';
import { eachEntry, follow, objectOf, slotOf, thoroughKindOf } from './heap-path.js';
import {
  ownKeys,
  parseJson,
  quote,
  slice,
  sort,
  symbolDescription,
  toText,
  typedArrayLength,
} from './intrinsics.js';
import { field } from './json-text.js';
import type { Kind } from './kind.js';
import { ownData, ownProperty } from './lineage.js';
import { declarationOf, globalObject, originOf } from './session-globals.js';
import { Page } from './variable-page.js';

/** More globals than this are listed in the order of their definition. */
const maxSorted = 5000;
/** Properties with longer keys are left out, as a key that is cut would be another one. */
const maxKeyLength = 10_000;
/** Arrays longer than this are not searched for properties beside their elements: that means to list all keys. */
const maxLengthForExtras = 10_000;

const slots: readonly string[] = ['value', 'result', 'buffer', 'prototype'];

/** Takes a {@link VariablesRequest}. @returns a {@link VariablesPage}; both as JSON. 'null': nothing is there */
export function listVariables(json: string, host: HostFunction): string {
  // A list: on an object a missing field would be looked for in Object.prototype, which is the guest's.
  const request = parseJson(json) as readonly [readonly PathStep[], string, number, VariableCursor | null];
  const path = request[0];
  const page = new Page(request[1], request[2], host);
  const cursor = request[3];
  if (path.length === 0) {
    listGlobals(page, cursor);
    return page.json();
  }
  const found = follow(path, host);
  const object = found && objectOf(found.value);
  if (object === undefined) return 'null';
  listInside(object, page, cursor);
  return page.json();
}

function byName(a: string | symbol, b: string | symbol): number {
  if (typeof a === 'symbol') return typeof b === 'symbol' ? 0 : 1;
  if (typeof b === 'symbol') return -1;
  return a < b ? -1 : 1;
}

/** What the session and its libraries defined, by name. */
function listGlobals(page: Page, cursor: VariableCursor | null): void {
  const keys = ownKeys(globalObject);
  const isSorted = keys.length <= maxSorted;
  if (isSorted) sort(keys, byName);
  const after = cursor === null ? undefined : cursor[1];
  for (let i = typeof after === 'number' ? after : 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key !== 'string' || key.length > maxKeyLength) continue;
    if (typeof after === 'string' && key <= after) continue;
    const previous = keys[i - 1];
    const at = isSorted && typeof previous === 'string' && previous.length <= 100 ? previous : i;
    if (!page.mayLook('global', at)) return;
    const origin = page.wants(key) ? originOf(key) : 'built-in';
    const descriptor = origin === 'built-in' ? undefined : ownProperty(globalObject, key);
    if (descriptor === undefined) continue;
    if (!page.hasRoom('global', at)) return;
    page.add(
      '["property",' + quote(key) + ']',
      (origin === 'library' ? undefined : declarationOf(key)) ?? 'global',
      page.writeSlot(descriptor),
      origin === 'library' ? ',"library":true' : '',
    );
  }
}

/** Entries, elements, properties, and what the engine keeps, in this order. @param object no proxy */
function listInside(object: object, page: Page, cursor: VariableCursor | null): void {
  const kind = thoroughKindOf(object, page.host);
  const part = cursor === null ? 'entry' : cursor[0];
  const at = cursor === null ? 0 : (cursor[1] as number);
  if (part === 'entry' && (kind === 'map' || kind === 'set') && !listEntries(object, kind, page, at)) return;
  const length = elementsOf(object, kind);
  if (part === 'entry' || part === 'element') {
    if (!listElements(object, length, page, part === 'element' ? at : 0)) return;
  }
  if (part !== 'slot' && !listProperties(object, length, page, part === 'property' ? at : 0)) return;
  for (let i = part === 'slot' ? at : 0; i < slots.length; i++) {
    const slot = slots[i] ?? '';
    const found = page.wants('[[' + slot + ']]') ? slotOf(object, slot, page.host) : undefined;
    if (found === undefined) continue;
    if (!page.hasRoom('slot', i)) return;
    page.add('["slot","' + slot + '"]', 'internal', page.write(found.value));
  }
}

/** @returns whether all was listed, as the others do */
function listEntries(object: object, kind: 'map' | 'set', page: Page, start: number): boolean {
  let index = start;
  let isDone = true;
  eachEntry(object, kind, start, (value, key) => {
    isDone = page.mayLook('entry', index);
    if (isDone && page.wants(typeof key === 'string' ? key : toText(index))) {
      isDone = page.hasRoom('entry', index);
      if (isDone) {
        const entryKey = kind === 'map' ? field('key', page.write(key)) : '';
        page.add('["entry",' + toText(index) + ']', 'entry', page.write(value), entryKey);
      }
    }
    index++;
    return isDone;
  });
  return isDone;
}

/** How many of an object's properties are elements. */
function elementsOf(object: object, kind: Kind): number {
  if (kind === 'array' || kind === 'String') return ownData(object, 'length') as number;
  return kind === 'typedarray' ? typedArrayLength(object) : 0;
}

function listElements(object: object, length: number, page: Page, start: number): boolean {
  for (let i = start; i < length; i++) {
    if (!page.mayLook('element', i)) return false;
    const descriptor = ownProperty(object, i);
    if (descriptor === undefined) return listSparseElements(object, length, page, i);
    if (!addProperty(page, toText(i), descriptor, 'element', i)) return false;
  }
  return true;
}

/** From a hole on by the keys: an array that has holes has no more keys than the engine stores one by one. */
function listSparseElements(object: object, length: number, page: Page, start: number): boolean {
  const keys = ownKeys(object); // indices come first, in order
  let low = 0;
  for (let high = keys.length; low < high;) {
    const middle = (low + high) >>> 1;
    const index = elementIndex(keys[middle], length);
    if (index !== undefined && index < start) low = middle + 1;
    else high = middle;
  }
  for (let i = low; i < keys.length; i++) {
    const index = elementIndex(keys[i], length);
    if (index === undefined) break;
    if (!page.mayLook('element', index)) return false;
    const descriptor = ownProperty(object, index);
    if (descriptor !== undefined && !addProperty(page, toText(index), descriptor, 'element', index))
      return false;
  }
  return true;
}

/** @returns undefined for keys that are no index below the length */
function elementIndex(key: string | symbol | undefined, length: number): number | undefined {
  if (typeof key !== 'string' || key.length > 10) return undefined;
  const index = +key;
  return index >= 0 && index < length && toText(index) === key ? index : undefined;
}

function listProperties(object: object, elements: number, page: Page, start: number): boolean {
  const isLong = elements > maxLengthForExtras;
  const keys: readonly (string | symbol)[] = isLong ? ['length'] : ownKeys(object);
  let firstSymbol = keys.length; // symbols come last
  while (firstSymbol > 0 && typeof keys[firstSymbol - 1] === 'symbol') firstSymbol--;
  for (let i = start; i < keys.length; i++) {
    const key = keys[i];
    if (key === undefined) continue;
    if (elements > 0 && elementIndex(key, elements) !== undefined) continue;
    if (typeof key === 'string' && key.length > maxKeyLength) continue;
    if (!page.mayLook('property', i)) return false;
    const descriptor = readProperty(object, key);
    if (descriptor === undefined) continue;
    const isAdded =
      typeof key === 'string'
        ? addProperty(page, key, descriptor, 'property', i)
        : addSymbol(page, key, i - firstSymbol, descriptor, i);
    if (!isAdded) return false;
  }
  return true;
}

/** An export of a module that was not evaluated yet is there, but even to look at it is an error. */
const uninitialized: PropertyDescriptor = { __proto__: null, enumerable: true } as PropertyDescriptor;

function readProperty(object: object, key: string | symbol): PropertyDescriptor | undefined {
  try {
    return ownProperty(object, key);
  } catch {
    return uninitialized;
  }
}

/** @returns false when the page is full, as {@link addSymbol} does */
function addProperty(
  page: Page,
  key: string,
  descriptor: PropertyDescriptor,
  kind: 'element' | 'property',
  at: number,
): boolean {
  if (!page.wants(key)) return true;
  if (!page.hasRoom(kind, at)) return false;
  addSlot(page, '["property",' + quote(key) + ']', descriptor, kind, '');
  return true;
}

function addSymbol(
  page: Page,
  key: symbol,
  index: number,
  descriptor: PropertyDescriptor,
  at: number,
): boolean {
  const description = symbolDescription(key) ?? '';
  if (!page.wants(description)) return true;
  if (!page.hasRoom('property', at)) return false;
  const name = field('symbol', quote(slice(description, 0, 1000)));
  addSlot(page, '["symbol",' + toText(index) + ']', descriptor, 'property', name);
  return true;
}

function addSlot(page: Page, step: string, descriptor: PropertyDescriptor, kind: string, more: string): void {
  const isAccessor = descriptor.get !== undefined || descriptor.set !== undefined;
  const hidden = descriptor.enumerable === true ? '' : ',"hidden":true';
  const value = descriptor === uninitialized ? '{"kind":"uninitialized"}' : page.writeSlot(descriptor);
  page.add(step, isAccessor ? 'accessor' : kind, value, more + hidden);
}

/** URLSearchParams, as the URL standard has it. The host reads and writes the form's text. */
import { define } from '../define.js';
import {
  apply,
  defineProperty,
  getOwnPropertyDescriptor,
  NativeTypeError,
  ownKeys,
  quote,
  setPrototypeOf,
} from '../intrinsics.js';
import type { HostTasks } from './host-tasks.js';
import { deleteProperty, iteratorPrototype, iteratorSymbol, newList, sortArray } from './intrinsics.js';
import { showSlots } from './slots.js';
import { asInterface, exposeInterface, isObject, requireArguments, toUsvString } from './webidl.js';

type Pair = readonly [name: string, value: string];

let tasks: HostTasks;

/** For the URL that owns the parameters. */
export let paramsAccess: {
  /** Parameters that tell their owner of each change. */
  owned(onChange: (text: string) => void): URLSearchParams;
  /** Takes over a new query. @param text with or without its question mark */
  replace(params: URLSearchParams, text: string): void;
};

function writePair(pair: Pair): string {
  return '[' + quote(pair[0]) + ',' + quote(pair[1]) + ']';
}

export class URLSearchParams {
  #pairs = newList<Pair>();
  #onChange: ((text: string) => void) | undefined;

  static {
    paramsAccess = {
      owned(onChange) {
        const params = new URLSearchParams();
        params.#onChange = onChange;
        return params;
      },
      replace(params, text) {
        params.#parse(text);
      },
    };
    showSlots((object) => {
      if (!(#pairs in object)) return undefined;
      return object.#pairs;
    });
  }

  constructor(init: unknown = undefined) {
    if (init === undefined) return;
    if (!isObject(init)) this.#parse(toUsvString(init));
    else if (#pairs in init) {
      for (let i = 0; i < init.#pairs.length; i++) this.#pairs[i] = init.#pairs[i] as Pair;
    } else {
      const iterate: unknown = (init as Partial<Record<symbol, unknown>>)[iteratorSymbol];
      if (iterate === undefined || iterate === null) this.#fromRecord(init);
      else this.#fromSequence(init as Iterable<unknown>);
    }
  }

  #fromSequence(sequence: Iterable<unknown>): void {
    for (const item of sequence) {
      if (!isObject(item) || !(iteratorSymbol in item)) {
        throw new NativeTypeError('Each query pair must be an iterable [name, value] tuple');
      }
      const parts = newList<unknown>();
      for (const part of item as Iterable<unknown>) parts[parts.length] = part;
      if (parts.length !== 2) {
        throw new NativeTypeError('Each query pair must be an iterable [name, value] tuple');
      }
      this.#add(toUsvString(parts[0]), toUsvString(parts[1]));
    }
  }

  #fromRecord(record: object): void {
    const keys = ownKeys(record);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (key === undefined || getOwnPropertyDescriptor(record, key)?.enumerable !== true) continue;
      const name = toUsvString(key);
      const value = toUsvString((record as Record<PropertyKey, unknown>)[key]);
      // Two names may have become one.
      let place = 0;
      while (place < this.#pairs.length && this.#pairs[place]?.[0] !== name) place++;
      this.#pairs[place] = [name, value];
    }
  }

  #parse(text: string): void {
    const pairs = tasks.ask('readForm', quote(text)) as Pair[];
    this.#pairs = newList();
    for (let i = 0; i < pairs.length; i++) this.#pairs[i] = pairs[i] as Pair;
  }

  #add(name: string, value: string): void {
    this.#pairs[this.#pairs.length] = [name, value];
  }

  #text(): string {
    let list = '';
    for (let i = 0; i < this.#pairs.length; i++) {
      list += (i === 0 ? '' : ',') + writePair(this.#pairs[i] as Pair);
    }
    return list === '' ? '' : (tasks.ask('writeForm', '[' + list + ']') as string);
  }

  #changed(): void {
    this.#onChange?.(this.#text());
  }

  /** Keeps the pairs that pass. */
  #keep(passes: (pair: Pair) => boolean): void {
    const kept = newList<Pair>();
    for (let i = 0; i < this.#pairs.length; i++) {
      const pair = this.#pairs[i];
      if (pair !== undefined && passes(pair)) kept[kept.length] = pair;
    }
    this.#pairs = kept;
  }

  get size(): number {
    return this.#pairs.length;
  }

  append(name: unknown, value: unknown): void {
    requireArguments(arguments.length, 2, 'append');
    this.#add(toUsvString(name), toUsvString(value));
    this.#changed();
  }

  delete(name: unknown, value: unknown = undefined): void {
    requireArguments(arguments.length, 1, 'delete');
    const key = toUsvString(name);
    const only = value === undefined ? undefined : toUsvString(value);
    this.#keep((pair) => pair[0] !== key || (only !== undefined && pair[1] !== only));
    this.#changed();
  }

  get(name: unknown): string | null {
    requireArguments(arguments.length, 1, 'get');
    const key = toUsvString(name);
    for (let i = 0; i < this.#pairs.length; i++) {
      const pair = this.#pairs[i];
      if (pair?.[0] === key) return pair[1];
    }
    return null;
  }

  getAll(name: unknown): string[] {
    requireArguments(arguments.length, 1, 'getAll');
    const key = toUsvString(name);
    const values: string[] = [];
    for (let i = 0; i < this.#pairs.length; i++) {
      const pair = this.#pairs[i];
      if (pair?.[0] === key) defineElement(values, pair[1]);
    }
    return values;
  }

  has(name: unknown, value: unknown = undefined): boolean {
    requireArguments(arguments.length, 1, 'has');
    const key = toUsvString(name);
    const only = value === undefined ? undefined : toUsvString(value);
    for (let i = 0; i < this.#pairs.length; i++) {
      const pair = this.#pairs[i];
      if (pair?.[0] === key && (only === undefined || pair[1] === only)) return true;
    }
    return false;
  }

  set(name: unknown, value: unknown): void {
    requireArguments(arguments.length, 2, 'set');
    const key = toUsvString(name);
    const text = toUsvString(value);
    let isSet = false;
    const kept = newList<Pair>();
    for (let i = 0; i < this.#pairs.length; i++) {
      const pair = this.#pairs[i] as Pair;
      if (pair[0] !== key) kept[kept.length] = pair;
      else if (!isSet) kept[kept.length] = [key, text];
      isSet ||= pair[0] === key;
    }
    this.#pairs = kept;
    if (!isSet) this.#add(key, text);
    this.#changed();
  }

  sort(): void {
    sortArray(this.#pairs, (one, other) => (one[0] < other[0] ? -1 : one[0] > other[0] ? 1 : 0));
    this.#changed();
  }

  forEach(callback: unknown, thisArg: unknown = undefined): void {
    if (typeof callback !== 'function') throw new NativeTypeError('forEach needs a function');
    for (let i = 0; i < this.#pairs.length; i++) {
      const pair = this.#pairs[i] as Pair;
      apply(callback, thisArg, [pair[1], pair[0], this]);
    }
  }

  entries(): IterableIterator<Pair> {
    return this.#iterate((pair) => [pair[0], pair[1]]);
  }

  keys(): IterableIterator<string> {
    return this.#iterate((pair) => pair[0]);
  }

  values(): IterableIterator<string> {
    return this.#iterate((pair) => pair[1]);
  }

  toString(): string {
    return this.#text();
  }

  #iterate<Value>(pick: (pair: Pair) => Value): IterableIterator<Value> {
    return makeIterator(() => this.#pairs, pick);
  }
}

function defineElement(list: unknown[], value: unknown): void {
  defineProperty(list, list.length, {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  } as PropertyDescriptor);
}

let makeIterator: <Value>(
  pairs: () => readonly Pair[],
  pick: (pair: Pair) => Value,
) => IterableIterator<Value>;

class PairIterator {
  readonly #pairs: () => readonly Pair[];
  readonly #pick: (pair: Pair) => unknown;
  #index = 0;

  static {
    makeIterator = (pairs, pick) => new PairIterator(pairs, pick) as unknown as IterableIterator<never>;
  }

  constructor(pairs: () => readonly Pair[], pick: (pair: Pair) => unknown) {
    this.#pairs = pairs;
    this.#pick = pick;
  }

  next(): IteratorResult<unknown> {
    const pair = this.#pairs()[this.#index];
    if (pair === undefined) return { value: undefined, done: true };
    this.#index++;
    return { value: this.#pick(pair), done: false };
  }
}

/** Defines the global. */
export function installUrlSearchParams(hostTasks: HostTasks): void {
  tasks = hostTasks;
  exposeInterface('URLSearchParams', URLSearchParams);
  const { prototype } = URLSearchParams;
  define(prototype, iteratorSymbol, getOwnPropertyDescriptor(prototype, 'entries')?.value);
  asInterface('URLSearchParams Iterator', PairIterator);
  setPrototypeOf(PairIterator.prototype, iteratorPrototype);
  deleteProperty(PairIterator.prototype, 'constructor');
}

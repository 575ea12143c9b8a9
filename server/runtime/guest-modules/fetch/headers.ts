/** `Headers` as the Fetch standard describes it. */

export type HeadersInit = Headers | Iterable<readonly [string, string]> | Readonly<Record<string, string>>;

/** Who may change the headers: those of a request leave out what the host says, those of an answer stay as they are. */
export type Guard = 'none' | 'request' | 'immutable';

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const unfitValue = /[\0\r\n]|[^\0-\xff]/;
/** How the connection is used is the host's matter; it goes by the same list. */
const forbidden =
  /^(?:host|connection|content-length|transfer-encoding|keep-alive|upgrade|te|trailer|expect|http2-settings|proxy-.*)$/;

type Entry = readonly [name: string, value: string];

/** @param init what an immutable one has from the start */
export let guardedHeaders: (init: HeadersInit | undefined, guard: Guard) => Headers;

export class Headers {
  /** Names in lower case, in the order they came. */
  #entries: Entry[] = [];
  #guard: Guard = 'none';

  constructor(init?: HeadersInit) {
    if (init !== undefined) this.#fill(init);
  }

  append(name: unknown, value: unknown): void {
    this.#add(checkedName(name), checkedValue(name, value));
  }

  delete(name: unknown): void {
    const key = checkedName(name);
    if (this.#mayChange(key)) this.#entries = this.#entries.filter(([each]) => each !== key);
  }

  get(name: unknown): string | null {
    const key = checkedName(name);
    const values = this.#entries.filter(([each]) => each === key).map(([, value]) => value);
    return values.length === 0 ? null : values.join(', ');
  }

  getSetCookie(): string[] {
    return this.#entries.filter(([each]) => each === 'set-cookie').map(([, value]) => value);
  }

  has(name: unknown): boolean {
    const key = checkedName(name);
    return this.#entries.some(([each]) => each === key);
  }

  set(name: unknown, value: unknown): void {
    const key = checkedName(name);
    const text = checkedValue(name, value);
    if (!this.#mayChange(key)) return;
    const first = this.#entries.findIndex(([each]) => each === key);
    if (first < 0) this.#entries.push([key, text]);
    else {
      this.#entries = this.#entries.filter(([each], i) => i === first || each !== key);
      this.#entries[first] = [key, text];
    }
  }

  forEach(visit: (value: string, name: string, headers: Headers) => void, thisArg?: unknown): void {
    for (const [name, value] of this.#sorted()) visit.call(thisArg, value, name, this);
  }

  *entries(): IterableIterator<[string, string]> {
    for (const [name, value] of this.#sorted()) yield [name, value];
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.#sorted()) yield name;
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.#sorted()) yield value;
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }

  get [Symbol.toStringTag](): string {
    return 'Headers';
  }

  /** One entry a name, but for cookies, which cannot be joined. */
  #sorted(): Entry[] {
    const names = [...new Set(this.#entries.map(([name]) => name))].sort();
    return names.flatMap((name): Entry[] =>
      name === 'set-cookie'
        ? this.getSetCookie().map((value) => [name, value])
        : [[name, this.get(name) ?? '']],
    );
  }

  #fill(init: unknown): void {
    if (init === null || typeof init !== 'object')
      throw new TypeError('Headers are made from pairs or an object');
    if (Symbol.iterator in init) {
      for (const pair of init as Iterable<Iterable<unknown>>) {
        const [name, value, ...rest] = [...pair];
        if (name === undefined || value === undefined || rest.length > 0) {
          throw new TypeError('Each header is a pair of a name and a value');
        }
        this.append(name, value);
      }
      return;
    }
    for (const [name, value] of Object.entries(init)) this.append(name, value);
  }

  #add(name: string, value: string): void {
    if (this.#mayChange(name)) this.#entries.push([name, value]);
  }

  #mayChange(name: string): boolean {
    if (this.#guard === 'immutable') throw new TypeError('These headers cannot be changed');
    return this.#guard !== 'request' || !forbidden.test(name);
  }

  static {
    guardedHeaders = (init, guard) => {
      const headers = new Headers();
      if (guard === 'request') headers.#guard = guard;
      if (init !== undefined) headers.#fill(init);
      headers.#guard = guard;
      return headers;
    };
  }
}

function checkedName(name: unknown): string {
  const text = String(name);
  if (!token.test(text)) throw new TypeError(`${JSON.stringify(text)} is not the name of a header`);
  return text.toLowerCase();
}

function checkedValue(name: unknown, value: unknown): string {
  const text = String(value).replace(/^[\t\r\n ]+|[\t\r\n ]+$/g, '');
  if (unfitValue.test(text)) {
    throw new TypeError(
      `The header ${String(name)} has a value that no header can have: ${JSON.stringify(text)}`,
    );
  }
  return text;
}

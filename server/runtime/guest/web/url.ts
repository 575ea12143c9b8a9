/** URL, as the URL standard has it. The host parses; what it found lives here. */
import { define } from '../define.js';
import { NativeTypeError, quote } from '../intrinsics.js';
import { type HostTasks, maxTaskText } from './host-tasks.js';
import { showSlots } from './slots.js';
import { paramsAccess, type URLSearchParams } from './url-search-params.js';
import { exposeInterface, requireArguments, toUsvString } from './webidl.js';

/** The parts of a URL, as its properties give them. */
interface Parts {
  readonly href: string;
  readonly origin: string;
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
  readonly host: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
}

let tasks: HostTasks;

function parse(url: string, base: string | undefined): Parts | null {
  if (url.length > maxTaskText || (base !== undefined && base.length > maxTaskText)) return null;
  const list = '[' + quote(url) + (base === undefined ? '' : ',' + quote(base)) + ']';
  return tasks.ask('parseUrl', list) as Parts | null;
}

function invalid(input: string, base: string | undefined): TypeError {
  const error = new NativeTypeError('Invalid URL');
  define(error, 'code', 'ERR_INVALID_URL');
  define(error, 'input', input);
  if (base !== undefined) define(error, 'base', base);
  return error;
}

function toBase(base: unknown): string | undefined {
  return base === undefined ? undefined : toUsvString(base);
}

export class URL {
  #parts: Parts;
  #params: URLSearchParams | undefined;

  static {
    showSlots((object) => {
      if (!(#parts in object)) return undefined;
      const parts = object.#parts;
      return [
        ['href', parts.href],
        ['origin', parts.origin],
        ['protocol', parts.protocol],
        ['username', parts.username],
        ['password', parts.password],
        ['host', parts.host],
        ['hostname', parts.hostname],
        ['port', parts.port],
        ['pathname', parts.pathname],
        ['search', parts.search],
        ['searchParams', object.#paramsOf()],
        ['hash', parts.hash],
      ];
    });
  }

  constructor(url: unknown, base: unknown = undefined) {
    requireArguments(arguments.length, 1, 'URL');
    const text = toUsvString(url);
    const baseText = toBase(base);
    const parts = parse(text, baseText);
    if (parts === null) throw invalid(text, baseText);
    this.#parts = parts;
  }

  static canParse(url: unknown, base: unknown = undefined): boolean {
    requireArguments(arguments.length, 1, 'URL.canParse');
    return parse(toUsvString(url), toBase(base)) !== null;
  }

  static parse(url: unknown, base: unknown = undefined): URL | null {
    requireArguments(arguments.length, 1, 'URL.parse');
    const text = toUsvString(url);
    const baseText = toBase(base);
    return parse(text, baseText) === null ? null : new URL(text, baseText);
  }

  get href(): string {
    return this.#parts.href;
  }

  set href(value: unknown) {
    const text = toUsvString(value);
    const parts = parse(text, undefined);
    if (parts === null) throw invalid(text, undefined);
    this.#take(parts);
  }

  get origin(): string {
    return this.#parts.origin;
  }

  get protocol(): string {
    return this.#parts.protocol;
  }

  set protocol(value: unknown) {
    this.#change('protocol', value);
  }

  get username(): string {
    return this.#parts.username;
  }

  set username(value: unknown) {
    this.#change('username', value);
  }

  get password(): string {
    return this.#parts.password;
  }

  set password(value: unknown) {
    this.#change('password', value);
  }

  get host(): string {
    return this.#parts.host;
  }

  set host(value: unknown) {
    this.#change('host', value);
  }

  get hostname(): string {
    return this.#parts.hostname;
  }

  set hostname(value: unknown) {
    this.#change('hostname', value);
  }

  get port(): string {
    return this.#parts.port;
  }

  set port(value: unknown) {
    this.#change('port', value);
  }

  get pathname(): string {
    return this.#parts.pathname;
  }

  set pathname(value: unknown) {
    this.#change('pathname', value);
  }

  get search(): string {
    return this.#parts.search;
  }

  set search(value: unknown) {
    this.#change('search', value);
  }

  get searchParams(): URLSearchParams {
    return this.#paramsOf();
  }

  get hash(): string {
    return this.#parts.hash;
  }

  set hash(value: unknown) {
    this.#change('hash', value);
  }

  toString(): string {
    return this.#parts.href;
  }

  toJSON(): string {
    return this.#parts.href;
  }

  #paramsOf(): URLSearchParams {
    if (this.#params === undefined) {
      this.#params = paramsAccess.owned((text) => {
        this.#parts = this.#changed('search', text);
      });
      paramsAccess.replace(this.#params, this.#parts.search);
    }
    return this.#params;
  }

  #change(property: keyof Parts, value: unknown): void {
    const text = toUsvString(value);
    if (text.length <= maxTaskText) this.#take(this.#changed(property, text));
  }

  #changed(property: keyof Parts, text: string): Parts {
    const list = '[' + quote(this.#parts.href) + ',' + quote(property) + ',' + quote(text) + ']';
    return tasks.ask('changeUrl', list) as Parts;
  }

  #take(parts: Parts): void {
    this.#parts = parts;
    if (this.#params !== undefined) paramsAccess.replace(this.#params, parts.search);
  }
}

/** Defines the global. */
export function installUrl(hostTasks: HostTasks): void {
  tasks = hostTasks;
  exposeInterface('URL', URL);
}

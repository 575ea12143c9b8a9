/**
 * What JavaScript and TypeScript find in a session of VM System, for editors and type checkers.
 *
 * To be used with the language's own library alone, as sessions have neither a document nor Node:
 * `"lib": ["esnext"], "types": []` in a jsconfig.json or tsconfig.json that includes this file.
 */

// ---------------------------------------------------------------- the session

/** Value of the last cell, unless the session defines the name itself. */
declare var _: any;

/** What the last cell that failed threw, unless the session defines the name itself. */
declare var _error: any;

/** The arguments of the file that runs, while it runs. Better: `import { args } from 'vm:execution'`. */
declare var __ARGS__: any;

interface VmDisplayOptions {
  /** A display with an id that was shown before takes the place of the one before. */
  readonly id?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

interface VmDisplay {
  /** Shows a value: as its own `Symbol.for('Jupyter.display')` says, or else as a preview. */
  (value?: unknown, options?: VmDisplayOptions): void | Promise<void>;
  html(text: string, options?: VmDisplayOptions): void;
  markdown(text: string, options?: VmDisplayOptions): void;
  svg(text: string, options?: VmDisplayOptions): void;
  /** @param image bytes or base64 of a PNG, JPEG, GIF or WebP */
  image(image: Uint8Array | ArrayBuffer | string, options?: VmDisplayOptions): void;
  json(value: unknown, options?: VmDisplayOptions): void;
  /** @param rows records, lists, or one object */
  table(rows: unknown, options?: VmDisplayOptions): void;
  /** @param spec of Vega or Vega-Lite */
  vega(spec: object, options?: VmDisplayOptions): void;
}

/** Shows a value in the output of the execution. */
declare var display: VmDisplay;

interface VmRequire {
  /** Loads a CommonJS module, JSON, a library, a granted module, or an ES module that does not await. */
  (specifier: string): any;
  /** The path that a specifier means. */
  resolve(specifier: string): string;
  readonly main: undefined;
}

declare var require: VmRequire;

interface ImportMeta {
  readonly url: string;
  /** Path within the workspace folder, which is the root. */
  readonly filename: string;
  readonly dirname: string;
  resolve(specifier: string): string;
}

// ---------------------------------------------------------------- console and timers

interface Console {
  assert(condition?: unknown, ...data: unknown[]): void;
  count(label?: string): void;
  countReset(label?: string): void;
  debug(...data: unknown[]): void;
  dir(item?: unknown, options?: unknown): void;
  dirxml(...data: unknown[]): void;
  error(...data: unknown[]): void;
  group(...label: unknown[]): void;
  groupCollapsed(...label: unknown[]): void;
  groupEnd(): void;
  info(...data: unknown[]): void;
  log(...data: unknown[]): void;
  table(data?: unknown, columns?: readonly string[]): void;
  time(label?: string): void;
  timeEnd(label?: string): void;
  timeLog(label?: string, ...data: unknown[]): void;
  trace(...data: unknown[]): void;
  warn(...data: unknown[]): void;
}
/** There unless the template's `runtime.console` is off. */
declare var console: Console;

declare function setTimeout<Args extends unknown[]>(
  callback: (...args: Args) => unknown,
  delayMs?: number,
  ...args: Args
): number;
declare function setInterval<Args extends unknown[]>(
  callback: (...args: Args) => unknown,
  delayMs?: number,
  ...args: Args
): number;
declare function setImmediate<Args extends unknown[]>(
  callback: (...args: Args) => unknown,
  ...args: Args
): number;
declare function clearTimeout(id?: number): void;
declare function clearInterval(id?: number): void;
declare function clearImmediate(id?: number): void;
declare function queueMicrotask(callback: () => unknown): void;

// ---------------------------------------------------------------- the web's globals

type BufferSource = ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

declare class DOMException extends Error {
  constructor(message?: string, name?: string | { readonly name?: string; readonly cause?: unknown });
  readonly code: number;
}

interface EventInit {
  readonly bubbles?: boolean;
  readonly cancelable?: boolean;
  readonly composed?: boolean;
}
declare class Event {
  constructor(type: string, init?: EventInit);
  static readonly NONE: 0;
  static readonly CAPTURING_PHASE: 1;
  static readonly AT_TARGET: 2;
  static readonly BUBBLING_PHASE: 3;
  readonly type: string;
  readonly target: EventTarget | null;
  readonly currentTarget: EventTarget | null;
  readonly eventPhase: number;
  readonly bubbles: boolean;
  readonly cancelable: boolean;
  readonly composed: boolean;
  readonly defaultPrevented: boolean;
  readonly isTrusted: boolean;
  /** Milliseconds since `performance.timeOrigin`. */
  readonly timeStamp: number;
  composedPath(): EventTarget[];
  preventDefault(): void;
  stopImmediatePropagation(): void;
  stopPropagation(): void;
}
type EventListener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };
interface AddEventListenerOptions {
  readonly capture?: boolean;
  readonly once?: boolean;
  readonly passive?: boolean;
  readonly signal?: AbortSignal;
}
declare class EventTarget {
  addEventListener(
    type: string,
    listener: EventListener | null,
    options?: AddEventListenerOptions | boolean,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListener | null,
    options?: { readonly capture?: boolean } | boolean,
  ): void;
  dispatchEvent(event: Event): boolean;
}

declare class AbortSignal extends EventTarget {
  private constructor();
  static abort(reason?: unknown): AbortSignal;
  static any(signals: Iterable<AbortSignal>): AbortSignal;
  static timeout(milliseconds: number): AbortSignal;
  readonly aborted: boolean;
  readonly reason: any;
  onabort: ((event: Event) => unknown) | null;
  throwIfAborted(): void;
}
declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

declare class TextEncoder {
  readonly encoding: 'utf-8';
  encode(input?: string): Uint8Array<ArrayBuffer>;
  encodeInto(source: string, destination: Uint8Array): { read: number; written: number };
}
declare class TextDecoder {
  constructor(label?: string, options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean });
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  decode(input?: BufferSource, options?: { readonly stream?: boolean }): string;
}

declare class URL {
  constructor(url: string | URL, base?: string | URL);
  static canParse(url: string | URL, base?: string | URL): boolean;
  static parse(url: string | URL, base?: string | URL): URL | null;
  href: string;
  readonly origin: string;
  protocol: string;
  username: string;
  password: string;
  host: string;
  hostname: string;
  port: string;
  pathname: string;
  search: string;
  readonly searchParams: URLSearchParams;
  hash: string;
  toJSON(): string;
  toString(): string;
}
declare class URLSearchParams implements Iterable<[string, string]> {
  constructor(
    init?: string | Iterable<readonly [string, string]> | Readonly<Record<string, string>> | URLSearchParams,
  );
  readonly size: number;
  append(name: string, value: string): void;
  delete(name: string, value?: string): void;
  entries(): IterableIterator<[string, string]>;
  forEach(visit: (value: string, name: string, params: URLSearchParams) => void, thisArg?: unknown): void;
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string, value?: string): boolean;
  keys(): IterableIterator<string>;
  set(name: string, value: string): void;
  sort(): void;
  toString(): string;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}

interface Crypto {
  /** Fills an array of integers, of at most 65,536 bytes, with the system's random numbers. */
  getRandomValues<T extends ArrayBufferView>(array: T): T;
  randomUUID(): `${string}-${string}-${string}-${string}-${string}`;
}
declare var crypto: Crypto;

interface Performance {
  /** Milliseconds since the session began. */
  now(): number;
  /** When the session began, in milliseconds since the epoch. */
  readonly timeOrigin: number;
  toJSON(): { timeOrigin: number };
}
declare var performance: Performance;

declare function atob(data: string): string;
declare function btoa(data: string): string;
declare function structuredClone<T>(value: T, options?: { readonly transfer?: readonly ArrayBuffer[] }): T;

/** Only where the template grants the global; everything else of it comes from the module `fetch`. */
declare var fetch: typeof import('fetch').fetch;

// ---------------------------------------------------------------- modules

/** The run of this file. */
declare module 'vm:execution' {
  /** The arguments that the file was run with: plain JSON. */
  export const args: Record<string, any>;
  /** The values that the file was run with. The environment of the host is in `vm:env`. */
  export const env: Record<string, any>;
}

declare module 'vm:env' {
  /** The environment variables that the template grants. */
  export const env: Readonly<Record<string, string | undefined>>;
  export default env;
}

/** Files of the workspace folder, as far as the template grants them. */
declare module 'fs/promises' {
  import type { Data, Dirent, FolderOptions, Path, RemovalOptions, Stats } from 'fs';

  export function readFile(
    path: Path,
    encoding: null | 'buffer' | { encoding: null | 'buffer' },
  ): Promise<Uint8Array>;
  export function readFile(path: Path, encoding?: Encoding | { encoding?: Encoding }): Promise<string>;
  export function writeFile(path: Path, data: Data): Promise<void>;
  export function appendFile(path: Path, data: Data): Promise<void>;
  export function copyFile(from: Path, to: Path): Promise<void>;
  export function rename(from: Path, to: Path): Promise<void>;
  export function stat(path: Path): Promise<Stats>;
  export function lstat(path: Path): Promise<Stats>;
  export function readdir(path: Path, options: { withFileTypes: true }): Promise<Dirent[]>;
  export function readdir(path: Path, options?: { withFileTypes?: false }): Promise<string[]>;
  /** @returns the first folder that was made, with `recursive` */
  export function mkdir(path: Path, options?: FolderOptions): Promise<string | undefined>;
  export function rm(path: Path, options?: RemovalOptions): Promise<void>;
  export function exists(path: Path): Promise<boolean>;

  type Encoding = 'utf8' | 'utf-8';
  const promises: Omit<typeof import('fs/promises'), 'default'>;
  export default promises;
}

/** Files of the workspace folder, as far as the template grants them. */
declare module 'fs' {
  import * as promises from 'fs/promises';

  export * from 'fs/promises';
  export { promises };

  /** Within the workspace folder, which is the root; relative to it. */
  export type Path = string | URL;
  export type Data = string | ArrayBuffer | ArrayBufferView;
  type Encoding = 'utf8' | 'utf-8';

  export interface FolderOptions {
    readonly recursive?: boolean;
  }
  export interface RemovalOptions extends FolderOptions {
    /** What is not there is removed already. */
    readonly force?: boolean;
  }
  interface Entry {
    isFile(): boolean;
    isDirectory(): boolean;
    isSymbolicLink(): boolean;
  }
  export interface Stats extends Entry {
    /** In bytes. */
    readonly size: number;
    readonly mode: number;
    readonly atimeMs: number;
    readonly mtimeMs: number;
    readonly ctimeMs: number;
    readonly birthtimeMs: number;
    readonly atime: Date;
    readonly mtime: Date;
    readonly ctime: Date;
    readonly birthtime: Date;
  }
  export interface Dirent extends Entry {
    readonly name: string;
    readonly parentPath: string;
  }

  /** Text, unless `null` or `'buffer'` asks for bytes. */
  export function readFileSync(
    path: Path,
    encoding: null | 'buffer' | { encoding: null | 'buffer' },
  ): Uint8Array;
  export function readFileSync(path: Path, encoding?: Encoding | { encoding?: Encoding }): string;
  export function writeFileSync(path: Path, data: Data): void;
  export function appendFileSync(path: Path, data: Data): void;
  export function copyFileSync(from: Path, to: Path): void;
  export function renameSync(from: Path, to: Path): void;
  export function statSync(path: Path): Stats;
  export function lstatSync(path: Path): Stats;
  export function readdirSync(path: Path, options: { withFileTypes: true }): Dirent[];
  export function readdirSync(path: Path, options?: { withFileTypes?: false }): string[];
  /** @returns the first folder that was made, with `recursive` */
  export function mkdirSync(path: Path, options?: FolderOptions): string | undefined;
  export function rmSync(path: Path, options?: RemovalOptions): void;
  export function existsSync(path: Path): boolean;

  const fs: Omit<typeof import('fs'), 'default'>;
  export default fs;
}

/** Programs that the template grants, run without a shell. */
declare module 'exec' {
  export interface ExecOptions {
    /** Folder of the workspace folder that it runs in. */
    readonly cwd?: string;
    /** Milliseconds that it may run, where that is less than its capability says. */
    readonly timeout?: number;
    /** What it reads from its standard input; nothing by default. */
    readonly input?: Uint8Array | string;
  }
  export interface ExecOutput {
    stdout: string;
    stderr: string;
    /** Exit status; null when a signal ended it. */
    code: number | null;
    signal: string | null;
    success: boolean;
  }
  /** @returns what it printed, to both outputs @throws when its exit status is not 0 */
  export function run(program: string, args?: readonly string[], options?: ExecOptions): string;
  export function runAsync(program: string, args?: readonly string[], options?: ExecOptions): Promise<string>;
  export function output(
    program: string,
    args?: readonly string[],
    options?: ExecOptions,
  ): Promise<ExecOutput>;
  export function outputSync(program: string, args?: readonly string[], options?: ExecOptions): ExecOutput;
  const exec: Omit<typeof import('exec'), 'default'>;
  export default exec;
}

/** SQLite databases of the session. */
declare module 'database' {
  export type Value = string | number | bigint | boolean | null | Uint8Array;
  export type Row = Record<string, Value>;
  export interface Changes {
    readonly rowsAffected: number;
    readonly lastInsertId: number | bigint;
  }
  export interface Statement {
    readonly columns: readonly string[];
    all(...params: unknown[]): Row[];
    get(...params: unknown[]): Row | undefined;
    run(...params: unknown[]): Changes;
    iterate(...params: unknown[]): IterableIterator<Row>;
    finalize(): void;
  }
  export interface Database {
    query(sql: string, ...params: unknown[]): Row[];
    exec(sql: string, ...params: unknown[]): Changes;
    prepare(sql: string): Statement;
    /** What the function throws undoes its changes. It cannot be asynchronous. */
    transaction<Result>(work: () => Result): Result;
    close(): void;
  }
  /** @param path of a file of the workspace folder, or `:memory:` for a new database in memory */
  export function open(path: string): Database;
  /** Chooses the database of the functions below, which is in memory at first. */
  export function configure(driver: 'sqlite' | 'sqlite3', source: string): void;
  /** @param params by position, or one object with values by name */
  export function query(sql: string, ...params: unknown[]): Row[];
  export function exec(sql: string, ...params: unknown[]): Changes;
  export function prepare(sql: string): Statement;
  export function transaction<Result>(work: () => Result): Result;
  export function close(): void;
  const database: Omit<typeof import('database'), 'default'>;
  export default database;
}

/** HTTP to hosts that the template grants. */
declare module 'fetch' {
  export type BodyInit = string | ArrayBuffer | ArrayBufferView | URLSearchParams;
  export type HeadersInit = Headers | Iterable<readonly [string, string]> | Readonly<Record<string, string>>;

  export class Headers implements Iterable<[string, string]> {
    constructor(init?: HeadersInit);
    append(name: string, value: string): void;
    delete(name: string): void;
    entries(): IterableIterator<[string, string]>;
    forEach(visit: (value: string, name: string, headers: Headers) => void, thisArg?: unknown): void;
    get(name: string): string | null;
    getSetCookie(): string[];
    has(name: string): boolean;
    keys(): IterableIterator<string>;
    set(name: string, value: string): void;
    values(): IterableIterator<string>;
    [Symbol.iterator](): IterableIterator<[string, string]>;
  }

  interface Body {
    readonly body: null;
    readonly bodyUsed: boolean;
    arrayBuffer(): Promise<ArrayBuffer>;
    bytes(): Promise<Uint8Array>;
    json(): Promise<any>;
    text(): Promise<string>;
  }

  export interface RequestInit {
    readonly method?: string;
    readonly headers?: HeadersInit;
    readonly body?: BodyInit | null;
    readonly redirect?: 'follow' | 'manual' | 'error';
    readonly signal?: AbortSignal | null;
  }
  export interface Request extends Body {}
  export class Request {
    constructor(input: string | URL | Request, init?: RequestInit);
    readonly method: string;
    readonly url: string;
    readonly headers: Headers;
    readonly redirect: 'follow' | 'manual' | 'error';
    readonly signal: AbortSignal;
    clone(): Request;
  }

  export interface ResponseInit {
    readonly status?: number;
    readonly statusText?: string;
    readonly headers?: HeadersInit;
  }
  export interface Response extends Body {}
  export class Response {
    constructor(body?: BodyInit | null, init?: ResponseInit);
    static error(): Response;
    static json(data: unknown, init?: ResponseInit): Response;
    static redirect(url: string | URL, status?: number): Response;
    readonly headers: Headers;
    readonly ok: boolean;
    readonly redirected: boolean;
    readonly status: number;
    readonly statusText: string;
    readonly type: 'basic' | 'default' | 'error';
    readonly url: string;
    clone(): Response;
  }

  export function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  export default fetch;
}

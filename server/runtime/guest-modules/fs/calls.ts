/** What the functions of `fs` ask of the host, whether they wait for it or not. */
import type { Data } from 'vm:native';
import { Dirent, type EntryType, Stats, type StatusRecord } from './status.js';

/** An operation of the host, and how its answer becomes a function's result. */
export interface FileCall<Result> {
  readonly operation: string;
  readonly payload: object;
  readonly data?: Data | undefined;
  readonly result: (answer: unknown) => Result;
}

export type Encoding = 'utf8' | 'utf-8' | 'buffer' | null;
/** An encoding alone, or with what else Node takes and we do not need. */
export type EncodingOptions = Encoding | { encoding?: Encoding } | undefined;

export interface FolderOptions {
  recursive?: boolean;
}
export interface RemovalOptions extends FolderOptions {
  /** What is not there is removed already. */
  force?: boolean;
}
export interface ListOptions {
  withFileTypes?: boolean;
}

const nothing = (): void => undefined;

function pathOf(path: unknown): string {
  const isUrl = typeof path === 'object' && path !== null && 'href' in path;
  const text = isUrl ? String(path.href) : path;
  if (typeof text !== 'string') throw new TypeError('A path is a string');
  if (!/^file:/i.test(text)) return text;
  const [, inside] = /^file:\/\/\/([^?#]*)$/i.exec(text) ?? [];
  if (inside === undefined) throw new TypeError(`${text} is not the URL of a file here`);
  return decodeURIComponent(inside);
}

function encodingOf(options: EncodingOptions): 'text' | 'bytes' {
  const encoding: unknown = typeof options === 'object' && options !== null ? options.encoding : options;
  if (encoding === undefined || encoding === 'utf8' || encoding === 'utf-8') return 'text';
  if (encoding === null || encoding === 'buffer') return 'bytes';
  throw new TypeError(
    `A file is read as 'utf8' or as 'buffer', not as ${typeof encoding === 'string' ? encoding : typeof encoding}`,
  );
}

function dataOf(data: unknown): Data {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (typeof data === 'string') return data;
  throw new TypeError(
    `What is written is a string, a typed array or an ArrayBuffer, not ${data === null ? 'null' : `of type ${typeof data}`}`,
  );
}

/** In the order of UTF-16 units, as `sort` has names. */
const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;

function flag(options: unknown, name: string): boolean {
  return (
    typeof options === 'object' && options !== null && (options as Record<string, unknown>)[name] === true
  );
}

export const calls = {
  readFile: (path: unknown, options?: EncodingOptions): FileCall<string | Uint8Array> => ({
    operation: 'fs.readFile',
    payload: { path: pathOf(path), as: encodingOf(options) },
    result: (answer) => answer as string | Uint8Array,
  }),
  writeFile: (path: unknown, data: unknown): FileCall<void> => ({
    operation: 'fs.writeFile',
    payload: { path: pathOf(path) },
    data: dataOf(data),
    result: nothing,
  }),
  appendFile: (path: unknown, data: unknown): FileCall<void> => ({
    operation: 'fs.appendFile',
    payload: { path: pathOf(path) },
    data: dataOf(data),
    result: nothing,
  }),
  copyFile: (from: unknown, to: unknown): FileCall<void> => ({
    operation: 'fs.copyFile',
    payload: { from: pathOf(from), to: pathOf(to) },
    result: nothing,
  }),
  rename: (from: unknown, to: unknown): FileCall<void> => ({
    operation: 'fs.rename',
    payload: { from: pathOf(from), to: pathOf(to) },
    result: nothing,
  }),
  stat: (path: unknown): FileCall<Stats> => ({
    operation: 'fs.stat',
    payload: { path: pathOf(path), lastLink: 'follow' },
    result: (answer) => new Stats(answer as StatusRecord),
  }),
  lstat: (path: unknown): FileCall<Stats> => ({
    operation: 'fs.stat',
    payload: { path: pathOf(path), lastLink: 'keep' },
    result: (answer) => new Stats(answer as StatusRecord),
  }),
  readdir: (path: unknown, options?: ListOptions): FileCall<string[] | Dirent[]> => {
    const folder = pathOf(path);
    return {
      operation: 'fs.readdir',
      payload: { path: folder },
      result: (answer) => {
        const entries = (answer as [name: string, type: EntryType][]).sort(byName);
        if (!flag(options, 'withFileTypes')) return entries.map(([name]) => name);
        return entries.map(([name, type]) => new Dirent(name, folder, type));
      },
    };
  },
  mkdir: (path: unknown, options?: FolderOptions): FileCall<string | undefined> => ({
    operation: 'fs.mkdir',
    payload: { path: pathOf(path), recursive: flag(options, 'recursive') },
    result: (answer) => (answer as string | null) ?? undefined,
  }),
  rm: (path: unknown, options?: RemovalOptions): FileCall<void> => ({
    operation: 'fs.rm',
    payload: { path: pathOf(path), recursive: flag(options, 'recursive'), force: flag(options, 'force') },
    result: nothing,
  }),
};

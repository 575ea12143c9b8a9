/**
 * `display`, and what a value's own `Symbol.for("Jupyter.display")` says. Here a display is contents by mime as guest
 * code names them; the host decides which of them leave it, and as what.
 */
import type { HostFunction } from './contract.js';
import { define, defineAll } from './define.js';
import {
  apply,
  arrayBufferLength,
  defineProperty,
  isArray,
  isEnumerable,
  mapGet,
  mapSet,
  NativeMap,
  NativePromise,
  NativeRangeError,
  NativeTypeError,
  ownKeys,
  parseJson,
  promiseThen,
  quote,
  toJson,
  toText,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayOffset,
  typedArrayType,
} from './intrinsics.js';
import { dataProperty } from './lineage.js';

const displayMethod = Symbol.for('Jupyter.display');
const tableMime = 'application/vnd.vm-system.table+json';
const vegaMime = 'application/vnd.vm-system.vega+json';

/** Where the host is to find out itself which image it is. */
const anyImageMime = 'image/*';

/** How many contents of one display may be bytes. */
const maxBuffers = 4;

/** Contents as the host takes them. */
interface Bundle {
  /** JSON of `DisplayContent`s, with commas between them. */
  contents: string;
  /** What the bytes among them lie in. */
  readonly buffers: (object | undefined)[];
  bufferCount: number;
}

/** @param inspect makes the JSON of a value's node @returns what the host may ask, see `KernelEntries.show` */
export function installDisplay(
  host: HostFunction,
  inspect: (value: unknown) => string,
): (value: unknown) => object | undefined {
  /** @param node of the value, for where only text can be shown; '' for none @throws when the host refuses it */
  const send = ({ contents, buffers }: Bundle, options: unknown, node: string): void => {
    const json = '{"contents":[' + contents + ']' + optionFields(options) + '}';
    const refused = host('display', json, node, buffers[0], buffers[1], buffers[2], buffers[3]);
    if (refused === undefined) return;
    const { name, message } = parseJson(refused) as { name: string; message: string };
    throw name === 'RangeError' ? new NativeRangeError(message) : new NativeTypeError(message);
  };

  /** Shows what the value's own method says. @returns a promise when that says it later */
  const showBy = (method: object, value: unknown, options: unknown): object | undefined => {
    const showBundle = (said: unknown): void => {
      if (isObject(said)) send(bundleOf(said), options, inspect(value));
    };
    const said: unknown = apply(method as () => unknown, value, []);
    if (isThenable(said)) return whenSettled(said, showBundle);
    showBundle(said);
    return undefined;
  };

  const one = (mime: string, content: unknown): Bundle => {
    const bundle = newBundle();
    addContent(bundle, mime, content);
    return bundle;
  };

  // Methods, so that they have no `prototype`, like native functions.
  const kinds = {
    html(text: unknown, options?: unknown): void {
      send(one('text/html', toText(text)), options, '');
    },
    markdown(text: unknown, options?: unknown): void {
      send(one('text/markdown', toText(text)), options, '');
    },
    svg(text: unknown, options?: unknown): void {
      send(one('image/svg+xml', toText(text)), options, '');
    },
    image(image: unknown, options?: unknown): void {
      if (typeof image !== 'string' && bytesOf(image) === undefined)
        throw new NativeTypeError('display.image needs the bytes of an image, or their base64');
      send(one(anyImageMime, image), options, '');
    },
    json(value: unknown, options?: unknown): void {
      send(one('application/json', value), options, inspect(value));
    },
    table(rows: unknown, options?: unknown): void {
      send(one(tableMime, tableOf(rows)), options, inspect(rows));
    },
    vega(spec: unknown, options?: unknown): void {
      if (!isObject(spec))
        throw new NativeTypeError('display.vega needs a specification, which is an object');
      send(one(vegaMime, spec), options, '');
    },
  };
  const functions = {
    display(this: void, value?: unknown, given?: unknown): object | undefined {
      // As a callback, such as of `forEach`, it gets an index.
      const options = isObject(given) ? given : undefined;
      const method = displayMethodOf(value);
      if (method !== undefined) return showBy(method, value, options);
      send(newBundle(), options, inspect(value));
      return undefined;
    },
  };
  defineAll(functions.display, kinds);
  defineAll(globalThis, functions);

  return (value) => {
    const method = displayMethodOf(value);
    return method === undefined ? undefined : showBy(method, value, undefined);
  };
}

/** The value's own way to show itself, where that can be found without running guest code. */
function displayMethodOf(value: unknown): object | undefined {
  if (!isObject(value) && typeof value !== 'function') return undefined;
  const method = dataProperty(value, displayMethod);
  return typeof method === 'function' ? method : undefined;
}

function newBundle(): Bundle {
  return { contents: '', buffers: [], bufferCount: 0 };
}

/** The contents that guest code listed by mime. */
function bundleOf(listed: object): Bundle {
  const bundle = newBundle();
  const keys = ownKeys(listed);
  for (let i = 0; i < keys.length; i++) {
    const mime = keys[i];
    if (typeof mime === 'string' && isEnumerable(listed, mime))
      addContent(bundle, mime, (listed as Record<string, unknown>)[mime]);
  }
  return bundle;
}

/** What JSON has no text for is left out. */
function addContent(bundle: Bundle, mime: string, content: unknown): void {
  const head = (bundle.contents === '' ? '' : ',') + '{"mime":' + quote(mime);
  const bytes = bytesOf(content);
  if (bytes === undefined) {
    const json = toJson(content) as string | undefined;
    if (json !== undefined) bundle.contents += head + ',"content":' + json + '}';
    return;
  }
  if (bundle.bufferCount === maxBuffers)
    throw new NativeRangeError('At most ' + toText(maxBuffers) + ' contents of a display may be bytes');
  const place = [bundle.bufferCount, bytes.offset, bytes.length];
  bundle.contents +=
    head + ',"bytes":[' + toText(place[0]) + ',' + toText(place[1]) + ',' + toText(place[2]) + ']}';
  define(bundle.buffers, bundle.bufferCount++, bytes.buffer);
}

/** Where the bytes of a view or a buffer lie; undefined for everything else. */
function bytesOf(content: unknown): { buffer: object; offset: number; length: number } | undefined {
  if (!isObject(content)) return undefined;
  if (typedArrayType(content) !== undefined) {
    return {
      buffer: typedArrayBuffer(content),
      offset: typedArrayOffset(content),
      length: typedArrayByteLength(content),
    };
  }
  const length = bufferLength(content);
  return length === undefined ? undefined : { buffer: content, offset: 0, length };
}

function bufferLength(value: object): number | undefined {
  try {
    return arrayBufferLength(value);
  } catch {
    return undefined; // The getter is how the language tells a buffer from other objects.
  }
}

/** `,"id":…,"metadata":…` as far as they are given. */
function optionFields(options: unknown): string {
  if (options === undefined) return '';
  if (!isObject(options)) throw new NativeTypeError('The options of a display are an object');
  const { id, metadata } = options as { readonly id?: unknown; readonly metadata?: unknown };
  if (metadata !== undefined && (!isObject(metadata) || isArray(metadata)))
    throw new NativeTypeError('The metadata of a display is an object');
  return (
    (id === undefined ? '' : ',"id":' + quote(toText(id))) +
    (metadata === undefined ? '' : ',"metadata":' + toJson(metadata))
  );
}

/** Rows of records or lists, or the properties of one object, as columns and rows. */
function tableOf(data: unknown): { columns: string[]; rows: unknown[][] } {
  if (!isObject(data)) throw new NativeTypeError('display.table needs rows: a list of objects or lists');
  const places = new NativeMap<string, number>();
  const columns: string[] = [];
  const rows: unknown[][] = [];
  const columnOf = (name: string): number => {
    const known = mapGet(places, name);
    if (known !== undefined) return known;
    const place = columns.length;
    mapSet(places, name, place);
    put(columns, place, name);
    return place;
  };
  const keys = isArray(data) ? undefined : ownKeys(data);
  const count = keys === undefined ? (data as unknown[]).length : keys.length;
  for (let i = 0; i < count; i++) {
    const key = keys === undefined ? i : keys[i];
    if (typeof key === 'symbol' || key === undefined) continue;
    const entry = (data as Record<PropertyKey, unknown>)[key];
    const row: unknown[] = [];
    if (!isObject(entry)) put(row, columnOf('value'), entry);
    else fillRow(row, entry, columnOf);
    put(rows, rows.length, row);
  }
  for (let i = 0; i < rows.length; i++) fillGaps(rows[i] ?? [], columns.length);
  return { columns, rows };
}

function fillRow(row: unknown[], entry: object, columnOf: (name: string) => number): void {
  const fields = ownKeys(entry);
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i];
    if (typeof field === 'string' && isEnumerable(entry, field))
      put(row, columnOf(field), (entry as Record<string, unknown>)[field]);
  }
}

/** A hole would be looked for in `Array.prototype`. */
function fillGaps(row: unknown[], length: number): void {
  for (let i = 0; i < length; i++) {
    if (!isEnumerable(row, i)) put(row, i, null);
  }
}

/** Sets an element by definition: an assignment would run a setter of `Array.prototype`. */
function put(list: unknown[], index: number, value: unknown): void {
  defineProperty(list, index, {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  } as PropertyDescriptor);
}

function whenSettled(thenable: object, use: (value: unknown) => void): object {
  const settled = new NativePromise<unknown>((resolve) => {
    resolve(thenable);
  });
  define(settled, 'constructor', undefined); // so that `then` looks for no species, which could be guest code
  return promiseThen(settled, use);
}

function isThenable(value: unknown): value is object {
  return isObject(value) && typeof (value as { then?: unknown }).then === 'function';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * Decides what of a display leaves the host, and as what. Editors show some mimes by running what they hold, with more
 * rights than guest code may have; so active content leaves only under mimes of our own, which nothing but our renderer
 * shows, in a frame without any rights. What guest code names decides nothing here but the way it is mapped.
 */
import type { DisplayPayload, JsonObject } from '../../../shared/models.js';

/** Of one content, in bytes. */
const maxItemBytes = 16 * 1024 * 1024;
const maxIdLength = 200;
const megabyte = 1024 * 1024;

/** One content as guest code gave it. */
export interface ListedContent {
  readonly mime: string;
  readonly content: unknown;
}

export interface ListedDisplay {
  readonly contents: readonly ListedContent[];
  readonly id?: string | undefined;
  readonly metadata?: JsonObject | undefined;
  /** What is shown as text, where the contents have no text of their own. */
  readonly plain?: string | undefined;
}

/** What may leave the host; or why nothing of it does. */
export type WalledDisplay =
  | {
      readonly kind: 'display';
      readonly payload: DisplayPayload;
      /** Contents that were left out, each with the reason. */
      readonly dropped: readonly string[];
    }
  | { readonly kind: 'refused'; readonly name: 'RangeError' | 'TypeError'; readonly message: string };

type Data = DisplayPayload['data'];
type Placed = { readonly data: Data } | { readonly problem: string } | { readonly tooLarge: string };

/** Text that a browser would run or load things for. */
const activeTexts = {
  'text/html': 'application/vnd.vm-system.html+json',
  'image/svg+xml': 'application/vnd.vm-system.svg+json',
  'text/markdown': 'application/vnd.vm-system.markdown+json',
} as const;
type ActiveMime = keyof typeof activeTexts;
const walledTexts = new Map<string, (typeof activeTexts)[ActiveMime]>([
  ...(Object.entries(activeTexts) as [ActiveMime, (typeof activeTexts)[ActiveMime]][]),
  ...Object.values(activeTexts).map((mime) => [mime, mime] as const),
]);
const vegaMime = 'application/vnd.vm-system.vega+json';
const tableMime = 'application/vnd.vm-system.table+json';

const images = {
  'image/png': [[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  'image/jpeg': [[0xff, 0xd8, 0xff]],
  'image/gif': [[...Buffer.from('GIF87a')], [...Buffer.from('GIF89a')]],
  'image/webp': [[...Buffer.from('RIFF')]],
} as const satisfies Partial<Record<keyof Data, readonly (readonly number[])[]>>;
type ImageMime = keyof typeof images;
const imageMimes = Object.keys(images) as ImageMime[];

/** @returns the display under the mimes that may leave the host */
export function walled(listed: ListedDisplay): WalledDisplay {
  if (listed.id !== undefined && (listed.id === '' || listed.id.length > maxIdLength)) {
    return refused('RangeError', `The id of a display has 1 to ${maxIdLength} characters`);
  }
  const dropped: string[] = [];
  let data: Data = {};
  for (const item of listed.contents) {
    const placed = place(item);
    if ('tooLarge' in placed) return refused('RangeError', placed.tooLarge);
    if ('data' in placed) data = { ...data, ...placed.data };
    else if (listed.contents.length === 1) return refused('TypeError', placed.problem);
    else dropped.push(placed.problem);
  }
  const text = data['text/plain'] ?? listed.plain ?? describe(data);
  return {
    kind: 'display',
    payload: {
      data: { 'text/plain': text, ...data },
      metadata: listed.metadata ?? {},
      ...(listed.id !== undefined && { displayId: listed.id }),
    },
    dropped,
  };
}

function place({ mime, content }: ListedContent): Placed {
  if (mime === 'text/plain') return textOf(mime, content, (text) => ({ 'text/plain': text }));
  const textMime = walledTexts.get(mime);
  if (textMime !== undefined) return textOf(mime, content, (text) => ({ [textMime]: text }));
  if (mime === 'image/*' || isImageMime(mime)) return imageOf(mime, content);
  if (Buffer.isBuffer(content)) return { problem: `${shown(mime)} cannot be displayed from bytes` };
  const bytes = Buffer.byteLength(JSON.stringify(content));
  if (bytes > maxItemBytes) return tooLarge(mime, bytes);
  if (mime === 'application/json')
    return { data: { 'application/json': content as Data['application/json'] } };
  if (mime === tableMime && isTable(content)) return { data: { [tableMime]: content } };
  if (mime === vegaMime || /^application\/vnd\.vega(lite)?\.v\d+\+json$/.test(mime))
    return vegaOf(mime, content);
  return { problem: `${shown(mime)} cannot be displayed` };
}

function textOf(mime: string, content: unknown, data: (text: string) => Data): Placed {
  // Notebooks write text as a list of lines, too.
  const text = Array.isArray(content) ? content.join('') : content;
  if (typeof text !== 'string') return { problem: `${mime} is not text` };
  const bytes = Buffer.byteLength(text);
  return bytes > maxItemBytes ? tooLarge(mime, bytes) : { data: data(text) };
}

/** @param content bytes, or base64 with or without `data:…;base64,` before it */
function imageOf(mime: ImageMime | 'image/*', content: unknown): Placed {
  const bytes = bytesOf(content);
  if (bytes === undefined) return { problem: `${mime} is neither bytes nor base64` };
  if (bytes.length > maxItemBytes) return tooLarge(mime, bytes.length);
  const actual = imageMimes.find((known) => isImage(bytes, known));
  if (actual === undefined || (mime !== 'image/*' && mime !== actual)) {
    return { problem: mime === 'image/*' ? 'It is no PNG, JPEG, GIF or WebP image' : `It is no ${mime}` };
  }
  return { data: { [actual]: bytes.toString('base64') } };
}

function bytesOf(content: unknown): Buffer | undefined {
  if (Buffer.isBuffer(content)) return content;
  if (typeof content !== 'string') return undefined;
  const base64 = content.replace(/^data:[^,]*;base64,/, '').replace(/\s+/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : undefined;
}

function isImage(bytes: Buffer, mime: ImageMime): boolean {
  const starts = images[mime].some((head) => head.every((byte, i) => bytes[i] === byte));
  return starts && (mime !== 'image/webp' || bytes.toString('latin1', 8, 12) === 'WEBP');
}

function isImageMime(mime: string): mime is ImageMime {
  return Object.hasOwn(images, mime);
}

/** The specification's own mime tells which of the two languages it is in, where its schema does not. */
function vegaOf(mime: string, content: unknown): Placed {
  if (!isObject(content)) return { problem: `${shown(mime)} is no specification` };
  const [, lite, version] = /^application\/vnd\.vega(lite)?\.v(\d+)/.exec(mime) ?? [];
  if (version === undefined || '$schema' in content) return { data: { [vegaMime]: content } };
  const language = lite === undefined ? 'vega' : 'vega-lite';
  const schema = `https://vega.github.io/schema/${language}/v${version}.json`;
  return { data: { [vegaMime]: { $schema: schema, ...content } } };
}

function isObject(content: unknown): content is JsonObject {
  return typeof content === 'object' && content !== null && !Array.isArray(content);
}

function isTable(content: unknown): content is NonNullable<Data[typeof tableMime]> {
  if (!isObject(content) || Object.keys(content).length !== 2) return false;
  const { columns, rows } = content;
  return (
    Array.isArray(columns) &&
    columns.every((name) => typeof name === 'string') &&
    Array.isArray(rows) &&
    rows.every((row) => Array.isArray(row))
  );
}

/** What a reader without the picture is told. */
function describe(data: Data): string {
  const markdown = data['application/vnd.vm-system.markdown+json'];
  if (markdown !== undefined) return markdown;
  const kinds = Object.entries(data).map(([mime, content]) => {
    const isImage = isImageMime(mime);
    const bytes =
      typeof content === 'string' && isImage
        ? Buffer.byteLength(content, 'base64')
        : JSON.stringify(content).length;
    const name = isImage ? mime.replace('image/', '').toUpperCase() + ' image' : names.get(mime);
    return `${name ?? mime}, ${sizeText(bytes)}`;
  });
  return `[${kinds.join('; ')}]`;
}

const names = new Map<string, string>([
  ['application/json', 'JSON'],
  [activeTexts['text/html'], 'HTML'],
  [activeTexts['image/svg+xml'], 'SVG image'],
  [vegaMime, 'Vega chart'],
  [tableMime, 'Table'],
]);

function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A mime is guest text, of any length. */
function shown(mime: string): string {
  return mime.length > 100 ? `${mime.slice(0, 100)}…` : mime;
}

function tooLarge(mime: string, bytes: number): Placed {
  const size = (bytes / megabyte).toFixed(1);
  return {
    tooLarge: `This ${shown(mime)} has ${size} MB; an item of a display may have ${maxItemBytes / megabyte} MB`,
  };
}

function refused(name: 'RangeError' | 'TypeError', message: string): WalledDisplay {
  return { kind: 'refused', name, message };
}

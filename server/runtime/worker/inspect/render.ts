/**
 * Renders a {@link Node} as text, like `util.inspect(value, { depth: 2 })` of node 20: the same names, quotes, line
 * breaks and columns. Differences: iterators do not show what they would yield, a tag that only a getter could tell is
 * not shown, and neither are results of custom inspection functions, since all of these would run guest code.
 */
import { groupInColumns } from './columns.js';
import { stackWithoutConstructor } from './frames.js';
import { boxedLabel, classLabel, closedLabel, errorHead, functionLabel, label } from './labels.js';
import type {
  ArrayBufferNode,
  ArrayNode,
  ErrorNode,
  MapNode,
  Node,
  ObjectNode,
  PropertyNode,
  SetNode,
  TypedArrayNode,
} from './node.js';
import { renderKey, renderPrimitive, symbolText } from './primitives.js';

export interface RenderOptions {
  /** How many objects deep; objects beyond it stand as `[Name]`. Default 2. */
  readonly depth?: number;
  /** Lines are broken to stay within this many columns where that is possible. Default 80. */
  readonly breakLength?: number;
  /** Most elements of an array, map or set. Default 100. */
  readonly maxItems?: number;
  /** Longer strings are cut. Default 10,000 UTF-16 units. */
  readonly maxStringLength?: number;
  /** Objects that hold at most this many levels of others are put on one line where they fit. Default 3; 0: none. */
  readonly compact?: number;
  /** Properties are put in the order of their text. Default: in their own. */
  readonly sorted?: boolean;
  /** Turns the engine's stack of an error into lines that begin with `    at `. Default: as the engine has it. */
  readonly stackLines?: (engineStack: string) => readonly string[];
}

export interface Rendering {
  readonly text: string;
  /** Something was left out for its size. */
  readonly truncated: boolean;
}

/** @returns the text of a value; strings are quoted */
export function render(node: Node, options: RenderOptions = {}): Rendering {
  const renderer = new Renderer(options);
  const text = renderer.render(node);
  return { text, truncated: renderer.truncated };
}

/** How an object is written: `base open entries close`, or `alone` when there are no entries. */
interface Layout {
  readonly base: string;
  readonly open: string;
  readonly close: string;
  readonly alone: string;
  readonly isList: boolean;
}

function braces(prefix: string): Layout {
  const open = prefix === '' ? '{' : `${prefix} {`;
  return { base: '', open, close: '}', alone: `${open}}`, isList: false };
}

function brackets(prefix: string): Layout {
  const open = prefix === '' ? '[' : `${prefix} [`;
  return { base: '', open, close: ']', alone: `${open}]`, isList: true };
}

function withBase(base: string): Layout {
  return { base, open: '{', close: '}', alone: base, isList: false };
}

function engineStackLines(stack: string): readonly string[] {
  return stack.split('\n').filter((line) => line.startsWith('    at '));
}

class Renderer {
  truncated = false;
  private readonly depth: number;
  private readonly breakLength: number;
  private readonly maxItems: number;
  private readonly maxStringLength: number;
  private readonly compact: number;
  private readonly sorted: boolean;
  private readonly stackLines: (engineStack: string) => readonly string[];
  private indentation = 0;
  /** Depth of the innermost object rendered so far, as seen from the outermost. */
  private innermost = 0;
  /** The objects around the one being rendered, outermost first. */
  private readonly enclosing: ObjectNode[] = [];
  /** Numbers of the objects that something inside them refers back to. */
  private readonly references = new Map<ObjectNode, number>();

  constructor(options: RenderOptions) {
    this.depth = options.depth ?? 2;
    this.breakLength = options.breakLength ?? 80;
    this.maxItems = options.maxItems ?? 100;
    this.maxStringLength = options.maxStringLength ?? 10_000;
    this.compact = options.compact ?? 3;
    this.sorted = options.sorted ?? false;
    this.stackLines = options.stackLines ?? engineStackLines;
  }

  render(node: Node): string {
    return this.node(node, 0);
  }

  private node(node: Node, depth: number): string {
    if (typeof node !== 'object' || node === null) return this.primitive(node);
    switch (node.kind) {
      case 'undefined':
      case 'number':
      case 'bigint':
      case 'symbol':
      case 'string':
        return this.primitive(node);
      case 'circular':
        return this.circular(node.up);
      case 'accessor':
        if (node.get) return node.set ? '[Getter/Setter]' : '[Getter]';
        return node.set ? '[Setter]' : 'undefined';
      case 'revoked-proxy':
        return '<Revoked Proxy>';
      case 'uninitialized':
        return '<uninitialized>';
      default:
        return this.object(node, depth);
    }
  }

  private primitive(node: Parameters<typeof renderPrimitive>[0]): string {
    const { text, truncated } = renderPrimitive(node, {
      indentation: this.indentation,
      breakLength: this.breakLength,
      maxLength: this.maxStringLength,
    });
    if (truncated) this.truncated = true;
    return text;
  }

  private circular(up: number): string {
    const target = this.enclosing.at(-up);
    if (target === undefined) return '[Circular]';
    const known = this.references.get(target);
    const number = known ?? this.references.size + 1;
    this.references.set(target, number);
    return `[Circular *${number}]`;
  }

  private object(node: ObjectNode, depth: number): string {
    const layout = this.layout(node);
    const properties = this.shownProperties(node, layout.base);
    if (isEmpty(node, properties)) return layout.alone;
    if (node.properties === undefined) {
      if (layout.base !== '') return layout.base;
      this.truncated = true;
      return closedLabel(node);
    }
    if (depth > this.depth) return node.kind === 'regexp' ? layout.base : closedLabel(node);
    const inner = depth + 1;
    this.innermost = inner;
    this.enclosing.push(node);
    let entries = this.entries(node, inner);
    let named = properties.map((property) => this.property(property, inner));
    if (this.sorted && layout.isList) named = named.sort();
    entries.push(...named);
    if (this.sorted && !layout.isList) entries = entries.sort();
    if (node.moreProperties !== undefined) {
      entries.push(this.omission(node.moreProperties, 'property', 'properties'));
    }
    this.enclosing.pop();
    const reference = this.references.get(node);
    const base =
      reference === undefined
        ? layout.base
        : `<ref *${reference}>${layout.base === '' ? '' : ` ${layout.base}`}`;
    return this.join(node, { ...layout, base }, entries, inner);
  }

  private layout(node: ObjectNode): Layout {
    switch (node.kind) {
      case 'array':
        return brackets(
          node.class === 'Array' && node.tag === undefined ? '' : label(node, `(${node.length})`),
        );
      case 'typedarray':
        return brackets(label(node, `(${node.length})`));
      case 'map':
      case 'set':
        return braces(label(node, `(${node.size})`));
      case 'function':
        return withBase(functionLabel(node));
      case 'class':
        return withBase(classLabel(node));
      case 'error':
        return withBase(this.errorText(node));
      case 'date':
      case 'regexp': {
        const prefix = label(node);
        const isOrdinary = prefix === (node.kind === 'date' ? 'Date' : 'RegExp');
        return withBase(isOrdinary ? node.text : `${prefix} ${node.text}`);
      }
      case 'boxed':
        return withBase(boxedLabel(node, this.primitive(node.value)));
      case 'arguments':
        return braces('[Arguments]');
      case 'object':
        return braces(node.class === 'Object' && node.tag === undefined ? '' : label(node));
      default:
        return braces(label(node));
    }
  }

  /** Those that the base does not say already. */
  private shownProperties(node: ObjectNode, base: string): readonly PropertyNode[] {
    const properties = node.properties ?? [];
    if (node.kind !== 'error') return properties;
    return properties.filter(([key, value]) => {
      const isRepeated = key === 'name' || key === 'message' || key === 'stack';
      if (key === 'message' && typeof value === 'object' && value?.kind === 'accessor') return false;
      return !(isRepeated && typeof value === 'string' && (key === 'stack' || base.includes(value)));
    });
  }

  private errorText(node: ErrorNode): string {
    const head = errorHead(node);
    const lines =
      node.stack === undefined ? [] : this.stackLines(stackWithoutConstructor(node.stack, node.class));
    const text = lines.length === 0 ? `[${head}]` : [head, ...lines].join('\n');
    return this.indentation === 0 ? text : text.replaceAll('\n', `\n${' '.repeat(this.indentation)}`);
  }

  /** What the object holds beside properties. */
  private entries(node: ObjectNode, depth: number): string[] {
    switch (node.kind) {
      case 'array':
        return this.items(node, depth);
      case 'typedarray':
        return this.items(node, depth);
      case 'map':
        return this.mapEntries(node, depth);
      case 'set':
        return this.setValues(node, depth);
      case 'weakmap':
      case 'weakset':
        return ['<items unknown>'];
      case 'promise': {
        if (node.state === 'pending') return ['<pending>'];
        const result = this.indented(node.result ?? { kind: 'undefined' }, depth);
        return [node.state === 'rejected' ? `<rejected> ${result}` : result];
      }
      case 'arraybuffer':
        return [this.bytes(node), `byteLength: ${node.byteLength}`];
      case 'dataview': {
        const entries = [`byteLength: ${node.byteLength}`, `byteOffset: ${node.byteOffset}`];
        if (node.buffer !== undefined) entries.push(`buffer: ${this.indented(node.buffer, depth)}`);
        return entries;
      }
      case 'error': {
        const entries: string[] = [];
        if (node.cause !== undefined) entries.push(`[cause]: ${this.indented(node.cause, depth)}`);
        if (node.errors !== undefined) entries.push(`[errors]: ${this.indented(node.errors, depth)}`);
        return entries;
      }
      default:
        return [];
    }
  }

  private items(node: ArrayNode | TypedArrayNode, depth: number): string[] {
    const entries: string[] = [];
    let covered = 0;
    for (const item of node.items ?? []) {
      if (entries.length >= this.maxItems) break;
      if (typeof item === 'object' && item !== null && item.kind === 'hole') {
        entries.push(`<${item.count} empty item${item.count > 1 ? 's' : ''}>`);
        covered += item.count;
      } else {
        entries.push(this.indented(item, depth));
        covered++;
      }
    }
    if (covered < node.length) entries.push(this.omission(node.length - covered, 'item', 'items'));
    return entries;
  }

  private mapEntries(node: MapNode, depth: number): string[] {
    const shown = (node.entries ?? []).slice(0, this.maxItems);
    const entries = shown.map(
      ([key, value]) => `${this.indented(key, depth)} => ${this.indented(value, depth)}`,
    );
    if (shown.length < node.size) entries.push(this.omission(node.size - shown.length, 'item', 'items'));
    return entries;
  }

  private setValues(node: SetNode, depth: number): string[] {
    const shown = (node.values ?? []).slice(0, this.maxItems);
    const entries = shown.map((value) => this.indented(value, depth));
    if (shown.length < node.size) entries.push(this.omission(node.size - shown.length, 'item', 'items'));
    return entries;
  }

  private bytes(node: ArrayBufferNode): string {
    if (node.bytes === undefined) return '(detached)';
    const shown = node.bytes.slice(0, this.maxItems);
    const hidden = node.byteLength - shown.length;
    const rest = hidden > 0 ? ` ${this.omission(hidden, 'byte', 'bytes')}` : '';
    return `[Uint8Contents]: <${shown.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}${rest}>`;
  }

  private property([key, value]: PropertyNode, depth: number): string {
    return `${typeof key === 'string' ? renderKey(key) : `[${symbolText(key)}]`}: ${this.indented(value, depth)}`;
  }

  private indented(node: Node, depth: number): string {
    this.indentation += 2;
    const text = this.node(node, depth);
    this.indentation -= 2;
    return text;
  }

  private omission(count: number, one: string, many: string): string {
    this.truncated = true;
    return `... ${count} more ${count > 1 ? many : one}`;
  }

  /** Puts the entries on one line, in columns, or each on its own line. */
  private join(node: ObjectNode, layout: Layout, entries: readonly string[], depth: number): string {
    const lines =
      layout.isList && this.compact > 0 && entries.length > 6
        ? groupInColumns(entries, {
            indentation: this.indentation,
            breakLength: this.breakLength,
            compact: this.compact,
            hasTrailer: entries.length > this.maxItems,
            align: isNumeric(node, entries.length) ? 'right' : 'left',
          })
        : entries;
    const head = layout.base === '' ? layout.open : `${layout.base} ${layout.open}`;
    if (this.innermost - depth < this.compact && lines === entries && this.fitsOneLine(layout, entries)) {
      const line = entries.join(', ');
      if (!line.includes('\n')) return `${head} ${line} ${layout.close}`;
    }
    const indentation = `\n${' '.repeat(this.indentation)}`;
    return `${head}${indentation}  ${lines.join(`,${indentation}  `)}${indentation}${layout.close}`;
  }

  private fitsOneLine(layout: Layout, entries: readonly string[]): boolean {
    const start = entries.length + this.indentation + layout.open.length + layout.base.length + 10;
    const separators = entries.length;
    const length = entries.reduce((sum, entry) => sum + entry.length, start + separators);
    return length <= this.breakLength && !layout.base.includes('\n');
  }
}

/** Nothing to put between the braces. Of an object that was not looked into, that is known for some kinds only. */
function isEmpty(node: ObjectNode, shownProperties: readonly PropertyNode[]): boolean {
  if (shownProperties.length > 0 || node.moreProperties !== undefined) return false;
  switch (node.kind) {
    case 'array':
    case 'typedarray':
      return node.length === 0;
    case 'map':
    case 'set':
      return node.size === 0;
    case 'error':
      return node.cause === undefined && node.errors === undefined;
    case 'weakmap':
    case 'weakset':
    case 'promise':
    case 'arraybuffer':
    case 'dataview':
      return false;
    default:
      return node.properties !== undefined;
  }
}

/** Numbers are aligned at their right end, unless the array has anything else to show. */
function isNumeric(node: ObjectNode, entries: number): boolean {
  if (node.kind !== 'array' && node.kind !== 'typedarray') return false;
  const items = node.items ?? [];
  if (entries > node.length) return false;
  return items.every(
    (item) =>
      typeof item === 'number' ||
      (typeof item === 'object' && item !== null && (item.kind === 'number' || item.kind === 'bigint')),
  );
}

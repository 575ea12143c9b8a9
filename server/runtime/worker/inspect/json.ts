/** Values that JSON can say exactly: what a client gets back is what the guest has. */
import type { Value } from '../../../../shared/models.js';
import type { ArrayNode, Node, PlainNode } from './node.js';

type Json = NonNullable<Value['json']> | null;

export type JsonResult =
  | { readonly kind: 'exact'; readonly value: Json }
  /** JSON has no word for it. */
  | { readonly kind: 'impossible' }
  /** It might be, but was cut, or is over the limit. */
  | { readonly kind: 'too-large' };

/** Of JSON text, about: in UTF-16 units without counting escapes. */
const maxJsonLength = 64 * 1024;

const impossible: JsonResult = { kind: 'impossible' };
const tooLarge: JsonResult = { kind: 'too-large' };

/**
 * The JSON of strings, finite numbers but -0, booleans, null, and arrays and plain objects of them. There is none for
 * objects with a class of their own, accessors, symbol keys, holes, or anything undefined: JSON would leave them out.
 */
export function toJson(node: Node): JsonResult {
  return new Conversion().convert(node);
}

class Conversion {
  private length = 0;

  convert(node: Node): JsonResult {
    if (typeof node === 'string') return this.exact(node, node.length + 2);
    if (typeof node === 'number') return this.exact(node, String(node).length);
    if (typeof node === 'boolean' || node === null) return this.exact(node, 5);
    switch (node.kind) {
      case 'string':
        return tooLarge;
      case 'array':
        return this.array(node);
      case 'object':
        return this.object(node);
      default:
        return impossible;
    }
  }

  private exact(value: Json, length: number): JsonResult {
    this.length += length;
    return this.length > maxJsonLength ? tooLarge : { kind: 'exact', value };
  }

  private array(node: ArrayNode): JsonResult {
    if (node.class !== 'Array' || node.tag !== undefined) return impossible;
    if (node.items === undefined || node.properties === undefined) return tooLarge;
    if (node.properties.length > 0) return impossible;
    const values: Json[] = [];
    for (const item of node.items) {
      if (typeof item === 'object' && item !== null && item.kind === 'hole') return impossible;
      const result = this.convert(item);
      if (result.kind !== 'exact') return result;
      values.push(result.value);
    }
    return values.length < node.length ? tooLarge : this.exact(values, 2 + values.length);
  }

  private object(node: PlainNode): JsonResult {
    if ((node.class !== 'Object' && node.class !== null) || node.tag !== undefined) return impossible;
    if (node.properties === undefined) return tooLarge;
    const values: [string, Json][] = [];
    for (const [key, value] of node.properties) {
      if (typeof key !== 'string') return impossible;
      const result = this.convert(value);
      if (result.kind !== 'exact') return result;
      values.push([key, result.value]);
      this.length += key.length + 4;
    }
    if (node.moreProperties !== undefined) return tooLarge;
    return this.exact(Object.fromEntries(values), 2);
  }
}

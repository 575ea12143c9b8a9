/**
 * What the guest tells about one of its values: a tree of plain JSON that was made without running guest code. The
 * guest writes it, the host renders it. Strings, booleans, null and ordinary numbers stand for themselves; all else is
 * an object with a `kind`. What was left out for its size is counted, never silently missing.
 */
export type Node =
  | PrimitiveNode
  | ObjectNode
  | CircularNode
  | AccessorNode
  | { readonly kind: 'revoked-proxy' }
  /** An export of a module that has not been evaluated so far. */
  | { readonly kind: 'uninitialized' };

export type PrimitiveNode =
  | string
  | boolean
  | null
  /** Finite and not -0: what JSON can say. */
  | number
  | SpecialNumberNode
  | BigIntNode
  | SymbolNode
  | CutStringNode
  | { readonly kind: 'undefined' };

interface SpecialNumberNode {
  readonly kind: 'number';
  readonly text: '-0' | 'NaN' | 'Infinity' | '-Infinity';
}

interface BigIntNode {
  readonly kind: 'bigint';
  /** Decimal digits; hexadecimal with a `0x` and cut when the number is huge, as decimal digits take too long then. */
  readonly text: string;
  readonly cut?: true;
}

export interface SymbolNode {
  readonly kind: 'symbol';
  /** Absent for `Symbol()`. */
  readonly description?: string;
}

/** The first characters of a string that is longer than the limit. */
interface CutStringNode {
  readonly kind: 'string';
  readonly text: string;
  /** Of the whole string, in UTF-16 units. */
  readonly length: number;
}

/** An object that is being shown already, `up` objects above this place (1: the object that holds this entry). */
interface CircularNode {
  readonly kind: 'circular';
  readonly up: number;
}

/** A property whose value only guest code could tell. */
interface AccessorNode {
  readonly kind: 'accessor';
  readonly get: boolean;
  readonly set: boolean;
}

/** `count` absent elements in a row. */
interface HoleNode {
  readonly kind: 'hole';
  readonly count: number;
}

type PropertyKeyNode = string | SymbolNode;
export type PropertyNode = readonly [key: PropertyKeyNode, value: Node];

/** What every object has. A proxy is shown as its target. */
interface ObjectFields {
  /** Name of its constructor, found by data properties only; null when it has no prototype. */
  readonly class: string | null;
  /** Its `Symbol.toStringTag` where that is a string, no accessor, and not an enumerable property of its own. */
  readonly tag?: string;
  /** Enumerable properties of its own in order; absent where the object was not looked into for its depth. */
  readonly properties?: readonly PropertyNode[];
  /** How many more properties there are. */
  readonly moreProperties?: number;
}

export interface PlainNode extends ObjectFields {
  readonly kind: 'object' | 'arguments' | 'module' | 'weakmap' | 'weakset';
}

export interface ArrayNode extends ObjectFields {
  readonly kind: 'array';
  readonly length: number;
  /** The first elements; those not listed are `length` minus what the items cover. */
  readonly items?: readonly (Node | HoleNode)[];
}

export interface TypedArrayNode extends ObjectFields {
  readonly kind: 'typedarray';
  /** `Uint8Array` …, whatever its constructor is called. */
  readonly type: string;
  readonly length: number;
  readonly items?: readonly Node[];
}

export interface MapNode extends ObjectFields {
  readonly kind: 'map';
  readonly size: number;
  readonly entries?: readonly (readonly [key: Node, value: Node])[];
}

export interface SetNode extends ObjectFields {
  readonly kind: 'set';
  readonly size: number;
  readonly values?: readonly Node[];
}

export interface FunctionNode extends ObjectFields {
  readonly kind: 'function';
  readonly type: 'Function' | 'GeneratorFunction' | 'AsyncFunction' | 'AsyncGeneratorFunction';
  readonly name: string;
}

export interface ClassNode extends ObjectFields {
  readonly kind: 'class';
  readonly name: string;
  /** Name of its superclass. */
  readonly extends?: string;
}

export interface ErrorNode extends ObjectFields {
  readonly kind: 'error';
  readonly name: string;
  readonly message: string;
  /** The engine's frames, without a head line. */
  readonly stack?: string;
  /** Where it is not enumerable, as the constructor makes it. */
  readonly cause?: Node;
  readonly errors?: Node;
}

interface DateNode extends ObjectFields {
  readonly kind: 'date';
  /** ISO 8601, or `Invalid Date`. */
  readonly text: string;
}

interface RegExpNode extends ObjectFields {
  readonly kind: 'regexp';
  readonly text: string;
}

export interface ArrayBufferNode extends ObjectFields {
  readonly kind: 'arraybuffer';
  readonly type: 'ArrayBuffer' | 'SharedArrayBuffer';
  readonly byteLength: number;
  /** The first bytes; absent when it is detached or was not looked into. */
  readonly bytes?: readonly number[];
}

interface DataViewNode extends ObjectFields {
  readonly kind: 'dataview';
  readonly byteLength: number;
  readonly byteOffset: number;
  readonly buffer?: Node;
}

interface PromiseNode extends ObjectFields {
  readonly kind: 'promise';
  readonly state: 'pending' | 'fulfilled' | 'rejected';
  /** Absent while pending, or when it was not looked into. */
  readonly result?: Node;
}

export interface BoxedNode extends ObjectFields {
  readonly kind: 'boxed';
  readonly type: 'Number' | 'String' | 'Boolean' | 'BigInt' | 'Symbol';
  readonly value: PrimitiveNode;
}

export type ObjectNode =
  | PlainNode
  | ArrayNode
  | TypedArrayNode
  | MapNode
  | SetNode
  | FunctionNode
  | ClassNode
  | ErrorNode
  | DateNode
  | RegExpNode
  | ArrayBufferNode
  | DataViewNode
  | PromiseNode
  | BoxedNode;

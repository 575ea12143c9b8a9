/** Makes the protocol's variables of what the guest's kernel lists. */
import type { PathSegment, Variable } from '../../../shared/protocol.js';
import type { PathStep, VariableCursor, VariableNode } from '../guest/contract.js';
import type { InquiryAnswer, VariablesInquiry } from '../messages.js';
import type { GuestKernel } from './guest-kernel.js';
import type { Node } from './inspect/node.js';
import { shortValueOf } from './inspect/short-value.js';

/** @returns undefined when it was given up */
export function variablesOf(
  kernel: GuestKernel,
  { path, filter = '', limit, cursor }: VariablesInquiry,
): InquiryAnswer | undefined {
  const start = cursor === undefined ? null : parseCursor(cursor);
  if (start === undefined) return { kind: 'refused', field: 'cursor' };
  const page = kernel.variables([path.map(stepOf), filter, limit, start]);
  if (page === undefined) return undefined;
  if (page === null) return { kind: 'refused', field: 'path' };
  const items = page.items.map(variableOf);
  return {
    kind: 'variables',
    page: page.next === null ? { items } : { items, nextCursor: makeCursor(page.next) },
  };
}

function variableOf({ step, kind, value, key, symbol, hidden, library }: VariableNode): Variable {
  return {
    name: nameOf(step, key, symbol),
    kind,
    value: shortValueOf(value),
    expandable: isObject(value),
    segment: segmentOf(step),
    ...(key !== undefined && { key: shortValueOf(key) }),
    ...sizeOf(value),
    ...(hidden && { hidden }),
    ...(library && { library }),
  };
}

function nameOf(step: PathStep, key: Node | undefined, symbol = ''): string {
  switch (step[0]) {
    case 'property':
      return step[1];
    case 'symbol':
      return `Symbol(${symbol})`;
    case 'slot':
      return `[[${step[1].charAt(0).toUpperCase()}${step[1].slice(1)}]]`;
    default:
      return key === undefined ? String(step[1]) : shortValueOf(key).preview;
  }
}

function isObject(node: Node): boolean {
  if (typeof node !== 'object' || node === null) return false;
  switch (node.kind) {
    case 'undefined':
    case 'number':
    case 'bigint':
    case 'symbol':
    case 'string':
    case 'circular':
    case 'accessor':
    case 'revoked-proxy':
    case 'uninitialized':
      return false;
    default:
      return true;
  }
}

function sizeOf(node: Node): Pick<Variable, 'length' | 'size' | 'byteLength'> {
  if (typeof node === 'string') return { length: node.length };
  if (typeof node !== 'object' || node === null) return {};
  switch (node.kind) {
    case 'string':
    case 'array':
    case 'typedarray':
      return { length: node.length };
    case 'map':
    case 'set':
      return { size: node.size };
    case 'arraybuffer':
    case 'dataview':
      return { byteLength: node.byteLength };
    default:
      return {};
  }
}

function stepOf(segment: PathSegment): PathStep {
  if (typeof segment === 'string') return ['property', segment];
  if ('symbol' in segment) return ['symbol', segment.symbol];
  if ('entry' in segment) return ['entry', segment.entry];
  if ('key' in segment) return ['key', segment.key];
  return ['slot', segment.slot];
}

function segmentOf(step: PathStep): PathSegment {
  switch (step[0]) {
    case 'property':
      return step[1];
    case 'symbol':
      return { symbol: step[1] };
    case 'entry':
      return { entry: step[1] };
    case 'key':
      return { key: step[1] };
    case 'slot':
      return { slot: step[1] };
  }
}

const makeCursor = (cursor: VariableCursor): string =>
  Buffer.from(JSON.stringify(cursor)).toString('base64url');

const parts: readonly string[] = [
  'global',
  'entry',
  'element',
  'property',
  'slot',
] satisfies VariableCursor[0][];

/** @returns undefined when it is not one that was given out */
function parseCursor(text: string): VariableCursor | undefined {
  let cursor: unknown;
  try {
    cursor = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return isCursor(cursor) ? cursor : undefined;
}

function isCursor(value: unknown): value is VariableCursor {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [part, at] = value as unknown[];
  if (typeof part !== 'string' || !parts.includes(part)) return false;
  return typeof at === 'string' ? part === 'global' : Number.isSafeInteger(at) && Number(at) >= 0;
}

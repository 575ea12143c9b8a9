/** The names that stand before a value's braces, as node's `util.inspect` writes them. */
import type { BoxedNode, ClassNode, ErrorNode, FunctionNode, ObjectNode } from './node.js';

const builtInNames: Partial<Record<ObjectNode['kind'], string>> = {
  array: 'Array',
  map: 'Map',
  set: 'Set',
  weakmap: 'WeakMap',
  weakset: 'WeakSet',
  promise: 'Promise',
  date: 'Date',
  regexp: 'RegExp',
  dataview: 'DataView',
  module: 'Module',
  error: 'Error',
  function: 'Function',
  class: 'Function',
};

/** What the engine calls this kind of object, whatever its constructor is named. */
export function builtInName(node: ObjectNode): string {
  if (node.kind === 'typedarray' || node.kind === 'arraybuffer' || node.kind === 'boxed') return node.type;
  return builtInNames[node.kind] ?? 'Object';
}

/** `Map(2) [tag]`, `[Object: null prototype]` …; `size` is for the kinds that show one. */
export function label(node: ObjectNode, size = ''): string {
  const fallback = builtInName(node);
  const { class: name } = node;
  // Of a typed array only a getter knows the tag, and that is always its type.
  const tag = node.kind === 'typedarray' ? node.type : (node.tag ?? '');
  if (name === null) {
    const bare = `[${fallback}${size}: null prototype]`;
    return tag !== '' && tag !== fallback ? `${bare} [${tag}]` : bare;
  }
  return tag !== '' && tag !== name ? `${name}${size} [${tag}]` : `${name}${size}`;
}

/** What stands for an object that is not looked into. */
export function closedLabel(node: ObjectNode): string {
  return node.class === null ? label(node) : `[${label(node)}]`;
}

export function functionLabel(node: FunctionNode): string {
  const { class: name, tag = '' } = node;
  const own = name === null ? `${node.type} (null prototype)` : node.type;
  let text = node.name === '' ? `[${own} (anonymous)]` : `[${own}: ${node.name}]`;
  if (name !== null && name !== node.type) text += ` ${name}`;
  if (tag !== '' && tag !== name) text += ` [${tag}]`;
  return text;
}

export function classLabel(node: ClassNode): string {
  const { class: name, tag = '' } = node;
  let text = `class ${node.name === '' ? '(anonymous)' : node.name}`;
  if (name !== null && name !== 'Function') text += ` [${name}]`;
  if (tag !== '' && tag !== name) text += ` [${tag}]`;
  if (name === null) text += ' extends [null prototype]';
  else if (node.extends !== undefined) text += ` extends ${node.extends}`;
  return `[${text}]`;
}

export function boxedLabel(node: BoxedNode, value: string): string {
  const { class: name, tag = '' } = node;
  let type: string = node.type;
  if (name === null) type += ' (null prototype)';
  else if (name !== node.type) type += ` (${name})`;
  const text = `[${type}: ${value}]`;
  return tag !== '' && tag !== name ? `${text} [${tag}]` : text;
}

/** Name and message. A class of errors that did not set `name` is shown by the name of the class. */
export function errorHead(node: ErrorNode): string {
  const name = errorName(node);
  return node.message === '' ? name : `${name}: ${node.message}`;
}

export function errorName(node: ErrorNode): string {
  if (!node.name.endsWith('Error')) return node.name;
  const prefix = label(node);
  if (node.name === prefix || node.class === 'Object') return node.name;
  return prefix.includes(node.name) ? prefix : `${prefix} [${node.name}]`;
}

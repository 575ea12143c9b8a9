/** What an object is by itself, without what it holds: the first fields of its `Node`. */
import type { HostFunction } from './contract.js';
import {
  arrayBufferLength,
  bigintValue,
  booleanValue,
  dataViewLength,
  dataViewOffset,
  dateTime,
  dateToIso,
  getPrototypeOf,
  mapSize,
  numberValue,
  prototypes,
  regexpFlags,
  regexpSource,
  setSize,
  sharedArrayBufferLength,
  slice,
  stringValue,
  symbolValue,
  typedArrayLength,
  typedArrayType,
} from './intrinsics.js';
import { field, nameField, numberField, textField, writePrimitive } from './json-text.js';
import type { Kind } from './kind.js';
import { dataProperty, functionName, ownData } from './lineage.js';
import { isProxy } from './proxies.js';
import { exceptionOf } from './web/dom-exception.js';

function functionType(fn: object): string {
  const prototype: unknown = getPrototypeOf(fn);
  if (prototype === prototypes.generatorFunction) return 'GeneratorFunction';
  if (prototype === prototypes.asyncFunction) return 'AsyncFunction';
  if (prototype === prototypes.asyncGeneratorFunction) return 'AsyncGeneratorFunction';
  return 'Function';
}

/** What is told of an object even where it is not looked into. */
export function writeHead(object: object, kind: Kind, host: HostFunction, maxString: number): string {
  switch (kind) {
    case 'array':
      return '{"kind":"array"' + numberField('length', ownData(object, 'length') as number);
    case 'typedarray':
      return (
        '{"kind":"typedarray"' +
        textField('type', typedArrayType(object) ?? '') +
        numberField('length', typedArrayLength(object))
      );
    case 'map':
      return '{"kind":"map"' + numberField('size', mapSize(object));
    case 'set':
      return '{"kind":"set"' + numberField('size', setSize(object));
    case 'function':
      return (
        '{"kind":"function"' +
        textField('type', functionType(object)) +
        nameField('name', functionName(object))
      );
    case 'class': {
      const parent = getPrototypeOf(object) as object | null;
      const parentName = parent === null || isProxy(parent) ? '' : functionName(parent);
      const head = '{"kind":"class"' + nameField('name', functionName(object));
      return parentName === '' ? head : head + nameField('extends', parentName);
    }
    case 'error':
      return error(object, maxString);
    case 'date': {
      const time = dateTime(object);
      return '{"kind":"date"' + textField('text', time - time === 0 ? dateToIso(object) : 'Invalid Date');
    }
    case 'regexp':
      return '{"kind":"regexp"' + textField('text', '/' + regexpSource(object) + '/' + regexpFlags(object));
    case 'ArrayBuffer':
      return (
        '{"kind":"arraybuffer","type":"ArrayBuffer"' + numberField('byteLength', arrayBufferLength(object))
      );
    case 'SharedArrayBuffer':
      return (
        '{"kind":"arraybuffer","type":"SharedArrayBuffer"' +
        numberField('byteLength', sharedArrayBufferLength(object))
      );
    case 'dataview':
      return (
        '{"kind":"dataview"' +
        numberField('byteLength', dataViewLength(object)) +
        numberField('byteOffset', dataViewOffset(object))
      );
    case 'promise':
      return '{"kind":"promise"' + textField('state', host('promise', object)?.[0] ?? 'pending');
    case 'Number':
      return boxed(kind, numberValue(object), maxString);
    case 'String':
      return boxed(kind, stringValue(object), maxString);
    case 'Boolean':
      return boxed(kind, booleanValue(object), maxString);
    case 'BigInt':
      return boxed(kind, bigintValue(object), maxString);
    case 'Symbol':
      return boxed(kind, symbolValue(object), maxString);
    default:
      return '{"kind":"' + kind + '"';
  }
}

function boxed(type: string, value: unknown, maxString: number): string {
  return '{"kind":"boxed"' + textField('type', type) + field('value', writePrimitive(value, maxString) ?? '');
}

function error(object: object, maxString: number): string {
  const slots = exceptionOf(object);
  const name = slots === undefined ? dataProperty(object, 'name') : slots.name;
  const message = slots === undefined ? dataProperty(object, 'message') : slots.message;
  const stack = dataProperty(object, 'stack');
  return (
    '{"kind":"error"' +
    nameField('name', typeof name === 'string' ? name : 'Error') +
    textField('message', typeof message === 'string' ? cut(message, maxString) : '') +
    (typeof stack === 'string' ? textField('stack', cut(stack, maxString)) : '')
  );
}

function cut(text: string, maxString: number): string {
  return text.length <= maxString ? text : slice(text, 0, maxString) + '…';
}

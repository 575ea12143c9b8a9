/** Array.fromAsync, which the engine lacks, as the language's proposal has it. */
import { defineAll } from '../define.js';
import { apply, defineProperty, NativeTypeError, toNumber } from '../intrinsics.js';
import { asyncIteratorSymbol, construct, iteratorSymbol, NativeArray, NativeObject } from './intrinsics.js';

type ArrayConstructor = new (length?: number) => object;

/** Asks without running the value's own code: only as a new target is it looked at. */
function isConstructor(value: unknown): value is ArrayConstructor {
  if (typeof value !== 'function') return false;
  try {
    construct(NativeObject, [], value);
    return true;
  } catch {
    return false;
  }
}

function element(target: object, index: number, value: unknown): void {
  defineProperty(target, index, {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  } as PropertyDescriptor);
}

function lengthOf(value: unknown): number {
  const length = toNumber(value);
  if (!(length > 0)) return 0;
  return length > 2 ** 53 - 1 ? 2 ** 53 - 1 : length - (length % 1);
}

function end(target: object, length: number): object {
  (target as { length: number }).length = length;
  return target;
}

const methods = {
  async fromAsync(
    this: unknown,
    items: unknown,
    mapper: unknown = undefined,
    thisArg: unknown = undefined,
  ): Promise<object> {
    if (mapper !== undefined && typeof mapper !== 'function') {
      throw new NativeTypeError('The second argument of Array.fromAsync is not a function');
    }
    const Target = isConstructor(this) ? this : undefined;
    const map = async (value: unknown, index: number): Promise<unknown> =>
      mapper === undefined ? value : await apply(mapper, thisArg, [value, index]);
    const source = items as AsyncIterable<unknown> & Iterable<unknown> & ArrayLike<unknown>;
    const isAsync = (items as Partial<Record<symbol, unknown>>)[asyncIteratorSymbol] !== undefined;
    if (isAsync || (items as Partial<Record<symbol, unknown>>)[iteratorSymbol] !== undefined) {
      const target = Target === undefined ? [] : new Target();
      let index = 0;
      if (isAsync) {
        for await (const value of source as AsyncIterable<unknown>) {
          element(target, index, await map(value, index));
          index++;
        }
      } else {
        // eslint-disable-next-line @typescript-eslint/await-thenable -- of an iterable, what it gives is awaited
        for await (const value of source as Iterable<unknown>) {
          element(target, index, await map(value, index));
          index++;
        }
      }
      return end(target, index);
    }
    const list = NativeObject(source) as ArrayLike<unknown>;
    const length = lengthOf(list.length);
    const target = Target === undefined ? new NativeArray(length) : new Target(length);
    for (let index = 0; index < length; index++) {
      element(target, index, await map(await list[index], index));
    }
    return end(target, length);
  },
};

/** Defines the function. */
export function installFromAsync(): void {
  defineAll(NativeArray, methods);
}

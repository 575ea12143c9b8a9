/** The parts of the web's crypto that need no keys. The bytes are always the system's, whatever the session's seed. */
import { define } from '../define.js';
import { isView, NativeTypeError, NativeUint8Array, toText, typedArrayType } from '../intrinsics.js';
import { DOMException } from './dom-exception.js';
import type { HostTasks } from './host-tasks.js';
import { setBytes, typedArrayBuffer, typedArrayByteLength, typedArrayByteOffset } from './intrinsics.js';
import { showSlots } from './slots.js';
import { asInterface, isObject, requireArguments, requireSlot } from './webidl.js';

const maxRandomBytes = 65_536;

const secret = {};
let tasks: HostTasks;

function isIntegerType(type: string | undefined): boolean {
  return type !== undefined && type !== 'Float16Array' && type !== 'Float32Array' && type !== 'Float64Array';
}

class Crypto {
  #isCrypto = true;

  static {
    showSlots((object) => (#isCrypto in object ? [] : undefined));
  }

  constructor(...args: unknown[]) {
    if (args[0] !== secret) throw new NativeTypeError('Illegal constructor');
  }

  getRandomValues(array: unknown): unknown {
    requireSlot(this.#isCrypto);
    requireArguments(arguments.length, 1, 'getRandomValues');
    if (!isObject(array) || !isView(array) || !isIntegerType(typedArrayType(array))) {
      throw new DOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
    }
    const length = typedArrayByteLength(array);
    if (length > maxRandomBytes) {
      throw new DOMException(
        'The requested length exceeds ' + toText(maxRandomBytes) + ' bytes',
        'QuotaExceededError',
      );
    }
    if (length > 0) {
      const random = new NativeUint8Array(tasks.bytes('randomBytes', toText(length)));
      setBytes(new NativeUint8Array(typedArrayBuffer(array), typedArrayByteOffset(array), length), random);
    }
    return array;
  }

  randomUUID(): string {
    requireSlot(this.#isCrypto);
    return tasks.ask('randomUuid', '') as string;
  }
}

/** Defines the global. */
export function installCrypto(hostTasks: HostTasks): void {
  tasks = hostTasks;
  asInterface('Crypto', Crypto);
  define(globalThis, 'crypto', new Crypto(secret));
}

/**
 * What the host does while the guest goes on. The table of what is under way lives here, in the guest, so that a heap
 * image holds it; the host does the work and calls `settle`.
 */
import type { HostFunction, KernelEntries } from './contract.js';
import {
  mapDelete,
  mapForEach,
  mapGet,
  mapSet,
  mapSize,
  NativeMap,
  NativePromise,
  NativeRangeError,
  quote,
  toJson,
  toText,
} from './intrinsics.js';
import { presentStack } from './present-stack.js';
import { answered, partOf } from './native-call.js';
import { deleteOwned } from './owned.js';
import { enter, owner } from './owner.js';

/** Enough for any honest use; a session that starts more does not wait for what it started. */
const maxOperations = 1000;

interface Operation {
  readonly owner: string;
  /** Where it was started, which is where its error stands: when it settles, no code of the guest is running. */
  readonly stack: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Operations = Pick<KernelEntries, 'start' | 'settle' | 'abandon' | 'operations'>;

const table = new NativeMap<number, Operation>();
let lastId = 0;

/** @returns what native modules and the host may do with the table */
export function installOperations(host: HostFunction): Operations {
  return {
    start(operation, payload, data) {
      if (mapSize(table) >= maxOperations) {
        throw new NativeRangeError(
          toText(maxOperations) + ' operations are under way already; await some before you start more',
        );
      }
      const json = toJson(payload);
      const { part, offset, length } = partOf(data);
      const id = ++lastId;
      const stack = presentStack();
      const promise = new NativePromise<unknown>((resolve, reject) => {
        mapSet(table, id, { owner: owner(), stack, resolve, reject });
      });
      host('start', id, owner(), operation, json, part, offset, length);
      return {
        promise,
        cancel: () => {
          if (mapDelete(table, id)) host('cancel', id);
        },
      };
    },
    settle(id, json, bytes) {
      const operation = mapGet(table, id);
      if (operation === undefined) return;
      mapDelete(table, id);
      enter(operation.owner);
      try {
        operation.resolve(answered(json, bytes, operation.stack));
      } catch (error) {
        operation.reject(error);
      }
    },
    abandon: (executionId) => deleteOwned(table, executionId),
    operations() {
      let list = '';
      mapForEach(table, (operation, id) => {
        list += (list === '' ? '[' : ',[') + toText(id) + ',' + quote(operation.owner) + ']';
      });
      return '[' + list + ']';
    },
  };
}

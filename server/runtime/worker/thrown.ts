import type { FailureCode } from '../../../shared/errors.js';
import type { Failure } from '../../../shared/models.js';
import type { GuestMemory } from './memory.js';
import type { Node } from './inspect/node.js';

/**
 * How the engine says that an allocation was refused. It has no other sign for it: these are its own words, for memory
 * that ran out, and for more than it can ever allocate.
 */
const refusals = [
  { name: 'InternalError', message: 'out of memory' },
  { name: 'RangeError', message: 'invalid array buffer length' },
  { name: 'RangeError', message: 'invalid max array buffer length' },
];

/** Was it thrown because memory ran out? With none left even for an error, the engine throws null. */
export function isOutOfMemory(thrown: Node, memory: GuestMemory): boolean {
  if (thrown === null) return memory.refused;
  if (typeof thrown !== 'object' || thrown.kind !== 'error') return false;
  return refusals.some(({ name, message }) => thrown.name === name && thrown.message === message);
}

const shownRefusals: readonly FailureCode[] = ['MODULE_NOT_ALLOWED', 'CAPABILITY_DENIED'];

/** What clients are told of an error that the host gave the guest. */
export function refusalCode(hostErrorCode: string | undefined): FailureCode | undefined {
  return shownRefusals.find((code) => code === hostErrorCode);
}

/** A job whose promise nothing is left to settle. */
export function stuckFailure(): Failure {
  const name = 'Error';
  const message = 'This promise can never settle: nothing is left that could settle it';
  return { name, message, stack: `${name}: ${message}`, frames: [] };
}

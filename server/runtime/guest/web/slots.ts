/** What the web's objects hold, for those who show them: told by the objects' own slots, so no guest code runs. */
import { newList } from './intrinsics.js';

/** What is shown of an object: its entries in order. */
export type Slots = readonly (readonly [name: string, value: unknown])[];

type Describe = (object: object) => Slots | undefined;

const describers = newList<Describe>();

/** @param describe returns undefined for objects of other kinds */
export function showSlots(describe: Describe): void {
  describers[describers.length] = describe;
}

/** @returns what an object of the web shows of itself; undefined for all others */
export function slotsOf(object: object): Slots | undefined {
  for (let i = 0; i < describers.length; i++) {
    const slots = describers[i]?.(object);
    if (slots !== undefined) return slots;
  }
  return undefined;
}

/** Is this one of the web's objects? Such cannot be cloned. */
export function isWebObject(object: object): boolean {
  return slotsOf(object) !== undefined;
}

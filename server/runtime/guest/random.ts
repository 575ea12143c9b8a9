/**
 * Math.random of our own, as the engine seeds its own from the clock and a copy of a heap would repeat its numbers:
 * sfc32, a small fast generator of good quality with 128 bits of state, which lives here in the guest.
 */
import { defineAll } from './define.js';
import { charCode } from './intrinsics.js';

const { imul } = Math;

let a = 0;
let b = 0;
let c = 0;
let counter = 1;

/** @returns the next 32 bits, as an unsigned integer */
function next(): number {
  const sum = (a + b + counter) | 0;
  counter = (counter + 1) | 0;
  a = b ^ (b >>> 9);
  b = (c + (c << 3)) | 0;
  c = (((c << 21) | (c >>> 11)) + sum) | 0;
  return sum >>> 0;
}

/** One 32-bit word of a hash of the text; each salt gives another. */
function hash(text: string, salt: number): number {
  let state = 0x9e3779b9 ^ salt;
  for (let i = 0; i < text.length; i++) {
    state = imul(state ^ charCode(text, i), 0xcc9e2d51);
    state = (state << 13) | (state >>> 19);
  }
  state = imul(state ^ (state >>> 16), 0x85ebca6b);
  state = imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) | 0;
}

/** Begins the sequence that belongs to a seed. @param seed any text; the same one gives the same numbers */
export function reseed(seed: string): void {
  a = hash(seed, 1);
  b = hash(seed, 2);
  c = hash(seed, 3);
  counter = 1;
  // Until every bit of the seed has reached every bit of the state.
  for (let i = 0; i < 15; i++) next();
}

// A method, so that it has no `prototype`, like the native one.
const methods = {
  /** 53 random bits, as many as a number between 0 and 1 can hold. */
  random(): number {
    const high = next() >>> 5;
    const low = next() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  },
};

/** Replaces the global's. */
export function installRandom(): void {
  defineAll(Math, methods);
}

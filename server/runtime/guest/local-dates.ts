/**
 * Dates in local time. The engine asks the host for the zone's offset at an instant, which is right from UTC to local
 * time; back it asks as if the local time were UTC, which is wrong for hours around each change of the clocks. So what
 * goes from local time to UTC is done here: the constructor, `Date.parse`, and the setters.
 */
import type { HostFunction } from './contract.js';
import { define } from './define.js';
import {
  apply,
  bind,
  dateTime,
  defineProperty,
  getOwnPropertyDescriptor,
  ownKeys,
  toNumber,
  uncurryThis,
} from './intrinsics.js';
import { toDomString } from './web/webidl.js';

// Methods are taken off their objects here on purpose; each is called with an explicit `this`.
/* eslint-disable @typescript-eslint/unbound-method */

const NativeDate = Date;
const { parse, UTC } = Date;
const { construct: constructWith } = Reflect;
const offsetMinutes = uncurryThis<unknown, [], number>(Date.prototype.getTimezoneOffset);
const setTime = uncurryThis<unknown, [time: number], number>(Date.prototype.setTime);
const { abs } = Math;

/** No zone is further from UTC, and none changes its clocks twice within two of these. */
const dayMs = 86_400_000;

/** Milliseconds that local time is ahead of UTC at an instant. */
function offsetAt(time: number): number {
  return -offsetMinutes(new NativeDate(time)) * 60_000;
}

/** The language's rule: a time that occurs twice is the earlier one; one that is skipped is read by the clock before. */
function toUtc(local: number): number {
  if (!(abs(local) <= 8.64e15)) return local;
  const before = offsetAt(local - dayMs);
  const after = offsetAt(local + dayMs);
  const early = local - before;
  if (before === after || offsetAt(early) === before) return early;
  const late = local - after;
  return offsetAt(late) === after ? late : early;
}

function parseLocal(host: HostFunction, text: string): number {
  const time = parse(text);
  if (time !== time || offsetAt(time - 2 * dayMs) === offsetAt(time + 2 * dayMs)) return time;
  // Near a change of the clocks it matters whether the text says its zone: if it does, the engine asks for none.
  host('compute', 'askedTime', '');
  parse(text);
  const seconds = host('compute', 'askedTime', '') as number;
  if (seconds !== seconds) return time;
  return toUtc(seconds * 1000 + (((time % 1000) + 1000) % 1000));
}

type Method = (this: unknown, ...args: unknown[]) => number;

/** Defines a method with a name and a length as the native one has them, and no `prototype`. */
function replaceMethod(name: string, length: number, method: Method): void {
  const holder = {
    [name](this: unknown, ...args: unknown[]): number {
      return apply(method, this, args);
    },
  };
  const fn = getOwnPropertyDescriptor(holder, name)?.value as object;
  defineProperty(fn, 'length', { __proto__: null, value: length } as PropertyDescriptor);
  define(NativeDate.prototype, name, fn);
}

function setterOf(setUtc: Method, whenInvalid: number): Method {
  return function (this: unknown, ...args: unknown[]) {
    const time = dateTime(this);
    // Its UTC fields are the date's local ones.
    const fields = new NativeDate(time === time ? time + offsetAt(time) : whenInvalid);
    return setTime(this, toUtc(apply(setUtc, fields, args)));
  };
}

function installSetters(): void {
  const { prototype } = NativeDate;
  const setFullYear = setterOf(prototype.setUTCFullYear as Method, 0); // it gives an invalid date a time again
  replaceMethod('setMilliseconds', 1, setterOf(prototype.setUTCMilliseconds as Method, NaN));
  replaceMethod('setSeconds', 2, setterOf(prototype.setUTCSeconds as Method, NaN));
  replaceMethod('setMinutes', 3, setterOf(prototype.setUTCMinutes as Method, NaN));
  replaceMethod('setHours', 4, setterOf(prototype.setUTCHours as Method, NaN));
  replaceMethod('setDate', 1, setterOf(prototype.setUTCDate as Method, NaN));
  replaceMethod('setMonth', 2, setterOf(prototype.setUTCMonth as Method, NaN));
  replaceMethod('setFullYear', 3, setFullYear);
  replaceMethod('setYear', 1, function (this: unknown, year: unknown) {
    const number = toNumber(year);
    if (number !== number) return setTime(this, number);
    const whole = number - (number % 1);
    return apply(setFullYear, this, [whole >= 0 && whole <= 99 ? 1900 + whole : number]);
  });
}

/** Replaces the global, as ../proxies.ts does: a bound function has native-looking source text, and can be extended. */
export function installLocalDates(host: HostFunction): void {
  function construct(...args: unknown[]): unknown {
    const target = new.target as object | undefined;
    if (target === undefined) return apply(NativeDate, undefined, []);
    const { length } = args;
    const first = args[0];
    let given: readonly unknown[] = args;
    if (length === 1 && typeof first === 'string') given = [parseLocal(host, first)];
    else if (length > 1) given = [toUtc(apply(UTC as Method, undefined, args))];
    return constructWith(NativeDate, given, (target === construct ? wrapped : target) as typeof Date);
  }
  // A bound function leaves `instanceof` to the one that it binds.
  defineProperty(construct, 'prototype', {
    __proto__: null,
    value: NativeDate.prototype,
  } as PropertyDescriptor);
  const wrapped = bind(construct, undefined);
  const statics = {
    parse(text: unknown) {
      return parseLocal(host, toDomString(text));
    },
  };
  const keys = ownKeys(NativeDate);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const descriptor = key === undefined ? undefined : getOwnPropertyDescriptor(NativeDate, key);
    if (key !== undefined && descriptor !== undefined) defineProperty(wrapped, key, descriptor);
  }
  define(wrapped, 'parse', statics.parse);
  define(NativeDate.prototype, 'constructor', wrapped);
  define(globalThis, 'Date', wrapped);
  installSetters();
}

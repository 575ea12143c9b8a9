/**
 * The console of the console standard. Arguments leave as trees and the host makes text of them: format specifiers,
 * tables and indentation are its matter. What has to be remembered (groups, counters, clocks) lives here.
 */
import type { ConsoleMessage, HostFunction, InspectLimits } from './contract.js';
import { define } from './define.js';
import { formatDuration } from './duration.js';
import { Inspection } from './inspector.js';
import {
  mapDelete,
  mapGet,
  mapSet,
  NativeError,
  NativeMap,
  now,
  quote,
  toStringTag,
  toText,
} from './intrinsics.js';
import { textField, writeSimple } from './json-text.js';
import { ownData } from './lineage.js';

type Level = ConsoleMessage['level'];

/** A string that is printed by itself comes whole up to this length, in UTF-16 units. */
const maxPrintedString = 16 * 1024 * 1024;

/** More groups than anybody can read are counted no further. */
const maxGroupDepth = 100;

/** Keeps a label from being read as a format string when more arguments follow. */
function literal(label: string): string {
  let text = '';
  for (let i = 0; i < label.length; i++) text += label[i] === '%' ? '%%' : (label[i] ?? '');
  return text;
}

/** Defines the global `console`. */
export function installConsole(host: HostFunction, limits: InspectLimits): void {
  let depth = 0;
  const counts = new NativeMap<string, number>();
  const clocks = new NativeMap<string, number>();

  const writeArgument = (value: unknown): string =>
    writeSimple(value, maxPrintedString) ?? new Inspection(limits, host, 'usual').write(value);

  /** Arguments from `start` on, as JSON, each with a comma before it. */
  const writeRest = (args: readonly unknown[], start: number): string => {
    let list = '';
    for (let i = start; i < args.length; i++) list += ',' + writeArgument(args[i]);
    return list;
  };

  const writeAll = (args: readonly unknown[]): string =>
    args.length === 0 ? '' : writeArgument(args[0]) + writeRest(args, 1);

  /** @param args JSON of the arguments, with commas between them */
  const send = (level: Level, args: string, tail = ''): void => {
    host(
      'console',
      '{"level":"' + level + '","group":' + toText(depth) + ',"args":[' + args + ']' + tail + '}',
    );
  };

  const say = (level: Level, text: string): void => send(level, quote(text));

  const open = (label: readonly unknown[]): void => {
    if (label.length > 0) send('log', writeAll(label));
    if (depth < maxGroupDepth) depth++;
  };

  /** @returns the time since `console.time(label)`; undefined, and a warning is printed, without one */
  const elapsed = (label: string, method: string): string | undefined => {
    const start = mapGet(clocks, label);
    if (start === undefined) {
      say('warn', "No such label '" + label + "' for console." + method + '()');
      return undefined;
    }
    return formatDuration(now() - start);
  };

  // Methods, so that they have no `prototype`, like native functions. None of them uses `this`.
  const methods = {
    log(...data: unknown[]) {
      send('log', writeAll(data));
    },
    info(...data: unknown[]) {
      send('info', writeAll(data));
    },
    warn(...data: unknown[]) {
      send('warn', writeAll(data));
    },
    error(...data: unknown[]) {
      send('error', writeAll(data));
    },
    debug(...data: unknown[]) {
      send('debug', writeAll(data));
    },
    trace(...data: unknown[]) {
      const stack = ownData(new NativeError(), 'stack');
      send('trace', writeAll(data), textField('stack', typeof stack === 'string' ? stack : ''));
    },
    dir(item?: unknown, options?: unknown) {
      send('dir', writeArgument(item) + (options === undefined ? '' : ',' + writeArgument(options)));
    },
    dirxml(...data: unknown[]) {
      send('log', writeAll(data));
    },
    table(data?: unknown, columns?: unknown) {
      send('table', writeArgument(data) + (columns === undefined ? '' : ',' + writeArgument(columns)));
    },
    group(...label: unknown[]) {
      open(label);
    },
    groupCollapsed(...label: unknown[]) {
      open(label);
    },
    groupEnd() {
      if (depth > 0) depth--;
    },
    count(label: unknown = 'default') {
      const key = toText(label);
      const count = (mapGet(counts, key) ?? 0) + 1;
      mapSet(counts, key, count);
      say('log', key + ': ' + toText(count));
    },
    countReset(label: unknown = 'default') {
      const key = toText(label);
      if (!mapDelete(counts, key)) say('warn', "Count for '" + key + "' does not exist");
    },
    time(label: unknown = 'default') {
      const key = toText(label);
      if (mapGet(clocks, key) !== undefined)
        say('warn', "Label '" + key + "' already exists for console.time()");
      else mapSet(clocks, key, now());
    },
    timeLog(label: unknown = 'default', ...data: unknown[]) {
      const key = toText(label);
      const duration = elapsed(key, 'timeLog');
      if (duration === undefined) return;
      if (data.length === 0) say('log', key + ': ' + duration);
      else send('log', quote(literal(key) + ': ' + duration) + writeRest(data, 0));
    },
    timeEnd(label: unknown = 'default') {
      const key = toText(label);
      const duration = elapsed(key, 'timeEnd');
      if (duration === undefined) return;
      mapDelete(clocks, key);
      say('log', key + ': ' + duration);
    },
    assert(condition?: unknown, ...data: unknown[]) {
      if (condition) return;
      const first = data[0];
      if (data.length === 0) say('error', 'Assertion failed');
      else if (typeof first === 'string') {
        send('error', quote('Assertion failed: ' + first) + writeRest(data, 1));
      } else send('error', quote('Assertion failed:') + writeRest(data, 0));
    },
  };
  define(methods, toStringTag, 'console');
  define(globalThis, 'console', methods);
}

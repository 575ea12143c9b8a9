/** Reads the engine's stack texts, and says where in the user's own files they point. */
import type { Frame } from '../../../../shared/models.js';
import { kernelFile } from '../../guest/contract.js';

/** A line of a stack as the engine writes it. */
export interface EngineFrame {
  readonly function: string | undefined;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in code points: the engine does not count in UTF-16 units. */
  readonly column: number;
}

/** A frame as clients get it, and the name of its file as a person reads it in a stack. */
export interface ShownFrame {
  readonly frame: Frame;
  readonly file: string;
}

/** Maps a frame back to the user's file; undefined for one that is not to be shown. */
export type ResolveFrame = (frame: EngineFrame) => ShownFrame | undefined;

/** Deep recursion makes thousands of frames that say nothing new. */
const maxFrames = 25;

const withFunction = /^ {4}at (.*) \((.*):(\d+):(\d+)\)$/;
const withoutFunction = /^ {4}at (.*):(\d+):(\d+)$/;
/** What the engine calls functions that have no name, and the code of a cell. */
const nameless = new Set(['', '<anonymous>', '<eval>']);

function parseLine(text: string): EngineFrame | undefined {
  const named = withFunction.exec(text);
  const [name, file, line, column] = named?.slice(1) ?? ['', ...(withoutFunction.exec(text)?.slice(1) ?? [])];
  if (file === undefined || line === undefined || column === undefined || file === kernelFile)
    return undefined;
  return {
    function: name === undefined || nameless.has(name) ? undefined : name,
    file,
    line: Math.max(1, Number(line)),
    column: Math.max(1, Number(column)),
  };
}

/** All frames but those of native functions and of the kernel. */
export function engineFrames(engineStack: string): EngineFrame[] {
  return engineStack.split('\n').flatMap((text) => parseLine(text) ?? []);
}

/** Frames of native functions and of the kernel are left out. */
export function shownFrames(engineStack: string, resolve: ResolveFrame): ShownFrame[] {
  const shown: ShownFrame[] = [];
  for (const text of engineStack.split('\n')) {
    const parsed = parseLine(text);
    const resolved = parsed && resolve(parsed);
    if (resolved !== undefined) shown.push(resolved);
    if (shown.length === maxFrames) break;
  }
  return shown;
}

/** `    at f (lib/a.js:3:7)` */
export function frameLine({ frame, file }: ShownFrame): string {
  const place = `${file}:${frame.line}:${frame.column}`;
  return frame.function === undefined ? `    at ${place}` : `    at ${frame.function} (${place})`;
}

/** For {@link RenderOptions.stackLines}. */
export function stackLines(resolve: ResolveFrame): (engineStack: string) => readonly string[] {
  return (engineStack) => shownFrames(engineStack, resolve).map(frameLine);
}

/**
 * The stack of an error without the frame of its own class's constructor, which only says where it calls `super`.
 *
 * @param className of the error; null when it has none
 */
export function stackWithoutConstructor(engineStack: string, className: string | null): string {
  const own = `    at ${className ?? ''} (`;
  return engineStack.startsWith(own) ? engineStack.slice(engineStack.indexOf('\n') + 1) : engineStack;
}

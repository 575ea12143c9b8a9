import type { Frame } from '../../../shared/models.js';
import { isWrapper, pathOf } from '../module-names.js';
import { type EngineFrame, type ResolveFrame, type ShownFrame, stackLines } from './inspect/frames.js';
import type { ModuleFile } from './module-text.js';
import { importPlace } from './source/import-place.js';
import { ofTypeScript, type Positions } from './source/positions.js';

/** Where code that the engine runs comes from. */
export interface Origin {
  /** Worktree relative, of a file. */
  readonly path?: string | undefined;
  /** Of the document that a cell stands in. */
  readonly uri?: string | undefined;
  /** What stacks call it. */
  readonly label: string;
  /** How many lines of the document come before the cell. */
  readonly linesBefore: number;
  /** Of the text, in UTF-16 units. */
  readonly length: number;
  readonly positions: Positions;
  /** What the positions can be found again with. */
  readonly recipe: Recipe;
}

/** How the engine's code was made of a text. */
export interface Recipe {
  readonly kind: 'cell' | 'module' | 'commonjs';
  readonly file: ModuleFile;
}

/** Origins as plain data. */
export type SavedSources = readonly (readonly [engineName: string, origin: Omit<Origin, 'positions'>])[];

/** The origin of a worktree file's code. */
export function fileOrigin(file: ModuleFile, positions: Positions, kind: Recipe['kind'] = 'module'): Origin {
  const { path, text, typescript } = file;
  const recipe: Recipe = { kind, file: { path, text, typescript } };
  return { path, label: path, linesBefore: 0, length: text.length, positions, recipe };
}

/** Of the texts that are kept to find places in, in UTF-16 units. Code of older ones is shown less exactly. */
const maxKeptLength = 8 * 1024 * 1024;

/** Of the texts that go with an image, in UTF-16 units: those of the newest code. */
const maxSavedLength = 256 * 1024;

/** Behind an engine's name in a stack of ours: the place is one of the text, not of the code made of it. */
const ofTextMark = '#text';

/** Knows the text behind everything that the engine runs, so that stacks show the user's own places. */
export class Sources {
  readonly #origins = new Map<string, Origin>();
  #keptLength = 0;

  /** Finds the user's place behind a frame of the engine. */
  readonly resolve: ResolveFrame = (frame) => {
    if (frame.file.endsWith(ofTextMark)) return this.#inText(frame);
    const origin = this.#origins.get(frame.file);
    return origin === undefined ? unmapped(frame) : mapped(frame, origin);
  };

  /** How errors among inspected values show their frames. */
  readonly inspectOptions = { stackLines: stackLines(this.resolve) };

  /** A stack, as the engine writes them, that says where code imports what cannot be imported, where that is known. */
  importStack(engineName: string, specifier: string): string | undefined {
    const file = this.#origins.get(engineName)?.recipe.file;
    const place = file && importPlace(file.text, specifier);
    return place === undefined
      ? undefined
      : `    at ${engineName}${ofTextMark}:${place.line}:${place.column}\n`;
  }

  save(): SavedSources {
    const saved: (readonly [string, Omit<Origin, 'positions'>])[] = [];
    let length = 0;
    for (const [name, { positions: _positions, ...origin }] of [...this.#origins].reverse()) {
      if ((length += origin.length) > maxSavedLength) break;
      saved.unshift([name, origin]);
    }
    return saved;
  }

  /** @param positionsOf finds positions again, when they are first needed */
  restore(saved: SavedSources, positionsOf: (recipe: Recipe) => Positions): void {
    for (const [name, origin] of saved) {
      let positions: Positions | undefined;
      this.add(name, {
        ...origin,
        positions: {
          original: (line, column) => (positions ??= positionsOf(origin.recipe)).original(line, column),
        },
      });
    }
  }

  #inText(frame: EngineFrame): ShownFrame | undefined {
    const file = frame.file.slice(0, -ofTextMark.length);
    const origin = this.#origins.get(file);
    if (origin === undefined) return unmapped({ ...frame, file });
    return mapped(frame, { ...origin, positions: placesInText(origin) });
  }

  /** @param engineName the name that the engine has for the code */
  add(engineName: string, origin: Origin): void {
    if (this.#origins.has(engineName)) return;
    this.#origins.set(engineName, origin);
    this.#keptLength += origin.length;
    for (const [name, oldest] of this.#origins) {
      if (this.#keptLength <= maxKeptLength || name === engineName) break;
      this.#origins.delete(name);
      this.#keptLength -= oldest.length;
    }
  }
}

/** The JavaScript that the user wrote, or that TypeScript became. */
function placesInText({ recipe }: Origin): Positions {
  const { typescript } = recipe.file;
  const own: Positions = { original: (line, column) => ({ line, column }) };
  return ofTypeScript(own, typescript !== undefined && 'map' in typescript ? typescript.map : undefined);
}

function mapped(
  frame: EngineFrame,
  { path, uri, label, linesBefore, positions }: Origin,
): ShownFrame | undefined {
  const place = positions.original(frame.line, frame.column);
  if (place === undefined) return undefined;
  return shown(frame, { path, uri, line: place.line + linesBefore, column: place.column }, label);
}

/** A file's place is nearly right even where its text is gone; other code is not the user's. */
function unmapped(frame: EngineFrame): ShownFrame | undefined {
  const path = isWrapper(frame.file) ? undefined : pathOf(frame.file);
  return path === undefined
    ? undefined
    : shown(frame, { path, line: frame.line, column: frame.column }, path);
}

type Place = Pick<Frame, 'line' | 'column'> & { path?: string | undefined; uri?: string | undefined };

function shown(frame: EngineFrame, { path, uri, line, column }: Place, file: string): ShownFrame {
  return {
    file,
    frame: {
      ...(uri !== undefined && { uri }),
      ...(path !== undefined && { path }),
      line,
      column,
      ...(frame.function !== undefined && { function: frame.function }),
    },
  };
}

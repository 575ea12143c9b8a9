import { SourceMap, type SourceMapPayload } from 'node:module';
import type { Position } from './position-map.js';

/** Finds the place in the user's text behind a place in what the engine runs. */
export interface Positions {
  /**
   * @param line 1-based, in the code
   * @param column 1-based, in code points, as the engine counts
   * @returns undefined for a function that is not in the text
   */
  original(line: number, column: number): Position | undefined;
}

/**
 * @param positions from the engine's code to the JavaScript that TypeScript became
 * @param map from there to the TypeScript; undefined when the places are the same
 */
export function ofTypeScript(positions: Positions, map: string | undefined): Positions {
  return map === undefined ? positions : new TypeScriptPositions(positions, map);
}

/** The place in the TypeScript of a place in the JavaScript that it became. */
export function placeInTypeScript(place: Position, map: string | undefined): Position {
  return map === undefined ? place : placeBy(readMap(map), place);
}

class TypeScriptPositions implements Positions {
  #map: SourceMap | undefined;

  constructor(
    private readonly positions: Positions,
    private readonly json: string,
  ) {}

  original(line: number, column: number): Position | undefined {
    const place = this.positions.original(line, column);
    if (place === undefined) return undefined;
    // Read when it is first needed: most code never throws.
    this.#map ??= readMap(this.json);
    return placeBy(this.#map, place);
  }
}

const readMap = (json: string): SourceMap => new SourceMap(JSON.parse(json) as SourceMapPayload);

function placeBy(map: SourceMap, place: Position): Position {
  const entry = map.findEntry(place.line - 1, place.column - 1);
  return 'originalLine' in entry ? { line: entry.originalLine + 1, column: entry.originalColumn + 1 } : place;
}

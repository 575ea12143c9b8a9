/** Where a text asks for a module. */
import { parse } from 'es-module-lexer';
import { LineIndex, type Position } from './position-map.js';

/**
 * @param text JavaScript: a module, or a cell
 * @returns where the first import of the specifier begins; undefined when there is none, or no lexer can tell
 */
export function importPlace(text: string, specifier: string): Position | undefined {
  const found = importsOf(text).find((each) => each.specifier === specifier);
  return found && new LineIndex(text).position(found.importStart);
}

function importsOf(text: string): ReturnType<typeof parse>[0] {
  try {
    return parse(text)[0];
  } catch (error) {
    // Not JavaScript, or no memory for so much of it.
    if (!(error instanceof Error)) throw error;
    return [];
  }
}

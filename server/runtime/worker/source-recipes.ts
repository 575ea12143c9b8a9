import { commonJsText } from './commonjs-text.js';
import { moduleText } from './module-text.js';
import { prepareCell } from './source/cell.js';
import { ofTypeScript, type Positions } from './source/positions.js';
import type { Recipe } from './sources.js';

/** Places that cannot be found any more are shown as the engine has them. */
const asTheyAre: Positions = { original: (line, column) => ({ line, column }) };

/** Positions of code that was made in another thread, from the text that it was made of. */
export function positionsOf({ kind, file }: Recipe): Positions {
  switch (kind) {
    case 'cell': {
      const prepared = prepareCell(file.text);
      const map = file.typescript !== undefined && 'map' in file.typescript ? file.typescript.map : undefined;
      return prepared.kind === 'error' ? asTheyAre : ofTypeScript(prepared.positions, map);
    }
    case 'module': {
      const made = moduleText(file);
      return 'error' in made ? asTheyAre : made.positions;
    }
    case 'commonjs':
      return commonJsText(file).positions;
  }
}

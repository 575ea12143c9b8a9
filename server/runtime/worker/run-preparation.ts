import type { Failure } from '../../../shared/models.js';
import { contentHash } from '../content-hash.js';
import type { RunSource } from '../messages.js';
import { folderOf, identityOf } from '../module-names.js';
import { maxSourceBytes } from '../source-limit.js';
import type { TextProblem } from '../stripped-text.js';
import type { CellMode, EvaluationMode } from './engine-port.js';
import { frameLine } from './inspect/frames.js';
import { moduleText } from './module-text.js';
import type { ModuleGraph } from './module-graph.js';
import { prepareCell } from './source/cell.js';
import { classifyFile } from './source/classify.js';
import type { Declaration } from './source/declarations.js';
import type { Position } from './source/position-map.js';
import { ofTypeScript, placeInTypeScript } from './source/positions.js';
import { fileOrigin, type Origin, type Recipe, type Sources } from './sources.js';

/** A cell's or file's text, ready for the engine; or why it cannot run. */
export type PreparedRun =
  | {
      readonly kind: 'prepared';
      readonly code: string;
      /** Unique, so that stacks and imports of any later time find this very text. */
      readonly engineName: string;
      readonly mode: EvaluationMode;
      /** The names that it leaves in the session. */
      readonly declarations: readonly Declaration[];
    }
  | { readonly kind: 'refused'; readonly failure: Failure };

type CellSource = Extract<RunSource, { kind: 'cell' }>;
type FileSource = Extract<RunSource, { kind: 'file' }>;

/** Names are never given twice, also after the heap went to another thread. */
export interface SavedPreparation {
  readonly lastCell: number;
  readonly lastScript: number;
}

/** Makes ready what executions run, and remembers where it came from. */
export class RunPreparation {
  #lastCell = 0;
  #lastScript = 0;

  constructor(
    private readonly sources: Sources,
    private readonly graph: ModuleGraph,
  ) {}

  /** Has the parser ready: the first cell would wait for it, about as long as for all else together. */
  warmUp(): void {
    prepareCell('const { a = [1] } = await b(`${c}`); for (const d of a) if (d.e) f(d, (g) => g + 1);');
  }

  save(): SavedPreparation {
    return { lastCell: this.#lastCell, lastScript: this.#lastScript };
  }

  restore({ lastCell, lastScript }: SavedPreparation): void {
    this.#lastCell = lastCell;
    this.#lastScript = lastScript;
  }

  /** @param cellMode how cells of this session are evaluated, and files that run like one */
  prepare(source: RunSource, cellMode: CellMode): PreparedRun {
    // The engine's parser looks at no flag, so what it may get is bounded.
    if (Buffer.byteLength(source.text) > maxSourceBytes) {
      return refused(
        'RangeError',
        `The source is larger than the ${maxSourceBytes / 1024 / 1024} MB it may have`,
      );
    }
    if (source.kind === 'cell') return this.#cell(source, cellMode);
    if (/\.c[jt]s$/i.test(source.path)) return this.#commonJs(source);
    const isModule = source.as === 'module' || classifyFile(source.path, source.text) === 'module';
    return isModule ? this.#module(source) : this.#script(source, cellMode);
  }

  #cell(source: CellSource, mode: CellMode): PreparedRun {
    const { text, uri, line, folder } = source;
    const number = ++this.#lastCell;
    const label = uri ?? `<cell ${number}>`;
    const origin = { uri, label, linesBefore: (line ?? 1) - 1, length: text.length };
    return this.#likeCell(source, `vm:cell/${number}`, folder, origin, mode);
  }

  #script(source: FileSource, mode: CellMode): PreparedRun {
    const { path, text } = source;
    const engineName = identityOf(path, `run=${++this.#lastScript}`);
    const origin = { path, label: path, linesBefore: 0, length: text.length };
    return this.#likeCell(source, engineName, folderOf(path), origin, mode);
  }

  #likeCell(
    { text, typescript }: RunSource,
    engineName: string,
    folder: string,
    origin: Omit<Origin, 'positions' | 'recipe'>,
    mode: CellMode,
  ): PreparedRun {
    if (typescript !== undefined && 'problem' in typescript)
      return refusedTypeScript(typescript.problem, origin);
    const map = typescript?.map;
    const prepared = prepareCell(text);
    if (prepared.kind === 'error') {
      return refused(prepared.name, prepared.message, placeOf(placeInTypeScript(prepared, map), origin));
    }
    const positions = ofTypeScript(prepared.positions, map);
    const recipe: Recipe = { kind: 'cell', file: { path: origin.path ?? '', text, typescript } };
    this.sources.add(engineName, { ...origin, positions, recipe });
    this.graph.addCell(engineName, { name: origin.label, folder });
    const { code, declarations } = prepared;
    return { kind: 'prepared', code, engineName, mode, declarations };
  }

  /** A module runs afresh each time, so it gets a version of its own. */
  #module(file: FileSource): PreparedRun {
    const { path, text, typescript } = file;
    if (typescript !== undefined && 'problem' in typescript) {
      return refusedTypeScript(typescript.problem, { path, label: path, linesBefore: 0 });
    }
    const module = moduleText(file);
    if ('error' in module) return refused(module.error.name, module.error.message);
    const engineName = this.graph.addEntry(path, typescript?.hash ?? contentHash(text));
    this.sources.add(engineName, fileOrigin(file, module.positions));
    return { kind: 'prepared', code: module.code, engineName, mode: 'module', declarations: [] };
  }

  /** As {@link #module}; its result is `module.exports`. */
  #commonJs(file: FileSource): PreparedRun {
    const { path, text, typescript } = file;
    if (typescript !== undefined && 'problem' in typescript) {
      return refusedTypeScript(typescript.problem, { path, label: path, linesBefore: 0 });
    }
    const source = { path, text, typescript, hash: typescript?.hash ?? contentHash(text) };
    const { engineName, code } = this.graph.addCommonJsEntry(source);
    return { kind: 'prepared', code, engineName, mode: 'module', declarations: [] };
  }
}

type Document = Pick<Origin, 'path' | 'uri' | 'label' | 'linesBefore'>;

function refusedTypeScript({ name, message, place }: TextProblem, document: Document): PreparedRun {
  return refused(name, message, place && placeOf(place, document));
}

function placeOf({ line, column }: Position, document: Document) {
  const { path, uri, label, linesBefore } = document;
  return {
    file: label,
    frame: {
      ...(uri !== undefined && { uri }),
      ...(path !== undefined && { path }),
      line: line + linesBefore,
      column,
    },
  };
}

function refused(name: string, message: string, place?: ReturnType<typeof placeOf>): PreparedRun {
  const head = `${name}: ${message}`;
  const stack = place === undefined ? head : `${head}\n${frameLine(place)}`;
  return {
    kind: 'refused',
    failure: { name, message, stack, frames: place === undefined ? [] : [place.frame] },
  };
}

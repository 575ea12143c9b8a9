import { NotebookCellData, NotebookCellKind, NotebookData, type NotebookSerializer } from 'vscode';
import { UserError } from '../errors.js';
import type { CellLanguage } from '../ids.js';
import { type Cell, type CellSource, parsePercent, type PercentFile, printPercent } from './percent.js';

/** What a notebook and its cells remember of their file, under one key of their metadata. */
interface NotebookMemory {
  readonly head: string;
  readonly eol: PercentFile['eol'];
}
const memoryKey = 'vmRepl';

/** Percent-format scripts as notebooks. The file holds code only; outputs are in the session's log. */
export class PercentSerializer implements NotebookSerializer {
  /** @param language of the code cells: the file's own name is not known here */
  constructor(private readonly language: CellLanguage) {}

  deserializeNotebook(bytes: Uint8Array): NotebookData {
    const file = parsePercent(decode(bytes));
    const data = new NotebookData(file.cells.map((cell) => toCellData(cell, this.language)));
    const memory: NotebookMemory = { head: file.head, eol: file.eol };
    data.metadata = { [memoryKey]: memory };
    return data;
  }

  serializeNotebook(data: NotebookData): Uint8Array {
    const memory = recall(data.metadata) as NotebookMemory | undefined;
    const text = printPercent({
      head: memory?.head ?? '',
      eol: memory?.eol ?? '\n',
      cells: data.cells.map(toCell),
    });
    return new TextEncoder().encode(text);
  }
}

function toCellData({ kind, text, source }: Cell, language: CellLanguage): NotebookCellData {
  const data =
    kind === 'code'
      ? new NotebookCellData(NotebookCellKind.Code, text, language)
      : new NotebookCellData(NotebookCellKind.Markup, text, 'markdown');
  data.metadata = { [memoryKey]: source };
  return data;
}

function toCell({ kind, value, metadata }: NotebookCellData): Cell {
  return {
    kind: kind === NotebookCellKind.Code ? 'code' : 'markdown',
    text: value,
    source: recall(metadata) as CellSource | undefined,
  };
}

function recall(metadata: Readonly<Record<string, unknown>> | undefined): unknown {
  return metadata?.[memoryKey];
}

/** Text that cannot be written back byte for byte is not opened. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new UserError(
      'This file is not UTF-8, and would be damaged as a notebook; open it with the text editor.',
      undefined,
      { cause },
    );
  }
}

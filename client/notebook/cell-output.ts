/** Events of an execution as outputs of its cell, as they come. */
import { type NotebookCellExecution, NotebookCellOutput, NotebookCellOutputItem } from 'vscode';
import type { ConsoleLevel, DisplayPayload, ExecutionEvent, Failure, Value } from '../../shared/models.js';
import { failureText, type LocateFrame, systemText } from '../execution-text.js';

type StreamName = 'stdout' | 'stderr';
type Piece =
  | { readonly kind: 'clear' }
  | { readonly kind: 'stream'; readonly name: StreamName; readonly text: string }
  | {
      readonly kind: 'items';
      readonly items: readonly NotebookCellOutputItem[];
      /** Takes the place of what this cell shows under the same id. */
      readonly displayId?: string | undefined;
    };

/** As Node does: what a person should notice goes to standard error. */
const errorLevels: readonly ConsoleLevel[] = ['warn', 'error', 'trace'];

/** Displays that the editor shows without running anything that they bring. */
const safeTextMimes = ['text/plain', 'application/json'];
const safeImageMimes = ['image/png', 'image/jpeg'];

export class CellOutput {
  #pending: Piece[] = [];
  #writing: Promise<void> | undefined;
  /** The last output, while console lines of the same kind can be added to it. */
  #stream: { readonly name: StreamName; readonly output: NotebookCellOutput } | undefined;
  /** Displays that may be updated, by their id. */
  readonly #displays = new Map<string, NotebookCellOutput>();

  constructor(
    private readonly execution: NotebookCellExecution,
    private readonly locate: LocateFrame,
  ) {}

  /** Takes away what an earlier run left. */
  clear(): void {
    this.#push([{ kind: 'clear' }]);
  }

  /** Shows events below what is shown already. */
  append(events: readonly ExecutionEvent[]): void {
    this.#push(events.flatMap((event) => pieces(event, this.locate)));
  }

  /** Says something about the session, in a low voice. */
  note(message: string): void {
    this.#push([note(message)]);
  }

  /** Shows why nothing ran. */
  fail(name: string, message: string): void {
    this.#push([items(NotebookCellOutputItem.error({ name, message }))]);
  }

  /** Settles when all was shown. */
  async done(): Promise<void> {
    await this.#writing;
  }

  #push(more: readonly Piece[]): void {
    if (more.length === 0) return;
    this.#pending.push(...more);
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** What comes while the editor takes one batch makes the next. */
  async #write(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = mergeStreams(this.#pending);
      this.#pending = [];
      for (const piece of batch) await this.#show(piece);
    }
  }

  async #show(piece: Piece): Promise<void> {
    if (piece.kind === 'clear') {
      this.#stream = undefined;
      this.#displays.clear();
      await this.execution.clearOutput();
      return;
    }
    if (piece.kind === 'items') return this.#showItems(piece);
    const item = NotebookCellOutputItem[piece.name](piece.text);
    if (this.#stream?.name === piece.name) {
      await this.execution.appendOutputItems(item, this.#stream.output);
      return;
    }
    const output = new NotebookCellOutput([item]);
    this.#stream = { name: piece.name, output };
    await this.execution.appendOutput(output);
  }

  async #showItems({ items, displayId }: Extract<Piece, { kind: 'items' }>): Promise<void> {
    const shown = displayId === undefined ? undefined : this.#displays.get(displayId);
    if (shown !== undefined) {
      await this.execution.replaceOutputItems([...items], shown);
      return;
    }
    this.#stream = undefined;
    const output = new NotebookCellOutput([...items]);
    if (displayId !== undefined) this.#displays.set(displayId, output);
    await this.execution.appendOutput(output);
  }
}

function pieces(event: ExecutionEvent, locate: LocateFrame): Piece[] {
  switch (event.type) {
    case 'console': {
      const { level, text } = event.payload;
      return [stream(errorLevels.includes(level) ? 'stderr' : 'stdout', `${text}\n`)];
    }
    case 'system':
      return event.payload.level === 'info'
        ? [note(event.payload.message)]
        : [items(NotebookCellOutputItem.stderr(`${systemText(event.payload)}\n`))];
    case 'value':
      return event.payload.type === 'undefined' ? [] : [items(...valueItems(event.payload))];
    case 'exception':
      return [items(errorItem(event.payload, locate))];
    case 'display':
      return [{ kind: 'items', items: displayItems(event.payload.data), displayId: event.payload.displayId }];
    case 'input_echo':
      return [];
  }
}

/** Dimmed, and apart from what the cell prints. */
function note(message: string): Piece {
  return items(
    NotebookCellOutputItem.stdout(`\u001b[2m${systemText({ level: 'info', message })}\u001b[22m\n`),
  );
}

function valueItems({ preview, json }: Value): NotebookCellOutputItem[] {
  const text = NotebookCellOutputItem.text(preview, 'text/plain');
  return json === undefined ? [text] : [text, jsonItem(json)];
}

/** The editor's own item indents with tabs, which its output shows very wide. */
function jsonItem(value: unknown): NotebookCellOutputItem {
  return NotebookCellOutputItem.text(JSON.stringify(value, null, 2), 'application/json');
}

function errorItem(failure: Failure, locate: LocateFrame): NotebookCellOutputItem {
  const { name, message } = failure;
  return NotebookCellOutputItem.error({ name, message, stack: failureText(failure, locate) });
}

function displayItems(data: DisplayPayload['data']): NotebookCellOutputItem[] {
  const shown = Object.entries(data).flatMap(([mime, content]) => {
    if (safeTextMimes.includes(mime)) {
      return typeof content === 'string' && mime === 'text/plain'
        ? [NotebookCellOutputItem.text(content, mime)]
        : [jsonItem(content)];
    }
    return safeImageMimes.includes(mime) && typeof content === 'string'
      ? [new NotebookCellOutputItem(Buffer.from(content, 'base64'), mime)]
      : [];
  });
  return shown.length > 0
    ? shown
    : [NotebookCellOutputItem.text(`[${Object.keys(data).join(', ')}]`, 'text/plain')];
}

function mergeStreams(pieces: readonly Piece[]): Piece[] {
  const merged: Piece[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    if (piece.kind === 'stream' && last?.kind === 'stream' && last.name === piece.name) {
      merged[merged.length - 1] = stream(piece.name, last.text + piece.text);
    } else merged.push(piece);
  }
  return merged;
}

function stream(name: StreamName, text: string): Piece {
  return { kind: 'stream', name, text };
}

function items(...all: readonly NotebookCellOutputItem[]): Piece {
  return { kind: 'items', items: all };
}

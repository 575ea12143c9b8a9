/** Where a place in rewritten code stands in the text that the user wrote. */
import { callSitesOf, type CallSites } from './call-sites.js';

/** 1-based line and 1-based column in UTF-16 units, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Code that takes the place of the text from `start` to `end` (UTF-16 offsets; the same for an insertion). */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly code: string;
  /** The offset that all of `code` is reported at; `start` unless it stands for text elsewhere. */
  readonly origin?: number;
}

/** A stretch of the code: copied from the text, or all standing for one place of it. */
interface Segment {
  /** Offset in the code. */
  readonly start: number;
  /** Offset in the text. */
  readonly origin: number;
  readonly isCopy: boolean;
}

export interface EditedText {
  readonly code: string;
  readonly positions: PositionMap;
}

/** @param edits in the order of their places, without overlaps */
export function applyEdits(text: string, edits: readonly Edit[]): EditedText {
  const segments: Segment[] = [];
  let code = '';
  let copied = 0;
  const copyTo = (end: number) => {
    if (end > copied) {
      segments.push({ start: code.length, origin: copied, isCopy: true });
      code += text.slice(copied, end);
    }
    copied = end;
  };
  for (const edit of edits) {
    copyTo(edit.start);
    if (edit.code !== '') {
      segments.push({ start: code.length, origin: edit.origin ?? edit.start, isCopy: false });
      code += edit.code;
    }
    copied = edit.end;
  }
  copyTo(text.length);
  return { code, positions: new PositionMap(text, code, segments) };
}

/** Maps places that the engine reports for some code to the text that it was made from. */
class PositionMap {
  private readonly textLines: LineIndex;
  private readonly codeLines: LineIndex;
  private callSites: CallSites | undefined;

  constructor(
    private readonly text: string,
    code: string,
    private readonly segments: readonly Segment[],
  ) {
    this.textLines = new LineIndex(text);
    this.codeLines = text === code ? this.textLines : new LineIndex(code);
  }

  /**
   * @param line 1-based, in the code
   * @param column 1-based, in code points, as the engine counts
   * @returns the place in the text, where a person looks for it; a place beyond the code is given as its end;
   * undefined for a function that is not in the text
   */
  original(line: number, column: number): Position | undefined {
    const offset = this.originalOffset(this.codeLines.offset(line, column));
    // Found when it is first needed: most code never throws.
    this.callSites ??= callSitesOf(this.text);
    if (this.callSites.impliedConstructors.has(offset)) return undefined;
    return this.textLines.position(this.callSites.places.get(offset) ?? offset);
  }

  private originalOffset(offset: number): number {
    let segment: Segment | undefined;
    for (const candidate of this.segments) {
      if (candidate.start > offset) break;
      segment = candidate;
    }
    if (segment === undefined) return offset;
    return segment.isCopy ? segment.origin + offset - segment.start : segment.origin;
  }
}

/** The lines of a text, which end at a line feed, as they do for the engine. */
export class LineIndex {
  private starts: readonly number[] | undefined;

  constructor(private readonly text: string) {}

  /** @returns the UTF-16 offset of a 1-based line and 1-based column in code points */
  offset(line: number, column: number): number {
    const starts = this.lineStarts();
    const start = starts[Math.min(line, starts.length) - 1] ?? 0;
    const end = starts[line] ?? this.text.length + 1;
    let offset = start;
    for (let left = column - 1; left > 0 && offset < end - 1; left--) {
      offset += (this.text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
    }
    return offset;
  }

  position(offset: number): Position {
    const starts = this.lineStarts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }

  /** Made when it is first needed: most code never throws. */
  private lineStarts(): readonly number[] {
    if (this.starts !== undefined) return this.starts;
    const starts = [0];
    for (let end = this.text.indexOf('\n'); end !== -1; end = this.text.indexOf('\n', end + 1))
      starts.push(end + 1);
    this.starts = starts;
    return starts;
  }
}

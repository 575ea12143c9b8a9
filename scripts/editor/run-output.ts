/** Takes apart what an editor writes: the suite's lines are shown, and all of it is kept in a file. */
import { createWriteStream, type WriteStream } from 'node:fs';

/** What the suite begins its lines with. */
const mark = '[suite] ';

export class RunOutput {
  readonly #log: WriteStream;
  #rest = '';

  /** @param file gets everything */
  constructor(file: string) {
    this.#log = createWriteStream(file);
  }

  /** @param text a piece of any size */
  write(text: string): void {
    this.#log.write(text);
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    lines.forEach(show);
  }

  /** Shows what was left without an end of line, and settles when the file is written. */
  async end(): Promise<void> {
    show(this.#rest);
    await new Promise<void>((resolve) => this.#log.end(resolve));
  }
}

function show(line: string): void {
  const at = line.indexOf(mark);
  if (at >= 0) console.log(line.slice(at + mark.length));
}

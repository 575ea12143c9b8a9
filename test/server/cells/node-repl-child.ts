/** A process of its own that runs cells in node's REPL, each row as if in a fresh one, and tells how the last one ended. */
import { PassThrough, Writable } from 'node:stream';
import type { EventEmitter } from 'node:events';
import repl, { Recoverable, type REPLServer } from 'node:repl';
import { inspect, types } from 'node:util';
import { type CellOutcome, leavesTraces } from './cell.js';

type Evaluated = { error: unknown } | { value: unknown };

/** One REPL with everything that it was told to show. */
class NodeRepl {
  #printed = '';
  #onEnd: (outcome: CellOutcome) => void = () => undefined;
  readonly #server: REPLServer;

  constructor() {
    const output = new Writable({
      decodeStrings: false,
      write: (text: string, _encoding, done) => {
        this.#printed += text;
        done();
      },
    });
    this.#server = repl.start({ prompt: '', input: new PassThrough(), output, terminal: false });
    // The REPL hands what cells throw to its domain.
    const domain = Reflect.get(this.#server, '_domain') as EventEmitter;
    domain.prependListener('error', (error: unknown) => this.#end({ error }));
    const evaluate = this.#server.eval;
    Object.assign(this.#server, {
      // It hides the end of a cell behind its prompt.
      eval: (...[code, context, file, done]: Parameters<typeof evaluate>) => {
        evaluate.call(this.#server, code, context, file, (error, value) => {
          const thrown: unknown = error instanceof Recoverable ? error.err : error;
          if (error === null) this.#end({ value });
          done(thrown as Error | null, value);
        });
      },
    });
  }

  /** What is printed from here on is the REPL's own, and the error is about to be decorated. */
  #end(evaluated: Evaluated): void {
    const printed = this.#printed.replace(/\n$/, '');
    this.#onEnd(
      'error' in evaluated
        ? { printed, thrown: thrownBy(evaluated.error) }
        : { printed, preview: ownFrames(this.#server.writer(unmarked(evaluated.value))) },
    );
    this.#onEnd = () => undefined;
  }

  run(code: string): Promise<CellOutcome> {
    this.#printed = '';
    return new Promise((resolve) => {
      this.#onEnd = resolve;
      this.#server.emit('line', code);
    });
  }

  close(): void {
    this.#server.close();
  }
}

function thrownBy(error: unknown): NonNullable<CellOutcome['thrown']> {
  if (!isErrorLike(error)) return { message: inspect(error) };
  const drawn = drawnSyntaxError(error);
  if (drawn !== undefined) return drawn;
  const [head = ''] = inspect(error)
    .replace(/^\[/, '')
    .split(/\n {4}at |\]?$/);
  const isSplit = error.message !== '' && head.endsWith(error.message);
  const name = isSplit ? head.slice(0, -error.message.length).replace(/: $/, '') : error.name;
  return {
    name,
    message: error.message,
    place: /^ {4}at .*?\(?\bREPL\d+:(\d+:\d+)\)?$/m.exec(error.stack ?? '')?.[1],
  };
}

function isErrorLike(value: unknown): value is Error {
  return Object.prototype.toString.call(value) === '[object Error]';
}

/** A syntax error says its place by a drawing of the line, in its stack or, with top-level await, in its message. */
function drawnSyntaxError({ name, message, stack = '' }: Error): CellOutcome['thrown'] | undefined {
  const inMessage = /^\n.*\n( *)\^+\n\n(.*)$/.exec(message);
  if (inMessage !== null)
    return { name, message: inMessage[2] ?? '', place: `1:${(inMessage[1] ?? '').length + 1}` };
  const inStack = /^REPL\d+:(\d+)\n.*\n( *)(\^?)/.exec(stack);
  if (inStack === null) return undefined;
  return {
    name,
    message,
    place: inStack[3] === '' ? undefined : `${inStack[1]}:${(inStack[2] ?? '').length + 1}`,
  };
}

/** The REPL follows promises, and marks those that it met. */
function unmarked(value: unknown): unknown {
  if (!types.isPromise(value)) return value;
  for (const symbol of Object.getOwnPropertySymbols(value)) {
    if (symbol.description?.endsWith('async_id_symbol') === true) Reflect.deleteProperty(value, symbol);
  }
  return value;
}

/** Without the frames of the REPL itself, and with our name for the cell. */
function ownFrames(text: string): string {
  return text.replace(/\n +at .*(node:|node-repl-child).*/g, '').replace(/\bREPL\d+:/g, '<cell 1>:');
}

// Errors that nobody catches in a cell are no concern of the process.
process.on('unhandledRejection', () => undefined);

let shared = new NodeRepl();

process.on('message', (row: readonly string[]) => {
  void (async () => {
    let outcome: CellOutcome = { printed: '' };
    for (const code of row) outcome = await shared.run(code);
    process.send?.(outcome);
    if (!leavesTraces(row)) return;
    shared.close();
    shared = new NodeRepl();
  })();
});

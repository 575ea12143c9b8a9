/** Where the host says what an operator may want to know: stderr, and the client's log while one is connected. */
import type { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { MessageType } from 'vscode-languageserver';
import type { Log } from '../core/context.js';

export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Another place for what is logged. Told nothing below the log's level. */
export type LogSink = (type: MessageType, message: string) => void;

const messageTypes: Record<LogLevel, MessageType> = {
  error: MessageType.Error,
  warn: MessageType.Warning,
  info: MessageType.Info,
  // LSP 3.18 has a type of its own for it, which older clients do not know.
  debug: MessageType.Log,
};

export class HostLog implements Log {
  readonly #sinks = new Set<LogSink>();
  #stderrGone = false;

  /**
   * @param level the least important level that is written
   * @param stderr where text goes; that it is closed ends nothing
   */
  constructor(
    private readonly level: LogLevel,
    private readonly stderr: Writable,
  ) {
    stderr.on('error', () => {
      this.#stderrGone = true;
    });
  }

  /** Also tells `sink`, until the returned handle is disposed of. */
  attach(sink: LogSink): { dispose(): void } {
    this.#sinks.add(sink);
    return { dispose: () => this.#sinks.delete(sink) };
  }

  /** @param cause written in full, with its stack */
  error(message: string, cause?: unknown): void {
    this.#write('error', cause === undefined ? message : `${message}\n${inspect(cause)}`);
  }

  warn(message: string): void {
    this.#write('warn', message);
  }

  info(message: string): void {
    this.#write('info', message);
  }

  debug(message: string): void {
    this.#write('debug', message);
  }

  #write(level: LogLevel, message: string): void {
    if (logLevels.indexOf(level) > logLevels.indexOf(this.level)) return;
    if (!this.#stderrGone) this.stderr.write(`${new Date().toISOString()} [${level}] ${message}\n`);
    for (const sink of this.#sinks) sink(messageTypes[level], message);
  }
}

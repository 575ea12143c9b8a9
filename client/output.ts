/** The "VM System: Sessions" channel: what this window's executions do, as they do it. */
import { Disposable, type OutputChannel, window } from 'vscode';
import type { Execution, ExecutionEvent } from '../shared/models.js';
import { fullMessage } from './errors.js';
import { eventText, footerLine, headerLine, systemText } from './execution-text.js';
import type { Host } from './host/host.js';
import type { HostNews, Hosts } from './host/hosts.js';
import { frameText } from './places.js';
import type { Runner } from './runner.js';
import type { SessionNotice } from './sessions.js';

export class SessionsOutput {
  readonly #channel: OutputChannel;
  /** Executions that are not over, as they were last told. */
  readonly #open = new Map<string, Execution>();
  /** Of those, the ones that have lines. */
  readonly #entered = new Set<string>();
  readonly #sessionNames = new Map<string, string>();
  /** The execution that the last line belongs to. */
  #current: string | undefined;
  readonly #listeners: Disposable;

  /**
   * @param runner tells how runs ended whose host did not live to tell it
   * @param write gets a copy of all that is written; tests read it, as a channel cannot be read back
   * @param warn the log
   */
  constructor(
    hosts: Hosts,
    runner: Runner,
    private readonly write: (text: string) => void,
    private readonly warn: (message: string) => void,
  ) {
    this.#channel = window.createOutputChannel('VM System: Sessions');
    this.#listeners = Disposable.from(
      hosts.onDidHear((news) => this.#hear(news)),
      runner.onDidEnd(({ host, execution }) => this.#row(host, execution)),
    );
  }

  /** Brings it to the front; the keyboard stays where it is. */
  reveal(): void {
    this.#channel.show(true);
  }

  notice({ message }: SessionNotice): void {
    this.#current = undefined;
    this.#append(`! ${message}\n`);
  }

  dispose(): void {
    this.#listeners.dispose();
    this.#channel.dispose();
  }

  #hear(news: HostNews): void {
    switch (news.kind) {
      case 'session':
        if (news.change === 'removed') this.#sessionNames.delete(news.row.id);
        else this.#sessionNames.set(news.row.id, news.row.name);
        break;
      case 'execution':
        this.#row(news.host, news.row);
        break;
      case 'events':
        this.#events(news.host, news.executionId, news.events);
        break;
      case 'state':
      case 'template':
      case 'gaveUp':
        break;
    }
  }

  #row(host: Host, row: Execution): void {
    const isOver = row.status !== 'queued' && row.status !== 'running';
    if (!isOver) this.#open.set(row.id, row);
    else if (this.#open.delete(row.id)) {
      this.#close(host, row).catch((error: unknown) => this.warn(fullMessage(error)));
    }
  }

  #events(host: Host, executionId: string, events: readonly ExecutionEvent[]): void {
    const locate = frameText(host);
    const row = this.#open.get(executionId);
    if (row?.kind === 'background' && !this.#entered.has(executionId) && events.every(isNotice)) {
      // About the session itself, as that it woke: said in one line, not told as a run.
      for (const { payload } of events) {
        this.#append(`${systemText({ ...payload, message: `${this.#name(row)}: ${payload.message}` })}\n`);
      }
      return;
    }
    const text = events.map((event) => eventText(event, locate)).join('');
    if (text === '') return;
    this.#enter(executionId);
    this.#append(text);
  }

  async #close(host: Host, row: Execution): Promise<void> {
    await host.events.caughtUp(row.id, row.lastSeq);
    const wasEntered = this.#entered.delete(row.id);
    if (row.kind === 'background' && !wasEntered) return;
    this.#enter(row.id, row);
    this.#entered.delete(row.id);
    this.#append(`${footerLine(row)}\n\n`);
    this.#current = undefined;
  }

  /** Says whose lines follow, where they are not the same execution's as before. */
  #enter(executionId: string, row = this.#open.get(executionId)): void {
    if (this.#current === executionId) return;
    this.#current = executionId;
    this.#entered.add(executionId);
    if (row !== undefined) this.#append(`${headerLine(row, this.#name(row))}\n`);
  }

  #name({ sessionId }: Execution): string {
    return this.#sessionNames.get(sessionId) ?? sessionId;
  }

  #append(text: string): void {
    this.#channel.append(text);
    this.write(text);
  }
}

function isNotice(event: ExecutionEvent): event is Extract<ExecutionEvent, { type: 'system' }> {
  return event.type === 'system';
}

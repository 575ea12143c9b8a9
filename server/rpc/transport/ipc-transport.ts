/** Messages over the IPC channel of a parent that is node: parsed already, in order, one value each. */
import { VmError } from '../../../shared/errors.js';
import { defaultOutboxLimits, Outbox } from './outbox.js';
import type { Transport, TransportSink } from './transport.js';

const closeDeadlineMs = 1000;

export class IpcTransport implements Transport {
  readonly #outbox = new Outbox(defaultOutboxLimits, () =>
    this.#end(
      `the client has read nothing for ${defaultOutboxLimits.stallMs / 1000} s with messages waiting for it`,
    ),
  );
  readonly #onMessage = (value: unknown): void => this.#sink?.message(value);
  readonly #onDisconnect = (): void => this.#end('the parent closed the channel');
  #sink: TransportSink | undefined;
  #ended = false;
  #closing: Promise<void> | undefined;

  /**
   * @param channel this process
   * @throws `VALIDATION_ERROR`: it was not started with an IPC channel
   */
  constructor(private readonly channel: NodeJS.Process) {
    if (!channel.connected) {
      throw new VmError('VALIDATION_ERROR', '--node-ipc needs a parent process that opened an IPC channel.');
    }
  }

  get congested(): boolean {
    return this.#outbox.congested;
  }

  onDrain(listener: () => void): void {
    this.#outbox.onDrain(listener);
  }

  listen(sink: TransportSink): void {
    this.#sink = sink;
    this.channel.on('message', this.#onMessage);
    this.channel.on('disconnect', this.#onDisconnect);
  }

  send(message: object): void {
    if (this.#ended || this.channel.send === undefined) return;
    const bytes = JSON.stringify(message).length;
    this.#outbox.wrote(bytes);
    this.channel.send(message, undefined, undefined, (error) => {
      this.#outbox.sent(bytes);
      if (error !== null) this.#end(`the client cannot be written to (${error.message})`);
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#ended = true;
    this.channel.off('message', this.#onMessage);
    await this.#outbox.emptied(closeDeadlineMs);
    this.#outbox.dispose();
    this.channel.off('disconnect', this.#onDisconnect);
    if (this.channel.connected) this.channel.disconnect();
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#sink?.ended(reason);
  }
}
